"""The agent's steps and powers have the names that the control plane and the API have for them."""

import pytest
from chronovisor.v1 import agent_service_pb2, vm_pb2
from hostagent.control import desired_state, guest_report
from hostagent.converge.reconcile import DesiredPower, Step
from hostagent.drivers.base import Power
from hostagent.drivers.simulated.behaviour import STEPS

from controlplane.domain.vm.verbs import BY_STEP

CLASSES = Step.__subclasses__()


@pytest.mark.parametrize("step", CLASSES, ids=lambda step: step.__name__)
def test_a_step_that_fails_is_what_is_pending_in_the_control_plane(step: type[Step]) -> None:
    assert step.name in BY_STEP


def test_every_verb_that_agents_carry_out_has_a_step_which_every_simulated_host_can_delay() -> None:
    assert {step.name for step in CLASSES} == set(BY_STEP)
    delayed = {step.replace("_", "") for step in STEPS}
    # To break a migration off takes no time of its own.
    names = {"growdisk": "resizedisk"}
    steps = {names.get(step.__name__.lower(), step.__name__.lower()) for step in CLASSES}
    assert steps - {"abortmigration"} <= delayed


def test_every_desired_power_and_every_guest_state_of_the_api_is_known() -> None:
    powers = {number for number in agent_service_pb2.DesiredPower.values() if number}
    assert desired_state.POWERS.keys() == powers
    assert set(desired_state.POWERS.values()) == set(DesiredPower)
    assert guest_report.STATES.keys() == set(Power) - {Power.UNREADABLE, Power.ARRIVING}
    assert set(guest_report.STATES.values()) == {number for number in vm_pb2.GuestState.values() if number}
