"""The log of a control plane and its agent: each line says what it is about, in both forms, and no secret is in any."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from io import StringIO
from pathlib import Path
from typing import Any, cast

import grpc
import pytest
from chronovisor.logs.lines import HumanLines, JsonLines
from chronovisor.v1 import (
    host_credentials_pb2,
    host_service_pb2,
    host_service_pb2_grpc,
    service_account_service_pb2,
    service_account_service_pb2_grpc,
    vm_pb2,
    vm_service_pb2,
    vm_service_pb2_grpc,
)
from grpc import aio

from controlplane.rpc.error_mapping import ErrorMapping
from controlplane.rpc.shared.call_log import LogNames
from tests.integration.controlplane.daemon import daemon
from tests.integration.controlplane.plane import DEFAULT, WAIT_S, a_vm, running, vm_name
from tests.support.waiting import until

REQUEST_ID = "6f0c4a5e-25a1-4d5e-9b57-0d7a9a3e7fca"
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = ("traceparent", f"00-{TRACE_ID}-00f067aa0ba902b7-01")
CANARY = "canary9d41batterystaplecanary9d41batterystaple"
TOKEN = f"cvsa_{CANARY}"
PSEUDONYM = f"user:~{'ab' * 16}"


@contextmanager
def logged(kind: type[logging.Formatter]) -> Generator[StringIO]:
    """All that the control plane logs meanwhile, at every level, as its own process would write it."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(kind())
    logger = logging.getLogger("controlplane")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield stream
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)


class Broken(vm_service_pb2_grpc.VmServiceServicer):  # pyright: ignore[reportIncompatibleMethodOverride]
    """Fails with a secret in its words."""

    async def CreateVm(self, request: Any, context: Any) -> Any:
        raise RuntimeError(f"no answer to {request}, sent by {TOKEN}\nindeed")

    async def WatchVms(self, request: Any, context: Any) -> AsyncIterator[Any]:
        raise RuntimeError(f"password={CANARY}")
        yield


@asynccontextmanager
async def broken(names: LogNames) -> AsyncGenerator[Any]:
    """Stubs of a server whose methods all fail."""
    server = aio.server()
    mapping = cast("aio.Server", ErrorMapping(server, log_names=names))
    vm_service_pb2_grpc.add_VmServiceServicer_to_server(Broken(), mapping)  # pyright: ignore[reportAbstractUsage]
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield vm_service_pb2_grpc.VmServiceStub(channel)
    await server.stop(None)


@pytest.mark.parametrize("kind", [HumanLines, JsonLines])
async def test_a_fault_of_a_call_says_whose_it_is_and_no_secret(kind: type[logging.Formatter]) -> None:
    request = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id="web", request_id=REQUEST_ID, vm=a_vm())
    request.vm.user_data = f'#cloud-config\npassword: "{CANARY}"\n'.encode()
    with logged(kind) as stream:
        async with broken(lambda _: PSEUDONYM) as stubs:
            with pytest.raises(aio.AioRpcError):
                await stubs.CreateVm(request, metadata=(TRACEPARENT, ("authorization", f"Bearer {TOKEN}")))
            with pytest.raises(aio.AioRpcError):
                await stubs.WatchVms(vm_service_pb2.WatchVmsRequest(parent=DEFAULT)).read()
    assert CANARY not in stream.getvalue()
    first, *_ = [line for line in stream.getvalue().splitlines() if "failed" in line]
    assert "RuntimeError: no answer to" in first
    if kind is JsonLines:
        entry = json.loads(first)
        assert (entry["level"], entry["module"]) == ("error", "controlplane.rpc.error_mapping")
        assert entry["method"] == "chronovisor.v1.VmService/CreateVm"
        assert (entry["request_id"], entry["trace_id"], entry["principal"]) == (REQUEST_ID, TRACE_ID, PSEUDONYM)
    else:
        fields = f"method=chronovisor.v1.VmService/CreateVm request_id={REQUEST_ID} trace_id={TRACE_ID}"
        assert f"  {fields} principal={PSEUDONYM} | Traceback" in first


@pytest.mark.parametrize("given", ["", "nonsense", f"00-{'0' * 32}-00f067aa0ba902b7-01", f"00-{TRACE_ID}-1-01"])
async def test_what_is_no_trace_and_who_has_no_pseudonym_are_in_no_line(given: str) -> None:
    with logged(JsonLines) as stream:
        async with broken(lambda _: None) as stubs:
            with pytest.raises(aio.AioRpcError):
                await stubs.CreateVm(vm_service_pb2.CreateVmRequest(), metadata=(("traceparent", given),))
    (entry, *_) = map(json.loads, stream.getvalue().splitlines())
    assert not {"trace_id", "principal", "request_id"} & entry.keys()


async def test_entries_of_a_refusal_and_of_a_commit_say_where_they_are(tmp_path: Path) -> None:
    with logged(JsonLines) as stream:
        async with running(f"sqlite:///{tmp_path}/ledger.db") as plane:
            await plane.vms.CreateVm(
                vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id="web", vm=a_vm()),
                metadata=(("chronovisor-actor", "user:canary-person"),),
            )
            with pytest.raises(aio.AioRpcError):
                await plane.vms.StartVm(vm_service_pb2.StartVmRequest(name=vm_name("none"), request_id=REQUEST_ID))
            position = plane.control_plane.reads.position
    entries = list(map(json.loads, stream.getvalue().splitlines()))
    commits = [each["position"] for each in entries if each["module"] == "controlplane.ledger.writer.replica"]
    assert position in commits
    assert commits == sorted(commits)
    (refused,) = (each for each in entries if each["message"] == "refused: VM_NOT_FOUND")
    assert (refused["method"], refused["request_id"]) == ("chronovisor.v1.VmService/StartVm", REQUEST_ID)
    assert "canary-person" not in stream.getvalue()


@pytest.mark.parametrize("form", ["human", "json"])
async def test_no_secret_is_in_the_log_of_a_control_plane_and_its_agent(tmp_path: Path, form: str) -> None:
    options = ("--dev", "--dev-driver", "simulated", "--store", f"sqlite:///{tmp_path}/ledger.db")
    secrets = [CANARY]
    async with daemon(tmp_path, *options, "--log-format", form, "--log-level", "debug") as running_one:
        async with aio.insecure_channel(running_one.address) as channel:
            secrets += await _with_secrets(channel)
        running_one.process.terminate()
        _, err = await asyncio.wait_for(running_one.process.communicate(), WAIT_S)
    text = err.decode()
    assert [each for each in secrets if each in text] == []
    lines = text.splitlines()
    assert len(lines) > 5
    if form == "json":
        entries = [json.loads(line) for line in lines]
        assert all({"time", "level", "module", "message"} <= each.keys() for each in entries)
        (connected,) = (each for each in entries if each["message"].startswith("connected to "))
        assert connected["module"] == "hostagent.control.session"
        assert connected["host"]
        assert any("INSECURE" in each["message"] and each["level"] == "warning" for each in entries)
        assert any(each.get("request_id") == REQUEST_ID and each.get("trace_id") == TRACE_ID for each in entries)
    else:
        assert all(line[:1].isdigit() and line[23] == "Z" for line in lines)


async def _with_secrets(channel: Any) -> list[str]:
    """Calls with every kind of secret, taken and refused. Returns those that the control plane made."""
    # To the type checker, a stub is one that blocks.
    vms: Any = vm_service_pb2_grpc.VmServiceStub(channel)
    hosts: Any = host_service_pb2_grpc.HostServiceStub(channel)
    accounts: Any = service_account_service_pb2_grpc.ServiceAccountServiceStub(channel)
    listed = host_service_pb2.ListHostsRequest()
    await until(lambda: _is_connected(hosts, listed))
    vm = vm_pb2.Vm()
    vm.CopyFrom(a_vm())
    vm.user_data = f"#cloud-config\npassword: {CANARY}\n".encode()
    await vms.CreateVm(vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id="web", vm=vm))
    account = service_account_service_pb2.CreateServiceAccountRequest(parent=DEFAULT, service_account_id="ci")
    await accounts.CreateServiceAccount(account)
    parent = f"{DEFAULT}/serviceAccounts/ci"
    request = service_account_service_pb2.CreateServiceAccountTokenRequest(parent=parent)
    made = [(await accounts.CreateServiceAccountToken(request)).token]
    with suppress(aio.AioRpcError):
        made.append((await hosts.CreateHostToken(host_credentials_pb2.CreateHostTokenRequest(host_id="node-9"))).token)
    for token in (TOKEN, f"eyJ{CANARY}.eyJ{CANARY}.{CANARY}", made[0]):
        start = vm_service_pb2.StartVmRequest(name=vm_name("web"), request_id=REQUEST_ID)
        with suppress(aio.AioRpcError):
            await vms.StartVm(start, metadata=(TRACEPARENT, ("authorization", f"Bearer {token}")))
    with pytest.raises(aio.AioRpcError) as refused:
        await vms.CreateVm(vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id=TOKEN, vm=vm, request_id=REQUEST_ID))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert made[0].startswith("cvsa_")
    return [each for each in made if each]


async def _is_connected(hosts: Any, request: Any) -> bool:
    return any(host.agent_connected for host in (await hosts.ListHosts(request)).hosts)


async def test_a_level_is_of_one_module(tmp_path: Path) -> None:
    options = ("--store", "memory:", "--log-level", "error", "--log-level", "controlplane.ledger=debug")
    async with daemon(tmp_path, *options) as running_one:
        running_one.process.terminate()
        _, err = await asyncio.wait_for(running_one.process.communicate(), WAIT_S)
    lines = err.decode().splitlines()
    assert lines
    assert all(" DEBUG controlplane.ledger." in line for line in lines)
