"""The upper part of the screen, as text: eta by class, VMs by state, the busiest hosts, the newest events. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from rich.text import Text

from chronovisor.cli.listing.events import short_stream
from chronovisor.cli.output import STATE_STYLES, local_time
from chronovisor.cli.text.event_words import in_words
from chronovisor.cli.text.safe_text import escaped
from chronovisor.cli.text.units import amount_text, used_text
from chronovisor.events.v1.event_pb2 import Event
from chronovisor.names import last_part
from chronovisor.v1.utilization_service_pb2 import ClassUtilization, Utilization
from chronovisor.v1.vm_pb2 import Vm, VmState

TITLES = {"vcpus": "vCPUs", "memory_mib": "memory", "disk_gib": "disk"}
# Of eta: from here on there is little room, and almost none. The number stands beside the colour.
BUSY, FULL = 0.7, 0.9
_CELLS = 16


def eta_text(found: Utilization) -> Text:
    """A line for each class: a bar, eta, what is allocated of how much, and what of it is used."""
    text = Text()
    for each in found.classes:
        allocated, total = (amount_text(each.resource_class, amount) for amount in (each.allocated, each.total))
        used = f", {used_text(each.resource_class, each.used)} used" if each.HasField("used") else ""
        text.append(f"{escaped(TITLES.get(each.resource_class, each.resource_class)):<10}")
        text.append(bar(each.eta), style=eta_style(each.eta))
        text.append(f" {each.eta:6.1%}  {allocated} of {total}{used}\n")
    return text or Text("Nothing is offered here.", style="dim")


def states_text(vms: Iterable[Vm]) -> Text:
    """How many VMs there are in each state, the most frequent first."""
    counts = Counter(vm.state for vm in vms)
    named = [(VmState.Name(state).removeprefix("VM_STATE_"), count) for state, count in counts.items()]
    text = Text()
    for state, count in sorted(named, key=lambda each: (-each[1], each[0])):
        text.append(f"{count:>5}  ")
        text.append(f"{state}\n", style=STATE_STYLES.get(state, "cyan"))
    return text or Text("No VMs.", style="dim")


def busiest_text(by_host: Sequence[Utilization], most: int) -> Text:
    """The hosts with the highest eta of any class, and of which."""
    peaks = [(peak, each) for each in by_host if (peak := _peak(each))]
    text = Text()
    for peak, each in sorted(peaks, key=lambda pair: (-pair[0].eta, pair[1].scope))[:most]:
        text.append(f"{escaped(last_part(each.scope)):<14.14} ")
        text.append(bar(peak.eta), style=eta_style(peak.eta))
        text.append(f" {peak.eta:6.1%}  {escaped(TITLES.get(peak.resource_class, peak.resource_class))}\n")
    return text or Text("No hosts.", style="dim")


def _peak(each: Utilization) -> ClassUtilization | None:
    return max(each.classes, key=lambda one: one.eta, default=None)


def events_text(events: Iterable[Event], names: Mapping[str, str], most: int) -> Text:
    """A line for each of the newest events, the last below."""
    text = Text(no_wrap=True, overflow="ellipsis")
    for event in reversed(list(events)[:most]):
        why = f' - "{event.reason}"' if event.reason else ""
        subject = names.get(event.stream) or short_stream(event.stream)
        text.append(f"{event.position:>7}  {local_time(event.commit_time)[11:]}  ", style="dim")
        text.append(escaped(f"{event.actor:<18}  {subject}: {in_words(event)}{why}") + "\n")
    return text or Text("Nothing happened.", style="dim")


def bar(eta: float) -> str:
    full = min(_CELLS, round(eta * _CELLS))
    # A little is not nothing.
    full = max(full, 1) if eta > 0 else 0
    return "█" * full + "░" * (_CELLS - full)


def eta_style(eta: float) -> str:
    return "red" if eta >= FULL else "yellow" if eta >= BUSY else "green"
