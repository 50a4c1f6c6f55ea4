"""A control plane in memory, just enough for clients: its agent does what is asked as soon as somebody waits for it."""

import uuid
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import grpc
from chronovisor.events.v1 import event_pb2
from chronovisor.v1 import (
    history_service_pb2_grpc,
    host_pb2,
    host_service_pb2,
    host_service_pb2_grpc,
    project_pb2,
    project_service_pb2,
    project_service_pb2_grpc,
    rebalance_pb2,
    resources_pb2,
    utilization_check_pb2,
    utilization_service_pb2,
    utilization_service_pb2_grpc,
    vm_pb2,
    vm_service_pb2,
    vm_service_pb2_grpc,
)
from google.longrunning import operations_pb2 as longrunning
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

from tests.clients.python import fake_wire as wire
from tests.clients.python.fake_fleet import NOW, VERBS, Fleet, S, a_host, page_of, state_name
from tests.clients.python.fake_history import History

R = TypeVar("R", vm_pb2.Vm, host_pb2.Host, project_pb2.Project)


def _at(table: dict[str, R], kind: str, name: str, etag: str) -> R:
    found = table.get(name)
    if found is None:
        raise wire.Refused(wire.not_found(kind, name))
    if etag and etag != found.etag:
        told = {"name": name, "given": etag, "current": found.etag}
        raise wire.Refused(wire.status(grpc.StatusCode.ABORTED, "ETAG_MISMATCH", f"{name} has changed", told))
    return found


def _merge(told: R, into: R, mask: FieldMask) -> None:
    mask.MergeMessage(told, into, replace_message_field=True, replace_repeated_field=True)


class Vms(vm_service_pb2_grpc.VmServiceServicer):
    """VmService."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet

    def CreateVm(self, request: vm_service_pb2.CreateVmRequest, context: Any) -> longrunning.Operation:
        if request.request_id in self.fleet.answers:
            return self.fleet.answers[request.request_id]
        if request.vm.spec.resources.vcpus < 1:
            rule = f"must be 1 to 1024, not {request.vm.spec.resources.vcpus}"
            raise wire.Refused(wire.invalid(("vm.spec.resources.vcpus", rule)))
        if request.parent not in self.fleet.projects:
            raise wire.Refused(wire.not_found("project", request.parent))
        vm = vm_pb2.Vm()
        vm.CopyFrom(request.vm)
        vm.name, vm.uid = f"{request.parent}/vms/{request.vm_id}", str(uuid.uuid4())
        vm.state, vm.desired = S.VM_STATE_STOPPED, vm_pb2.VmDesired.VM_DESIRED_STOPPED
        vm.create_time.seconds, vm.update_time.seconds, vm.etag = NOW, NOW, "1"
        if vm.name in self.fleet.vms and self.fleet.vms[vm.name].state != S.VM_STATE_DELETED:
            raise wire.Refused(wire.already_exists("vm", vm.name))
        if request.validate_only:
            answer = longrunning.Operation(done=True)
            answer.response.Pack(vm)
            return answer
        self.fleet.vms[vm.name] = vm
        spec = event_pb2.Spec(resources=event_pb2.Amount(vcpus=vm.spec.resources.vcpus))
        created = event_pb2.VmCreated(uid=vm.uid, name=vm.name, spec=spec)
        self.fleet.record(f"vms/{vm.uid}", _actor(context), request, vm_created=created)
        if request.start:
            self._place(vm, request, _actor(context))
        return self.fleet.begin(vm, "create", _actor(context), request, done=not request.start)

    def _place(self, vm: vm_pb2.Vm, request: Any, actor: str) -> None:
        host = next(iter(self.fleet.hosts.values()), None)
        if host is None or vm.spec.resources.vcpus > host.capacity.vcpus - host.allocated.vcpus:
            turned_down = {"vcpus": 1} if host else {}
            raise wire.Refused(wire.no_capacity(vm.name, len(self.fleet.hosts), turned_down))
        vm.host, vm.incarnation, vm.state = host.name, vm.incarnation + 1, S.VM_STATE_STARTING
        vm.held.CopyFrom(vm.spec.resources)
        placed = event_pb2.VmStartRequested(
            incarnation=vm.incarnation,
            host=host.name,
            held=event_pb2.Amount(vcpus=vm.spec.resources.vcpus),
            placement=event_pb2.Placement(policy="best-fit", hosts_considered=1),
        )
        self.fleet.record(f"vms/{vm.uid}", actor, request, vm_start_requested=placed)

    def GetVm(self, request: vm_service_pb2.GetVmRequest, context: Any) -> vm_pb2.Vm:
        return self.fleet.vm(request.name)

    def ListVms(self, request: vm_service_pb2.ListVmsRequest, context: Any) -> vm_service_pb2.ListVmsResponse:
        found = [
            vm
            for vm in self.fleet.vms.values()
            if (request.parent == "projects/-" or vm.name.startswith(f"{request.parent}/"))
            and (request.show_deleted or vm.state != S.VM_STATE_DELETED)
            and (not request.filter or request.filter == f'state = "{state_name(vm)}"')
        ]
        vms, token = page_of(found, request, self.fleet.page_size)
        return vm_service_pb2.ListVmsResponse(vms=vms, next_page_token=token, position=len(self.fleet.events))

    def ExplainPlacement(
        self, request: vm_service_pb2.ExplainPlacementRequest, context: Any
    ) -> vm_service_pb2.ExplainPlacementResponse:
        return vm_service_pb2.ExplainPlacementResponse(explanation=self.fleet.explanation)

    def UpdateVm(self, request: vm_service_pb2.UpdateVmRequest, context: Any) -> longrunning.Operation:
        vm = _at(self.fleet.vms, "vm", request.vm.name, request.vm.etag)
        after = vm_pb2.Vm()
        after.CopyFrom(vm)
        _merge(request.vm, after, request.update_mask)
        answer = longrunning.Operation(name=f"operations/{vm.uid}.9", done=True)
        answer.response.Pack(after)
        if not request.validate_only:
            vm.CopyFrom(after)
        return answer

    def StartVm(self, request: vm_service_pb2.StartVmRequest, context: Any) -> longrunning.Operation:
        return self._drive(
            "start", request, context, lambda vm: self._place(vm, request, _actor(context)), S.VM_STATE_RUNNING
        )

    def StopVm(self, request: vm_service_pb2.StopVmRequest, context: Any) -> longrunning.Operation:
        return self._drive(
            "stop", request, context, self._noted(request, context, "vm_stop_requested"), S.VM_STATE_STOPPED
        )

    def RebootVm(self, request: vm_service_pb2.RebootVmRequest, context: Any) -> longrunning.Operation:
        return self._drive("reboot", request, context, self._noted(request, context, "vm_reboot_requested"))

    def PauseVm(self, request: vm_service_pb2.PauseVmRequest, context: Any) -> longrunning.Operation:
        return self._drive("pause", request, context, self._noted(request, context, "vm_pause_requested"))

    def ResumeVm(self, request: vm_service_pb2.ResumeVmRequest, context: Any) -> longrunning.Operation:
        return self._drive("resume", request, context, self._noted(request, context, "vm_resume_requested"))

    def DeleteVm(self, request: vm_service_pb2.DeleteVmRequest, context: Any) -> longrunning.Operation:
        return self._drive("delete", request, context, self._noted(request, context, "vm_delete_requested"))

    def _noted(self, request: Any, context: Any, field_name: str) -> Callable[[vm_pb2.Vm], None]:
        def note(vm: vm_pb2.Vm) -> None:
            event = self.fleet.record(f"vms/{vm.uid}", _actor(context), request)
            getattr(event, field_name).SetInParent()

        return note

    def _drive(
        self, verb: str, request: Any, context: Any, accept: Callable[[vm_pb2.Vm], None], already: int = -1
    ) -> longrunning.Operation:
        if request.request_id in self.fleet.answers:
            return self.fleet.answers[request.request_id]
        vm = self.fleet.vm(request.name)
        if vm.state == already:
            return self.fleet.begin(vm, verb, _actor(context), request, done=True)
        allowed, through, _ = VERBS[verb]
        if vm.state not in allowed:
            raise wire.Refused(wire.wrong_state(vm.name, state_name(vm), verb, "stop, destroy"))
        accept(vm)
        vm.state = through
        return self.fleet.begin(vm, verb, _actor(context), request, done=False)


class Hosts(host_service_pb2_grpc.HostServiceServicer):
    """HostService."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet

    def GetHost(self, request: host_service_pb2.GetHostRequest, context: Any) -> host_pb2.Host:
        if request.name not in self.fleet.hosts:
            raise wire.Refused(wire.not_found("host", request.name))
        return self.fleet.hosts[request.name]

    def RegisterHost(self, request: host_service_pb2.RegisterHostRequest, context: Any) -> host_pb2.Host:
        host = host_pb2.Host()
        host.CopyFrom(request.host)
        host.name = f"hosts/{request.host_id}"
        if host.name in self.fleet.hosts:
            raise wire.Refused(wire.already_exists("host", host.name))
        if not request.validate_only:
            self.fleet.hosts[host.name] = host
        return host

    def UpdateHost(self, request: host_service_pb2.UpdateHostRequest, context: Any) -> host_pb2.Host:
        host = self._at(request.host.name, request.host.etag)
        _merge(request.host, host, request.update_mask)
        return host

    def CordonHost(self, request: host_service_pb2.CordonHostRequest, context: Any) -> host_pb2.Host:
        host = self._at(request.name, request.etag)
        host.state = host_pb2.HOST_STATE_CORDONED
        return host

    def UncordonHost(self, request: host_service_pb2.UncordonHostRequest, context: Any) -> host_pb2.Host:
        host = self._at(request.name, request.etag)
        host.state = host_pb2.HOST_STATE_ACTIVE
        return host

    def ReplaceHostMachine(self, request: host_service_pb2.ReplaceHostMachineRequest, context: Any) -> host_pb2.Host:
        host = self._at(request.name, request.etag)
        del host.machine_ids[:]
        return host

    def _at(self, name: str, etag: str) -> host_pb2.Host:
        return _at(self.fleet.hosts, "host", name, etag)

    def ListHosts(self, request: host_service_pb2.ListHostsRequest, context: Any) -> host_service_pb2.ListHostsResponse:
        hosts, token = page_of(list(self.fleet.hosts.values()), request, self.fleet.page_size)
        return host_service_pb2.ListHostsResponse(hosts=hosts, next_page_token=token)

    def PlanRebalance(
        self, request: rebalance_pb2.PlanRebalanceRequest, context: Any
    ) -> rebalance_pb2.PlanRebalanceResponse:
        move = rebalance_pb2.Migration(
            vm="projects/default/vms/web-1",
            from_host="hosts/node-1",
            to_host="hosts/node-2",
            held=resources_pb2.Resources(vcpus=2),
            why="frees hosts/node-1",
        )
        return rebalance_pb2.PlanRebalanceResponse(
            migrations=[move],
            freed_hosts=["hosts/node-1"],
            left=["hosts/node-3: no host in use has room for it"],
            before=rebalance_pb2.HostsInUse(hosts=2, eta={"vcpus": 0.25}),
            after=rebalance_pb2.HostsInUse(hosts=1, eta={"vcpus": 0.5}),
            position=7,
        )


class Projects(project_service_pb2_grpc.ProjectServiceServicer):
    """ProjectService."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet

    def CreateProject(self, request: project_service_pb2.CreateProjectRequest, context: Any) -> project_pb2.Project:
        name = f"projects/{request.project_id}"
        if name in self.fleet.projects:
            raise wire.Refused(wire.already_exists("project", name))
        project = project_pb2.Project()
        project.CopyFrom(request.project)
        project.name, project.create_time.seconds = name, NOW
        if not request.validate_only:
            self.fleet.projects[name] = project
        return project

    def GetProject(self, request: project_service_pb2.GetProjectRequest, context: Any) -> project_pb2.Project:
        if request.name not in self.fleet.projects:
            raise wire.Refused(wire.not_found("project", request.name))
        return self.fleet.projects[request.name]

    def UpdateProject(self, request: project_service_pb2.UpdateProjectRequest, context: Any) -> project_pb2.Project:
        project = _at(self.fleet.projects, "project", request.project.name, request.project.etag)
        _merge(request.project, project, request.update_mask)
        return project

    def DeleteProject(self, request: project_service_pb2.DeleteProjectRequest, context: Any) -> project_pb2.Project:
        project = _at(self.fleet.projects, "project", request.name, request.etag)
        return project if request.validate_only else self.fleet.projects.pop(project.name)

    def ListProjects(
        self, request: project_service_pb2.ListProjectsRequest, context: Any
    ) -> project_service_pb2.ListProjectsResponse:
        projects, token = page_of(list(self.fleet.projects.values()), request, self.fleet.page_size)
        return project_service_pb2.ListProjectsResponse(projects=projects, next_page_token=token)


class Utilizations(utilization_service_pb2_grpc.UtilizationServiceServicer):
    """UtilizationService: half of everything is allocated."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet

    def GetUtilization(
        self, request: utilization_service_pb2.GetUtilizationRequest, context: Any
    ) -> utilization_service_pb2.Utilization:
        amounts = {"vcpus": 8, "memory_mib": 16384, "disk_gib": 100, "gpu.a100": 2}
        classes = [
            utilization_service_pb2.ClassUtilization(
                resource_class=name, total=total, allocated=total // 2, free=total - total // 2, eta=0.5
            )
            for name, total in amounts.items()
        ]
        if self.fleet.samples:
            classes[0].used, classes[1].used, classes[2].used = 0.934, 161.4, 0.25
        return utilization_service_pb2.Utilization(
            scope=request.scope,
            classes=classes,
            hosts=1,
            running_vms=3,
            position=7,
            read_time=Timestamp(seconds=NOW),
            alarms=len(self.fleet.check.alarms),
            measured_vms=len(self.fleet.samples),
            oldest_sample_time=Timestamp(seconds=NOW) if self.fleet.samples else None,
        )

    def ListSamples(
        self, request: utilization_service_pb2.ListSamplesRequest, context: Any
    ) -> utilization_service_pb2.ListSamplesResponse:
        if "/vms/" in request.name:
            self.fleet.vm(request.name)
        return utilization_service_pb2.ListSamplesResponse(samples=self.fleet.samples.get(request.name, []))

    def GetUtilizationCheck(
        self, request: utilization_check_pb2.GetUtilizationCheckRequest, context: Any
    ) -> utilization_check_pb2.UtilizationCheck:
        return self.fleet.check

    def GetUsage(
        self, request: utilization_service_pb2.GetUsageRequest, context: Any
    ) -> utilization_service_pb2.GetUsageResponse:
        hour = [
            utilization_service_pb2.ClassUsage(resource_class="vcpus", unit_seconds=7200, unit_micros=1),
            utilization_service_pb2.ClassUsage(resource_class="memory_mib", unit_seconds=3600 * 1024),
        ]
        groups = {"projects": ["projects/shop", "projects/web"]}.get(request.group_by, [""])
        if request.page_token:
            groups = groups[1:]
        usages = [utilization_service_pb2.Usage(group=group, classes=hour) for group in groups[:1]]
        if request.group_by == "vms":
            # Two VMs of one name, one after the other.
            web = "projects/default/vms/web-1"
            usages = [utilization_service_pb2.Usage(group=web, uid=uid, classes=hour) for uid in ("one", "two")]
        token = "more" if len(groups) > 1 else ""
        return utilization_service_pb2.GetUsageResponse(usages=usages, position=7, next_page_token=token)


class Operations:
    """google.longrunning.Operations."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet

    def GetOperation(self, request: longrunning.GetOperationRequest, context: Any) -> longrunning.Operation:
        if request.name not in self.fleet.operations:
            raise wire.Refused(wire.not_found("operation", request.name))
        return self.fleet.operations[request.name]

    def ListOperations(
        self, request: longrunning.ListOperationsRequest, context: Any
    ) -> longrunning.ListOperationsResponse:
        operations, token = page_of(list(self.fleet.operations.values()), request, self.fleet.page_size)
        return longrunning.ListOperationsResponse(operations=operations, next_page_token=token)

    def WaitOperation(self, request: longrunning.WaitOperationRequest, context: Any) -> longrunning.Operation:
        operation = self.GetOperation(longrunning.GetOperationRequest(name=request.name), context)
        if not operation.done and self.fleet.agent_works.wait(request.timeout.ToTimedelta().total_seconds()):
            self.fleet.finish(operation)
        return operation

    def handler(self) -> grpc.GenericRpcHandler:
        """googleapis-common-protos has no types for the servicer, so it is put together here."""
        pb, unary = longrunning, grpc.unary_unary_rpc_method_handler
        answer = pb.Operation.SerializeToString
        handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
            "GetOperation": unary(self.GetOperation, pb.GetOperationRequest.FromString, answer),
            "WaitOperation": unary(self.WaitOperation, pb.WaitOperationRequest.FromString, answer),
            "ListOperations": unary(
                self.ListOperations, pb.ListOperationsRequest.FromString, pb.ListOperationsResponse.SerializeToString
            ),
        }
        return grpc.method_handlers_generic_handler("google.longrunning.Operations", handlers)


def _actor(context: Any) -> str:
    return dict(context.invocation_metadata())["chronovisor-actor"]


@dataclass
class ControlPlane:
    """A running fake."""

    address: str
    fleet: Fleet
    wire: wire.Wire


@contextmanager
def running() -> Generator[ControlPlane]:
    """A fake on a free loopback port, with one project and one host."""
    fleet = Fleet()
    fleet.agent_works.set()
    fleet.projects["projects/default"] = project_pb2.Project(
        name="projects/default", create_time=Timestamp(seconds=NOW)
    )
    host = a_host()
    fleet.hosts[host.name] = host
    on_wire = wire.Wire()
    server = grpc.server(ThreadPoolExecutor(8), interceptors=[on_wire])
    # What the fake does not have answers UNIMPLEMENTED.
    vms, hosts = Vms(fleet), Hosts(fleet)  # pyright: ignore[reportAbstractUsage]
    projects, history = Projects(fleet), History(fleet)  # pyright: ignore[reportAbstractUsage]
    utilizations = Utilizations(fleet)  # pyright: ignore[reportAbstractUsage]
    vm_service_pb2_grpc.add_VmServiceServicer_to_server(vms, server)
    host_service_pb2_grpc.add_HostServiceServicer_to_server(hosts, server)
    project_service_pb2_grpc.add_ProjectServiceServicer_to_server(projects, server)
    utilization_service_pb2_grpc.add_UtilizationServiceServicer_to_server(utilizations, server)
    history_service_pb2_grpc.add_HistoryServiceServicer_to_server(history, server)
    server.add_generic_rpc_handlers([Operations(fleet).handler()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield ControlPlane(f"127.0.0.1:{port}", fleet, on_wire)
    finally:
        fleet.agent_works.set()
        server.stop(grace=None).wait()
