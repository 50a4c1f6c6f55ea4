"""Plans of `apply`, without a control plane: what changes, in which order, and what stands against it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest
from chronovisor.cli.apply.carry_out import waves
from chronovisor.cli.apply.kinds import actual_of, whole, write
from chronovisor.cli.apply.model import Action, Actual, Change, Declared, FieldChange, Kind, Path, Value
from chronovisor.cli.apply.plan import CORDONED, STATE, VM_STATES, Options, plan
from chronovisor.cli.apply.reach import RULES as RULES_OF_GROUPS
from chronovisor.cli.apply.reach import groups_in
from chronovisor.cli.apply.requests import path_of
from chronovisor.v1.host_pb2 import Host
from chronovisor.v1.project_pb2 import Project
from chronovisor.v1.vm_pb2 import Vm
from hypothesis import given
from hypothesis import strategies as st

SPEC: Mapping[Path, Value] = {("spec", "vcpus"): 1, ("spec", "memory"): 64, ("spec", "image"): "tiny"}
_STATES = {value: key for key, value in VM_STATES.items()} | {"running": "RUNNING", "stopped": "STOPPED"}


def vm(name: str = "shop/web-1", state: str = "STOPPED", placed: bool = False, **labels: str) -> Actual:
    """As it is."""
    terms: dict[Path, Value] = {**SPEC, STATE: VM_STATES[state], **{("labels", key): labels[key] for key in labels}}
    return Actual(Kind.VM, name, "uid", "etag", terms, labels, state, placed)


def declared_vm(name: str = "shop/web-1", **terms: Any) -> Declared:
    """`state="running"`, `spec={"vcpus": 2}`, `labels={...}`."""
    found: dict[Path, Value | None] = {}
    if "state" in terms:
        found[STATE] = terms["state"]
    if "spec" in terms:
        found |= {**SPEC, **{("spec", key): value for key, value in terms["spec"].items()}}
    found |= {("labels", key): value for key, value in terms.get("labels", {}).items()}
    whole_groups = frozenset((each,) for each in ("spec", "labels") if each in terms)
    return Declared(Kind.VM, name, found, whole_groups)


def project(name: str = "shop", **labels: str) -> Actual:
    return Actual(Kind.PROJECT, name, "uid", "etag", {("labels", key): labels[key] for key in labels}, labels)


SHOP = project()


def steps(changes: Sequence[Change]) -> list[str]:
    return [f"{each.action.value} {each.name}" for each in changes]


@pytest.mark.parametrize(
    ("state", "wish", "actions"),
    [
        ("STOPPED", "running", ["start"]),
        ("STOPPED", "stopped", []),
        ("PENDING", "stopped", []),
        ("STOPPING", "stopped", []),
        ("STOPPING", "running", ["start"]),
        ("RUNNING", "running", []),
        ("STARTING", "running", []),
        ("REBOOTING", "running", []),
        ("MIGRATING", "running", []),
        ("UNKNOWN", "running", []),
        ("RUNNING", "stopped", ["stop"]),
        ("PAUSED", "running", ["resume"]),
        ("PAUSED", "stopped", ["stop"]),
        ("FAILED", "running", ["start"]),
        ("FAILED", "stopped", ["stop"]),
    ],
)
def test_each_state_has_a_way_to_what_is_declared(state: str, wish: str, actions: list[str]) -> None:
    found = plan([declared_vm(state=wish)], [SHOP, vm(state=state)])
    assert [each.action.value for each in found.changes] == actions
    assert not found.conflicts


@pytest.mark.parametrize(
    ("state", "wish", "restart", "actions"),
    [
        ("STOPPED", None, False, ["update"]),
        ("STOPPED", "running", False, ["update", "start"]),
        ("RUNNING", "stopped", False, ["stop", "update"]),
        ("RUNNING", None, False, None),
        ("RUNNING", "running", False, None),
        ("PAUSED", "running", False, None),
        ("RUNNING", None, True, ["stop", "update", "start"]),
        ("RUNNING", "running", True, ["stop", "update", "start"]),
        ("PAUSED", None, True, ["stop", "update", "start"]),
        ("FAILED", "running", False, ["stop", "update", "start"]),
        ("FAILED", None, False, ["stop", "update"]),
    ],
)
def test_a_spec_changes_while_the_vm_is_stopped(
    state: str, wish: str | None, restart: bool, actions: list[str] | None
) -> None:
    terms: dict[str, Any] = {"spec": {"vcpus": 2}} | ({"state": wish} if wish else {})
    found = plan([declared_vm(**terms)], [SHOP, vm(state=state)], Options(restart))
    assert [each.action.value for each in found.changes] == (actions or [])
    assert [each.path for each in found.conflicts] == ([] if actions else ["vms.shop/web-1.spec.vcpus"])


def test_labels_change_in_any_state_and_are_whole() -> None:
    found = plan([declared_vm(labels={"a": "1"})], [SHOP, vm(state="RUNNING", a="0", b="2")])
    (change,) = found.changes
    assert change.fields == [
        FieldChange(("labels", "a"), "0", "1"),
        FieldChange(("labels", "b"), "2", None),
    ]


def test_a_disk_that_is_placed_keeps_its_size_and_image() -> None:
    found = plan([declared_vm(spec={"image": "other", "disk": 9})], [SHOP, vm(placed=True)])
    assert [each.path for each in found.conflicts] == ["vms.shop/web-1.spec.disk", "vms.shop/web-1.spec.image"]


@pytest.mark.parametrize(
    ("declared", "actual", "words"),
    [
        (declared_vm(state="running"), [SHOP], "needs `spec` to be created"),
        (declared_vm(spec={}), [], "the project shop is neither declared nor there"),
        (declared_vm(state="running"), [SHOP, replace(vm(), state="DELETING")], "is being destroyed"),
        (Declared(Kind.HOST, "node-9", {("zone",): "a"}), [], "there is no such host"),
    ],
)
def test_what_cannot_be_is_a_conflict(declared: Declared, actual: list[Actual], words: str) -> None:
    found = plan([declared], actual)
    assert not found.changes
    assert words in str(found.conflicts[0])


def test_a_hosts_entries_are_set_and_taken_away_one_by_one() -> None:
    host = Actual(Kind.HOST, "n", terms={("labels", "rack"): "1", ("labels", "os"): "x", ("ratios", "vcpus"): 2.0})
    terms: dict[Path, Value | None] = {("labels", "rack"): "2", ("labels", "gone"): None, ("ratios", "vcpus"): None}
    (change,) = plan([Declared(Kind.HOST, "n", terms)], [replace(host, state="ACTIVE")]).changes
    assert [(each.path, each.after) for each in change.fields] == [
        (("labels", "rack"), "2"),
        (("ratios", "vcpus"), None),
    ]


@pytest.mark.parametrize(
    ("state", "before", "after", "actions", "notes"),
    [
        ("ACTIVE", None, True, ["cordon"], 0),
        ("CORDONED", True, None, ["uncordon"], 0),
        ("CORDONED", True, True, [], 0),
        ("ACTIVE", None, None, [], 0),
        ("DOWN", None, True, [], 1),
    ],
)
def test_a_host_is_cordoned_where_its_state_allows_it(
    state: str, before: bool | None, after: bool | None, actions: list[str], notes: int
) -> None:
    terms = {CORDONED: before} if before else {}
    found = plan([Declared(Kind.HOST, "n", {CORDONED: after})], [Actual(Kind.HOST, "n", state=state, terms=terms)])
    assert [each.action.value for each in found.changes] == actions
    assert len(found.notes) == notes


def ours(labels: Mapping[str, str]) -> bool:
    return labels.get("by") == "us"


def test_what_is_pruned_goes_before_what_comes_and_projects_last() -> None:
    actual = [
        project("shop", by="us"),
        project("old", by="us"),
        project("theirs"),
        vm("old/a", by="us"),
        vm("shop/b", by="us"),
        vm("shop/c"),
        vm("theirs/d", by="us"),
    ]
    declared = [Declared(Kind.PROJECT, "shop", {}), Declared(Kind.PROJECT, "new", {}), declared_vm("new/e", spec={})]
    found = plan(declared, actual, Options(prune=ours))
    assert steps(found.changes) == [
        "create new",
        "destroy old/a",
        "destroy shop/b",
        "destroy theirs/d",
        "create new/e",
        "destroy old",
    ]
    assert [[each.name for each in wave] for wave in waves(found.changes)] == [
        ["new"],
        ["old/a", "shop/b", "theirs/d"],
        ["new/e"],
        ["old"],
    ]


def group(name: str, *rules: str, **labels: str) -> Actual:
    return Actual(Kind.SECURITY_GROUP, name, terms={(RULES_OF_GROUPS,): rules} if rules else {}, labels=labels)


def declared_group(name: str, *rules: str) -> Declared:
    return Declared(Kind.SECURITY_GROUP, name, {(RULES_OF_GROUPS,): rules})


def rules_after(changes: Sequence[Change]) -> dict[str, tuple[str, ...]]:
    """What each group allows once all is done. Each step is one that can be done."""
    found: dict[str, tuple[str, ...]] = {}
    for each in changes:
        before = {name: {f"shop/{other}" for other in groups_in(rules)} - {name} for name, rules in found.items()}
        if each.action is Action.DESTROY:
            assert not [name for name, named in before.items() if each.name in named]
            del found[each.name]
            continue
        if each.actual is not None and each.name not in found:
            found[each.name] = cast("tuple[str, ...]", each.actual.terms.get((RULES_OF_GROUPS,), ()))
        for field in each.fields:
            found[each.name] = cast("tuple[str, ...]", field.after or ())
        found.setdefault(each.name, ())
        named = {f"shop/{other}" for other in groups_in(found[each.name])} - {each.name}
        assert named <= found.keys()
    return found


def test_groups_whose_rules_name_each_other_are_created_and_then_have_all_rules() -> None:
    declared = [
        declared_group("shop/a", "tcp:22", "tcp:80:group=b"),
        declared_group("shop/b", "all:group=b", "tcp:81:group=c"),
        declared_group("shop/c", "tcp:82:group=a"),
    ]
    changes = plan([Declared(Kind.PROJECT, "shop", {}), *declared], [project("shop")]).changes
    assert steps(changes)[:3] == ["create shop/c", "create shop/b", "create shop/a"]
    assert steps(changes)[3:] == ["update shop/c"]
    assert rules_after(changes) == {each.name: each.terms[RULES_OF_GROUPS,] for each in declared}
    assert plan(declared, [project("shop"), *(group(each.name, *rules_of(each)) for each in declared)]).changes == []


def rules_of(each: Declared) -> tuple[str, ...]:
    return cast("tuple[str, ...]", each.terms[RULES_OF_GROUPS,])


def test_a_group_that_is_there_names_one_that_names_it_once_that_is_created() -> None:
    declared = [declared_group("shop/a", "tcp:80:group=b"), declared_group("shop/b", "tcp:81:group=a")]
    changes = plan(declared, [project("shop"), group("shop/a", "tcp:22")]).changes
    assert steps(changes) == ["create shop/b", "update shop/a"]


def test_groups_that_name_each_other_are_pruned() -> None:
    there = [group("shop/a", "tcp:22", "tcp:80:group=b", by="us"), group("shop/b", "tcp:81:group=a", by="us")]
    changes = plan([], [project("shop"), *there], Options(prune=ours)).changes
    assert steps(changes) == ["update shop/b", "destroy shop/a", "destroy shop/b"]
    assert changes[0].fields[0].after is None
    assert waves(changes) == [changes]


@pytest.mark.parametrize(
    "stays",
    [
        vm("old/a"),
        Actual(Kind.HOST, "n", terms={("dedicated_project",): "old"}),
        Actual(Kind.HOST, "m", labels={"by": "us"}),
    ],
)
def test_what_cannot_go_stays_and_is_noted(stays: Actual) -> None:
    found = plan([], [project("default", by="us"), project("old", by="us"), stays], Options(prune=ours))
    assert not [each for each in found.changes if each.name in ("default", "n", "m")]
    assert len(found.notes) == 2
    assert steps(found.changes) == (["destroy old"] if stays.name == "m" else [])


def test_a_project_that_a_declared_vm_is_in_stays() -> None:
    found = plan([declared_vm("old/a", spec={})], [project("old", by="us")], Options(prune=ours))
    assert steps(found.changes) == ["create old/a"]


# -- applying a plan leaves nothing to plan

NAMES = st.sampled_from(["shop/a", "shop/b", "lab/a"])
TERMS = st.dictionaries(
    st.sampled_from([("spec", "vcpus"), ("spec", "memory"), ("spec", "cmdline"), ("labels", "a"), ("labels", "by")]),
    st.sampled_from([1, 2, None]),
)


@st.composite
def some_declared(draw: st.DrawFn) -> list[Declared]:
    found = [Declared(Kind.PROJECT, each, draw(TERMS), frozenset([("labels",)])) for each in ("shop", "lab")]
    for name in draw(st.sets(NAMES)):
        terms: dict[Path, Value | None] = {**draw(TERMS), ("spec", "vcpus"): draw(st.integers(1, 3))}
        if state := draw(st.sampled_from([None, "running", "stopped"])):
            terms[STATE] = state
        found.append(Declared(Kind.VM, name, terms, frozenset([("spec",), ("labels",)])))
    if draw(st.booleans()):
        host: dict[Path, Value | None] = {("labels", "a"): draw(st.sampled_from([None, "1"]))}
        found.append(Declared(Kind.HOST, "n", {**host, CORDONED: draw(st.sampled_from([None, True]))}))
    return found


@st.composite
def some_actual(draw: st.DrawFn) -> list[Actual]:
    found = [project(each) for each in draw(st.sets(st.sampled_from(["shop", "lab", "old"])))]
    ids = {each.name for each in found}
    for name in draw(st.sets(NAMES | st.sampled_from(["old/x"]))):
        if name.partition("/")[0] in ids:
            state = draw(st.sampled_from(sorted(VM_STATES)))
            terms = {path: value for path, value in draw(TERMS).items() if value}
            labels = {path[1]: str(value) for path, value in terms.items() if path[0] == "labels"}
            found.append(Actual(Kind.VM, name, "u", "e", {**terms, STATE: VM_STATES[state]}, labels, state))
    state = draw(st.sampled_from(["ACTIVE", "CORDONED"]))
    cordoned: dict[Path, Value] = {CORDONED: True} if state == "CORDONED" else {}
    return [*found, Actual(Kind.HOST, "n", terms=cordoned, state=state)]


def applied(actual: Sequence[Actual], changes: Sequence[Change]) -> list[Actual]:
    """What the control plane makes of it."""
    found = {(each.kind, each.name): each for each in actual}
    for change in changes:
        key = (change.kind, change.name)
        now = found.get(key, Actual(change.kind, change.name, state="STOPPED", terms={STATE: "stopped"}))
        assert (key in found) is (change.action is not Action.CREATE)
        terms: dict[Path, Value | None] = dict(now.terms)
        for each in change.fields:
            assert terms.get(each.path) == each.before
            terms[each.path] = each.after
        state = now.state
        match change.action:
            case Action.DESTROY:
                del found[key]
                continue
            case Action.CORDON | Action.UNCORDON:
                state = "CORDONED" if change.action is Action.CORDON else "ACTIVE"
            case Action.START | Action.RESUME:
                assert VM_STATES[state] != "running"
                state = "RUNNING"
            case Action.STOP:
                state = "STOPPED"
            case Action.UPDATE:
                if change.kind is Kind.VM and any(each.path[0] == "spec" for each in change.fields):
                    assert VM_STATES[state] == "stopped"
            case Action.CREATE if change.starts:
                state = "RUNNING"
                terms[STATE] = "running"
            case Action.CREATE:
                pass
        filled = {path: value for path, value in terms.items() if value is not None}
        labels = {path[1]: str(value) for path, value in filled.items() if path[0] == "labels"}
        found[key] = replace(now, terms=filled, state=state, labels=labels)
    return list(found.values())


@given(some_declared(), some_actual(), st.booleans())
def test_a_plan_that_is_carried_out_leaves_nothing_to_plan(
    declared: list[Declared], actual: list[Actual], prunes: bool
) -> None:
    options = Options(restart=True, prune=(lambda labels: labels.get("by") == "1") if prunes else None)
    first = plan(declared, actual, options)
    assert not first.conflicts
    after = applied(actual, first.changes)
    assert plan(declared, after, options).changes == []
    if not prunes:
        assert {(each.kind, each.name) for each in actual} <= {(each.kind, each.name) for each in after}


@given(some_declared(), some_actual())
def test_each_resource_changes_once_in_a_wave(declared: list[Declared], actual: list[Actual]) -> None:
    changes = plan(declared, actual, Options(restart=True)).changes
    ordered = waves(changes)
    assert sorted(map(id, changes)) == sorted(id(each) for wave in ordered for each in wave)
    for wave in ordered:
        of_vms = [each.name for each in wave if each.kind is Kind.VM]
        assert len(of_vms) == len(set(of_vms))


# -- messages of the API

TEXTS = st.sampled_from(["a", "b.c/d"])
AMOUNTS = st.integers(1, 1 << 20)
RULES = st.lists(st.sampled_from(["app=web", "app=web@rack", "app=web@host:2", "!x@zone:3"]), unique=True).map(
    lambda each: tuple(sorted(each))
)
PROJECT_TERMS = st.dictionaries(
    st.sampled_from([("title",), ("placement_policy",), ("zone_policies", "eu-1a"), ("labels", "b.c/d")]), TEXTS
)
SPARE_RULES = st.sampled_from(
    [("survive=1,within=host",), ("survive=1,within=host", "survive=2,within=rack,zone=eu-1a")]
)
QUOTAS = st.dictionaries(
    st.sampled_from([("quota", "vcpus"), ("quota", "memory"), ("quota", "disk"), ("quota", "gpu.a100")]), AMOUNTS
)
HOST_TERMS = st.fixed_dictionaries(
    {},
    optional={
        ("zone",): TEXTS,
        ("labels", "rack"): TEXTS,
        ("reserved", "memory"): AMOUNTS,
        ("ratios", "vcpus"): st.sampled_from([0.5, 4.0]),
        ("dedicated_project",): st.just("shop"),
    },
)
VM_TERMS = st.fixed_dictionaries(
    {("spec", "vcpus"): AMOUNTS},
    optional={
        ("labels", "tier"): TEXTS,
        ("lifetime",): st.sampled_from([1.5, 3600.0, 86400.0]),
        ("availability", "on_maintenance"): st.sampled_from(["restart", "stop"]),
        ("availability", "restart"): st.sampled_from(["host-failed", "always"]),
        ("availability", "attempts"): st.sampled_from([1, 100]),
        ("availability", "backoff"): st.sampled_from([1.5, 3600.0]),
        ("availability", "cooldown"): st.sampled_from([1.5, 86400.0]),
        ("availability", "priority"): st.sampled_from([-1000, 7]),
        ("availability", "after"): TEXTS,
        ("spec", "memory"): AMOUNTS,
        ("spec", "disk"): AMOUNTS,
        ("spec", "extended", "gpu.a100"): AMOUNTS,
        ("spec", "image"): TEXTS,
        ("spec", "placement", "require"): TEXTS,
        ("spec", "placement", "prefer"): st.sampled_from([("a=b:-5", "zone=a:50")]),
        ("spec", "placement", "together"): RULES,
        ("spec", "placement", "apart"): RULES,
        ("spec", "placement", "spread"): RULES,
        ("spec", "placement", "rather_apart"): RULES,
        ("spec", "placement", "host"): st.just("node-1"),
        ("spec", "placement", "avoid_hosts"): st.just(("node-2", "node-3")),
        ("spec", "placement", "numa_nodes"): st.integers(1, 8),
    },
)


def written(message: Any, terms: Mapping[Path, Value]) -> Mapping[Path, Value]:
    """The terms of a message that was made of terms, and again after they were taken away."""
    message.name = "projects/shop/vms/web-1" if isinstance(message, Vm) else "x/y"
    write(message, [FieldChange(path, None, value) for path, value in terms.items()])
    found = {path: value for path, value in actual_of(message).terms.items() if path not in (STATE, CORDONED)}
    write(message, [FieldChange(path, value, None) for path, value in found.items()])
    assert not {each for each in actual_of(message).terms if each not in (STATE, CORDONED)}
    return found


@given(PROJECT_TERMS, QUOTAS, st.dictionaries(st.just(("spare_capacity",)), SPARE_RULES))
def test_a_project_is_what_its_terms_say(
    texts: dict[Path, Value], quotas: dict[Path, Value], spare: dict[Path, Value]
) -> None:
    assert written(Project(), texts | quotas | spare) == texts | quotas | spare


@given(HOST_TERMS)
def test_a_host_is_what_its_terms_say(terms: dict[Path, Value]) -> None:
    host = Host()
    for resource_class in ("vcpus", "memory_mib"):
        host.inventory[resource_class].total = 1 << 30
    assert written(host, terms) == terms
    assert host.inventory["vcpus"].total == 1 << 30


@given(VM_TERMS)
def test_a_vm_is_what_its_terms_say(terms: dict[Path, Value]) -> None:
    expected = {path: value for path, value in terms.items() if value}
    assert written(Vm(), terms) == expected


def test_a_class_that_the_host_does_not_have_is_an_error() -> None:
    host = Host()
    host.inventory["memory_mib"].total = 1
    with pytest.raises(ValueError, match=r"the host has no gpu\.a100; it has memory"):
        write(host, [FieldChange(("reserved", "gpu.a100"), None, 1)])


@pytest.mark.parametrize(
    ("kind", "field", "path"),
    [
        (Kind.VM, "vm.labels[A.b/c]", ("labels", "A.b/c")),
        (Kind.VM, "vm.spec.resources.memory_mib", ("spec", "memory")),
        (Kind.VM, "vm.spec.resources.extended[gpu]", ("spec", "extended", "gpu")),
        (Kind.VM, "vm.spec.boot.image.image", ("spec", "image")),
        (Kind.VM, "vm.spec.placement.require", ("spec", "placement", "require")),
        (Kind.VM, "vm_id", ()),
        (Kind.VM, "", ()),
        (Kind.PROJECT, "project.quota.extended[gpu]", ("quota", "gpu")),
        (Kind.PROJECT, "project.quota.memory_mib", ("quota", "memory")),
        (Kind.PROJECT, "project.display_name", ("title",)),
        (Kind.HOST, "host.inventory[memory_mib].reserved", ("reserved", "memory")),
        (Kind.HOST, "host.inventory[vcpus].allocation_ratio", ("ratios", "vcpus")),
        (Kind.HOST, "something.else", ()),
    ],
)
def test_a_field_of_a_request_is_found_in_the_file(kind: Kind, field: str, path: Path) -> None:
    assert path_of(kind, field) == path


def test_whole_names() -> None:
    assert [whole(Kind.VM, "shop/a"), whole(Kind.HOST, "n"), whole(Kind.PROJECT, "p")] == [
        "projects/shop/vms/a",
        "hosts/n",
        "projects/p",
    ]
