"""The credentials of all hosts as they are now: what proves that an agent is a host's, and what does not any more."""

from collections.abc import Sequence

from controlplane.domain.errors import NotFound
from controlplane.domain.fleet import FleetState, RecordedEvent
from controlplane.domain.host import credentials
from controlplane.domain.host.credentials import STREAM, HostCredentials
from controlplane.domain.time import SECOND, Micros


class KnownCredentials:
    """By the host's id. Follows the dispatcher."""

    def __init__(self) -> None:
        self._by_host: dict[str, HostCredentials] = {}

    def follow(self, batch: Sequence[RecordedEvent]) -> None:
        for recorded in batch:
            if host_id := host_of(recorded):
                before = self._by_host.get(host_id)
                self._by_host[host_id] = credentials.evolve(before, host_id, recorded.event, recorded.version)

    def restore(self, state: FleetState) -> None:
        self._by_host = {each.host_id: each for each in state.host_credentials}

    def find(self, host_id: str) -> HostCredentials | None:
        return self._by_host.get(host_id)

    def of(self, host_id: str) -> HostCredentials:
        """Raises NotFound where nothing is known."""
        found = self._by_host.get(host_id)
        if found is None:
            raise NotFound("host", f"hosts/{host_id}")
        return found

    def is_revoked(self, host_id: str, fingerprint: str, issued_s: float) -> bool:
        """Whether a certificate that is the host's by its signature proves nothing any more."""
        found = self._by_host.get(host_id)
        return found is not None and found.is_revoked(fingerprint, Micros(int(issued_s * SECOND)))


def host_of(recorded: RecordedEvent) -> str:
    """The id of the host whose credentials an event is about; empty for all other events."""
    kind, _, host_id = recorded.stream.partition("/")
    return host_id if kind == STREAM else ""
