"""What the API derives from the rows of verbs: the stream of commands, batches, and the servicer's methods."""

from chronovisor.v1 import vm_service_pb2 as api

from controlplane.domain.vm.verbs import GUEST_VERBS
from controlplane.rpc.vm import batches, command_stream
from controlplane.rpc.vm.requests import BY_REQUEST


def test_every_command_of_the_stream_is_a_verbs_or_creates_a_vm() -> None:
    commands = {each.name for each in api.ExecuteCommandsRequest.DESCRIPTOR.oneofs_by_name["command"].fields}
    assert command_stream.VERBS.keys() | {"create_vm"} == commands
    assert set(map(id, command_stream.VERBS.values())) == set(map(id, GUEST_VERBS.values()))
    assert command_stream.VERBS["start_vm"].method == "StartVm"


def test_every_verb_has_a_request_with_its_fields() -> None:
    for name, row in BY_REQUEST.items():
        assert name == f"{row.method}Request"
        fields = getattr(api, name).DESCRIPTOR.fields_by_name
        assert {"name", "etag", "request_id", "validate_only", "reason"} <= set(fields)


def test_every_batch_answers_with_its_own_message() -> None:
    assert {name: response.DESCRIPTOR.name for name, response in batches.RESPONSES.items()} == {
        f"Batch{verb}Vms": f"Batch{verb}VmsResponse" for verb in ("Create", "Start", "Stop", "Delete")
    }
