"""A secret is in no answer, stream, error, log or file, but where it is to be; and what is forgotten is in none.

Everything that can be called is called, with a canary among what was written. What is looked through is all bytes.
"""

import asyncio
import base64
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from chronovisor.v1 import privacy_service_pb2, vm_pb2, vm_service_pb2
from google.protobuf.message import Message
from grpc import aio

from tests.integration.controlplane.fake_agent import connected
from tests.integration.controlplane.plane import DEFAULT, Plane, a_vm, running, vm_name
from tests.integration.controlplane.test_documented_errors import REQUESTS
from tests.support.files import contents
from tests.support.waiting import WAIT_S, until

CANARY = b"canary-9d41-battery-staple"
TEXT = b"#cloud-config\npassword: " + CANARY + b"\n"
PERSON = "user:canary-person"
WHO = (("chronovisor-actor", PERSON),)
# What reading gives at the end of a stream.
_END: Any = vars(aio)["EOF"]
# A stream that has nothing more to say.
QUIET_S = 0.3
# What is to give it, what agents call, and what ends what is to be read.
LEFT_OUT = {"GetVmSecrets", "OpenSession", "DeleteVm", "BatchDeleteVms", "ForgetPerson", "DecommissionHost"}


def forms(secret: bytes) -> Iterator[bytes]:
    """As it is, and as it looks inside other things: hexadecimal digits, and base64 from each of three places."""
    yield secret
    yield secret.hex().encode()
    for shift in range(3):
        yield base64.b64encode(bytes(shift) + secret)[4:-4]


def found_in(text: bytes, secret: bytes = CANARY) -> list[bytes]:
    return [each for each in forms(secret) if each in text]


async def answers(plane: Plane, method: str, request: Message) -> bytes:
    """All that one call gives, its error's details and metadata with it."""
    stubs = [plane.vms, plane.hosts, plane.projects, plane.utilization, plane.history, plane.privacy, plane.operations]
    stub = next((each for each in stubs if hasattr(each, method)), None)
    if stub is None:
        return b""
    call: Any = getattr(stub, method)
    try:
        if method == "ExecuteCommands":
            return b"".join([each.SerializeToString() async for each in call(iter([request]), metadata=WHO)])
        if method.startswith("Watch") or method == "WhatIf":
            return b"".join([each async for each in _quiet(call(request, metadata=WHO))])
        return (await call(request, metadata=WHO, timeout=WAIT_S)).SerializeToString()
    except aio.AioRpcError as error:
        return repr((error.details(), list(error.trailing_metadata()), str(error))).encode()


async def _quiet(call: Any) -> AsyncIterator[bytes]:
    """What a stream gives until it has nothing more to say."""
    with suppress(TimeoutError):
        while (message := await asyncio.wait_for(call.read(), QUIET_S)) is not _END:
            yield message.SerializeToString()
    call.cancel()


def a_secret_vm(vm_id: str, text: bytes = TEXT, **more: Any) -> vm_service_pb2.CreateVmRequest:
    request = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id=vm_id, vm=a_vm(), **more)
    request.vm.user_data = text
    return request


def writing() -> Iterator[tuple[str, Message]]:
    """Every way to give a secret, and every way to be refused with one."""
    request_id = str(uuid4())
    yield "CreateVm", a_secret_vm("web", request_id=request_id)
    yield "CreateVm", a_secret_vm("web", request_id=request_id)
    yield "CreateVm", a_secret_vm("web", TEXT + b"other", request_id=request_id)
    yield "CreateVm", a_secret_vm("web")
    yield "CreateVm", a_secret_vm("Not-An-Id")
    yield "CreateVm", a_secret_vm("large", CANARY * 4000)
    yield "CreateVm", a_secret_vm("checked", validate_only=True)
    yield "CreateVm", vm_service_pb2.CreateVmRequest(parent="projects/none", vm_id="x", vm=a_secret_vm("x").vm)
    batch = vm_service_pb2.BatchCreateVmsRequest(parent=DEFAULT, requests=[a_secret_vm("one"), a_secret_vm("web")])
    yield "BatchCreateVms", batch
    partial = vm_service_pb2.BatchCreateVmsRequest()
    partial.CopyFrom(batch)
    partial.allow_partial, partial.request_id = True, str(uuid4())
    yield "BatchCreateVms", partial
    yield "ExecuteCommands", vm_service_pb2.ExecuteCommandsRequest(tag=1, create_vm=a_secret_vm("two"))
    yield "ExecuteCommands", vm_service_pb2.ExecuteCommandsRequest(tag=2, create_vm=a_secret_vm("two"))
    for name, etag in ((vm_name("web"), ""), (vm_name("web"), '"stale"'), (vm_name("nobody"), ""), ("odd", "")):
        vm = vm_pb2.Vm(name=name, etag=etag, user_data=TEXT + b"# anew\n")
        yield "UpdateVm", vm_service_pb2.UpdateVmRequest(vm=vm, request_id=str(uuid4()))
    vm = vm_pb2.Vm(name=vm_name("web"), user_data=CANARY * 4000)
    yield "UpdateVm", vm_service_pb2.UpdateVmRequest(vm=vm)
    yield "ExplainPlacement", vm_service_pb2.ExplainPlacementRequest(parent=DEFAULT, vm=a_secret_vm("x").vm)


async def test_a_secret_is_in_no_answer_error_log_or_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    seen: dict[str, bytes] = {}
    async with running(f"sqlite:///{tmp_path}/ledger.db") as plane, connected(plane, "node-1") as agent:
        await agent.hello()
        await agent.inventory()
        for number, (method, request) in enumerate(writing()):
            seen[f"{method} {number}"] = await answers(plane, method, request)
        await plane.start()
        uid = (await plane.get()).uid
        await agent.until(lambda: uid in agent.desired)
        assert CANARY in agent.desired[uid].user_data
        await plane.control_plane.snapshotter.take()
        for method, request in REQUESTS.items():
            if method not in LEFT_OUT:
                seen[method] = await answers(plane, method, request)
        secrets = vm_service_pb2.GetVmSecretsRequest(name=vm_name("web"))
        assert CANARY in await answers(plane, "GetVmSecrets", secrets)
        await plane.control_plane.projector.drained(WAIT_S)
    # It was there to be found.
    assert found_in(TEXT)
    assert [name for name, each in seen.items() if found_in(each)] == []
    assert found_in(caplog.text.encode()) == []
    everything = await asyncio.to_thread(contents, tmp_path)
    assert uid.encode() in everything
    assert found_in(everything) == []


async def test_what_is_forgotten_is_in_no_file(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/ledger.db"
    async with running(store, secret_retention_s=0.0) as plane:
        for method, request in writing():
            await answers(plane, method, request)
        kept = plane.control_plane.vault._store  # pyright: ignore[reportPrivateUsage]
        uid = (await plane.get()).uid
        key = kept.get(f"vm:{uid}")
        await plane.control_plane.snapshotter.take()
        await plane.delete()
        await until(lambda: _is_forgotten(plane, uid))
        request = privacy_service_pb2.ForgetPersonRequest(person=PERSON)
        await plane.privacy.ForgetPerson(request, metadata=(("chronovisor-actor", "service:privacy"),))
    everything = await asyncio.to_thread(contents, tmp_path)
    for secret in (CANARY, key, key[:32], key[32:], PERSON.encode()):
        assert found_in(everything, secret) == [], secret


async def _is_forgotten(plane: Plane, uid: str) -> bool:
    return uid not in await plane.control_plane.vault.vm_uids()
