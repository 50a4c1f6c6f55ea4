"""Every field of a VM and of a host comes out of a snapshot as it went in, those that few have at any time, too."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from controlplane.domain.host.aggregate import Drain, Fence, Host
from controlplane.domain.host.states import HostState
from controlplane.domain.time import Micros
from controlplane.domain.vm.aggregate import Vm
from controlplane.ledger.snapshots import codec
from tests.support.controlplane import World, inventory, register
from tests.support.trouble import MOVING
from tests.unit.projections.test_row_codec import FLAPPED, PLAIN, SELDOM, SPEC, with_trouble

times = st.integers(1, 1 << 60).map(Micros)
away = st.sampled_from([HostState.DOWN, HostState.FENCED])
drains = st.builds(
    Drain, st.integers(1, 9), st.integers(0, 3), st.integers(1, 100), st.booleans(), times, st.integers(0, 1000)
)
fences = st.builds(Fence, st.integers(1, 9), st.integers(1, 3), times)


@given(st.sampled_from([PLAIN, SELDOM, FLAPPED]).flatmap(with_trouble))
def test_a_vm_is_as_it_was(vm: Vm) -> None:
    assert codec.Reader().vm(codec.vm_message(vm, 0), SPEC) == vm


@given(st.none() | drains, st.none() | fences, st.none() | st.tuples(away, st.sampled_from(HostState), times))
def test_a_host_is_as_it_was(
    drain: Drain | None, fence: Fence | None, lost: tuple[HostState, HostState, Micros] | None
) -> None:
    host = _host()._replace(drain=drain, fence=fence)
    if lost:
        host = host._replace(state=lost[0], last_state=lost[1], lost=lost[2])
    assert codec.host_of(codec.host_message(host)) == host


def _host() -> Host:
    world = World()
    own = {"watchdog_us": 7_000_000, "tunnel_address": "10.9.0.1"}
    registration = replace(register("h", inventory(), zone="a"), traits=MOVING, **own)
    world.carry_out(registration)
    return world.fleet.hosts["uid-h"]
