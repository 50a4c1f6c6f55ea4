"""What-if requests to scenarios: what is checked before anything is replayed."""

from chronovisor.v1 import what_if_pb2 as api
from google.protobuf.timestamp_pb2 import Timestamp

from controlplane.commands.host import RegisterHost
from controlplane.domain.errors import FieldViolation, InvalidField, invalid
from controlplane.domain.host import numa
from controlplane.domain.host.aggregate import Host
from controlplane.domain.placement.policy import BadPolicy, Policy, parse_policy
from controlplane.domain.resources import BASE_CLASSES, capacity_of
from controlplane.domain.time import Micros, micros_of
from controlplane.queries.reads import Reads
from controlplane.rpc.host.requests import ANY_IMAGE, NAME, register_command
from controlplane.rpc.shared.read_position import check_time
from controlplane.rpc.shared.validate import FieldRules
from controlplane.what_if.scenario import Changes, Scenario

LARGEST_RATIO = 1000
MOST_HOSTS = 100_000
POINTS = 200
MOST_POINTS = 2000


async def what_if_of(request: api.WhatIfRequest, reads: Reads) -> Scenario:
    """Raises InvalidField, NotFound for a host that never was, PositionAhead."""
    points = request.max_points or POINTS
    rules = FieldRules()
    rules.check(2 <= points <= MOST_POINTS, "max_points", f"must be 2 to {MOST_POINTS}")
    _check_ends(request, rules, reads.now())
    for place, name in enumerate(request.without_hosts):
        rules.name(name, NAME, f"without_hosts[{place}]")
    policy = _policy(request.placement_policy, rules)
    rules.done()
    hosts = _more_hosts(request, reads)
    _check_ratios(request, reads, hosts)
    gone = frozenset(reads.current.host(name).name for name in request.without_hosts)
    changes = Changes(policy, dict(request.allocation_ratios), gone, hosts, request.replace_fleet)
    start = await _position(request.from_position, request.from_time, request.HasField("from_time"), reads)
    end = await _position(request.to_position, request.to_time, request.HasField("to_time"), reads)
    if not request.HasField("to_time"):
        end = end or reads.position
    if end < start:
        raise invalid("to_time" if request.HasField("to_time") else "to_position", "must not be before the beginning")
    return Scenario(start, end, changes, points)


def _check_ends(request: api.WhatIfRequest, rules: FieldRules, known: Micros) -> None:
    for end in ("from", "to"):
        position = getattr(request, f"{end}_position")
        rules.check(position >= 0, f"{end}_position", "must be 0 or more")
        both = position and request.HasField(f"{end}_time")  # pyright: ignore[reportArgumentType]
        rules.check(not both, f"{end}_time", f"at most one of {end}_time and {end}_position")
        if request.HasField(f"{end}_time"):  # pyright: ignore[reportArgumentType]
            check_time(rules, getattr(request, f"{end}_time"), f"{end}_time", known)
    added = sum(each.count for each in request.add_hosts if each.count > 0)
    rules.check(added <= MOST_HOSTS, "add_hosts", f"must be at most {MOST_HOSTS} hosts, not {added}")
    rules.check(request.add_hosts or not request.replace_fleet, "replace_fleet", "needs add_hosts to put in its place")


def _policy(text: str, rules: FieldRules) -> Policy | None:
    try:
        return parse_policy(text) if text else None
    except BadPolicy as error:
        rules.check(False, "placement_policy", error.rule)
        return None


def _check_ratios(request: api.WhatIfRequest, reads: Reads, more: tuple[Host, ...]) -> None:
    """A class that no host has ever offered can only be a mistake."""
    rules = FieldRules()
    known: set[str] = set(BASE_CLASSES)
    if not known.issuperset(request.allocation_ratios):
        known.update(*(host.inventory for host in (*reads.inventory.hosts.values(), *more)))
    for name, ratio in sorted(request.allocation_ratios.items()):
        path = f"allocation_ratios[{name[:63]}]"
        if rules.check(name in known, path, f"no host offers this class; {', '.join(sorted(known))} are offered"):
            rules.check(0 < ratio <= LARGEST_RATIO, path, f"must be above 0 and at most {LARGEST_RATIO}, not {ratio:g}")
    rules.done()


def _more_hosts(request: api.WhatIfRequest, reads: Reads) -> tuple[Host, ...]:
    hosts: list[Host] = []
    for place, more in enumerate(request.add_hosts):
        path = f"add_hosts[{place}]"
        rules = FieldRules()
        rules.check(more.count >= 1, f"{path}.count", f"must be 1 or more, not {more.count}")
        rules.check(bool(more.like) != more.HasField("host"), path, "needs one of like and host")
        if more.like:
            rules.name(more.like, NAME, f"{path}.like")
        rules.done()
        kind = _like(reads.current.host(more.like)) if more.like else _described(more, path)
        for _ in range(more.count):
            number = len(hosts) + 1
            hosts.append(kind._replace(uid=f"what-if-{number}", name=f"hosts/what-if-{number}"))
    return tuple(hosts)


def _like(host: Host) -> Host:
    """The machine alone, empty and active."""
    return _host(
        RegisterHost(
            "",
            "",
            host.inventory,
            host.platform,
            host.zone,
            dict(host.labels),
            host.traits,
            host.numa_reported,
            host.dedicated,
        )
    )


def _described(more: api.MoreHosts, path: str) -> Host:
    if not more.host.platform.images:
        more.host.platform.images.append(ANY_IMAGE)
    try:
        return _host(register_command("what-if", more.host, FieldRules()))
    except InvalidField as error:
        raise InvalidField([FieldViolation(f"{path}.{each.field}", each.rule) for each in error.violations]) from None


def _host(command: RegisterHost) -> Host:
    return Host(
        uid="",
        name="",
        inventory=command.inventory,
        platform=command.platform,
        zone=command.zone,
        labels=tuple(sorted(command.labels.items())),
        created=Micros(0),
        updated=Micros(0),
        capacity=capacity_of(command.inventory),
        traits=command.traits,
        dedicated=command.dedicated,
        numa_reported=command.numa_nodes,
        numa=numa.capacities(command.numa_nodes, command.inventory),
        numa_allocated=numa.resized((), len(command.numa_nodes)),
    )


async def _position(position: int, time: Timestamp, by_time: bool, reads: Reads) -> int:
    if by_time:
        return await reads.position_at(micros_of(time))
    return reads.known(position, "from_position")
