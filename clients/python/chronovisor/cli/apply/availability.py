"""What becomes of a VM in trouble, as terms of a file: `availability`, with keys as the options are called. Pure."""

from collections.abc import Callable, Iterator, Mapping
from typing import cast

from chronovisor.cli.apply.model import Path, Value
from chronovisor.cli.options.availability import OnMaintenanceChoice, RestartChoice
from chronovisor.cli.text.units import parse_count, parse_lifetime
from chronovisor.v1.vm_pb2 import Availability, RestartPolicy

FIELD = "availability"
# In seconds, but for the attempts.
_DEFAULTS: Mapping[str, float] = {"attempts": 3, "backoff": 10.0, "cooldown": 600.0}
TIMES = ("backoff", "cooldown")


def _choice(kind: type[OnMaintenanceChoice | RestartChoice], default: str) -> Callable[[str], Value]:
    def parsed(text: str) -> Value:
        if text not in [each.value for each in kind]:
            raise ValueError(f"{text!r} is none of {', '.join(each.value for each in kind)}")
        return "" if text == default else text

    return parsed


def _number(key: str, parse: Callable[[str], float]) -> Callable[[str], Value]:
    """What is as by default is as if it were not there."""

    def parsed(text: str) -> Value:
        value = parse(text)
        return type(value)(0) if value == _DEFAULTS[key] else value

    return parsed


def _seconds(text: str) -> float:
    return parse_lifetime(text).ToMilliseconds() / 1000


def _priority(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a whole number") from None


PARSES: Mapping[str, Callable[[str], Value]] = {
    "on_maintenance": _choice(OnMaintenanceChoice, OnMaintenanceChoice.LIVE.value),
    "restart": _choice(RestartChoice, RestartChoice.NEVER.value),
    "attempts": _number("attempts", parse_count),
    "backoff": _number("backoff", _seconds),
    "cooldown": _number("cooldown", _seconds),
    "priority": _priority,
    "after": str,
}


def terms(availability: Availability) -> Iterator[tuple[Path, Value]]:
    """Those that are not as by default."""
    restart = availability.restart
    if availability.on_maintenance > Availability.ON_MAINTENANCE_LIVE:
        name = Availability.OnMaintenance.Name(availability.on_maintenance).removeprefix("ON_MAINTENANCE_")
        yield (FIELD, "on_maintenance"), name.lower()
    if restart.when > RestartPolicy.WHEN_NEVER:
        name = RestartPolicy.When.Name(restart.when).removeprefix("WHEN_")
        yield (FIELD, "restart"), name.lower().replace("_", "-")
    if restart.max_attempts and restart.max_attempts != _DEFAULTS["attempts"]:
        yield (FIELD, "attempts"), restart.max_attempts
    for key in TIMES:
        seconds = getattr(restart, key).ToMilliseconds() / 1000
        if restart.HasField(key) and seconds != _DEFAULTS[key]:
            yield (FIELD, key), seconds
    if restart.priority:
        yield (FIELD, "priority"), restart.priority
    if restart.after:
        yield (FIELD, "after"), restart.after


def write(availability: Availability, key: str, value: Value | None) -> None:
    """Sets a term, or takes it away."""
    restart = availability.restart
    match key:
        case "on_maintenance":
            name = f"ON_MAINTENANCE_{cast('str', value or 'live').upper()}"
            availability.on_maintenance = Availability.OnMaintenance.Value(name)
        case "restart":
            name = f"WHEN_{cast('str', value or 'never').replace('-', '_').upper()}"
            restart.when = RestartPolicy.When.Value(name)
        case "attempts":
            restart.max_attempts = cast("int", value or 0)
        case "priority":
            restart.priority = cast("int", value or 0)
        case "after":
            restart.after = cast("str", value or "")
        case _:
            restart.ClearField(key)  # pyright: ignore[reportArgumentType] one of TIMES
            if value:
                getattr(restart, key).FromMilliseconds(round(cast("float", value) * 1000))
