"""VMs: create, start, stop, destroy, and the rest of their lives."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Generic, TypeVar, Unpack

from chronovisor import names
from chronovisor.services.base import OnStatus, Service
from chronovisor.streams import requests
from chronovisor.v1 import vm_service_pb2 as pb
from chronovisor.v1.vm_pb2 import Vm
from chronovisor.values import Change, Command, Options, Reading, Span, VmValues, duration, put_vm

OneVm = TypeVar("OneVm")
Begun = TypeVar("Begun")
AllVms = TypeVar("AllVms")
VmChanges = TypeVar("VmChanges")
Outcomes = TypeVar("Outcomes")
Answers = TypeVar("Answers")
Explanation = TypeVar("Explanation")
Secrets = TypeVar("Secrets")


class VmCalls(Service, Generic[OneVm, Begun, AllVms, VmChanges, Outcomes, Answers, Explanation, Secrets]):
    """The methods of VmService.

    A VM is named `shop/web-1` for `projects/shop/vms/web-1`, or by its id alone in the client's own project. Verbs
    return an operation: `wait()` for it.
    """

    def create(
        self,
        name: str,
        *,
        start: bool = False,
        vm: Vm | None = None,
        reason: str = "",
        request_id: str = "",
        validate_only: bool = False,
        timeout: float | None = None,
        **values: Unpack[VmValues],
    ) -> Begun:
        """Records a VM; with `start`, places and starts it in the same append.

        `client.vms.create("shop/web-1", image="debian-12.qcow2", vcpus=2, memory="2GiB", disk="10GiB", start=True)`

        `vm` is what it begins with, and what else is given is set in it. Raises AlreadyExists, Exhausted,
        InvalidArgument, NotFound.
        """
        request = new_vm(self._vm(name), start=start, vm=vm, **values)
        options = {"reason": reason, "request_id": request_id, "validate_only": validate_only, "timeout": timeout}
        return self._begin(request, options)

    def get(self, name: str, **reading: Unpack[Reading]) -> OneVm:
        """One VM, now or `at` a past position or time. A destroyed one is found by its uid. Raises NotFound."""
        return self._send(pb.GetVmRequest(name=self._vm(name)), reading)

    def secrets(self, name: str, *, timeout: float | None = None) -> Secrets:
        """A VM's user data, which no other read gives. Raises NotFound, WrongState once it is forgotten."""
        options: Options = {} if timeout is None else {"timeout": timeout}
        return self._send(pb.GetVmSecretsRequest(name=self._vm(name)), options)

    def list(
        self,
        project: str | None = None,
        *,
        filter: str = "",
        order_by: str = "",
        show_deleted: bool = False,
        full: bool = True,
        page_size: int = 0,
        **reading: Unpack[Reading],
    ) -> AllVms:
        """The VMs of a project, `-` for all projects; by default the client's own.

        filter: such as `state = "RUNNING" AND labels.app = "x"`. order_by: `name` or `create_time` (` desc`).
        full: each VM as `get` has it; otherwise without what a table does not need.
        """
        request = pb.ListVmsRequest(
            parent=self._project(project),
            page_size=page_size,
            filter=filter,
            order_by=order_by,
            show_deleted=show_deleted,
            view=pb.VM_VIEW_FULL if full else pb.VM_VIEW_BASIC,
        )
        return self._list(request, reading, lambda page: page.vms)

    def update(
        self,
        name: str,
        *,
        etag: str = "",
        reason: str = "",
        request_id: str = "",
        validate_only: bool = False,
        timeout: float | None = None,
        **values: Unpack[VmValues],
    ) -> Begun:
        """Changes what is given: labels (all of them) and the expected lifetime of any VM, the rest of a STOPPED one.

        Raises Conflict, InvalidArgument, NotFound, WrongState.
        """
        request = pb.UpdateVmRequest(vm=Vm(name=self._vm(name), etag=etag))
        request.update_mask.paths.extend(put_vm(request.vm, values))
        if not request.update_mask.paths:
            raise ValueError("update needs at least one value to change, such as labels={...}")
        options = {"reason": reason, "request_id": request_id, "validate_only": validate_only, "timeout": timeout}
        return self._begin(request, options)

    def start(self, name: str, **change: Unpack[Change]) -> Begun:
        """Places a VM on a host and starts it. Raises Conflict, Exhausted (no host has room), NotFound, WrongState."""
        return self._begin(pb.StartVmRequest(name=self._vm(name)), change)

    def stop(self, name: str, *, grace_period: timedelta | float | None = None, **change: Unpack[Change]) -> Begun:
        """Stops a VM: its compute is free for others, its disk is kept. Raises Conflict, NotFound, WrongState.

        grace_period: how long the guest may take to power off by itself.
        """
        request = pb.StopVmRequest(name=self._vm(name))
        if grace_period is not None:
            request.grace_period.CopyFrom(duration(grace_period))
        return self._begin(request, change)

    def reboot(self, name: str, *, force: bool = False, **change: Unpack[Change]) -> Begun:
        """Restarts a VM's guest in place; with `force`, without asking it. Raises Conflict, NotFound, WrongState."""
        return self._begin(pb.RebootVmRequest(name=self._vm(name), force=force), change)

    def pause(self, name: str, **change: Unpack[Change]) -> Begun:
        """Freezes a VM's CPUs; it keeps all it holds. Raises Conflict, NotFound, WrongState."""
        return self._begin(pb.PauseVmRequest(name=self._vm(name)), change)

    def resume(self, name: str, **change: Unpack[Change]) -> Begun:
        """Lets a paused VM go on. Raises Conflict, NotFound, WrongState."""
        return self._begin(pb.ResumeVmRequest(name=self._vm(name)), change)

    def migrate(
        self,
        name: str,
        *,
        destination_host: str = "",
        bandwidth_mib_s: int = 0,
        auto_converge: bool = False,
        give_up_after: Span | None = None,
        **change: Unpack[Change],
    ) -> Begun:
        """Moves a VM to another host while it runs; by default one that the control plane chooses.

        Not over within `give_up_after`, it stays where it is. Raises Conflict, Exhausted, NotFound, WrongState.
        """
        request = pb.MigrateVmRequest(name=self._vm(name), bandwidth_mib_s=bandwidth_mib_s, auto_converge=auto_converge)
        if destination_host:
            request.destination_host = names.host_name(destination_host)
        if give_up_after is not None:
            request.timeout.CopyFrom(duration(give_up_after))
        return self._begin(request, change)

    def delete(self, name: str, **change: Unpack[Change]) -> Begun:
        """Destroys a VM in whatever state it is, and its disk with it. Its history stays. Raises Conflict, NotFound."""
        return self._begin(pb.DeleteVmRequest(name=self._vm(name)), change)

    def batch_create(
        self, vms: Iterable[pb.CreateVmRequest], *, allow_partial: bool = False, **command: Unpack[Command]
    ) -> Outcomes:
        """Creates up to 1,000 VMs, of `new_vm(...)` each, in one append: all or none, unless `allow_partial`.

        The outcomes are in the order of the requests.
        """
        request = pb.BatchCreateVmsRequest(parent="projects/-", requests=vms, allow_partial=allow_partial)
        for each in request.requests:
            each.parent = each.parent or self._project(None)
        return self._send(request, command, self._items)

    def batch_start(
        self, vms: Iterable[str | pb.StartVmRequest], *, allow_partial: bool = False, **command: Unpack[Command]
    ) -> Outcomes:
        """Starts up to 1,000 VMs in one append: all or none, unless `allow_partial`."""
        requests = [pb.StartVmRequest(name=self._vm(each)) if isinstance(each, str) else each for each in vms]
        request = pb.BatchStartVmsRequest(parent="projects/-", requests=requests, allow_partial=allow_partial)
        return self._send(request, command, self._items)

    def batch_stop(
        self, vms: Iterable[str | pb.StopVmRequest], *, allow_partial: bool = False, **command: Unpack[Command]
    ) -> Outcomes:
        """Stops up to 1,000 VMs in one append: all or none, unless `allow_partial`."""
        requests = [pb.StopVmRequest(name=self._vm(each)) if isinstance(each, str) else each for each in vms]
        request = pb.BatchStopVmsRequest(parent="projects/-", requests=requests, allow_partial=allow_partial)
        return self._send(request, command, self._items)

    def batch_delete(
        self, vms: Iterable[str | pb.DeleteVmRequest], *, allow_partial: bool = False, **command: Unpack[Command]
    ) -> Outcomes:
        """Destroys up to 1,000 VMs in one append: all or none, unless `allow_partial`."""
        requests = [pb.DeleteVmRequest(name=self._vm(each)) if isinstance(each, str) else each for each in vms]
        request = pb.BatchDeleteVmsRequest(parent="projects/-", requests=requests, allow_partial=allow_partial)
        return self._send(request, command, self._items)

    def execute_commands(self, commands: Any) -> Answers:
        """Many commands over one call, answered as they commit, in any order: by `tag`.

        commands: ExecuteCommandsRequests, of an iterator, which asyncio's client awaits. Their request ids are the
        caller's: without one a command is not safe to repeat.
        """
        return self._method(pb.ExecuteCommandsRequest())(commands)

    def watch(
        self,
        project: str | None = None,
        *,
        filter: str = "",
        after: int | None = None,
        snapshot: bool = True,
        on_status: OnStatus = None,
    ) -> VmChanges:
        """VMs as they are and as they change: what `list` gives, kept up. One that is `gone` is to be dropped.

        project: `-` for all; by default the client's own. after: the changes after a position, 0 for all that there
        ever were. snapshot: False for the changes that come next, without the VMs as they are. Resumes by itself,
        without a gap or a repeat.
        """
        request = requests.vms_request(self._project(project), filter, after, snapshot=snapshot)
        return self.resumed(request, on_status)

    def explain_placement(
        self,
        name: str = "",
        *,
        project: str | None = None,
        vm: Vm | None = None,
        timeout: float | None = None,
        **values: Unpack[VmValues],
    ) -> Explanation:
        """Why a VM is where it is; or, without a name, where one of these values would be placed, and why."""
        options: Options = {} if timeout is None else {"timeout": timeout}
        if name:
            request = pb.ExplainPlacementRequest(name=self._vm(name))
        else:
            imagined = Vm()
            imagined.CopyFrom(vm or Vm())
            put_vm(imagined, values)
            request = pb.ExplainPlacementRequest(parent=self._project(project), vm=imagined)
        return self._send(request, options, lambda response: response.explanation)

    def _items(self, response: Any) -> Any:
        return self._outcomes(response.items)


def new_vm(name: str, *, start: bool = False, vm: Vm | None = None, **values: Unpack[VmValues]) -> pb.CreateVmRequest:
    """The request to create one VM, for `batch_create` and `execute_commands`. Raises ValueError, TypeError."""
    parent, vm_id = _halves(name)
    request = pb.CreateVmRequest(parent=parent, vm_id=vm_id, vm=vm, start=start)
    put_vm(request.vm, values)
    return request


def _halves(name: str) -> tuple[str, str]:
    """The parent and the id of a VM; of an id alone, no parent."""
    if "/" not in name:
        return "", name
    whole = names.vm_name(name, "-")
    return whole.rpartition("/vms/")[0], names.last_part(whole)
