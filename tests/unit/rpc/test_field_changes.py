"""How two messages differ: every kind of field, and nothing left out."""

import pytest
from chronovisor.v1.host_pb2 import Host, HostPlatform, NumaNode
from chronovisor.v1.resources_pb2 import ResourceInventory, Resources
from chronovisor.v1.vm_pb2 import Vm, VmObservation, VmState
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from controlplane.rpc.shared.field_changes import Row, field_changes
from tests.unit.rpc.applied import applied, without_empty

VM = Vm(name="projects/p/vms/v", uid="1", labels={"tier": "web"})


@pytest.mark.parametrize(
    ("before", "after", "rows"),
    [
        (VM, VM, []),
        (None, None, []),
        (Vm(), Vm(incarnation=2), [Row("incarnation", "0", "2")]),
        (Vm(host="hosts/a"), Vm(), [Row("host", "hosts/a", "")]),
        (Vm(), Vm(state=VmState.VM_STATE_RUNNING), [Row("state", "VM_STATE_UNSPECIFIED", "VM_STATE_RUNNING")]),
        (Vm(), Vm(held=Resources(vcpus=2)), [Row("held.vcpus", "", "2")]),
        (Vm(held=Resources(vcpus=2)), Vm(held=Resources()), [Row("held.vcpus", "2", "0")]),
        (Vm(held=Resources()), Vm(), [Row("held", "{}", "")]),
        (Vm(), Vm(observed=VmObservation()), [Row("observed", "", "{}")]),
        (VM, Vm(name=VM.name, uid="1", labels={"tier": ""}), [Row("labels.tier", "web", '""')]),
        (Vm(), Vm(labels={"app.io/name": "x"}), [Row("labels.`app.io/name`", "", "x")]),
        (Vm(), Vm(create_time=Timestamp(seconds=1)), [Row("create_time", "", "1970-01-01T00:00:01Z")]),
        (Host(traits=["a"]), Host(traits=["a", "b"]), [Row("traits", '["a"]', '["a","b"]')]),
        (Host(numa_nodes=[NumaNode(vcpus=2)]), Host(), [Row("numa_nodes", '[{"vcpus":"2"}]', "")]),
        (
            Host(inventory={"gpu.a100": ResourceInventory(total=1)}),
            Host(inventory={"gpu.a100": ResourceInventory(total=2, allocation_ratio=1.5)}),
            [Row("inventory.`gpu.a100`.total", "1", "2"), Row("inventory.`gpu.a100`.allocation_ratio", "", "1.5")],
        ),
        (None, Vm(name="v"), [Row("", "", '{"name":"v"}')]),
        (Vm(name="v"), None, [Row("", '{"name":"v"}', "")]),
        (Host(agent_connected=True), Host(), [Row("agent_connected", "true", "false")]),
    ],
)
def test_each_kind_of_field_is_listed(before: Vm | Host | None, after: Vm | Host | None, rows: list[Row]) -> None:
    assert field_changes(before, after) == rows


words = st.sampled_from(["", "a", "b", "it's", "a.b/c", "`"])
amounts = st.integers(0, 3)
resources = st.builds(
    Resources,
    vcpus=amounts,
    memory_mib=amounts,
    extended=st.dictionaries(st.sampled_from(["gpu.a100", "nic"]), amounts),
)
hosts = st.builds(
    Host,
    name=words,
    state=st.integers(0, 3),
    inventory=st.dictionaries(
        st.sampled_from(["vcpus", "gpu.a100"]),
        st.builds(ResourceInventory, total=amounts, allocation_ratio=st.none() | st.sampled_from([0.0, 1.5])),
    ),
    capacity=st.none() | resources,
    platform=st.none() | st.builds(HostPlatform, architecture=words, images=st.lists(words, max_size=2)),
    labels=st.dictionaries(st.sampled_from(["k", "app.io/name"]), words),
    agent_connected=st.booleans(),
    create_time=st.none() | st.builds(Timestamp, seconds=st.integers(0, 9)),
    numa_nodes=st.lists(st.builds(NumaNode, vcpus=amounts, allocated=st.none() | resources), max_size=2),
)


@pytest.mark.slow
@given(st.none() | hosts, st.none() | hosts)
def test_the_changes_applied_to_what_was_give_what_is(before: Host | None, after: Host | None) -> None:
    rows = field_changes(before, after)
    assert bool(rows) == (before != after)
    found = applied(before, rows, Host)
    if after is None or found is None:
        assert found is after
    else:
        assert without_empty(found) == without_empty(after)
