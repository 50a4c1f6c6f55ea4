"""User data: encrypted before it is a part of a command, and read again for the few who may. Looks no rule up."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Collection, Iterable, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.v1 import vm_pb2
from chronovisor.v1 import vm_service_pb2 as api

from controlplane.commands.vm import CreateVm, UpdateVm
from controlplane.domain.command import Answer, Command
from controlplane.domain.errors import ConcurrentChange, DomainError, Unavailable
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import VmState
from controlplane.queries.reads import Reads
from controlplane.queries.user_data import recorded_user_data

C = TypeVar("C", bound=Command[Answer])


class Vault(Protocol):
    """Where texts are encrypted, by VM, and keys can be destroyed. Each raises Unavailable while it has no keys."""

    async def seal(self, texts: Sequence[tuple[str, bytes]], *, keep: bool = True) -> list[ev.SealedText]: ...

    async def open(self, vm_uid: str, kept: ev.SealedText) -> bytes: ...

    async def request_hashes(self, request_id: str, texts: Sequence[bytes]) -> list[bytes]: ...

    async def discard(self, vm_uids: Collection[str]) -> None: ...

    def is_forgotten(self, vm_uid: str) -> bool: ...


class SecretRequest(Protocol):
    """What of a mutation says how its secrets are to be taken."""

    request_id: str
    validate_only: bool


class UserDataVault:
    """The user data of requests and of VMs."""

    def __init__(self, vault: Vault, reads: Reads) -> None:
        self._vault = vault
        self._reads = reads

    async def of(self, vm: Vm) -> bytes:
        """The user data of a VM; empty where it has none. Raises SecretsForgotten, Unavailable."""
        if vm.user_data is None:
            return b""
        kept = await asyncio.to_thread(recorded_user_data, self._reads.ledger, vm.uid, vm.user_data)
        return await self._vault.open(vm.uid, kept)

    def mark(self, found: Iterable[tuple[Vm, vm_pb2.Vm]]) -> None:
        """Says of messages of destroyed VMs whether their secrets are forgotten."""
        for vm, message in found:
            if vm.user_data and vm.state is VmState.DELETED:
                message.kept_user_data.forgotten = self._vault.is_forgotten(vm.uid)

    @contextlib.asynccontextmanager
    async def creating(
        self, commands: Sequence[C], requests: Sequence[api.CreateVmRequest], mutation: SecretRequest
    ) -> AsyncGenerator[list[C]]:
        """The commands with what their requests have, encrypted; in the requests, a keyed hash takes its place.

        What was made for VMs that do not come to be is discarded.
        """
        having = [place for place, each in enumerate(requests) if each.vm.user_data]
        if not having:
            yield [*commands]
            return
        sealed, uids = [*commands], list[str]()
        texts: list[tuple[str, bytes]] = []
        for place in having:
            command = commands[place]
            assert isinstance(command, CreateVm)
            texts.append((command.uid, requests[place].vm.user_data))
            uids.append(command.uid)
        found = await self._vault.seal(texts, keep=not mutation.validate_only)
        for place, each in zip(having, found, strict=True):
            sealed[place] = _with_user_data(commands[place], each)
        await self._conceal([requests[place].vm for place in having], mutation)
        try:
            yield sealed
        except (Unavailable, ConcurrentChange):
            # It may have been committed.
            raise
        except DomainError:
            await self._vault.discard(uids)
            raise
        await self._vault.discard([uid for uid in uids if uid not in self._reads.inventory.vms])

    async def updating(self, command: UpdateVm, request: api.UpdateVmRequest) -> UpdateVm:
        """The command with what its request has, encrypted; in the request, a keyed hash takes its place."""
        text, vm = request.vm.user_data, self._reads.inventory.vm_named(command.name)
        if not text or vm is None:
            return command
        (sealed,) = await self._vault.seal([(vm.uid, text)], keep=not request.validate_only)
        await self._conceal([request.vm], request)
        return replace(command, user_data=sealed, sealed_for=vm.uid)

    async def _conceal(self, vms: Sequence[vm_pb2.Vm], mutation: SecretRequest) -> None:
        request_id, texts = mutation.request_id.lower(), [vm.user_data for vm in vms]
        hashes = await self._vault.request_hashes(request_id, texts) if request_id else [b""] * len(texts)
        for vm, each in zip(vms, hashes, strict=True):
            vm.user_data = each


def _with_user_data(command: C, sealed: ev.SealedText) -> C:
    assert isinstance(command, CreateVm)
    return replace(command, user_data=sealed)
