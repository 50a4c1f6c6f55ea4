"""Parts of sentences about events, for all that have words for them. Looks nothing up."""

from google.protobuf.duration_pb2 import Duration

from chronovisor.cli.text.units import resources_text, seconds_text
from chronovisor.events.v1.event_pb2 import Amount, Observation, Placement, Restart


def released(amount: Amount) -> str:
    """What was freed, if anything."""
    words = resources_text(amount)
    return "" if words == "nothing" else f"; freed {words}"


def seen(observed: Observation) -> str:
    """What the agent reported beside it."""
    return f" ({observed.detail})" if observed.detail else ""


def placement(how: Placement) -> str:
    count = how.hosts_considered
    return f", {how.policy} of {count} host{'' if count == 1 else 's'}" if how.policy else ""


def duration_text(duration: Duration) -> str:
    return seconds_text(duration.ToMilliseconds() / 1000)


def restart_text(restart: Restart) -> str:
    """A start that is owed. Attempt 0 is one that a drain brought about."""
    return f"attempt {restart.attempt}" if restart.attempt else "elsewhere, by a drain"
