"""A control plane in this process, the stubs to talk to it, and refusals taken apart."""

import asyncio
import contextlib
import hashlib
import os
from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import grpc
import pytest
from chronovisor.v1 import (
    access_service_pb2_grpc,
    console_service_pb2_grpc,
    history_service_pb2,
    history_service_pb2_grpc,
    host_pb2,
    host_service_pb2,
    host_service_pb2_grpc,
    image_service_pb2,
    image_service_pb2_grpc,
    metrics_service_pb2_grpc,
    network_service_pb2_grpc,
    operations_pb2,
    privacy_service_pb2_grpc,
    project_service_pb2_grpc,
    resources_pb2,
    service_account_service_pb2_grpc,
    utilization_service_pb2,
    utilization_service_pb2_grpc,
    vm_pb2,
    vm_service_pb2,
    vm_service_pb2_grpc,
)
from google.iam.v1 import iam_policy_pb2_grpc
from google.longrunning import operations_pb2 as longrunning
from google.longrunning import operations_pb2_grpc as longrunning_grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc import aio

from controlplane.bootstrap import ControlPlane
from controlplane.config import DEFAULT_LEASES, LAST_ROWS_S, SECRET_RETENTION_S, LeaseTerms, Settings
from controlplane.domain.vm.limits import Limits
from controlplane.fencers.parameters import FencerSettings
from controlplane.heads.signing_key import key_file, load_or_make
from controlplane.identity.pki import Pki
from controlplane.identity.transport_settings import NO_TRANSPORT, TransportSettings
from controlplane.images.settings import ImageSettings
from controlplane.images.sources import SourceSettings
from controlplane.ledger.writer.queue import MOST_WAITING
from controlplane.processes.strays import StrayPolicy
from controlplane.projections.projector.projector_worker import DEFAULT_TERMS, WorkerTerms
from controlplane.queries.reads import LONGEST_WAIT_S
from controlplane.rpc.access.guard import Tokens
from controlplane.rpc.access.rates import DEFAULT_RATES, RateTerms
from controlplane.runtime.clock import Clock
from tests.integration.controlplane.documented import undocumented
from tests.support.session import leftovers
from tests.support.waiting import WAIT_S

DEFAULT = "projects/default"
ACTOR = (("chronovisor-actor", "user:alice"),)
# What images may be imported from, and there is nothing.
NOWHERE = "file:///nowhere/"
SOURCES = SourceSettings((NOWHERE,))
M = TypeVar("M", bound=Message)


class Plane:
    """Stubs on one channel to one control plane."""

    def __init__(self, control_plane: ControlPlane, channel: aio.Channel) -> None:
        self.control_plane = control_plane
        self.channel = channel
        self.vms = vm_service_pb2_grpc.VmServiceStub(channel)
        self.hosts = host_service_pb2_grpc.HostServiceStub(channel)
        self.projects = project_service_pb2_grpc.ProjectServiceStub(channel)
        self.accounts = service_account_service_pb2_grpc.ServiceAccountServiceStub(channel)
        self.networks = network_service_pb2_grpc.NetworkServiceStub(channel)
        self.images = image_service_pb2_grpc.ImageServiceStub(channel)
        self.utilization = utilization_service_pb2_grpc.UtilizationServiceStub(channel)
        self.history = history_service_pb2_grpc.HistoryServiceStub(channel)
        self.metrics = metrics_service_pb2_grpc.MetricsServiceStub(channel)
        self.consoles = console_service_pb2_grpc.ConsoleServiceStub(channel)
        self.privacy = privacy_service_pb2_grpc.PrivacyServiceStub(channel)
        self.access = access_service_pb2_grpc.AccessServiceStub(channel)
        self.iam: Any = iam_policy_pb2_grpc.IAMPolicyStub(channel)
        self.operations: Any = longrunning_grpc.OperationsStub(channel)  # pyright: ignore[reportUnknownMemberType]

    async def create(
        self, vm_id: str = "web", *, start: bool = False, screen: bool = False, **amounts: int
    ) -> longrunning.Operation:
        vm = a_vm(image="tiny", **amounts)
        vm.spec.screen = screen
        request = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id=vm_id, vm=vm, start=start)
        return await self.vms.CreateVm(request, metadata=ACTOR)

    async def start(self, vm_id: str = "web") -> longrunning.Operation:
        return await self.vms.StartVm(vm_service_pb2.StartVmRequest(name=vm_name(vm_id)), metadata=ACTOR)

    async def stop(self, vm_id: str = "web", *, reason: str = "") -> longrunning.Operation:
        request = vm_service_pb2.StopVmRequest(name=vm_name(vm_id), grace_period=Duration(), reason=reason)
        return await self.vms.StopVm(request, metadata=ACTOR)

    async def delete(self, vm_id: str = "web") -> longrunning.Operation:
        return await self.vms.DeleteVm(vm_service_pb2.DeleteVmRequest(name=vm_name(vm_id)), metadata=ACTOR)

    async def get(self, vm_id: str = "web") -> vm_pb2.Vm:
        return await self.vms.GetVm(vm_service_pb2.GetVmRequest(name=vm_name(vm_id)))

    async def wait(self, operation: longrunning.Operation) -> longrunning.Operation:
        request = longrunning.WaitOperationRequest(name=operation.name, timeout=Duration(seconds=int(WAIT_S)))
        return await self.operations.WaitOperation(request)

    async def begin_image(self, image_id: str = "disk", parent: str = DEFAULT, **more: Any) -> str:
        """The name of an image whose import has failed: what most calls of images can be about."""
        opening = image_service_pb2.ImageOpening(parent=parent, image_id=image_id, **more)

        async def requests() -> AsyncGenerator[image_service_pb2.UploadImageRequest]:
            yield image_service_pb2.UploadImageRequest(open=opening)

        with contextlib.suppress(aio.AioRpcError):
            async for _ in self.images.UploadImage(requests()):
                pass
        return f"{parent}/images/{image_id}"

    async def register(self, host_id: str = "node-1", **offered: int) -> host_pb2.Host:
        request = host_service_pb2.RegisterHostRequest(host_id=host_id, host=a_host(images=("*",), **offered))
        return await self.hosts.RegisterHost(request)

    async def used(self, scope: str = "fleet") -> dict[str, tuple[int, int]]:
        """(total, allocated) by class."""
        request = utilization_service_pb2.GetUtilizationRequest(scope=scope)
        found = await self.utilization.GetUtilization(request)
        return {each.resource_class: (each.total, each.allocated) for each in found.classes}

    async def events(self, parent: str = "", *types: str) -> list[str]:
        """The payloads of a parent's events, by name."""
        request = history_service_pb2.ListEventsRequest(parent=parent, event_types=types)
        found = await self.history.ListEvents(request)
        return [each.WhichOneof("payload") or "" for each in found.events]


def vm_name(vm_id: str) -> str:
    return f"{DEFAULT}/vms/{vm_id}"


def a_vm(vcpus: int = 2, memory_mib: int = 512, disk_gib: int = 5, image: str = "tiny") -> vm_pb2.Vm:
    vm = vm_pb2.Vm()
    vm.spec.resources.vcpus, vm.spec.resources.memory_mib = vcpus, memory_mib
    vm.spec.resources.disk_gib = disk_gib
    vm.spec.boot.image.image = image
    return vm


def a_host(
    vcpus: int = 4, memory_mib: int = 4096, disk_gib: int = 100, images: Sequence[str] = ("*",)
) -> host_pb2.Host:
    totals = {"vcpus": vcpus, "memory_mib": memory_mib, "disk_gib": disk_gib}
    return host_pb2.Host(
        inventory={name: resources_pb2.ResourceInventory(total=total) for name, total in totals.items()},
        platform=host_pb2.HostPlatform(architecture="x86_64", virt_type="simulated", images=images),
    )


def unpacked(packed: Any, kind: type[M]) -> M:
    message = kind()
    assert packed.Unpack(message), f"it is a {packed.type_url}"
    return message


def metadata_of(operation: longrunning.Operation) -> operations_pb2.OperationMetadata:
    return unpacked(operation.metadata, operations_pb2.OperationMetadata)


def vm_of(operation: longrunning.Operation) -> vm_pb2.Vm:
    assert operation.done, operation
    assert not operation.HasField("error"), operation.error
    return unpacked(operation.response, vm_pb2.Vm)


@dataclass(frozen=True)
class Refusal:
    """A status with its details."""

    code: grpc.StatusCode
    message: str
    reason: str
    domain: str
    metadata: dict[str, str]
    # Paths of bad fields.
    fields: list[str]
    # Names of the messages among the details, but ErrorInfo.
    details: list[str]
    status: status_pb2.Status


def refusal_in(status: status_pb2.Status) -> Refusal:
    info, fields, details = error_details_pb2.ErrorInfo(), list[str](), list[str]()
    for detail in status.details:
        bad = error_details_pb2.BadRequest()
        if detail.Unpack(bad):
            fields = [each.field for each in bad.field_violations]
        if not detail.Unpack(info):
            details.append(detail.type_url.rpartition(".")[2])
    codes = {each.value[0]: each for each in grpc.StatusCode}  # pyright: ignore[reportUnknownMemberType]
    return Refusal(
        codes[status.code], status.message, info.reason, info.domain, dict(info.metadata), fields, details, status
    )


def refusal_of(error: aio.AioRpcError) -> Refusal:
    """Takes the details out of the trailing metadata. An error without any has an empty reason."""
    status = status_pb2.Status(code=error.code().value[0], message=error.details() or "")  # pyright: ignore
    for key, value in error.trailing_metadata():
        if key == "grpc-status-details-bin":
            assert isinstance(value, bytes)
            status = status_pb2.Status.FromString(value)
    return refusal_in(status)


async def refused(call: Awaitable[object]) -> Refusal:
    """The refusal that the call ends with, and fails the test when it does not."""
    with pytest.raises(aio.AioRpcError) as caught:
        await asyncio.wait_for(call, WAIT_S)
    found = refusal_of(caught.value)
    assert found.domain == "chronovisor.dev", caught.value
    assert caught.value.code() is found.code
    return found


def _run_home() -> Path:
    """CHRONOVISOR_HOME is this, too, where tests of the command line have not taken it away."""
    return Path(os.environ[leftovers.RUN]) / leftovers.HOME


def home_of(store: str) -> Path:
    """Where keys are kept: beside a ledger that is a file, and for any other, one for all of a run."""
    if store.startswith("sqlite:///"):
        return Path(store.removeprefix("sqlite:///")).parent
    home = _run_home() / hashlib.sha256(store.encode()).hexdigest()[:16]
    home.mkdir(exist_ok=True)
    return home


_image_folders: set[Path] = set()


def _images_of(store: str) -> ImageSettings | None:
    """Beside the ledger; of a second control plane on it, in a directory of its own."""
    if store == "memory:":
        return None
    folder = home_of(store) / "image-store"
    while folder in _image_folders:
        folder = folder.with_name(f"{folder.name}-other")
    return ImageSettings(folder.absolute())


def _channel(port: int, pki: Path | None, *, insecure: bool) -> aio.Channel:
    if insecure or pki is None:
        return aio.insecure_channel(f"127.0.0.1:{port}")
    return aio.secure_channel(f"127.0.0.1:{port}", grpc.ssl_channel_credentials(Pki(pki).ca_file.read_bytes()))


def signing_key() -> Path:
    """The same for all of a run, and for `chronovisord` in it: whichever forks or accepts a ledger seals it, too."""
    home = _run_home()
    load_or_make(home)
    return key_file(home)


@asynccontextmanager
async def running(
    store: str = "memory:",
    limits: Limits | None = None,
    check_every_s: float = 0.0,
    clock: Clock | None = None,
    listen: str = "127.0.0.1:0",
    last_rows_s: float = LAST_ROWS_S,
    longest_wait_s: float = LONGEST_WAIT_S,
    projector_worker: WorkerTerms = DEFAULT_TERMS,
    leases: LeaseTerms = DEFAULT_LEASES,
    stray_policy: StrayPolicy = StrayPolicy.REPORT,
    fencers: tuple[FencerSettings, ...] = (),
    home: Path | None = None,
    secret_retention_s: float = SECRET_RETENTION_S,
    master_key_command: tuple[str, ...] = (),
    tokens: Tokens | None = None,
    insecure: bool = True,
    rates: RateTerms = DEFAULT_RATES,
    security_log: Path | None = None,
    transport: TransportSettings = NO_TRANSPORT,
    publish_heads: tuple[str, ...] = (),
    metrics: bool = True,
    most_waiting: int = MOST_WAITING,
    trace_to: str = "",
    trace_ratio: float = 0.0,
    images: ImageSettings | None = None,
    image_sources: SourceSettings = SOURCES,
) -> AsyncGenerator[Plane]:
    settings = Settings(
        listen,
        store,
        home or home_of(store),
        limits or Limits(),
        check_every_s=check_every_s,
        last_rows_s=last_rows_s,
        longest_wait_s=longest_wait_s,
        projector_worker=projector_worker,
        leases=leases,
        stray_policy=stray_policy,
        fencers=fencers,
        signing_key=signing_key(),
        publish_heads=publish_heads,
        secret_retention_s=secret_retention_s,
        master_key_command=master_key_command,
        insecure=insecure,
        rates=rates,
        security_log=security_log,
        transport=transport,
        metrics=metrics,
        most_waiting=most_waiting,
        trace_to=trace_to,
        trace_ratio=trace_ratio,
        images=images or _images_of(store),
        image_sources=image_sources,
    )
    control_plane = ControlPlane(settings, clock, tokens)
    folder = control_plane.image_store.settings.folder
    _image_folders.add(folder)
    await control_plane.start()
    try:
        async with _channel(control_plane.port, transport.pki, insecure=insecure) as channel:
            yield Plane(control_plane, channel)
    finally:
        await control_plane.close(grace_s=0.0)
        _image_folders.discard(folder)
        # Whatever a test was about: no method gives a reason that its comment does not name.
        assert not (found := undocumented(control_plane.refusals)), found
