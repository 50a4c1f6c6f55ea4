"""Parameters of fencers of `[[fencers]]` in the settings: names, rules and defaults, by kind. Performs no I/O."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from controlplane.domain.parameters import Parameter, parse_path, parse_text, parsed, require_known
from controlplane.domain.placement import selectors
from controlplane.domain.placement.selectors import BadSelector, Selector
from controlplane.fencers import templates

LONGEST_S = 3600.0
MOST_ATTEMPTS = 20
_INTERFACE = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class FencerSettings:
    """One `[[fencers]]`: the hosts it selects, its kind, and the kind's parameters by name, all of them."""

    hosts: Selector
    kind: str
    timeout_s: float
    attempts: int
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])


def _template(value: object) -> str:
    text = parse_text(value)
    templates.check(text)
    return text


def _selector(value: object) -> Selector:
    if not isinstance(value, str):
        raise ValueError("must be a selector of hosts, such as 'rack=r7'")
    try:
        found = selectors.parse(value)
    except BadSelector as error:
        raise ValueError(str(error)) from None
    if found.contradiction:
        raise ValueError(found.contradiction)
    return found


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= LONGEST_S:
        raise ValueError(f"must be a number of seconds, above 0 and at most {LONGEST_S:g}")
    return float(value)


def _whole(least: int, most: int) -> Callable[[object], int]:
    def parse(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return value

    return parse


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _one_of(*names: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        if not isinstance(value, str) or value not in names:
            raise ValueError(f"must be one of {', '.join(names)}")
        return value

    return parse


def _url(value: object) -> str:
    text = _template(value)
    if not re.match(r"https?://[^/@\s]+/?$", text):
        raise ValueError("must be https://HOST or https://HOST:PORT, with no path and no user")
    return text.rstrip("/")


def _system(value: object) -> str:
    templates.check(parse_path(value))
    return cast("str", value)


def _interface(value: object) -> str:
    if not _INTERFACE.fullmatch(parse_text(value)):
        raise ValueError("must be a name of an interface, such as lanplus")
    return cast("str", value)


def _address(value: object) -> str:
    text = _template(value)
    if text.startswith("-"):
        raise ValueError("must not begin with a dash")
    return text


def _argv(value: object) -> tuple[str, ...]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    if not items or not all(isinstance(each, str) for each in items):
        raise ValueError('must be a list of strings: the program and its arguments, such as ["/usr/bin/off", "{host}"]')
    found = tuple(cast("list[str]", items))
    if not found[0].startswith("/"):
        raise ValueError("must begin with the path of a program, which begins with /")
    for each in found:
        templates.check(each)
    return found


_PASSWORD = Parameter("password_file", parse_path, "", "a file with the password alone; read each time it is needed")
_USERNAME = Parameter("username", parse_text, "", "the account on the controller of the machine")
COMMON = (
    Parameter("hosts", _selector, None, "selector of hosts; the first `[[fencers]]` that selects a host is its own"),
    Parameter("kind", _one_of("redfish", "ipmi", "command", "manual"), None, "what powers the machine off"),
    Parameter("timeout_s", _seconds, 60.0, "for one attempt, from its start until off has been read"),
    Parameter("attempts", _whole(1, MOST_ATTEMPTS), 3, "how often it is tried"),
)
KINDS: Mapping[str, tuple[Parameter, ...]] = {
    "redfish": (
        Parameter("address", _url, None, "the service, such as `https://{host}.bmc.example.org`"),
        Parameter("system", _system, "", "such as `/redfish/v1/Systems/1`; default: the only one that there is"),
        _USERNAME,
        _PASSWORD,
        Parameter("auth", _one_of("basic", "session"), "basic", "how it identifies itself: `basic` or `session`"),
        Parameter("ca_file", parse_path, "", "certificates to trust, in a PEM file; default: those of the system"),
        Parameter("verify_tls", _flag, True, "false: trust any certificate, and so anyone who answers"),
    ),
    "ipmi": (
        Parameter("address", _address, None, "the controller, such as `{label:bmc}`"),
        Parameter("port", _whole(1, 65535), 623, "its UDP port"),
        _USERNAME,
        _PASSWORD,
        Parameter("interface", _interface, "lanplus", "of `ipmitool -I`"),
        Parameter("cipher_suite", _whole(0, 255), -1, "of `ipmitool -C`; default: its own"),
    ),
    "command": (
        Parameter("program", _argv, None, "a list: the program and its arguments; exit code 0 confirms that it is off"),
        Parameter("status", _argv, (), "a second one, run until it exits with 0: only that confirms it then"),
        Parameter("address", _address, "", "given to both as CHRONOVISOR_ADDRESS"),
    ),
    "manual": (),
}


def parse_fencers(tables: Sequence[Mapping[str, object]]) -> tuple[FencerSettings, ...]:
    """All `[[fencers]]` of a file. Raises ValueError that names the fencer by its number, the field and the rule."""
    return tuple(_fencer(number, table) for number, table in enumerate(tables, start=1))


def _fencer(number: int, table: Mapping[str, object]) -> FencerSettings:
    common = parsed(number, table, COMMON)
    kind = common["kind"]
    require_known(number, table, (*COMMON, *KINDS[kind]), of=f", for kind {kind}")
    parameters = parsed(number, table, KINDS[kind])
    if bool(parameters.get("username")) != bool(parameters.get("password_file")):
        raise ValueError(f"number {number}, username: must be there with password_file, and without it not")
    return FencerSettings(common["hosts"], kind, common["timeout_s"], common["attempts"], parameters)
