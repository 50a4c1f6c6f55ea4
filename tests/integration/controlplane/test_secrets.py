"""User data over gRPC: kept encrypted, given to those who may, sent to the guest's own agent, and forgotten."""

import hashlib
import sys
from functools import partial
from pathlib import Path
from uuid import uuid4

import grpc
import pytest
from chronovisor.v1 import agent_service_pb2 as agents
from chronovisor.v1 import history_service_pb2, vm_pb2, vm_service_pb2
from google.protobuf.field_mask_pb2 import FieldMask

from tests.integration.controlplane.fake_agent import connected
from tests.integration.controlplane.plane import ACTOR, DEFAULT, Plane, a_vm, refused, running, vm_name, vm_of
from tests.support.waiting import until

TEXT = b"#cloud-config\npassword: canary-7f3a\n"


def request_of(vm_id: str = "web", text: bytes = TEXT, **more: object) -> vm_service_pb2.CreateVmRequest:
    request = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id=vm_id, vm=a_vm(), **more)  # pyright: ignore
    request.vm.user_data = text
    return request


async def created(plane: Plane, vm_id: str = "web", text: bytes = TEXT, **more: object) -> vm_pb2.Vm:
    return vm_of(await plane.vms.CreateVm(request_of(vm_id, text, **more), metadata=ACTOR))


async def secrets(plane: Plane, vm_id: str = "web") -> vm_service_pb2.VmSecrets:
    request = vm_service_pb2.GetVmSecretsRequest(name=vm_name(vm_id))
    return await plane.vms.GetVmSecrets(request, metadata=ACTOR)


async def update(plane: Plane, vm: vm_pb2.Vm, *paths: str, **more: object) -> vm_pb2.Vm:
    mask = FieldMask(paths=paths) if paths else None
    request = vm_service_pb2.UpdateVmRequest(vm=vm, update_mask=mask, **more)  # pyright: ignore[reportArgumentType]
    return vm_of(await plane.vms.UpdateVm(request, metadata=ACTOR))


@pytest.mark.covers("VmService.GetVmSecrets")
async def test_reads_say_that_there_is_user_data_and_one_alone_gives_it(plane: Plane) -> None:
    vm = await created(plane)
    assert not vm.user_data
    assert vm.kept_user_data.size_bytes == len(TEXT)
    assert len(vm.kept_user_data.keyed_hash) == 32
    assert vm.kept_user_data.keyed_hash != hashlib.sha256(TEXT).digest()
    assert (await plane.get()).kept_user_data == vm.kept_user_data
    found = await secrets(plane)
    assert (found.name, found.uid, found.user_data) == (vm.name, vm.uid, TEXT)
    assert found.kept_user_data == vm.kept_user_data
    await plane.create("plain")
    assert not (await plane.get("plain")).HasField("kept_user_data")
    assert (await secrets(plane, "plain")).user_data == b""


async def test_equal_texts_of_two_vms_have_different_hashes(plane: Plane) -> None:
    one, two = await created(plane, "one"), await created(plane, "two")
    assert one.kept_user_data.keyed_hash != two.kept_user_data.keyed_hash


async def test_user_data_is_changed_kept_and_removed_by_updates(plane: Plane) -> None:
    first = await created(plane)
    named = vm_pb2.Vm(name=first.name)
    labelled = await update(plane, vm_pb2.Vm(name=first.name, labels={"a": "b"}))
    assert labelled.kept_user_data == first.kept_user_data
    changed = await update(plane, vm_pb2.Vm(name=first.name, user_data=b"other"))
    assert changed.kept_user_data.size_bytes == 5
    assert (await secrets(plane)).user_data == b"other"
    # The same text once more changes nothing.
    same = await update(plane, vm_pb2.Vm(name=first.name, user_data=b"other"), "user_data")
    assert same.etag == changed.etag
    # What was read, and is sent back whole, has no user data, and removes none.
    back = vm_pb2.Vm()
    back.CopyFrom(same)
    assert (await update(plane, back, "*")).kept_user_data == changed.kept_user_data
    removed = await update(plane, named, "user_data")
    assert not removed.HasField("kept_user_data")
    assert (await secrets(plane)).user_data == b""
    again = await update(plane, vm_pb2.Vm(name=first.name, user_data=TEXT), "user_data", "labels")
    assert (again.kept_user_data, dict(again.labels)) == (first.kept_user_data, {})


async def test_user_data_has_a_size_and_a_vm(plane: Plane) -> None:
    found = await refused(plane.vms.CreateVm(request_of(text=b"x" * 65_537)))
    assert (found.reason, found.fields) == ("INVALID_FIELD", ["vm.user_data"])
    assert vm_of(await plane.vms.CreateVm(request_of(text=b"x" * 65_536))).kept_user_data.size_bytes == 65_536
    nobody = vm_service_pb2.UpdateVmRequest(vm=vm_pb2.Vm(name=vm_name("nobody"), user_data=TEXT))
    assert (await refused(plane.vms.UpdateVm(nobody))).reason == "VM_NOT_FOUND"
    assert (await refused(secrets(plane, "nobody"))).reason == "VM_NOT_FOUND"


async def test_a_request_with_user_data_can_be_repeated_and_only_as_it_was(plane: Plane) -> None:
    request_id = str(uuid4())
    first = await created(plane, request_id=request_id)
    assert (await created(plane, request_id=request_id)).uid == first.uid
    other = request_of(text=TEXT[:-2] + b"x\n", request_id=request_id)
    assert (await refused(plane.vms.CreateVm(other))).reason == "REQUEST_ID_REUSED"
    changing = str(uuid4())
    changed = await update(plane, vm_pb2.Vm(name=first.name, user_data=b"new"), request_id=changing)
    again = await update(plane, vm_pb2.Vm(name=first.name, user_data=b"new"), request_id=changing)
    assert again.etag == changed.etag


async def test_the_hash_of_a_request_says_nothing_of_its_user_data(plane: Plane) -> None:
    request = request_of(request_id=str(uuid4()))
    plain = vm_service_pb2.CreateVmRequest()
    plain.CopyFrom(request)
    plain.request_id = ""
    guess = hashlib.sha256(plain.SerializeToString(deterministic=True)).digest()
    await plane.vms.CreateVm(request, metadata=ACTOR)
    query = history_service_pb2.ListEventsRequest(event_types=["RequestAccepted"])
    found = [each.request_accepted.payload_sha256 for each in (await plane.history.ListEvents(query)).events]
    assert found
    assert guess not in found


async def test_batches_and_command_streams_have_user_data(plane: Plane) -> None:
    batch = vm_service_pb2.BatchCreateVmsRequest(parent=DEFAULT, request_id=str(uuid4()), allow_partial=True)
    for vm_id, text in (("one", b"1"), ("two", b""), ("three", b"3"), ("one", b"taken")):
        batch.requests.append(request_of(vm_id, text))
    items = (await plane.vms.BatchCreateVms(batch, metadata=ACTOR)).items
    assert [each.vm.kept_user_data.size_bytes for each in items] == [1, 0, 1, 0]
    assert [(await secrets(plane, each)).user_data for each in ("one", "two", "three")] == [b"1", b"", b"3"]
    command = vm_service_pb2.ExecuteCommandsRequest(tag=1, create_vm=request_of("four", b"4"))
    async for answer in plane.vms.ExecuteCommands(iter([command]), metadata=ACTOR):
        assert answer.operation.done
    assert (await secrets(plane, "four")).user_data == b"4"
    # No key is left of what never came to be.
    names = {vm.uid for vm in (await plane.vms.ListVms(vm_service_pb2.ListVmsRequest(parent=DEFAULT))).vms}
    assert set(await plane.control_plane.vault.vm_uids()) <= names


async def test_no_key_is_made_for_what_is_refused_or_only_checked(plane: Plane) -> None:
    checked = vm_of(await plane.vms.CreateVm(request_of(validate_only=True), metadata=ACTOR))
    assert checked.kept_user_data.size_bytes == len(TEXT)
    await plane.create()
    assert (await refused(plane.vms.CreateVm(request_of()))).reason == "VM_ALREADY_EXISTS"
    assert await plane.control_plane.vault.vm_uids() == []


async def test_the_agent_of_its_host_gets_it_and_no_other(plane: Plane) -> None:
    vm = await created(plane)
    async with connected(plane, "node-1") as agent, connected(plane, "node-2") as other:
        await agent.hello()
        await other.hello()
        await agent.inventory()
        await other.inventory()
        await plane.start()
        here, there = (agent, other) if (await plane.get()).host == "hosts/node-1" else (other, agent)
        assert (await here.until_desired(vm.uid, agents.DESIRED_POWER_RUNNING)).user_data == TEXT
        assert vm.uid not in there.desired
        await here.obey(vm.uid)
        await plane.stop()
        stopped = await here.until_desired(vm.uid, agents.DESIRED_POWER_SHUTOFF)
        assert not stopped.user_data


async def test_an_agent_that_comes_back_gets_it_again(plane: Plane) -> None:
    async with connected(plane, "node-1") as agent:
        await agent.hello()
        await agent.inventory()
        vm = await created(plane)
        await plane.start()
        await agent.until_desired(vm.uid, agents.DESIRED_POWER_RUNNING)
    async with connected(plane, "node-1", instance="two") as agent:
        await agent.hello()
        await agent.inventory()
        assert (await agent.until_desired(vm.uid, agents.DESIRED_POWER_RUNNING)).user_data == TEXT


@pytest.mark.provokes("SECRETS_FORGOTTEN")
async def test_secrets_of_a_destroyed_vm_are_forgotten_after_a_time(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/ledger.db"
    async with running(store, secret_retention_s=3600.0) as plane:
        vm = await created(plane)
        await plane.delete()
        # Until then, they can be had by the uid.
        assert (await secrets(plane, vm.uid)).user_data == TEXT
        assert not (await plane.get(vm.uid)).kept_user_data.forgotten
    async with running(store, secret_retention_s=0.0) as plane:
        await until(partial(are_forgotten, plane))
        assert await plane.events(vm_name(vm.uid)) == [
            "vm_created",
            "vm_delete_requested",
            "vm_deleted",
            "secrets_forgotten",
        ]
        found = await refused(secrets(plane, vm.uid))
        assert (found.code, found.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "SECRETS_FORGOTTEN")
        assert found.metadata["uid"] == vm.uid
        kept = (await plane.get(vm.uid)).kept_user_data
        assert (kept.forgotten, kept.size_bytes) == (True, len(TEXT))
        assert kept.keyed_hash == vm.kept_user_data.keyed_hash
        listing = vm_service_pb2.ListVmsRequest(parent=DEFAULT, show_deleted=True)
        assert [each.kept_user_data.forgotten for each in (await plane.vms.ListVms(listing)).vms] == [True]
        assert await plane.control_plane.vault.vm_uids() == []
        # A later look finds nothing more to do.
        await plane.control_plane.forgetting.look()
        await plane.control_plane.forgetting.forget()
        assert (await plane.events()).count("secrets_forgotten") == 1


async def are_forgotten(plane: Plane) -> bool:
    """Whether that is recorded, and no key is left."""
    return "secrets_forgotten" in await plane.events() and not await plane.control_plane.vault.vm_uids()


async def test_a_control_plane_that_ended_between_event_and_key_destroys_the_key(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/ledger.db"
    async with running(store, secret_retention_s=0.0) as plane:
        vm = await created(plane)
        await plane.delete()
        await until(partial(are_forgotten, plane))
        await plane.control_plane.vault.seal([(vm.uid, b"as if it were still there")])
    async with running(store, secret_retention_s=0.0) as plane:
        await until(partial(are_forgotten, plane))
        assert (await plane.events()).count("secrets_forgotten") == 1


@pytest.mark.provokes("SECRETS_UNAVAILABLE")
async def test_without_keys_there_are_no_secrets_and_all_else_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(f"sqlite:///{tmp_path}/ledger.db", master_key_command=_kms(tmp_path)) as plane:
        await created(plane)
        store = plane.control_plane.vault._store  # pyright: ignore[reportPrivateUsage]
        store._cache.clear()  # pyright: ignore[reportPrivateUsage]
        store._epochs._keys.clear()  # pyright: ignore[reportPrivateUsage]
        (tmp_path / "kms.py").write_text("raise SystemExit(1)")
        for call in (secrets(plane), plane.vms.CreateVm(request_of("more"))):
            found = await refused(call)
            assert (found.code, found.reason) == (grpc.StatusCode.UNAVAILABLE, "SECRETS_UNAVAILABLE")
            assert found.details == ["RetryInfo"]
        await plane.create("plain")
        assert (await plane.get()).kept_user_data.size_bytes == len(TEXT)
        _kms(tmp_path)
        assert (await secrets(plane)).user_data == TEXT


def _kms(directory: Path) -> tuple[str, ...]:
    program = directory / "kms.py"
    program.write_text(
        "import base64, sys\n"
        "given = base64.b64decode(sys.stdin.read())\n"
        "sys.stdout.write(base64.b64encode(bytes(each ^ 0x5A for each in given)).decode())\n"
    )
    return (sys.executable, str(program))


async def test_keys_outlive_a_restart_and_snapshots_have_no_text(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/ledger.db"
    async with running(store) as plane:
        vm = await created(plane)
        await plane.control_plane.snapshotter.take()
    async with running(store) as plane:
        assert (await plane.get()).kept_user_data == vm.kept_user_data
        assert (await secrets(plane)).user_data == TEXT
