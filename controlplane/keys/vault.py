"""The vault: texts that are encrypted before they become commands, and can be forgotten. Its keys are in a store.

Nothing that a call does here blocks the event loop. What is encrypted, hashed and found again is bytes; whose it is,
and what becomes of it, is known elsewhere.
"""

import asyncio
import hmac
import secrets
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TypeVar

from chronovisor.events.v1 import event_pb2 as ev
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from controlplane.domain.errors import Unavailable
from controlplane.domain.reasons import Reason
from controlplane.domain.time import Micros
from controlplane.domain.vm.errors import SecretsForgotten
from controlplane.keys.epochs import Epochs
from controlplane.keys.errors import KeyDestroyed, KeysUnavailable
from controlplane.keys.key_store import KEY_BYTES, KeyStore
from controlplane.keys.master import NONCE_BYTES, CommandMaster, Master, master_in, passing_master

T = TypeVar("T")
VM, REQUEST = "vm:", "request:"
USER_DATA = "user_data"
HALF = KEY_BYTES // 2
RETRY_S = 2.0


def sealed(key: bytes, vm_uid: str, text: bytes, field: str = USER_DATA) -> ev.SealedText:
    nonce = secrets.token_bytes(NONCE_BYTES)
    ciphertext = AESGCM(key[:HALF]).encrypt(nonce, text, _associated(vm_uid, field))
    return ev.SealedText(ciphertext=nonce + ciphertext, keyed_hash=keyed_hash(key, text), size_bytes=len(text))


def opened(key: bytes, vm_uid: str, kept: ev.SealedText, field: str = USER_DATA) -> bytes:
    """Raises InvalidTag for what was encrypted for another VM or field, or altered."""
    ciphertext = kept.ciphertext
    return AESGCM(key[:HALF]).decrypt(ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:], _associated(vm_uid, field))


def keyed_hash(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key[HALF:], text, "sha256")


def _associated(vm_uid: str, field: str) -> bytes:
    return f"{vm_uid}/{field}".encode()


def store_in(directory: Path | None, master_command: Sequence[str] = ()) -> KeyStore:
    """The keys of a directory, where a master key is made at the first start; None: of one run.

    Raises KeysUnavailable.
    """
    if directory is None:
        return KeyStore(None, Epochs(None, passing_master()))
    master: Master = CommandMaster(master_command) if master_command else master_in(directory / "master")
    return KeyStore(directory / "secrets.db", Epochs(directory / "epochs", master))


class Vault:
    """`now` is the ledger's time. Every method raises Unavailable while keys cannot be had."""

    def __init__(self, store: KeyStore, now: Callable[[], Micros]) -> None:
        self._store = store
        self._now = now

    async def seal(self, texts: Sequence[tuple[str, bytes]], *, keep: bool = True) -> list[ev.SealedText]:
        """Each encrypted with its VM's key, made where there is none. Without `keep`, with keys for nothing."""

        def work() -> list[ev.SealedText]:
            owners = [f"{VM}{vm_uid}" for vm_uid, _ in texts]
            keys = self._store.ensure(owners, self._now()) if keep else [secrets.token_bytes(KEY_BYTES) for _ in texts]
            return [sealed(key, *each) for key, each in zip(keys, texts, strict=True)]

        return await self._called(work)

    async def open(self, vm_uid: str, kept: ev.SealedText) -> bytes:
        """The text again. Raises SecretsForgotten."""

        def work() -> bytes:
            return opened(self._store.get(f"{VM}{vm_uid}"), vm_uid, kept)

        try:
            return await self._called(work)
        except KeyDestroyed:
            raise SecretsForgotten(vm_uid) from None
        except InvalidTag:
            raise _unavailable(f"the secrets of VM {vm_uid} were altered, or its key is another") from None

    async def request_hashes(self, request_id: str, texts: Sequence[bytes]) -> list[bytes]:
        """What stands for texts in the hash of a request: the same for the same text, as long as its key is kept."""

        def work() -> list[bytes]:
            (key,) = self._store.ensure([f"{REQUEST}{request_id}"], self._now())
            return [keyed_hash(key, text) for text in texts]

        return await self._called(work)

    async def discard(self, vm_uids: Collection[str]) -> None:
        """Deletes keys of VMs that never came to be."""
        await self._called(lambda: self._store.discard([f"{VM}{uid}" for uid in vm_uids]))

    async def vm_uids(self) -> list[str]:
        """The VMs that have keys."""
        return await self._called(lambda: [owner.removeprefix(VM) for owner in self._store.owners(VM)])

    async def destroy(self, vm_uids: Collection[str], requests_before: Micros) -> None:
        """Destroys the keys of VMs, and those of requests that are older, for good."""

        def work() -> None:
            requests = self._store.owners(REQUEST, requests_before)
            self._store.destroy([*(f"{VM}{uid}" for uid in vm_uids), *requests])

        await self._called(work)

    def is_forgotten(self, vm_uid: str) -> bool:
        """Whether a VM that had secrets has no key any more. Looks into the file, without waiting for it."""
        try:
            return not self._store.has(f"{VM}{vm_uid}")
        except KeysUnavailable:
            # Nobody knows.
            return False

    def close(self) -> None:
        self._store.close()

    async def _called(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except KeysUnavailable as error:
            raise _unavailable(str(error)) from None


def _unavailable(text: str) -> Unavailable:
    return Unavailable(Reason.SECRETS_UNAVAILABLE, text, RETRY_S)
