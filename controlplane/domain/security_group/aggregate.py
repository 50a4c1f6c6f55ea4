"""The security group: decide and evolve. Performs no I/O."""

from enum import IntEnum
from typing import Any, NamedTuple

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.domain.security_group.errors import SecurityGroupInUse
from controlplane.domain.security_group.states import TRANSITIONS, GroupState, GroupVerb, require
from controlplane.domain.time import Micros, micros_of


class Direction(IntEnum):
    """Which way a rule is about. The numbers are those of chronovisor.v1.RuleDirection."""

    INGRESS = 1
    EGRESS = 2


class IpProtocol(IntEnum):
    """The numbers are those of chronovisor.v1.IpProtocol."""

    TCP = 1
    UDP = 2
    ICMP = 3
    ANY = 4


class Rule(NamedTuple):
    """Something that is allowed. Without `remote_cidr` and `remote_group`: with anyone. Ports of 0: any."""

    direction: Direction = Direction.INGRESS
    protocol: IpProtocol = IpProtocol.ANY
    first_port: int = 0
    last_port: int = 0
    remote_cidr: str = ""
    # A group of the same project, by its name and its UID.
    remote_group: str = ""
    remote_group_uid: str = ""
    description: str = ""


class GroupTerms(NamedTuple):
    """What a caller can change of a group. The labels are sorted."""

    rules: tuple[Rule, ...] = ()
    description: str = ""
    labels: tuple[tuple[str, str], ...] = ()


class SecurityGroup(NamedTuple):
    """One security group after some event of its stream."""

    uid: str
    name: str
    project_uid: str
    terms: GroupTerms
    created: Micros
    updated: Micros
    version: int = 1
    state: GroupState = GroupState.ACTIVE

    @property
    def is_deleted(self) -> bool:
        return self.state is GroupState.DELETED

    @property
    def labels(self) -> tuple[tuple[str, str], ...]:
        return self.terms.labels

    @property
    def project(self) -> str:
        """`projects/{project}`, as the group's own name has it."""
        return self.name.partition("/securityGroups/")[0]

    @property
    def as_edited(self) -> "SecurityGroup":
        return self

    @property
    def remote_groups(self) -> frozenset[str]:
        """Of the groups that its rules name, the UIDs."""
        return frozenset(each.remote_group_uid for each in self.terms.rules if each.remote_group_uid)


def decide_create(uid: str, name: str, project_uid: str, terms: GroupTerms) -> list[Message]:
    return [ev.SecurityGroupCreated(uid=uid, name=name, project_uid=project_uid, **_recorded(terms))]


def decide_update(group: SecurityGroup, terms: GroupTerms) -> list[Message]:
    """Raises WrongState. Nothing changed is a success that appends nothing."""
    require(group.name, group.state, GroupVerb.UPDATE)
    return [] if terms == group.terms else [ev.SecurityGroupUpdated(**_recorded(terms))]


def decide_delete(group: SecurityGroup, vms: int, groups: int) -> list[Message]:
    """How many VMs have a card in it, and how many other groups name it. Raises WrongState, SecurityGroupInUse."""
    require(group.name, group.state, GroupVerb.DELETE)
    if vms or groups:
        raise SecurityGroupInUse(group.name, vms, groups)
    return [ev.SecurityGroupDeleted()]


def _recorded(terms: GroupTerms) -> dict[str, Any]:
    rules = [ev.SecurityRule(**each._asdict()) for each in terms.rules]
    return {"rules": rules, "description": terms.description, "labels": dict(terms.labels) or None}


def _terms_of(payload: ev.SecurityGroupCreated | ev.SecurityGroupUpdated) -> GroupTerms:
    rules = tuple(_rule_of(each) for each in payload.rules)
    return GroupTerms(rules, payload.description, tuple(sorted(payload.labels.items())))


def _rule_of(recorded: ev.SecurityRule) -> Rule:
    ports = (recorded.first_port, recorded.last_port)
    remote = (recorded.remote_cidr, recorded.remote_group, recorded.remote_group_uid)
    what = (Direction(recorded.direction), IpProtocol(recorded.protocol))
    return Rule(*what, *ports, *remote, recorded.description)


def evolve(group: SecurityGroup | None, event: ev.Event, version: int) -> SecurityGroup:
    """The group after `event`, which is the stream's `version`."""
    at = micros_of(event.commit_time)
    if group is None:
        payload = event.security_group_created
        return SecurityGroup(payload.uid, payload.name, payload.project_uid, _terms_of(payload), at, at, version)
    if event.HasField("security_group_deleted"):
        return group._replace(state=TRANSITIONS[group.state, GroupVerb.DELETE], version=version, updated=at)
    state = TRANSITIONS[group.state, GroupVerb.UPDATE]
    return group._replace(state=state, version=version, updated=at, terms=_terms_of(event.security_group_updated))
