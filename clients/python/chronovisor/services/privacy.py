"""What the ledger knows of people, and how that is forgotten."""

from typing import Generic, TypeVar

from chronovisor.services.base import Service
from chronovisor.v1 import privacy_service_pb2 as pb
from chronovisor.values import Options

Forgotten = TypeVar("Forgotten")


class PrivacyCalls(Service, Generic[Forgotten]):
    """The methods of PrivacyService."""

    def forget_person(self, person: str, *, reason: str = "", timeout: float | None = None) -> Forgotten:
        """Forgets the name of a person, `user:NAME`, for good. Raises InvalidArgument, NotFound."""
        options: Options = {} if timeout is None else {"timeout": timeout}
        return self._send(pb.ForgetPersonRequest(person=person, reason=reason), options)
