"""buf curl, a client that nobody here wrote, with nothing but the server's reflection."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from tests.integration.controlplane.plane import DEFAULT, Plane, vm_name
from tests.support.waiting import WAIT_S

BUF = Path(sys.executable).with_name("buf")


async def buf_curl(plane: Plane, path: str, *arguments: str) -> tuple[str, str]:
    """What it prints, and its errors."""
    url = f"http://127.0.0.1:{plane.control_plane.port}{path}"
    curl = await asyncio.create_subprocess_exec(
        BUF, "curl", "--http2-prior-knowledge", "--protocol", "grpc", *arguments, url,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, errors = await asyncio.wait_for(curl.communicate(), WAIT_S)
    return out.decode(), errors.decode()


async def call(plane: Plane, method: str, request: dict[str, Any]) -> dict[str, Any]:
    out, errors = await buf_curl(plane, f"/chronovisor.v1.{method}", "--emit-defaults", "-d", json.dumps(request))
    assert not errors
    return json.loads(out)


async def test_every_method_is_listed(plane: Plane) -> None:
    out, errors = await buf_curl(plane, "", "--list-methods")
    assert not errors
    methods = out.split()
    assert "chronovisor.v1.UtilizationService/GetUtilization" in methods
    assert "chronovisor.v1.AgentService/OpenSession" in methods
    assert "google.longrunning.Operations/WaitOperation" in methods
    assert len(methods) > 55


async def test_a_vm_is_created_started_and_read(plane: Plane) -> None:
    await plane.register()
    spec = {"resources": {"vcpus": "1", "memoryMib": "64", "diskGib": "1"}, "boot": {"image": {"image": "tiny"}}}
    created = await call(plane, "VmService/CreateVm", {"parent": DEFAULT, "vmId": "web", "vm": {"spec": spec}})
    assert created["done"]
    # It knows what is in the Any, too.
    assert created["response"]["state"] == "VM_STATE_STOPPED"
    started = await call(plane, "VmService/StartVm", {"name": vm_name("web")})
    assert started["metadata"]["verb"] == "StartVm"
    assert started["metadata"]["progress"]["stepsTotal"] == 2
    assert (await call(plane, "UtilizationService/GetUtilization", {}))["runningVms"] == "1"


async def test_a_refusal_has_its_reason(plane: Plane) -> None:
    request = json.dumps({"name": vm_name("nobody")})
    _, errors = await buf_curl(plane, "/chronovisor.v1.VmService/GetVm", "-d", request)
    found = json.loads(errors)
    assert found["code"] == "not_found"
    assert "google.rpc.ErrorInfo" in {each["type"] for each in found["details"]}
