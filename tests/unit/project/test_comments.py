"""Comments of the protos: everything has one, and every method says what it can be refused for."""

import pytest

from controlplane.domain.reasons import Reason
from docs import api_reference
from docs.api_reference import Part

METHODS = {each.name: each for each in api_reference.methods()}
LISTED = set[str]().union(*(api_reference.errors_of(each) for each in METHODS.values()))
# Of operations and VMs, in their messages.
OF_NO_CALL = {
    "CANCELLED",
    "DEADLINE_PASSED",
    "FENCE_FAILED",
    "GUEST_ENDED",
    "IMAGE_SOURCE_FAILED",
    "LAST_STEP_FAILED",
    # Of methods that a newer version has.
    "NOT_IMPLEMENTED",
    "STEP_FAILED",
    "SUPERSEDED",
    "VM_FAILED",
}


def uncommented(parts: list[Part]) -> list[str]:
    return [each.name for each in api_reference.every_part(parts) if not each.comment.strip()]


@pytest.mark.parametrize("file", api_reference.files())
def test_every_message_field_value_and_method_has_a_comment(file: str) -> None:
    assert uncommented(api_reference.files()[file]) == []


def test_a_comment_that_is_missing_is_found() -> None:
    vm = api_reference.files()["chronovisor/v1/vm.proto"][0]
    assert vm.short == "Vm"
    bare = Part("field", "chronovisor.v1.Vm.bare", vm.file, vm.proto, "")
    assert uncommented([Part("message", vm.name, vm.file, vm.proto, vm.comment, "", [bare])]) == [bare.name]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_lists_reasons_that_there_are_or_says_that_it_has_none(method: str) -> None:
    comment = METHODS[method].comment
    found = api_reference.errors_of(METHODS[method])
    assert found or "Errors: none of its own." in comment
    assert set(found) <= set(Reason)
    assert len(found) == len(set(found))
    assert not set(found) & set(api_reference.reasons_of_every_method())


def test_every_reason_is_of_a_method_of_all_or_of_operations() -> None:
    everywhere = set(api_reference.reasons_of_every_method())
    of_operations = set[str]().union(*api_reference.errors_by_method().values())
    assert LISTED | everywhere | of_operations | OF_NO_CALL == set(Reason)
    assert not (LISTED | everywhere) & OF_NO_CALL


def test_every_command_lists_what_all_commands_have() -> None:
    for method in METHODS.values():
        request = next(each for each in api_reference.every_part() if each.name == method.proto.input_type[1:])
        implemented = "NOT_IMPLEMENTED" not in api_reference.errors_of(method)
        if "request_id" in {each.short for each in request.of("field")} and implemented:
            common = {"INVALID_ACTOR", "INVALID_FIELD", "REQUEST_ID_REUSED", "CONCURRENT_CHANGE", "LEDGER_UNTRUSTED"}
            assert common <= set(api_reference.errors_of(method)), method.name


def test_every_field_of_a_request_says_its_behaviour() -> None:
    parts = {each.name: each for each in api_reference.every_part() if each.kind == "message"}
    pending = [each.proto.input_type[1:] for each in METHODS.values()]
    seen = set[str]()
    while pending:
        if (name := pending.pop()) in seen or name not in parts:
            continue
        seen.add(name)
        for each in parts[name].of("field"):
            oneof = each.proto.HasField("oneof_index") and not each.proto.proto3_optional
            assert oneof or list(api_reference.behaviors_of(each)) or is_observed(name), each.name
            pending.append(each.proto.type_name[1:])


OBSERVED = {
    "AgentRefusal",
    "HostDrain",
    "HostFence",
    "KeptSecret",
    "MigrationProgress",
    "NetworkAddress",
    "UnexpectedGuest",
    "VmMigration",
    "VmObservation",
    "VmRestart",
}


def is_observed(name: str) -> bool:
    """Messages that only servers and agents fill."""
    return name.rpartition(".")[2] in OBSERVED


def test_every_link_of_the_reference_leads_to_a_heading() -> None:
    pages = {path.name: text for path, text in api_reference.pages().items()}
    anchors = {
        page: {api_reference.anchor(line.lstrip("#").strip()) for line in text.splitlines() if line.startswith("#")}
        for page, text in pages.items()
    }
    links = 0
    for page, text in pages.items():
        for there, anchor in api_reference.LOCAL_LINK.findall(text):
            links += 1
            assert anchor in anchors[there or page], (page, there, anchor)
    assert links > 500
