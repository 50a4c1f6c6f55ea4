"""What type checkers know of both clients: `make lint` checks it. Calls nothing."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

import inspect
from collections.abc import AsyncIterator, Awaitable, Iterator
from datetime import UTC, datetime
from typing import Any, assert_type

import chronovisor
from chronovisor import aio
from chronovisor.events.v1.event_pb2 import Event
from chronovisor.services import awaitable
from chronovisor.services import blocking as blocking_services
from chronovisor.v1 import vm_service_pb2 as pb
from chronovisor.v1.host_pb2 import Host
from chronovisor.v1.project_pb2 import Project
from chronovisor.v1.utilization_service_pb2 import Utilization
from chronovisor.v1.vm_pb2 import Vm
from chronovisor.v1.what_if_pb2 import WhatIfResponse
from chronovisor.verify import Row
from google.longrunning import operations_pb2

THEN = datetime(2026, 11, 1, tzinfo=UTC)


def blocking(client: chronovisor.Client) -> None:
    assert_type(client.vms.get("web-1", at=THEN), Vm)
    assert_type(client.vms.start("web-1", reason="release"), chronovisor.Operation)
    assert_type(client.vms.create("web-1", image="tiny", memory="512MiB", start=True).wait(timeout=5.0), Vm)
    assert_type(client.hosts.drain("node-1").wait(), Host)
    assert_type(client.vms.start("web-1").wait(), Vm)
    assert_type(client.vms.StartVm(pb.StartVmRequest(name="n"), timeout=1.0), operations_pb2.Operation)
    assert_type(client.vms.list("shop"), chronovisor.Pager[Vm, pb.ListVmsResponse])
    assert_type(client.vms.batch_start(["a"])[0].operation, chronovisor.Operation | None)
    assert_type(client.vms.watch(), chronovisor.Watch[pb.VmChange])
    assert_type(client.hosts.cordon("node-1"), Host)
    assert_type(client.projects.create("shop", quota={"memory": "1GiB"}), Project)
    assert_type(client.utilization.get(), Utilization)
    assert_type(client.history.prove(4), Row)
    assert_type(client.history.what_if(), Iterator[WhatIfResponse])
    assert_type(client.operations.wait("o"), Any)
    for event in client.history.events("shop/web-1", after=3):
        assert_type(event, Event)


async def awaited(client: aio.Client) -> None:
    assert_type(await client.vms.get("web-1", at=3), Vm)
    assert_type(await client.vms.start("web-1"), aio.Operation)
    assert_type(await (await client.vms.start("web-1")).wait(), Vm)
    assert_type(await (await client.hosts.drain("node-1")).wait(), Host)
    assert_type(await client.vms.StartVm(pb.StartVmRequest(name="n")), operations_pb2.Operation)
    assert_type(client.vms.list("shop"), aio.Pager[Vm, pb.ListVmsResponse])
    assert_type(client.vms.watch(), aio.Watch[pb.VmChange])
    assert_type(client.hosts.cordon("node-1"), Awaitable[Host])
    assert_type(await client.history.prove(4), Row)
    assert_type(client.history.what_if(), AsyncIterator[WhatIfResponse])
    assert_type(await client.operations.wait("o"), Any)
    async for event in client.history.watch(after=0).until_caught_up():
        assert_type(event, Event)


def refused(client: chronovisor.Client) -> None:
    """Each of these is an error of types: without one, the comment would be."""
    client.vms.start("web-1", raeson="typo")  # pyright: ignore[reportCallIssue]
    client.vms.create("web-1", memory=1.5)  # pyright: ignore[reportArgumentType]
    client.hosts.reconcile("node-1", "drop")  # pyright: ignore[reportArgumentType]


def test_both_clients_have_the_same_methods() -> None:
    for name in ("Vms", "Hosts", "Projects", "Utilizations", "Histories", "Operations"):
        kinds = [getattr(module, name) for module in (blocking_services, awaitable)]
        methods = [
            {each for each, _ in inspect.getmembers(kind, callable) if not each.startswith("_")} for kind in kinds
        ]
        assert methods[0] == methods[1]
