"""How a VM came to be what it is, in sentences: who requested what, what was decided, what its agent reported."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from chronovisor.cli.output import local_time
from chronovisor.cli.progress import state_text
from chronovisor.cli.text.event_words import in_words
from chronovisor.cli.text.moment import InWords, Moment, freed, owed, placement_text, sentence
from chronovisor.cli.text.trouble_narrative import TROUBLE, migration_failed
from chronovisor.cli.text.units import counted, resources_text
from chronovisor.events.v1.event_pb2 import Event, StopCause
from chronovisor.names import last_part
from chronovisor.v1.history_service_pb2 import ReplayStep
from chronovisor.v1.vm_pb2 import Vm, VmState
from chronovisor.verbs import VM_VERBS


@dataclass(frozen=True)
class HostEvent:
    """What befell a host, by its id."""

    event: Event
    host: str


@dataclass(frozen=True)
class Sentence:
    """What happened at one event. `cause` is the position of the event that led to it; 0 when a caller did."""

    event: Event
    text: str
    cause: int


def chapters(steps: Sequence[ReplayStep]) -> list[ReplayStep]:
    """The steps that say why it is as it is: how it was created, and all since a caller had it placed last.

    Of starts that nobody requested, those of the last row belong to it, and what they followed.
    """
    starts = [place for place, step in enumerate(steps) if step.event.HasField("vm_start_requested")]
    if not starts:
        return list(steps)
    place = starts.pop()
    while starts and _is_automatic(steps[place].event):
        is_first = steps[place].event.vm_start_requested.restart_attempt <= 1
        place = starts.pop()
        if is_first:
            break
    return [*steps[:1], *steps[max(place, 1) :]]


def _is_automatic(event: Event) -> bool:
    return event.vm_start_requested.restart_attempt > 0 or event.actor.startswith("system:")


def sentences(
    steps: Sequence[ReplayStep], of: Sequence[ReplayStep], of_hosts: Sequence[HostEvent] = ()
) -> list[Sentence]:
    """A sentence for each of `steps`, which are some of all the VM's steps, `of`; and for what befell its hosts."""
    life = [each.event for each in of]
    by_address = {f"{each.stream}@{each.version}": each for each in (*life, *(each.event for each in of_hosts))}
    places = {each.position: place for place, each in enumerate(life)}
    moments = [
        Moment(
            step.event,
            by_address.get(step.event.causation),
            step.before,
            step.after,
            life,
            places.get(step.event.position, 0),
        )
        for step in steps
    ]
    found = _on_its_hosts(steps, of_hosts)
    moments += [Moment(each.event, _request_of(each, of_hosts), host=each.host) for each in found]
    return [_sentence_of(each) for each in _in_order(moments)]


def of_events(events: Sequence[Event]) -> list[Sentence]:
    """A sentence for each event of a resource that is no VM."""
    by_address = {f"{each.stream}@{each.version}": each for each in events}
    return [_sentence_of(Moment(each, by_address.get(each.causation))) for each in events]


def life(events: Sequence[Event], name: str) -> str:
    """`web was created on 2026-11-30 14:02:10 and changed 2 times since.`"""
    if not events:
        return f"Nothing is known of {name} then."
    first, *rest = events
    words = f"{name} was created at {local_time(first.commit_time)}"
    ended = bool(rest) and (rest[-1].WhichOneof("payload") or "").endswith("_deleted")
    changed = len(rest) - ended
    parts = [f"changed {counted(changed, 'time')}"] if changed else []
    parts += [f"deleted at {local_time(rest[-1].commit_time)}"] if ended else []
    return f"{' and '.join([words, *parts])}."


def _in_order(moments: Iterable[Moment]) -> list[Moment]:
    """As they happened; of one append, what befell the host first, since what became of its VMs follows from that."""
    first: dict[str, int] = {}
    by_position = sorted(moments, key=lambda each: each.event.position)
    for each in by_position:
        first.setdefault(each.event.request_id, each.event.position)

    def place(each: Moment) -> tuple[int, bool, int]:
        event = each.event
        together = first[event.request_id] if event.request_id else event.position
        return together, not each.host, event.position

    return sorted(by_position, key=place)


def _sentence_of(it: Moment) -> Sentence:
    words = _SENTENCES.get(it.event.WhichOneof("payload") or "", _plainly)
    return Sentence(it.event, words(it), it.cause.position if it.cause else 0)


def _request_of(each: HostEvent, of_hosts: Sequence[HostEvent]) -> Event | None:
    """The fencing that an outcome is of."""
    if (each.event.WhichOneof("payload") or "") not in ("host_fenced", "host_fence_failed"):
        return None
    requested = [
        other.event
        for other in of_hosts
        if other.event.stream == each.event.stream
        and other.event.position < each.event.position
        and other.event.HasField("host_fence_requested")
    ]
    return requested[-1] if requested else None


def _on_its_hosts(steps: Sequence[ReplayStep], of_hosts: Sequence[HostEvent]) -> Iterator[HostEvent]:
    """What befell a host while the VM was there, or on its way there."""
    positions = [step.event.position for step in steps]
    for each in of_hosts:
        place = bisect_left(positions, each.event.position)
        if place and each.host in hosts_in(steps[place - 1]):
            yield each


def hosts_in(step: ReplayStep) -> set[str]:
    """The hosts, by id, that a VM is on after a step: of a migration both."""
    vm = step.after
    names = (vm.host, vm.migration.source_host, vm.migration.destination_host)
    return {last_part(name) for name in names if name}


def situation(vm: Vm, name: str) -> str:
    """What it is, in a sentence or two."""
    if vm.state == VmState.VM_STATE_DELETED:
        return f"{name} was destroyed."
    where = f" on {last_part(vm.host)}, which holds {resources_text(vm.held)} for it" if vm.host else ""
    failure = f" {sentence(vm.failure.message)}" if vm.failure.message else ""
    until = f" It has until {local_time(vm.state_deadline)}." if vm.HasField("state_deadline") else ""
    return f"{name} is {state_text(vm)}{where}.{failure}{until}"


def _plainly(it: Moment) -> str:
    return f"{it.who}: {in_words(it.event)}{it.why}."


def _created(it: Moment) -> str:
    return f"{it.who} created it{it.why}. It has {in_words(it.event).removeprefix('created: ')}."


def _start_requested(it: Moment) -> str:
    start = it.event.vm_start_requested
    restart = start.restart_attempt
    aim = f"start it again, attempt {restart}, as incarnation {start.incarnation}" if restart else "start it"
    return f"{it.who} requested to {aim}{it.why}. {placement_text(last_part(start.host), start.placement)}"


def _saw(words: str) -> InWords:
    return lambda it: f"{it.who} saw it {words}{it.later}."


def _requested(words: str) -> InWords:
    return lambda it: f"{it.who} requested to {words}{it.why}."


def _start_failed(it: Moment) -> str:
    failed = it.event.vm_start_failed
    restart = failed.restart if failed.HasField("restart") else None
    return f"{it.who} could not start it{it.later}: {failed.error.rstrip('.')}.{freed(failed.released)}{owed(restart)}"


def _stop_requested(it: Moment) -> str:
    grace = it.event.vm_stop_requested.grace_period.ToTimedelta().total_seconds()
    how = f"with {grace:g} s to power off" if grace else "at once"
    elsewhere = ", to have it started elsewhere" * it.event.vm_stop_requested.restarts
    return f"{it.who} requested to stop it, {how}{elsewhere}{it.why}."


_ENDS: Mapping[int, str] = {
    StopCause.STOP_CAUSE_UNREQUESTED: "saw that it had ended, which nobody had requested",
    StopCause.STOP_CAUSE_CRASHED: "saw that it had crashed",
    StopCause.STOP_CAUSE_VANISHED: "saw that it had vanished from its host",
}


_ENDS_WITH_HOST: Mapping[int, str] = {
    StopCause.STOP_CAUSE_HOST_FENCED: "So it had ended there",
    StopCause.STOP_CAUSE_MACHINE_REPLACED: "So it had ended with its machine",
    StopCause.STOP_CAUSE_MIGRATION_LOST: "So it had ended: it had left its source, and its copy was lost",
}


def _stopped(it: Moment) -> str:
    stopped = it.event.vm_stopped
    detail = f" ({stopped.observed.detail})" if stopped.observed.detail else ""
    after = f"{freed(stopped.released)}{owed(stopped.restart if stopped.HasField('restart') else None)}"
    if stopped.restart_given_up:
        after += owed(None, stopped.restart_given_up)
    if with_host := _ENDS_WITH_HOST.get(stopped.cause):
        return f"{with_host}{detail}.{after}"
    if unrequested := _ENDS.get(stopped.cause):
        return f"{it.who} {unrequested}{detail}.{after}"
    return f"{it.who} saw it stopped{detail}{it.later}.{after}"


def _reboot_requested(it: Moment) -> str:
    return f"{it.who} requested to {'reset' if it.event.vm_reboot_requested.force else 'reboot'} it{it.why}."


def _deleted(it: Moment) -> str:
    return f"{it.who} saw nothing of it left{it.later}.{freed(it.event.vm_deleted.released)}"


def _deadline_passed(it: Moment) -> str:
    passed = it.event.vm_deadline_passed
    error = f" The agent's last word: {passed.error.rstrip('.')}." if passed.error else ""
    return f"The {passed.step} was given up{it.later}: it should have ended by {local_time(passed.deadline)}.{error}"


def _step_failed(it: Moment) -> str:
    failed = it.event.vm_step_failed
    if failed.step == "migrate":
        return migration_failed(it)
    return f"{it.who} could not {failed.step} it{it.later}: {failed.error.rstrip('.')}."


_SENTENCES: Mapping[str, InWords] = {
    **{verb.requested: _requested(verb.aim) for verb in VM_VERBS},
    **{verb.done: _saw(verb.observed) for verb in VM_VERBS},
    **TROUBLE,
    "vm_created": _created,
    "vm_start_requested": _start_requested,
    "vm_start_failed": _start_failed,
    "vm_stop_requested": _stop_requested,
    "vm_stopped": _stopped,
    "vm_reboot_requested": _reboot_requested,
    "vm_deleted": _deleted,
    "vm_deadline_passed": _deadline_passed,
    "vm_step_failed": _step_failed,
}
