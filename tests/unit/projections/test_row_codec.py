"""The text of rows: what was written before is read as before, and what is written is the same, byte for byte."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlplane.domain.host.numa import NumaCell
from controlplane.domain.resources import Resources
from controlplane.domain.time import Micros
from controlplane.domain.vm.aggregate import DiskMove, Migration, MigrationPhase, Observed, Pending, Spec, UserData, Vm
from controlplane.domain.vm.availability import (
    DEFAULT_AVAILABILITY,
    Availability,
    OnMaintenance,
    Restart,
    RestartWhen,
)
from controlplane.domain.vm.states import Desired, VmState
from controlplane.projections.history import row_codec, vm_rows
from controlplane.projections.history.row_codec import HeldAmounts

SPEC = Spec(Resources(2, 2048, 10, (("gpu", 1),)), "tiny")
PLAIN = Vm(
    "uid-1",
    "projects/p/vms/one",
    "uid-p",
    SPEC,
    (("app", "web"), ("tier", "é")),
    Micros(1),
    Micros(1790000000000002),
    version=3,
    state=VmState.RUNNING,
    desired=Desired.RUNNING,
    incarnation=1,
    host_uid="uid-h",
    host="hosts/h",
    held=SPEC.resources,
    observed=Observed(3, Micros(1790000000000001), "up"),
    desired_version=2,
    started=Micros(1790000000000000),
)
SELDOM = PLAIN._replace(
    state=VmState.STOPPED,
    desired=Desired.STOPPED,
    held=SPEC.resources.disk,
    pending=Pending("start", 4, Micros(1790000000000005)),
    observed=None,
    failure='no "image"\n\x7f \u2028 \U0001d11e é',
    reboots=1,
    force_reboot=True,
    grace_period_s=1e-05,
    expected_lifetime_us=60_000_000,
)
FLAPPED = SELDOM._replace(flaps=2, paused=True, held=Resources(), grace_period_s=2.5, failure="")
# As the releases wrote them that put such rows together by hand.
WRITTEN_BEFORE = [
    (
        PLAIN,
        '["uid-p","uid-h","hosts/h",1790000000000002,3,4,1,1,2,2,1790000000000000,null,[3,1790000000000001,"up"]]',
    ),
    (
        SELDOM,
        '["uid-p","uid-h","hosts/h",1790000000000002,3,2,2,1,2,1,1790000000000000,["start",4,1790000000000005],null,'
        '"no \\"image\\"\\n\\u007f \\u2028 \\ud834\\udd1e \\u00e9",1,1,0,1e-05,60000000]',
    ),
    (
        FLAPPED,
        '["uid-p","uid-h","hosts/h",1790000000000002,3,2,2,1,2,0,1790000000000000,["start",4,1790000000000005],null,'
        '"",1,1,1,2.5,60000000,2]',
    ),
]


def row_of(vm: Vm) -> tuple[object, ...]:
    rest = vm_rows.rest_of(vm, HeldAmounts().of(vm.held))
    return vm.uid, vm.name, vm_rows.labels_text(vm.labels), vm.created, 0, rest


@pytest.mark.parametrize(("vm", "stored"), WRITTEN_BEFORE)
def test_rows_of_vms_that_were_written_before(vm: Vm, stored: str) -> None:
    assert vm_rows.rest_of(vm, HeldAmounts().of(vm.held)) == stored
    labels = '{"app": "web", "tier": "\\u00e9"}'
    assert vm_rows.labels_text(vm.labels) == labels
    assert vm_rows.vms_of([(vm.uid, vm.name, labels, vm.created, 0, stored)], lambda _: {0: SPEC}) == [vm]


@pytest.mark.parametrize(
    ("resources", "stored"),
    [
        (Resources(), "{}"),
        (Resources(2, 1024, 10), '{"vcpus": 2, "memory_mib": 1024, "disk_gib": 10}'),
        (Resources(disk_gib=10), '{"disk_gib": 10}'),
        (
            Resources(0, 1, 0, (("gpu", 2), ("x/é", 1 << 64))),
            '{"memory_mib": 1, "gpu": 2, "x/\\u00e9": 18446744073709551616}',
        ),
    ],
)
def test_amounts_that_were_written_before(resources: Resources, stored: str) -> None:
    assert row_codec.amounts(resources) == stored
    assert row_codec.resources_of(stored) == resources


@pytest.mark.parametrize(("cells", "stored"), [((), "[]"), ((NumaCell(1, 512), NumaCell(0, 0)), "[[1, 512], [0, 0]]")])
def test_numa_nodes_that_were_written_before(cells: tuple[NumaCell, ...], stored: str) -> None:
    assert row_codec.cells_text(cells) == stored
    assert row_codec.cells_of(stored) == cells


# Protobuf, from which all text comes, has no half of a surrogate pair.
texts = st.text(st.characters(exclude_categories=("Cs",)))
values: st.SearchStrategy[Any] = st.recursive(
    st.integers() | texts | st.none() | st.booleans(), lambda inner: st.lists(inner) | st.dictionaries(texts, inner)
)


@pytest.mark.slow
@given(values)
def test_json_is_what_python_writes(value: Any) -> None:
    assert row_codec.spaced_json(value) == json.dumps(value)
    assert row_codec.compact_json(value) == json.dumps(value, separators=(",", ":"))


amounts = st.builds(
    Resources,
    st.integers(0, 9),
    st.integers(0, 1 << 62),
    st.integers(0, 9),
    st.sampled_from([(), (("gpu.a100", 2), ("x/é", 1 << 62))]),
)
observations = st.builds(Observed, st.integers(0, 9), st.just(Micros(1 << 62)), texts)
migrations = st.builds(
    Migration,
    texts,
    texts,
    st.integers(1, 9),
    amounts,
    st.sampled_from(DiskMove),
    st.sampled_from(MigrationPhase),
    st.none() | observations,
    st.booleans(),
    st.booleans(),
    st.dictionaries(texts, texts).map(lambda address: tuple(sorted(address.items()))),
    st.integers(0, 1 << 40),
    st.booleans(),
)
availabilities = st.just(DEFAULT_AVAILABILITY) | st.builds(
    Availability,
    st.sampled_from(OnMaintenance),
    st.sampled_from(RestartWhen),
    st.integers(1, 100),
    st.integers(0, 1 << 60),
    st.integers(0, 1 << 60),
    st.integers(-100, 100),
    texts,
)


def with_trouble(vm: Vm) -> st.SearchStrategy[Vm]:
    """The same VM with what few have at any time, or with nothing of it."""
    state = st.sampled_from([vm.state, VmState.MIGRATING, VmState.UNKNOWN])
    last_states = st.sampled_from([VmState.RUNNING, VmState.MIGRATING, VmState.DELETING])
    return st.builds(
        vm._replace,
        availability=availabilities,
        migration=st.none() | migrations,
        restart=st.none() | st.builds(Restart, st.integers(0, 9), st.just(Micros(1 << 62))),
        attempts=st.integers(0, 3),
        restarts=st.booleans(),
        state=state,
        last_state=last_states,
        user_data=st.none() | st.builds(UserData, st.integers(1, 9), st.integers(1, 65536), st.binary(max_size=32)),
        deletion_protection=st.booleans(),
    ).map(lambda vm: vm if vm.state is VmState.UNKNOWN else vm._replace(last_state=VmState.STOPPED))


@given(
    st.builds(
        PLAIN._replace,
        labels=st.dictionaries(texts, texts).map(lambda labels: tuple(sorted(labels.items()))),
        pending=st.none() | st.builds(Pending, texts, st.integers(0, 1 << 62), st.just(Micros(7))),
        observed=st.none() | st.builds(Observed, st.integers(0, 9), st.just(Micros(1 << 62)), texts),
        failure=texts,
        grace_period_s=st.floats(0, allow_nan=False, allow_infinity=False),
        flaps=st.integers(0, 3),
        paused=st.booleans(),
    ).flatmap(with_trouble)
)
def test_a_vm_is_read_as_it_was_written(vm: Vm) -> None:
    assert vm_rows.vms_of([row_of(vm)], lambda _: {0: SPEC}) == [vm]


@pytest.mark.parametrize("stored", ["", "[", '["uid-p"]', "{}", WRITTEN_BEFORE[0][1].replace("null", '"x"')])
def test_a_row_that_is_not_as_it_was_written_is_an_error(stored: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        vm_rows.vms_of([("uid", "name", "{}", 1, 0, stored)], lambda _: {0: SPEC})
