"""buf curl over HTTP, a client that nobody here wrote, by Connect and gRPC-Web, and a schema from the checkout."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import FileDescriptor

from controlplane.gateway.services import SERVICES
from tests.integration.gateway.rig import HISTORY, VMS, Gatewayed
from tests.support.waiting import WAIT_S

pytestmark = pytest.mark.slow
BUF = Path(sys.executable).with_name("buf")


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    """What buf knows of the API: the descriptors, since reflection is gRPC's alone."""
    files: dict[str, FileDescriptor] = {}

    def add(file: FileDescriptor) -> None:
        if file.name not in files:
            for each in file.dependencies:
                add(each)
            files[file.name] = file

    pool = descriptor_pool.Default()
    for service in SERVICES:
        add(service.file)
    # What operations have in their Any.
    add(pool.FindMessageTypeByName("chronovisor.v1.OperationMetadata").file)
    made = descriptor_pb2.FileDescriptorSet()
    for file in files.values():
        file.CopyToProto(made.file.add())
    path = tmp_path / "schema.binpb"
    path.write_bytes(made.SerializeToString())
    return path


async def begun(plane: Gatewayed, schema: Path, protocol: str, method: str, request: Any) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        BUF, "curl", "--schema", schema, "--protocol", protocol, "-d", json.dumps(request), f"{plane.url}/{method}",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.parametrize("protocol", ["connect", "grpcweb"])
async def test_it_commands_watches_and_reads_errors(plane: Gatewayed, schema: Path, protocol: str) -> None:
    spec = {"resources": {"vcpus": "1", "memoryMib": "64", "diskGib": "1"}, "boot": {"image": {"image": "tiny"}}}
    request = {"parent": "projects/default", "vmId": "web", "vm": {"spec": spec}}
    curl = await begun(plane, schema, protocol, f"{VMS}/CreateVm", request)
    out, errors = await asyncio.wait_for(curl.communicate(), WAIT_S)
    assert not errors
    assert json.loads(out)["response"]["state"] == "VM_STATE_STOPPED"

    watch = await begun(plane, schema, protocol, f"{HISTORY}/WatchEvents", {"parent": "projects/default/vms/web"})
    assert watch.stdout
    try:
        await asyncio.wait_for(watch.stdout.readuntil(b"vmCreated"), WAIT_S)
    finally:
        watch.kill()
        await watch.communicate()

    curl = await begun(plane, schema, protocol, f"{VMS}/GetVm", {"name": "projects/default/vms/nobody"})
    _, errors = await asyncio.wait_for(curl.communicate(), WAIT_S)
    found = json.loads(errors)
    assert found["code"] == "not_found"
    assert "google.rpc.ErrorInfo" in {each["type"] for each in found["details"]}
