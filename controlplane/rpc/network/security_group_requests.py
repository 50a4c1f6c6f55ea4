"""Requests about security groups to commands: what is checked before any state is looked at."""

from typing import NamedTuple

from chronovisor.v1 import network_pb2
from chronovisor.v1 import network_service_pb2 as api
from uuid_utils import uuid7

from controlplane.commands.security_group import CreateSecurityGroup, DeleteSecurityGroup, UpdateSecurityGroup
from controlplane.domain.resource_kinds import SECURITY_GROUPS
from controlplane.domain.security_group.aggregate import Direction, GroupTerms, IpProtocol, Rule, SecurityGroup
from controlplane.rpc.network.addresses import cidr
from controlplane.rpc.network.messages import security_group_message
from controlplane.rpc.shared.update_masks import merged, updated_paths
from controlplane.rpc.shared.validate import FieldRules

PARENT = "projects/{project}"
NAME = SECURITY_GROUPS.pattern
UPDATABLE = ("rules", "description", "labels")
LONGEST_DESCRIPTION = 255
MOST_RULES = 128
LAST_PORT = 65535


def create_command(request: api.CreateSecurityGroupRequest) -> CreateSecurityGroup:
    """Raises InvalidField."""
    rules = FieldRules()
    rules.name(request.parent, PARENT, "parent")
    rules.id(request.security_group_id, "security_group_id")
    rules.mutation(request.request_id, request.reason)
    terms = _terms(request.security_group, rules)
    rules.done()
    name = f"{request.parent}/securityGroups/{request.security_group_id}"
    return CreateSecurityGroup(str(uuid7()), request.parent, name, terms)


def update_command(request: api.UpdateSecurityGroupRequest) -> UpdateSecurityGroup:
    """Raises InvalidField."""
    rules = FieldRules()
    group = request.security_group
    rules.name(group.name, NAME, "security_group.name")
    rules.mutation(request.request_id, request.reason)
    paths = updated_paths(request.update_mask, group, UPDATABLE, rules)
    rules.done()
    # Only what the mask names is looked at: nobody sends back what they do not change.
    _terms(merged(network_pb2.SecurityGroup(), group, paths), rules)
    rules.done()
    return UpdateSecurityGroup(group.name, group.etag, GroupPatch(group, tuple(paths)))


def delete_command(request: api.DeleteSecurityGroupRequest) -> DeleteSecurityGroup:
    """Raises InvalidField."""
    rules = FieldRules()
    rules.name(request.name, NAME, "name")
    rules.mutation(request.request_id, request.reason)
    rules.done()
    return DeleteSecurityGroup(request.name, request.etag)


class GroupPatch(NamedTuple):
    """New values of the fields of a security group that `paths` names."""

    group: network_pb2.SecurityGroup
    paths: tuple[str, ...]

    def __call__(self, group: SecurityGroup) -> GroupTerms:
        """The terms of a group with these values. Raises InvalidField."""
        rules = FieldRules()
        terms = _terms(merged(security_group_message(group), self.group, self.paths), rules, group)
        rules.done()
        return terms


def _terms(group: network_pb2.SecurityGroup, rules: FieldRules, before: SecurityGroup | None = None) -> GroupTerms:
    field, given = "security_group.rules", group.rules
    rules.check(len(given) <= MOST_RULES, field, f"must have at most {MOST_RULES} entries, not {len(given)}")
    checked = tuple(_rule(each, f"{field}[{place}]", rules) for place, each in enumerate(given[:MOST_RULES]))
    rules.text(group.description, "security_group.description", LONGEST_DESCRIPTION)
    rules.labels(group.labels, "security_group.labels", dict(before.labels) if before else None)
    return GroupTerms(checked, group.description, tuple(sorted(group.labels.items())))


def _rule(rule: network_pb2.SecurityRule, field: str, rules: FieldRules) -> Rule:
    """In the form that is recorded: all values are set, and a single port is a range of one."""
    direction, protocol = Direction.INGRESS, IpProtocol.ANY
    if rules.known(rule.direction, network_pb2.RuleDirection.DESCRIPTOR, f"{field}.direction"):
        direction = Direction(rule.direction or direction)
    if rules.known(rule.protocol, network_pb2.IpProtocol.DESCRIPTOR, f"{field}.protocol"):
        protocol = IpProtocol(rule.protocol or protocol)
    _check_ports(rule, protocol, field, rules)
    rules.text(rule.description, f"{field}.description", LONGEST_DESCRIPTION)
    if rule.remote_group:
        rules.name(rule.remote_group, NAME, f"{field}.remote_group")
        rules.check(not rule.remote_cidr, f"{field}.remote_cidr", "must not be together with remote_group")
    remote = (cidr(rules, rule.remote_cidr, f"{field}.remote_cidr"), rule.remote_group, "")
    return Rule(direction, protocol, rule.first_port, rule.last_port or rule.first_port, *remote, rule.description)


def _check_ports(rule: network_pb2.SecurityRule, protocol: IpProtocol, field: str, rules: FieldRules) -> None:
    first, last = rule.first_port, rule.last_port
    if not first and not last:
        return
    with_ports = protocol in (IpProtocol.TCP, IpProtocol.UDP)
    if not rules.check(with_ports, f"{field}.first_port", "is of IP_PROTOCOL_TCP and IP_PROTOCOL_UDP alone"):
        return
    for name, port in (("first_port", first), ("last_port", last or first)):
        rules.check(1 <= port <= LAST_PORT, f"{field}.{name}", f"must be 1 to {LAST_PORT}, not {port}")
    rules.check(not last or first <= last, f"{field}.last_port", f"must be first_port ({first}) or more, not {last}")
