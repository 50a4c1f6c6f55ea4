"""Roles, conditions, policies, and the table that decides by them."""

import math
import time
from datetime import UTC, datetime

import pytest
from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from controlplane.domain.access.conditions import ALWAYS, BadCondition, Condition, parse
from controlplane.domain.access.decision import OWNER, AccessTable, Known
from controlplane.domain.access.policy import EVERYBODY, Binding, Policy, decide_set, policy_of
from controlplane.domain.access.principal import Principal, Proof, ProofKind
from controlplane.domain.access.roles import BUILT_IN, Role, granted_by
from controlplane.domain.payloads import PAYLOAD_FIELD
from controlplane.domain.time import SECOND, Micros

KNOWN = Known(
    frozenset(
        {
            "vms.get",
            "vms.list",
            "vms.start",
            "vms.migrate",
            "vms.secrets.read",
            "hosts.get",
            "hosts.drain",
            "projects.update",
            "policies.get",
            "policies.set",
            "usage.get",
            "ledger.read",
            "agents.connect",
        }
    ),
    of_root=frozenset({"hosts.get", "hosts.drain", "ledger.read", "projects.update"}),
)
ANNA = Principal("user:anna", Proof(ProofKind.OIDC, "issuer anna"), groups=frozenset({"group:ops"}))
OWNING = Principal("local:root", Proof(ProofKind.SOCKET), owns_machine=True)


def table(**policies: tuple[Binding, ...]) -> AccessTable:
    """By project, `root` being the root."""
    made = AccessTable(KNOWN, lambda uid: {"env": "test"} if uid == "test" else {}, lambda: ("test", "red", "blue"))
    for uid, bindings in policies.items():
        made.put_policy(Policy("" if uid == "root" else uid, bindings, 1))
    return made


@pytest.mark.parametrize(
    ("role", "granted", "denied"),
    [
        ("viewer", {"vms.get", "vms.list", "hosts.get"}, {"vms.start", "policies.get", "vms.secrets.read"}),
        ("operator", {"vms.get", "vms.start"}, {"vms.migrate", "policies.set", "hosts.drain", "vms.secrets.read"}),
        ("project-admin", {"vms.start", "policies.set", "vms.secrets.read"}, {"projects.update", "hosts.drain"}),
        ("host-admin", {"hosts.drain", "vms.migrate"}, {"vms.start", "policies.set", "vms.secrets.read"}),
        ("auditor", {"ledger.read", "policies.get"}, {"vms.start", "vms.secrets.read"}),
        ("biller", {"usage.get"}, {"vms.get", "hosts.get"}),
        ("agent", {"agents.connect"}, KNOWN.everything - {"agents.connect"}),
        ("admin", KNOWN.everything, set[str]()),
    ],
)
def test_built_in_roles_grant_what_they_are_for(role: str, granted: set[str], denied: set[str]) -> None:
    found = granted_by(BUILT_IN[f"roles/{role}"], KNOWN.everything)
    assert granted <= found
    assert not denied & found


def test_a_custom_role_grants_what_it_lists() -> None:
    assert granted_by(Role("roles/x", "", ("vms.start",)), KNOWN.everything) == {"vms.start"}


def test_conditions_are_parsed_once() -> None:
    condition = parse('request.time < timestamp("2026-12-01T00:00:00Z") && resource.labels["env"] == "test"')
    assert condition.until == datetime(2026, 12, 1, tzinfo=UTC).timestamp()
    assert condition.labels == (("env", "test"),)
    assert condition.holds(condition.until - 1, {"env": "test", "more": "x"})
    assert not condition.holds(condition.until, {"env": "test"})
    assert not condition.holds(0.0, {"env": "prod"})
    assert parse("") is ALWAYS


@pytest.mark.parametrize(
    "text",
    [
        "true",
        "request.time > timestamp('x')",
        'request.time < timestamp("2026-12-01T00:00:00")',
        'resource.labels["env"] == "a" && resource.labels["env"] == "b"',
        'resource.labels["env"] == "a" || true',
        "x" * 600,
    ],
)
def test_whatever_else_is_refused(text: str) -> None:
    with pytest.raises(BadCondition):
        parse(text)


def test_what_is_not_granted_is_denied() -> None:
    assert table().grant(ANNA, "vms.get", "red", 0.0) is None
    assert table(root=()).grant(ANNA, "vms.get", "", 0.0) is None


def test_a_binding_of_a_project_reaches_no_further() -> None:
    found = table(red=(Binding("roles/admin", "user:anna"),))
    grant = found.grant(ANNA, "vms.start", "red", 0.0)
    assert grant
    assert (grant.binding.member, grant.project_uid) == ("user:anna", "red")
    assert found.grant(ANNA, "vms.start", "blue", 0.0) is None
    assert found.grant(ANNA, "vms.start", "", 0.0) is None
    # What is of no project cannot be had on one.
    assert found.grant(ANNA, "hosts.drain", "red", 0.0) is None
    assert found.projects(ANNA, "vms.start", 0.0) == {"red"}


def test_a_binding_of_the_root_reaches_everything() -> None:
    found = table(root=(Binding("roles/viewer", "group:ops"),))
    assert all(found.grant(ANNA, "vms.get", uid, 0.0) for uid in ("red", "blue", ""))


def test_everybody_is_whoever_has_proven_who_they_are() -> None:
    found = table(root=(Binding("roles/viewer", EVERYBODY),))
    assert found.grant(ANNA, "vms.get", "", 0.0)
    assert not found.grant(Principal("user:x", Proof(ProofKind.SELF_DECLARED)), "vms.get", "", 0.0)


def test_the_owner_of_the_machine_needs_no_binding() -> None:
    assert table().grant(OWNING, "projects.update", "red", 0.0) is OWNER


def test_an_answer_is_remembered_no_longer_than_it_holds() -> None:
    condition = Condition("...", until=100.0)
    found = table(red=(Binding("roles/viewer", "user:anna", condition),))
    assert found.grant(ANNA, "vms.get", "red", 99.0)
    assert found.grant(ANNA, "vms.get", "red", 99.5)
    assert not found.grant(ANNA, "vms.get", "red", 100.0)


def test_a_changed_role_or_policy_counts_at_once() -> None:
    found = table(red=(Binding("roles/x", "user:anna"),))
    assert not found.grant(ANNA, "vms.start", "red", 0.0)
    found.put_role("roles/x", Role("roles/x", "", ("vms.start",), 1))
    assert found.grant(ANNA, "vms.start", "red", 0.0)
    found.put_role("roles/x", None)
    assert not found.grant(ANNA, "vms.start", "red", 0.0)


def test_a_binding_of_the_root_with_a_label_is_of_the_projects_that_have_it() -> None:
    condition = parse('resource.labels["env"] == "test"')
    found = table(root=(Binding("roles/viewer", "user:anna", condition),))
    assert found.grant(ANNA, "vms.get", "test", 0.0)
    assert not found.grant(ANNA, "vms.get", "red", 0.0)
    assert not found.grant(ANNA, "vms.get", "", 0.0)
    assert found.projects(ANNA, "vms.get", 0.0) == {"test"}


MEMBERS = st.sampled_from(["user:anna", "user:bert", "group:ops", EVERYBODY])
ROLES = st.sampled_from(["roles/viewer", "roles/operator", "roles/admin", "roles/none"])
UNTIL = st.sampled_from([0.0, 10.0, 20.0])
BINDINGS = st.lists(st.tuples(ROLES, MEMBERS, UNTIL), max_size=4)


@given(
    policies=st.dictionaries(st.sampled_from(["", "red", "blue"]), BINDINGS),
    permission=st.sampled_from(sorted(KNOWN.everything)),
    uid=st.sampled_from(["", "red", "blue"]),
    now=st.sampled_from([5.0, 15.0, 25.0]),
)
def test_decisions_are_those_of_the_definition(
    policies: dict[str, list[tuple[str, str, float]]], permission: str, uid: str, now: float
) -> None:
    """Against the definition, written down as a search."""
    made = AccessTable(KNOWN, lambda _uid: {})
    for project, rows in policies.items():
        bindings = [Binding(role, member, Condition("...", until=until or math.inf)) for role, member, until in rows]
        made.put_policy(Policy(project, tuple(bindings), 1))
    reach = {""} if permission in KNOWN.of_root else {"", uid}
    expected = any(
        member in ("user:anna", "group:ops", EVERYBODY)
        and role in BUILT_IN
        and permission in granted_by(BUILT_IN[role], KNOWN.everything)
        and (not until or now < until)
        for project in reach
        for role, member, until in policies.get(project, ())
    )
    for _ in range(2):
        assert bool(made.grant(ANNA, permission, uid, now)) is expected


def as_event(payload: Message) -> ev.Event:
    event = ev.Event()
    getattr(event, PAYLOAD_FIELD[type(payload)]).CopyFrom(payload)
    return event


def test_a_binding_keeps_since_when_it_is_there() -> None:
    first, second = Binding("roles/viewer", "user:anna"), Binding("roles/operator", "user:bert")
    begun, later = Micros(1_000 * SECOND), Micros(2_000 * SECOND)
    (payload,) = decide_set(Policy("red"), [first], begun, "user:root")
    policy = policy_of(as_event(payload), 1)
    assert decide_set(policy, [first], later, "user:other") == []
    (payload,) = decide_set(policy, [second, first], later, "user:other")
    found = {each.member: (each.since, each.set_by) for each in policy_of(as_event(payload), 2).bindings}
    assert found == {"user:anna": (begun, "user:root"), "user:bert": (later, "user:other")}


def test_a_policy_costs_what_it_has_however_many_others_there_are() -> None:
    """10,000 projects with bindings of others: neither a policy nor a list of all looks at them."""
    many = table(**{f"p{number}": (Binding("roles/viewer", f"user:u{number}"),) for number in range(10_000)})
    began = time.perf_counter()
    for _ in range(200):
        many.put_policy(Policy("red", (Binding("roles/viewer", "user:anna"),), 1))
        assert many.projects(ANNA, "vms.get", 0.0) == {"red"}
        assert [each.project_uid for each in many.grants(ANNA, 0.0)] == ["red"]
    # Each takes some microseconds. It took 10 ms and more.
    assert time.perf_counter() - began < 0.5
    many.put_policy(Policy("red", (), 2))
    assert not many.projects(ANNA, "vms.get", 0.0)
