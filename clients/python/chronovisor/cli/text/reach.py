"""Who reaches whom, and why, in words."""

from chronovisor.names import last_part
from chronovisor.security_rules import rule_text
from chronovisor.v1 import network_service_pb2 as api
from chronovisor.v1.network_pb2 import RULE_DIRECTION_INGRESS, SecurityRule
from chronovisor.v1.network_service_pb2 import ReachBasis, ReachEdge, ReachOpening, ReachPath, ReachVerdict

_WORDS: dict[ReachBasis.ValueType, str] = {
    api.REACH_BASIS_FREE_EGRESS: "yes: no group has a rule of egress",
    api.REACH_BASIS_NO_RULE: "no: no rule of {groups} allows it",
    api.REACH_BASIS_OUTSIDE: "it is no VM's: no rule is about it",
    api.REACH_BASIS_PUBLISHED_PORT: "yes: it publishes the port as {port} of its host's loopback address",
    api.REACH_BASIS_HOST: "no: hosts keep their guests from it, whatever rules allow",
    api.REACH_BASIS_NO_WAY: "no: {network} leads nowhere else, or nothing comes in there",
}


def path_facts(path: ReachPath) -> list[tuple[str, str]]:
    """One way from a source to a destination, and what decides at each end."""
    return [
        ("network", last_part(path.network)),
        ("from", _end(path.source_vm, path.source_address)),
        ("to", _end(path.destination_vm, path.destination_address)),
        ("leaves", _verdict(path, path.leaving)),
        ("enters", _verdict(path, path.entering)),
    ]


def _end(vm: str, address: str) -> str:
    return " ".join(filter(None, (last_part(vm), address))) or "an address that is not known"


def _verdict(path: ReachPath, verdict: ReachVerdict) -> str:
    if verdict.basis == api.REACH_BASIS_RULE:
        return f"yes: {last_part(verdict.security_group)} has {rule_text(verdict.rule)}"
    groups = ", ".join(map(last_part, verdict.security_groups)) or "no group"
    words = _WORDS.get(verdict.basis, "yes" if verdict.allowed else "no")
    return words.format(groups=groups, network=last_part(path.network), port=verdict.host_port)


def verdict_text(found: api.CheckReachResponse, source: str, destination: str) -> str:
    if found.allowed:
        return f"{source} reaches {destination}."
    why = "" if found.paths else ": they have no network in common, or hold no addresses"
    return f"{source} does not reach {destination}{why}."


def openings_text(edge: ReachEdge) -> str:
    """`tcp:80-90 by web, icmp by ping`."""
    return ", ".join([*map(_opening_text, edge.openings), *(["and more"] if edge.more_openings else [])])


def _opening_text(opening: ReachOpening) -> str:
    rule = SecurityRule(
        direction=RULE_DIRECTION_INGRESS,
        protocol=opening.protocol,
        first_port=opening.first_port,
        last_port=opening.last_port,
    )
    return f"{rule_text(rule)} by {last_part(opening.security_group)}"
