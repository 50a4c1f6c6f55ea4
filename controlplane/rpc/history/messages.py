"""Steps of a VM's life, and changes of state, as API messages. Looks nothing up."""

from collections.abc import Iterator

from chronovisor.v1 import history_service_pb2 as api
from google.protobuf.message import Message

from controlplane.domain.fleet import Aggregate
from controlplane.domain.host.aggregate import Host
from controlplane.domain.project.aggregate import Project
from controlplane.domain.vm.aggregate import Vm
from controlplane.queries.events.reader import presented
from controlplane.queries.events.replay import Step
from controlplane.queries.events.state_changes import Change
from controlplane.rpc.host.messages import host_message
from controlplane.rpc.shared.convert import project_message, vm_message
from controlplane.rpc.shared.field_changes import field_changes
from controlplane.rpc.shared.resource_messages import resource_message


def step_message(step: Step) -> api.ReplayStep:
    before = vm_message(step.before) if step.before else None
    after = vm_message(step.after)
    rows = field_changes(before, after) if before else ()
    changes = [api.FieldChange(name=after.name, uid=after.uid, **row._asdict()) for row in rows]
    return api.ReplayStep(event=presented(step.recorded), before=before, after=after, changes=changes)


def change_messages(change: Change) -> Iterator[api.FieldChange]:
    """One for each field; one for a resource that came or went; none for what is as it was, or there at neither end."""
    named = change.after or change.before
    if named is None:
        return
    for row in field_changes(_message(change.before), _message(change.after)):
        yield api.FieldChange(name=named.name, uid=named.uid, **row._asdict())


def _message(aggregate: Aggregate | None) -> Message | None:
    match aggregate:
        case None:
            return None
        case Host():
            # Whether its agent is connected, and which rules it breaks, is of now alone.
            return host_message(aggregate, connected=False)
        case Project():
            return project_message(aggregate)
        case Vm():
            return vm_message(aggregate)
        case _:
            return resource_message(aggregate)
