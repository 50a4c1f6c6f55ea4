"""Who reaches whom: what is requested, checked before anything is looked at, and what is answered."""

from collections.abc import Sequence
from typing import NamedTuple

from chronovisor.v1 import network_pb2
from chronovisor.v1 import network_service_pb2 as api

from controlplane.domain.network.ways import Decision, End, Way
from controlplane.domain.resource_kinds import NETWORKS
from controlplane.domain.security_group.aggregate import IpProtocol
from controlplane.domain.security_group.reach import Flow, Opening
from controlplane.queries.reach import Edge
from controlplane.rpc.network.addresses import cidr
from controlplane.rpc.network.messages import rule_message
from controlplane.rpc.network.security_group_requests import LAST_PORT
from controlplane.rpc.shared.validate import FieldRules

PARENT, VM = "projects/{project}", "projects/{project}/vms/{vm}"


class Checked(NamedTuple):
    """A request's ends, each a VM by name or an address in the canonical form, and what is sent."""

    source: str
    destination: str
    flow: Flow


def checked(request: api.CheckReachRequest) -> Checked:
    """Raises InvalidField."""
    rules = FieldRules()
    rules.name(request.parent, PARENT, "parent")
    ends = [_end(rules, request, field) for field in ("source", "destination")]
    flow = _flow(rules, request) or Flow(IpProtocol.ANY)
    if not rules.violations:
        rules.check(any(map(_is_vm, ends)), "destination", "must be a VM, as the source is none")
        rules.check(ends[0] != ends[1], "destination", "must be another than the source")
    rules.done()
    return Checked(ends[0], ends[1], flow)


def require_inside(ends: Checked, project: str) -> None:
    """Whoever may see a project may not see the VMs of others. Raises InvalidField."""
    rules = FieldRules()
    for field, end in (("source", ends.source), ("destination", ends.destination)):
        rules.check(not _is_vm(end) or end.startswith(f"{project}/"), field, f"must be a VM of {project}")
    rules.done()


def _is_vm(text: str) -> bool:
    return text.startswith("projects/")


def _end(rules: FieldRules, request: api.CheckReachRequest, field: str) -> str:
    value: str = getattr(request, field)
    if _is_vm(value):
        rules.name(value, VM, field)
        return value
    if not rules.check(value, field, f"must be {VM}, an address or a prefix"):
        return ""
    found = cidr(rules, value, field)
    address, _, length = found.partition("/")
    return address if length == ("128" if ":" in address else "32") else found


def flow_of(request: api.ListReachRequest) -> Flow | None:
    """What edges are to let pass; None: anything. Raises InvalidField."""
    rules = FieldRules()
    rules.name(request.parent, NETWORKS.pattern, "parent")
    flow = _flow(rules, request)
    rules.done()
    return flow


def _flow(rules: FieldRules, request: api.CheckReachRequest | api.ListReachRequest) -> Flow | None:
    given, port = request.protocol, request.port
    if not rules.known(given, network_pb2.IpProtocol.DESCRIPTOR, "protocol") or not (given or port):
        return None
    protocol = IpProtocol(given) if given else IpProtocol.TCP
    if port:
        rules.check(1 <= port <= LAST_PORT, "port", f"must be 1 to {LAST_PORT}, not {port}")
        with_ports = protocol in (IpProtocol.TCP, IpProtocol.UDP)
        rules.check(with_ports, "port", "is of IP_PROTOCOL_TCP and IP_PROTOCOL_UDP alone")
    return Flow(protocol, port)


def path_message(way: Way) -> api.ReachPath:
    return api.ReachPath(
        network=way.network.name,
        source_vm=_vm(way.source),
        source_address=way.source.address,
        destination_vm=_vm(way.destination),
        destination_address=way.destination.address,
        allowed=way.passes,
        leaving=_verdict_message(way.source, way.leaving),
        entering=_verdict_message(way.destination, way.entering),
    )


def _vm(end: End) -> str:
    return end.vm.name if end.vm else ""


def _verdict_message(end: End, decision: Decision) -> api.ReachVerdict:
    by = decision.by
    return api.ReachVerdict(
        allowed=decision.passes,
        basis=api.ReachBasis.ValueType(decision.basis),
        security_group=by.group.name if by else "",
        rule_index=by.place if by else 0,
        rule=rule_message(by.rule) if by else None,
        security_groups=[group.name for group in end.side.groups],
        host_port=decision.port.host_port if decision.port else 0,
    )


def edge_messages(edges: Sequence[Edge]) -> list[api.ReachEdge]:
    return [
        api.ReachEdge(
            source=each.source.name,
            source_uid=each.source.uid,
            destination=each.destination.name,
            destination_uid=each.destination.uid,
            openings=[_opening_message(opening) for opening in each.openings],
            more_openings=each.more,
        )
        for each in edges
    ]


def _opening_message(opening: Opening) -> api.ReachOpening:
    leaving = opening.leaving
    return api.ReachOpening(
        protocol=network_pb2.IpProtocol.ValueType(opening.protocol),
        first_port=opening.first_port,
        last_port=opening.last_port,
        security_group=opening.entering.group.name,
        rule_index=opening.entering.place,
        egress_security_group=leaving.group.name if leaving else "",
        egress_rule_index=leaving.place if leaving else 0,
    )
