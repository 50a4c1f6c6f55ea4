"""Nothing of the API is without a conformance scenario: no method, and no reason of a refusal. Starts nothing."""

from chronovisor.v1.error_reason_pb2 import ErrorReason

from clients.conformance import scenarios, shapes

SCENARIOS = scenarios.load()
# No caller can bring these about by calls alone: a proxy answers with them instead of the server, in played.yaml.
PLAYED = {
    "AGENT_QUARANTINED": "an agent must contradict itself hundreds of times about a guest that it was given",
    "CERTIFICATE_EXPIRED": "a certificate must be at its end on a connection that is open",
    "CERTIFICATE_REVOKED": "a host must have joined by mutual TLS",
    "CONCURRENT_CHANGE": "another process must write to the ledger at the same moment, again and again",
    "CONSOLE_UNAVAILABLE": "an agent must be gone, or silent, while its host has a VM that runs",
    "INTERNAL": "a fault of the server",
    "IMAGE_STORE_FULL": "the control plane's disk must be full",
    "IMAGE_UNAVAILABLE": "the bytes of an image must be gone",
    "ISSUER_UNAVAILABLE": "an issuer must not answer",
    "LEDGER_UNAVAILABLE": "the ledger's database must go away",
    "FENCE_FAILED": "a machine must stay on that its fencer is to power off",
    "NOT_IMPLEMENTED": "a client must have a method that the server does not",
    "NOT_LEADER": "no server gives it yet",
    "RATE_LIMITED": "a principal must send ten thousand calls at once",
    "PROJECTION_BEHIND": "the writer of read models must be held up for seconds",
    "PROJECTION_REBUILDING": "the read database must be damaged while it is used",
    "PROJECTION_UNREADABLE": "the read database must be damaged while it is used",
    "SECRETS_UNAVAILABLE": "the key management service must go away",
    "VM_DISK_IN_USE": "an agent must take its time with a disk",
    "SEAL_NOT_FOUND": "a seal must be removed from the ledger",
}


def reasons() -> set[str]:
    return {name.removeprefix("ERROR_REASON_") for name in ErrorReason.keys()} - {"UNSPECIFIED"}  # noqa: SIM118


def test_every_method_has_a_scenario() -> None:
    methods = {
        f"{service.full_name}/{method.name}" for service in shapes.TODAY.services() for method in service.methods
    }
    assert methods - {method for each in SCENARIOS for method in each.methods()} == set()


def test_every_reason_of_a_refusal_has_a_scenario() -> None:
    met = {reason for each in SCENARIOS if each.file != "played.yaml" for reason in each.reasons()}
    assert reasons() - met == set(PLAYED)


def test_what_cannot_be_provoked_is_played() -> None:
    played = {reason for each in SCENARIOS if each.file == "played.yaml" for reason in each.reasons()}
    assert set(PLAYED) - played == set()


def test_scenarios_expect_no_reason_that_there_is_not() -> None:
    # One stands for all that come later.
    assert {reason for each in SCENARIOS for reason in each.reasons()} - reasons() == {"MOON_IS_FULL"}


def test_every_method_that_can_be_checked_only_is() -> None:
    fields = {
        f"{service.full_name}/{method.name}"
        for service in shapes.TODAY.services()
        for method in service.methods
        if "validate_only" in method.input_type.fields_by_name
    }
    rows = {
        str(step["call"])
        for each in SCENARIOS
        for step in each.steps
        if "call" in step and dict(step.get("request") or {}).get("validateOnly")
    }
    assert {method.partition("/")[2] for method in fields - rows} == set()
