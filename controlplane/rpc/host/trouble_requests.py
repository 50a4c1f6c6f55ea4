"""Requests that empty, fence and end hosts, to commands: what is checked before any state is looked at."""

from chronovisor.v1 import host_service_pb2 as api
from chronovisor.v1.host_pb2 import FenceMethod
from chronovisor.v1.vm_pb2 import Availability

from controlplane.commands.trouble import DecommissionHost, DrainHost, FenceHost
from controlplane.domain.host.trouble import DEFAULT_PARALLEL, MOST_PARALLEL
from controlplane.rpc.host.requests import NAME, VerbRequest
from controlplane.rpc.shared.validate import FieldRules


def drain_command(request: api.DrainHostRequest) -> DrainHost:
    """Raises InvalidField."""
    rules = _checked(request)
    rules.known(request.policy, Availability.OnMaintenance.DESCRIPTOR, "policy")
    rule = f"must be 1 to {MOST_PARALLEL}, or 0 for {DEFAULT_PARALLEL}, not {request.max_parallel}"
    rules.check(0 <= request.max_parallel <= MOST_PARALLEL, "max_parallel", rule)
    rules.done()
    return DrainHost(
        request.name, request.etag, request.policy, request.max_parallel or DEFAULT_PARALLEL, request.move_disks
    )


def fence_command(request: api.FenceHostRequest) -> FenceHost:
    """Raises InvalidField."""
    rules = _checked(request)
    rules.known(request.method, FenceMethod.DESCRIPTOR, "method")
    rules.done()
    return FenceHost(request.name, request.etag, request.method)


def decommission_command(request: api.DecommissionHostRequest) -> DecommissionHost:
    """Raises InvalidField."""
    _checked(request).done()
    return DecommissionHost(request.name, request.etag)


def _checked(request: VerbRequest) -> FieldRules:
    rules = FieldRules()
    rules.name(request.name, NAME, "name")
    rules.mutation(request.request_id, request.reason)
    return rules
