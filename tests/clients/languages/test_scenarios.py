"""The conformance scenarios as data: they can be read, and what no runner would understand is refused."""

import pytest

from clients.conformance.scenarios import BadScenario, load, read

GET = "call: chronovisor.v1.VmService/GetVm"


def file_with(step: str) -> str:
    return f"scenarios:\n  - name: one_scenario\n    steps:\n      - {step}\n"


def test_all_scenarios_can_be_read() -> None:
    assert load()


@pytest.mark.parametrize(
    ("step", "complaint"),
    [
        ("{call: chronovisor.v1.VmService/FindVm}", "there is no method 'chronovisor.v1.VmService/FindVm'"),
        ("{cal: chronovisor.v1.VmService/GetVm}", "must have exactly one of"),
        (f"{{{GET}, reponse: {{}}}}", "does not know reponse"),
        (f"{{{GET}, request: {{nam: x}}}}", "GetVmRequest has no field 'nam'"),
        (f"{{{GET}, response: {{spec: {{resources: {{vcpu: 1}}}}}}}}", "Resources has no field 'vcpu'"),
        (f"{{{GET}, response: {{}}, error: {{code: NOT_FOUND}}}}", "either a response or an error"),
        (f"{{{GET}, error: {{status: NOT_FOUND}}}}", "does not know status"),
        ("{list: chronovisor.v1.VmService/ListVms}", "list needs items"),
        ("{list: chronovisor.v1.VmService/ListVms, items: vm}", "has no list 'vm'"),
        ("{collect: events}", "no step before it watches as 'events'"),
        ("{connect: {address: x}}", "does not know address"),
        ("{sleep_s: 1, sleep_s: 2}", "is there twice"),
    ],
)
def test_a_step_that_no_runner_would_understand_is_refused(step: str, complaint: str) -> None:
    with pytest.raises(BadScenario, match=r"file\.yaml: ") as error:
        read("file.yaml", file_with(step))
    assert complaint in str(error.value)


def test_a_complaint_says_which_scenario_and_step_it_is_about() -> None:
    with pytest.raises(BadScenario, match=r"file\.yaml: one_scenario: step 1: "):
        read("file.yaml", file_with("{sleep: 1}"))


def test_repetitions_are_written_out() -> None:
    text = file_with(
        f"{{{GET}, request: {{name: '${{x*3}}'}}, save: {{$repeat: 2, key: 'k${{n}}', value: 'v${{n}}'}}}}"
    )
    (scenario,) = read("file.yaml", text)
    assert scenario.steps[0]["request"] == {"name": "xxx"}
    assert scenario.steps[0]["save"] == {"k0": "v0", "k1": "v1"}


def test_the_conductors_variables_are_filled_in_and_others_are_left() -> None:
    (scenario,) = read("file.yaml", file_with(f"{{{GET}, request: {{name: '${{vm}}/${{other}}'}}}}"))
    assert scenario.prepared({"vm": "projects/p/vms/web"}, 1.0)[0]["request"] == {"name": "projects/p/vms/web/${other}"}


def test_what_is_waited_for_is_waited_for_patiently_and_what_must_time_out_is_not() -> None:
    text = "scenarios:\n  - name: waits\n    steps:\n      - {wait: x, timeout_s: 2}\n"
    text += "      - {wait: x, timeout_s: 2, error: {code: DEADLINE_EXCEEDED}}\n"
    (scenario,) = read("file.yaml", text)
    assert [each["timeout_s"] for each in scenario.prepared({}, 3.0)] == [6, 2]
