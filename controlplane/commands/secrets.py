"""The commands of forgetting: the secrets of a destroyed VM, and the name of a person."""

from dataclasses import dataclass

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.access.people import PREFIX, people_stream
from controlplane.domain.command import Command
from controlplane.domain.errors import NotFound
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm.secrets import secrets_stream


@dataclass(frozen=True, slots=True)
class ForgetVmSecrets(Command[None]):
    """Of a VM that is destroyed. Its key is destroyed once this is committed."""

    vm_uid: str


def forget(unit: UnitOfWork, command: ForgetVmSecrets) -> None:
    """Two servers can't record the same twice: the second's has the version of the first's."""
    unit.record(secrets_stream(command.vm_uid), [ev.SecretsForgotten(vm_uid=command.vm_uid)], 1)


@dataclass(frozen=True, slots=True)
class ForgetPerson(Command[None]):
    """Of a person, and the pseudonym: empty where there is none. Its key is destroyed once this is committed."""

    person: str
    pseudonym: str


def forget_person(unit: UnitOfWork, command: ForgetPerson) -> None:
    """As `forget`. Raises NotFound."""
    if not command.pseudonym:
        raise NotFound("person", command.person)
    digits = command.pseudonym.removeprefix(PREFIX)
    unit.record(people_stream(command.pseudonym), [ev.PersonForgotten(pseudonym=digits)], 1)
