"""What a story has of one event: the event, what led to it, and the VM around it. For all sentences about VMs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from chronovisor.cli.text.units import counted, resources_text, seconds_text
from chronovisor.events.v1.event_pb2 import Amount, Event, Placement, Restart
from chronovisor.names import last_part
from chronovisor.v1.vm_pb2 import Vm
from chronovisor.verbs import VM_VERBS

_CAUSES = {
    **{verb.requested: f"the {verb.command} was accepted" for verb in VM_VERBS},
    "vm_deadline_passed": "it was given up",
    "host_fence_requested": "the request",
}


@dataclass(frozen=True)
class Moment:
    """An event, and the one that led to it where that is known; of a host's, the host's name.

    `before` and `after` are the VM, `life` all of its events: this one is at `place`.
    """

    event: Event
    cause: Event | None = None
    before: Vm = field(default_factory=Vm)
    after: Vm = field(default_factory=Vm)
    life: Sequence[Event] = ()
    place: int = 0
    host: str = ""

    @property
    def earlier(self) -> Iterator[Event]:
        """The VM's events before this one, the last first."""
        return (self.life[place] for place in range(self.place - 1, -1, -1))

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
        words = _CAUSES.get(self.cause.WhichOneof("payload") or "", "that")
        return f", {elapsed_text(self.cause, self.event)} after {words}"


def elapsed_text(since: Event, until: Event) -> str:
    """How long there was between two events."""
    elapsed = until.commit_time.ToNanoseconds() - since.commit_time.ToNanoseconds()
    return f"{max(elapsed, 0) // 1_000_000} ms" if elapsed < 1_000_000_000 else seconds_text(elapsed / 1e9)


# A sentence for an event.
InWords = Callable[[Moment], str]


def sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def freed(amount: Amount, where: str = "") -> str:
    words = resources_text(amount)
    return "" if words == "nothing" else f" That freed {words}{' on ' * bool(where)}{where}."


def owed(restart: Restart | None, given_up: str = "") -> str:
    """The start that follows an end, or why none does."""
    if restart is not None:
        attempt = f", attempt {restart.attempt}" if restart.attempt else ""
        return f" It is to be started again{attempt}."
    return f" {sentence(given_up)}" if given_up else ""


def placement_text(host: str, how: Placement) -> str:
    """Where it was placed, and why there."""
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
