"""The events of networks and security groups in words: the part of the table of `event_words` that is theirs."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.events.v1.event_pb2 import Event
from chronovisor.security_rules import rule_text
from chronovisor.v1.network_pb2 import NetworkKind, SecurityRule


def _network_created(event: Event) -> str:
    payload = event.network_created
    kind = NetworkKind.Name(NetworkKind.ValueType(payload.kind)).removeprefix("NETWORK_KIND_").lower()
    cidrs = " and ".join(each for each in (payload.ipv4_cidr, payload.ipv6_cidr) if each)
    bridge = f" on {payload.bridge}{f', VLAN {payload.vlan}' if payload.vlan else ''}" * bool(payload.bridge)
    return f"created: {kind}{bridge}, {cidrs or 'no addresses'}{_also(payload)}"


def _network_updated(event: Event) -> str:
    return f"updated{_also(event.network_updated) or ': nothing is reserved'}"


def _also(payload: ev.NetworkCreated | ev.NetworkUpdated) -> str:
    reserved = f", reserves {', '.join(payload.reserved_ranges)}" if payload.reserved_ranges else ""
    return f"{reserved}{_for(payload.description)}"


def _for(description: str) -> str:
    return f", for {description!r}" * bool(description)


def _allowed(rules: Iterable[ev.SecurityRule]) -> str:
    return "; ".join(_rule_texts(rules)) or "nothing"


def _rule_texts(rules: Iterable[ev.SecurityRule]) -> Iterator[str]:
    for each in rules:
        rule = SecurityRule(
            direction=each.direction,  # pyright: ignore[reportArgumentType]
            protocol=each.protocol,  # pyright: ignore[reportArgumentType]
            first_port=each.first_port,
            last_port=each.last_port,
            remote_cidr=each.remote_cidr,
            remote_group=each.remote_group,
        )
        yield rule_text(rule)


def _group_created(event: Event) -> str:
    payload = event.security_group_created
    return f"created, allows {_allowed(payload.rules)}{_for(payload.description)}"


def _group_updated(event: Event) -> str:
    payload = event.security_group_updated
    return f"updated: allows {_allowed(payload.rules)}{_for(payload.description)}"


NETWORK_WORDS: Mapping[str, Callable[[Event], str]] = {
    "network_created": _network_created,
    "network_updated": _network_updated,
    "network_deleted": lambda _event: "deleted",
    "security_group_created": _group_created,
    "security_group_updated": _group_updated,
    "security_group_deleted": lambda _event: "deleted",
}
