"""A VM's network cards, as a term of a file's spec: a list of texts such as `web,ip=10.1.0.5,group=ssh`. Pure."""

from typing import cast

from chronovisor.cli.apply.model import Value
from chronovisor.cli.options.network import card_text, parse_card, write_cards
from chronovisor.names import last_part
from chronovisor.v1.vm_pb2 import VmSpec

CARDS = "networks"


def parse(text: str) -> str:
    """A card as it is written back. Raises ValueError."""
    return card_text(parse_card(text))


def value_of(spec: VmSpec) -> Value:
    """In order: a guest finds its cards so."""
    return tuple(card_text(each) for each in spec.network_interfaces)


def write(spec: VmSpec, value: Value | None, project: str) -> None:
    """Sets them, or takes them away. `project` is `projects/{project}`."""
    write_cards(spec, map(parse_card, cast("tuple[str, ...]", value or ())), project)


def names_in(value: Value | None) -> tuple[set[str], set[str]]:
    """The ids of the networks and of the security groups that cards name."""
    cards = [parse_card(each) for each in cast("tuple[str, ...]", value or ())]
    return {last_part(each.network) for each in cards}, {
        last_part(group) for each in cards for group in each.security_groups
    }
