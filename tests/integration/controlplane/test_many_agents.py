"""Hundreds of agents at one control plane: their heartbeats are no events, and all of them can come back at once."""

from pathlib import Path

import pytest
from chronovisor.v1 import vm_service_pb2

from controlplane.domain.vm.states import VmState
from tests.integration.controlplane.plane import ACTOR, DEFAULT, a_vm, running
from tests.support.agent_fleet import AgentFleet
from tests.support.waiting import patient, until

AGENTS, VMS = 300, 200
WITHIN_S = patient(30.0)

pytestmark = pytest.mark.slow


def a_batch() -> vm_service_pb2.BatchCreateVmsRequest:
    requests = [
        vm_service_pb2.CreateVmRequest(vm_id=f"vm-{number}", vm=a_vm(disk_gib=1), start=True) for number in range(VMS)
    ]
    return vm_service_pb2.BatchCreateVmsRequest(parent=DEFAULT, requests=requests)


async def test_hundreds_of_agents_come_back_at_once_after_a_restart_and_nothing_is_refused(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'ledger.db'}"
    async with running(store) as plane:
        address = f"127.0.0.1:{plane.control_plane.port}"
        async with AgentFleet(address, AGENTS, heartbeat_s=2.0) as fleet:
            await fleet.until_settled(WITHIN_S)
            await plane.vms.BatchCreateVms(a_batch(), metadata=ACTOR)

            async def are_running() -> bool:
                vms = plane.control_plane.reads.inventory.vms.values()
                return sum(vm.state is VmState.RUNNING for vm in vms) == VMS

            await until(are_running, WITHIN_S)
            position, renewals = plane.control_plane.reads.position, fleet.renewals
            await fleet.until(lambda: fleet.renewals >= renewals + 2 * AGENTS, WITHIN_S)
            assert plane.control_plane.reads.position == position, "heartbeats are no events"
            await plane.control_plane.close(grace_s=0.0)
            async with running(store, listen=address) as again:
                await fleet.until_settled(WITHIN_S)
                renewals = fleet.renewals
                await fleet.until(lambda: fleet.renewals >= renewals + AGENTS, WITHIN_S)
                # All that they reported was known already.
                assert again.control_plane.reads.position == position
                assert fleet.refused == {}
