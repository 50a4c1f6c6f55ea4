"""How a VM came to be what it is, in sentences: who requested what, what was decided, what its agent reported."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from chronovisor.cli.output import local_time
from chronovisor.cli.progress import state_text
from chronovisor.cli.text.event_words import in_words
from chronovisor.cli.text.units import counted, resources_text, seconds_text
from chronovisor.events.v1.event_pb2 import Amount, Event, Placement, StopCause
from chronovisor.names import last_part
from chronovisor.v1.history_service_pb2 import ReplayStep
from chronovisor.v1.vm_pb2 import Vm, VmState
from chronovisor.verbs import VM_VERBS


@dataclass(frozen=True)
class Sentence:
    """What happened at one event. `cause` is the position of the event that led to it; 0 when a caller did."""

    event: Event
    text: str
    cause: int


@dataclass(frozen=True)
class _Step:
    """An event, and the one that led to it where that is known."""

    event: Event
    cause: Event | None

    @property
    def who(self) -> str:
        return self.event.actor or "somebody"

    @property
    def why(self) -> str:
        return f': "{self.event.reason}"' if self.event.reason else ""

    @property
    def later(self) -> str:
        """How long after the request."""
        if self.cause is None:
            return ""
        since = self.event.commit_time.ToNanoseconds() - self.cause.commit_time.ToNanoseconds()
        how_long = f"{max(since, 0) // 1_000_000} ms" if since < 1_000_000_000 else seconds_text(since / 1e9)
        return f", {how_long} after {_CAUSES.get(self.cause.WhichOneof('payload') or '', 'that')}"


_CAUSES: Mapping[str, str] = {
    **{verb.requested: f"the {verb.command} was accepted" for verb in VM_VERBS},
    "vm_deadline_passed": "it was given up",
}


def chapters(steps: Sequence[ReplayStep]) -> list[ReplayStep]:
    """The steps that say why it is as it is: how it was created, and all since it was last placed."""
    last = max(
        (place for place, step in enumerate(steps) if step.event.HasField("vm_start_requested")), default=len(steps)
    )
    return [*steps[:1], *steps[max(last, 1) :]] if last < len(steps) else list(steps)


def sentences(steps: Sequence[ReplayStep], of: Sequence[ReplayStep]) -> list[Sentence]:
    """A sentence for each of `steps`, which are some of all the VM's steps, `of`."""
    by_address = {f"{each.event.stream}@{each.event.version}": each.event for each in of}
    found: list[Sentence] = []
    for step in steps:
        event = step.event
        cause = by_address.get(event.causation)
        words = _SENTENCES.get(event.WhichOneof("payload") or "", _plainly)
        found.append(Sentence(event, words(_Step(event, cause)), cause.position if cause else 0))
    return found


def situation(vm: Vm, name: str) -> str:
    """What it is, in a sentence or two."""
    if vm.state == VmState.VM_STATE_DELETED:
        return f"{name} was destroyed."
    where = f" on {last_part(vm.host)}, which holds {resources_text(vm.held)} for it" if vm.host else ""
    failure = f" {_sentence(vm.failure.message)}" if vm.failure.message else ""
    until = f" It has until {local_time(vm.state_deadline)}." if vm.HasField("state_deadline") else ""
    return f"{name} is {state_text(vm)}{where}.{failure}{until}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _freed(amount: Amount) -> str:
    words = resources_text(amount)
    return "" if words == "nothing" else f" That freed {words}."


def _plainly(it: _Step) -> str:
    return f"{it.who}: {in_words(it.event)}{it.why}."


def _created(it: _Step) -> str:
    return f"{it.who} created it{it.why}. It has {in_words(it.event).removeprefix('created: ')}."


def _start_requested(it: _Step) -> str:
    start = it.event.vm_start_requested
    return f"{it.who} requested to start it{it.why}. {_placement(last_part(start.host), start.placement)}"


def _placement(host: str, how: Placement) -> str:
    turned_down = sum(how.turned_down.values())
    by = ", ".join(f"{count} by {rule}" for rule, count in sorted(how.turned_down.items(), key=lambda each: -each[1]))
    fitted = how.hosts_considered - turned_down
    among = f"the best of {counted(fitted, 'host')} that fitted" if fitted > 1 else "the only host that fitted"
    placed = [
        f"It was placed on {host}, {among}" + (f", by the policy {how.policy}" if how.policy else ""),
        f"; {counted(turned_down, 'host')} turned down: {by}" if turned_down else "",
        f"; next best was {last_part(how.alternatives[0].host)}" if how.alternatives else "",
    ]
    return f"{''.join(placed)}."


def _saw(words: str) -> Callable[[_Step], str]:
    return lambda it: f"{it.who} saw it {words}{it.later}."


def _requested(words: str) -> Callable[[_Step], str]:
    return lambda it: f"{it.who} requested to {words}{it.why}."


def _start_failed(it: _Step) -> str:
    failed = it.event.vm_start_failed
    return f"{it.who} could not start it{it.later}: {failed.error.rstrip('.')}.{_freed(failed.released)}"


def _stop_requested(it: _Step) -> str:
    grace = it.event.vm_stop_requested.grace_period.ToTimedelta().total_seconds()
    how = f"with {grace:g} s to power off" if grace else "at once"
    return f"{it.who} requested to stop it, {how}{it.why}."


_ENDS: Mapping[int, str] = {
    StopCause.STOP_CAUSE_UNREQUESTED: "saw that it had ended, which nobody had requested",
    StopCause.STOP_CAUSE_CRASHED: "saw that it had crashed",
    StopCause.STOP_CAUSE_VANISHED: "saw that it had vanished from its host",
}


def _stopped(it: _Step) -> str:
    stopped = it.event.vm_stopped
    detail = f" ({stopped.observed.detail})" if stopped.observed.detail else ""
    if unrequested := _ENDS.get(stopped.cause):
        return f"{it.who} {unrequested}{detail}.{_freed(stopped.released)}"
    return f"{it.who} saw it stopped{detail}{it.later}.{_freed(stopped.released)}"


def _reboot_requested(it: _Step) -> str:
    return f"{it.who} requested to {'reset' if it.event.vm_reboot_requested.force else 'reboot'} it{it.why}."


def _deleted(it: _Step) -> str:
    return f"{it.who} saw nothing of it left{it.later}.{_freed(it.event.vm_deleted.released)}"


def _deadline_passed(it: _Step) -> str:
    passed = it.event.vm_deadline_passed
    error = f" The agent's last word: {passed.error.rstrip('.')}." if passed.error else ""
    return f"The {passed.step} was given up{it.later}: it should have ended by {local_time(passed.deadline)}.{error}"


def _step_failed(it: _Step) -> str:
    failed = it.event.vm_step_failed
    return f"{it.who} could not {failed.step} it{it.later}: {failed.error.rstrip('.')}."


_SENTENCES: Mapping[str, Callable[[_Step], str]] = {
    **{verb.requested: _requested(verb.aim) for verb in VM_VERBS},
    **{verb.done: _saw(verb.observed) for verb in VM_VERBS},
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
