"""Checks of the fleet: agents and their versions, hosts, guests that nobody expects, operations that do not end."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from importlib.metadata import version

from google.longrunning import operations_pb2

from chronovisor.cli.doctor.findings import Finding, fine, names_text, problem, skipped, warning
from chronovisor.cli.doctor.set_up import SetUp
from chronovisor.cli.text.operation_progress import progress_text
from chronovisor.cli.text.units import age_text, counted, resources_text
from chronovisor.names import last_part
from chronovisor.operations import metadata_of
from chronovisor.v1.host_pb2 import HOST_STATE_DOWN, HOST_STATE_FENCED, HOST_STATE_MAINTENANCE, Host

# Of an agent's clock and the server's.
CLOCK_APART_S = 1.0
# Without a deadline of its own, an operation of this age is looked at.
OLD_S = 3600.0
_LOST = (HOST_STATE_DOWN, HOST_STATE_FENCED)


def _of(hosts: list[Host], which: Callable[[Host], object]) -> list[Host]:
    return [host for host in hosts if which(host)]


def _words(hosts: list[Host]) -> str:
    return f"{counted(len(hosts), 'host')} ({names_text([last_part(host.name) for host in hosts])})"


def _show(hosts: list[Host]) -> str:
    return f"chronovisor host show {last_part(hosts[0].name)}"


def agents(set_up: SetUp) -> Iterator[Finding]:
    """Sessions and leases. A host in maintenance may be off, and one that is lost is the next check's."""
    hosts = set_up.hosts
    present = _of(hosts, lambda host: host.state not in (*_LOST, HOST_STATE_MAINTENANCE))
    if away := _of(present, lambda host: not host.agent_connected):
        yield problem(
            f"no agent is connected of {_words(away)}",
            "start it on its machine, and look at its log: journalctl -u chronovisor-agent",
        )
    now = set_up.machine.now()
    if late := _of(present, lambda host: _has_lease(host) and host.lease_expire_time.ToSeconds() < now):
        yield problem(f"the lease of {_words(late)} has ended", f"look at the agent's log, and at {_show(late)}")
    for host in _of(hosts, lambda host: host.HasField("refused_agent")):
        refused = host.refused_agent
        yield problem(
            f"an agent of {last_part(host.name)} was refused {counted(refused.count, 'time')}: "
            f"{refused.message.rstrip('.')} ({refused.reason})",
            f"stop that agent, or let it in: {_show([host])}",
        )
    for host in _of(hosts, lambda host: host.unreadable):
        yield problem(
            f"the agent of {last_part(host.name)} cannot read its hypervisor: {host.unreadable.rstrip('.')}",
            "see that libvirt runs there: virsh -c qemu:///system list",
        )
    for host in _of(hosts, lambda host: host.network_failures):
        failures = "; ".join(each.rstrip(".") for each in host.network_failures)
        yield problem(
            f"{last_part(host.name)} has not as desired: {failures}",
            "look at the agent's log on it: journalctl -u chronovisor-agent",
        )
    if apart := _of(hosts, lambda host: abs(host.clock_offset.ToNanoseconds()) > CLOCK_APART_S * 1e9):
        yield warning(
            f"the clock of {_words(apart)} is more than a second away from the server's",
            "have it follow the same time: timedatectl, chronyc tracking",
        )
    connected = _of(hosts, lambda host: host.agent_connected)
    if hosts:
        yield fine(f"{len(connected)} of {counted(len(hosts), 'agent')} connected")
    else:
        yield skipped("there are no hosts")


def _has_lease(host: Host) -> bool:
    return host.HasField("lease_expire_time")


def versions(set_up: SetUp) -> Iterator[Finding]:
    """Of the control plane, by its metrics, the agents and this program, which is compared with where those are not."""
    own = version("chronovisor")
    server = set_up.server_version
    if server and server != own:
        yield warning(
            f"the control plane is {server}, this command line is {own}",
            f"install the same: pip install 'chronovisor[client]=={server}'",
        )
    expected = server or own
    whose = "the control plane" if server else "this command line"
    by_version: defaultdict[str, list[Host]] = defaultdict(list)
    for host in set_up.hosts:
        if host.platform.agent_version:
            by_version[host.platform.agent_version].append(host)
    for each in sorted(by_version.keys() - {expected}):
        yield warning(
            f"the agent of {_words(by_version[each])} is {each}, {whose} is {expected}",
            "have all of the same version, the control plane first: its CHANGELOG says what goes together",
        )
    same = f", {counted(len(by_version[expected]), 'agent')} too" if expected in by_version else ""
    yield fine(f"{whose} is {expected}{same}")


def hosts(set_up: SetUp) -> Iterator[Finding]:
    found = set_up.hosts
    if down := _of(found, lambda host: host.state == HOST_STATE_DOWN):
        yield problem(
            f"DOWN: {_words(down)}; their VMs are UNKNOWN, and hold what they held",
            "bring it back, or once it is off for good: chronovisor host fence --help",
        )
    if fenced := _of(found, lambda host: host.state == HOST_STATE_FENCED):
        yield warning(
            f"FENCED: {_words(fenced)}; it takes no VMs until its agent is back",
            "start the machine again, or: chronovisor host decommission --help",
        )
    for host in _of(found, lambda host: resources_text(host.overcommitted) != "nothing"):
        yield problem(
            f"{last_part(host.name)} holds {resources_text(host.overcommitted)} more than it has",
            f"move VMs away: chronovisor vm migrate --help; {_show([host])}",
        )
    if breaking := _of(found, lambda host: host.violations):
        yield warning(
            f"placement rules are not obeyed on {_words(breaking)}",
            f"see which: {_show(breaking)}; repair: chronovisor rebalance --help",
        )
    if found:
        states = (*_LOST,)
        yield fine(f"{len(_of(found, lambda host: host.state not in states))} of {counted(len(found), 'host')} there")
    else:
        yield skipped("there are no hosts: join one, chronovisor host token create --help")


def guests(set_up: SetUp) -> Iterator[Finding]:
    found = set_up.hosts
    unexpected = _of(found, lambda host: host.unexpected_guest_count)
    if unexpected:
        count = sum(host.unexpected_guest_count for host in unexpected)
        yield warning(
            f"{counted(count, 'guest')} that the ledger does not expect on {_words(unexpected)}",
            "adopt them, or have them stopped: chronovisor host reconcile",
        )
    unreported = _of(found, lambda host: host.guests_unreported)
    if unreported:
        yield warning(
            f"{_words(unreported)} did not report guests yet: what runs there is not known",
            "start the agent, or, where nothing can run: chronovisor host reconcile NAME --assume-empty",
        )
    if not (unexpected or unreported):
        yield fine("every guest is one that the ledger expects")


def operations(set_up: SetUp) -> Iterator[Finding]:
    now = set_up.machine.now()
    stuck = [each for each in set_up.operations if _is_stuck(each, now)]
    for each in stuck:
        metadata = metadata_of(each)
        waits = progress_text(metadata)
        age = age_text(now - metadata.create_time.ToSeconds())
        yield warning(
            f"{metadata.verb} of {last_part(metadata.target)} is under way for {age}{', ' * bool(waits)}{waits}",
            f"look at it, or end it: chronovisor operation show {each.name}",
        )
    if not stuck:
        yield fine(f"{counted(len(set_up.operations), 'operation')} under way, none of them late")


def _is_stuck(operation: operations_pb2.Operation, now: float) -> bool:
    metadata = metadata_of(operation)
    if metadata.HasField("deadline"):
        return metadata.deadline.ToSeconds() < now
    return now - metadata.create_time.ToSeconds() > OLD_S
