"""Placement rules on the command line: the options of `vm create`, and rules as text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple

import typer

from chronovisor.cli.session import host_name
from chronovisor.cli.settings import parsed
from chronovisor.v1.vm_pb2 import GroupRule, PlacementRules, Preference

Kind = GroupRule.Kind
_GROUP = re.compile(r"(?P<vms>[^@]+)(@(?P<within>[^@:]+)(:(?P<number>\d+))?)?")


class Preferred(NamedTuple):
    """A selector of hosts and its weight, as `zone=a:50` on the command line."""

    selector: str
    weight: int


class Group(NamedTuple):
    """A selector of VMs, the domain and a number, as `app=web@rack:2` on the command line."""

    vms: str
    within: str
    number: int


def parse_preferred(text: str) -> Preferred:
    """Raises ValueError."""
    selector, colon, weight = text.rpartition(":")
    if not colon or not selector or not re.fullmatch(r"-?\d+", weight):
        raise ValueError(f"{text!r} is not SELECTOR:WEIGHT, such as zone=eu-1a:50")
    return Preferred(selector, int(weight))


def parse_group(text: str) -> Group:
    """Raises ValueError."""
    match = _GROUP.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not SELECTOR[@DOMAIN[:NUMBER]], such as app=web@rack or app=web@zone:2")
    return Group(match["vms"], match["within"] or "", int(match["number"] or 0))


_Groups = list[Group] | None
_GROUP_HELP = "SELECTOR[@DOMAIN[:N]]"


def _group_option(name: str, help_: str) -> object:
    return typer.Option(name, parser=parsed(parse_group), metavar=_GROUP_HELP, help=help_, rich_help_panel="Placement")


Require = Annotated[
    str, typer.Option(metavar="SELECTOR", help="Only such hosts: zone=a,trait:ssd", rich_help_panel="Placement")
]
Prefer = Annotated[
    list[Preferred] | None,
    typer.Option(
        parser=parsed(parse_preferred),
        metavar="SELECTOR:WEIGHT",
        help="Rather such hosts, -100 to 100. Repeatable.",
        rich_help_panel="Placement",
    ),
]
Together = Annotated[_Groups, _group_option("--together", "On a host, zone or rack with these VMs. Repeatable.")]
Apart = Annotated[_Groups, _group_option("--apart", "At most N of these VMs with it; without N, none. Repeatable.")]
Spread = Annotated[_Groups, _group_option("--spread", "These VMs evenly, within N of each other. Repeatable.")]
RatherTogether = Annotated[_Groups, _group_option("--rather-together", "As --together, if it can be.")]
RatherApart = Annotated[_Groups, _group_option("--rather-apart", "As --apart, if it can be.")]
RatherSpread = Annotated[_Groups, _group_option("--rather-spread", "As --spread, if it can be.")]
OnHost = Annotated[str, typer.Option(metavar="HOST", help="Only on this host.", rich_help_panel="Placement")]
AvoidHost = Annotated[
    list[str] | None, typer.Option(metavar="HOST", help="Never there. Repeatable.", rich_help_panel="Placement")
]
NumaNodes = Annotated[
    int, typer.Option(metavar="COUNT", help="Sit in so many NUMA nodes, evenly.", rich_help_panel="Placement")
]


@dataclass(frozen=True, slots=True)
class GroupOptions:
    """What was given for one kind of rule, hard and soft."""

    kind: Kind.ValueType
    hard: Sequence[Group]
    soft: Sequence[Group]

    def rules(self) -> list[GroupRule]:
        return [self._rule(each, soft) for soft, given in ((False, self.hard), (True, self.soft)) for each in given]

    def _rule(self, given: Group, soft: bool) -> GroupRule:
        rule = GroupRule(kind=self.kind, vms=given.vms, within=given.within, soft=soft)
        if self.kind == Kind.KIND_SPREAD:
            rule.max_skew = given.number
        else:
            rule.max_per_domain = given.number
        return rule


def groups_given(
    together: tuple[_Groups, _Groups], apart: tuple[_Groups, _Groups], spread: tuple[_Groups, _Groups]
) -> list[GroupOptions]:
    """Of each kind, what was given as hard and as soft."""
    kinds = {Kind.KIND_AFFINITY: together, Kind.KIND_ANTI_AFFINITY: apart, Kind.KIND_SPREAD: spread}
    return [GroupOptions(kind, hard or [], soft or []) for kind, (hard, soft) in kinds.items()]


def rules_given(
    require: str,
    prefer: Sequence[Preferred],
    groups: Sequence[GroupOptions],
    on_host: str,
    avoid_hosts: Sequence[str],
    numa_nodes: int,
) -> PlacementRules | None:
    """The rules as a message; None when none was given."""
    rules = PlacementRules(
        require=require,
        prefer=[Preference(selector=each.selector, weight=each.weight) for each in prefer],
        groups=[rule for each in groups for rule in each.rules()],
        host=host_name(on_host) if on_host else "",
        avoid_hosts=[host_name(each) for each in avoid_hosts],
        numa_nodes=numa_nodes,
    )
    return rules if rules.ByteSize() else None


_WORDS = {
    Kind.KIND_AFFINITY: "together with",
    Kind.KIND_ANTI_AFFINITY: "apart from",
    Kind.KIND_SPREAD: "spread with",
}


def rules_text(rules: PlacementRules) -> str:
    """`only on zone=a; apart from app=web on a rack`; empty without rules."""
    parts = [f"only on {rules.require}" if rules.require else "", f"only on {rules.host}" if rules.host else ""]
    parts += [f"rather on {each.selector} ({each.weight:+d})" for each in rules.prefer]
    parts += [_group_text(each) for each in rules.groups]
    parts += [f"never on {each}" for each in rules.avoid_hosts]
    if rules.numa_nodes:
        parts.append(f"in {rules.numa_nodes} NUMA node{'s' if rules.numa_nodes > 1 else ''}")
    return "; ".join(part for part in parts if part)


def _group_text(rule: GroupRule) -> str:
    number = f", at most {rule.max_per_domain}" if rule.max_per_domain else ""
    skew = f", within {rule.max_skew}" if rule.max_skew > 1 else ""
    rather = "rather " if rule.soft else ""
    return f"{rather}{_WORDS.get(rule.kind, 'with')} {rule.vms} by {rule.within or 'host'}{number}{skew}"
