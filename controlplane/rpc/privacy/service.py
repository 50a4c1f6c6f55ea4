"""PrivacyService: translates, calls, translates."""

import re
from typing import Protocol

from chronovisor.v1 import privacy_service_pb2 as api
from chronovisor.v1 import privacy_service_pb2_grpc

from controlplane.commands.secrets import ForgetPerson
from controlplane.domain.access.people import forgotten_name
from controlplane.rpc.dependencies import Commands, ServicerContext, actor_of, command_context
from controlplane.rpc.shared.validate import FieldRules

_PERSON = re.compile(r"user:[^\s~][^\x00-\x20\x7f]{0,254}")


class People(Protocol):
    """The people whom the ledger knows by pseudonyms."""

    def pseudonym_of(self, name: str) -> str: ...

    async def forget(self, pseudonym: str) -> None: ...


class PrivacyServicer(privacy_service_pb2_grpc.PrivacyServiceServicer):
    """What the ledger knows of people."""

    def __init__(self, commands: Commands, people: People) -> None:
        self._commands = commands
        self._people = people

    async def ForgetPerson(
        self, request: api.ForgetPersonRequest, context: ServicerContext
    ) -> api.ForgetPersonResponse:
        rules = FieldRules()
        named = _PERSON.fullmatch(request.person) is not None
        rules.check(named, "person", "must be user:NAME")
        rules.mutation("", request.reason)
        rules.check(not named or request.person not in request.reason, "reason", "must not have the name")
        rules.done()
        by = command_context(actor_of(context), reason=request.reason)
        pseudonym = self._people.pseudonym_of(request.person)
        command = ForgetPerson(request.person, pseudonym)
        await self._commands.enqueue(command, by, validate_only=request.validate_only)
        if not request.validate_only:
            await self._people.forget(pseudonym)
        return api.ForgetPersonResponse(shown_as=forgotten_name(pseudonym))
