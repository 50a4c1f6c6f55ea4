"""Agents that were refused as a host's: the last of each host, for its operators. Kept in memory, for a while."""

import logging
from dataclasses import dataclass

from chronovisor.v1.host_pb2 import AgentRefusal

from controlplane.domain.errors import DomainError
from controlplane.domain.time import SECOND, Micros, timestamp_of
from controlplane.rpc.errors import reason_of

log = logging.getLogger(__name__)
KEPT_S = 600
# An agent tries again every 15 s, for ever.
LOGGED_EVERY_S = 600


@dataclass(slots=True)
class _Refusal:
    error: DomainError
    peer: str
    machine_ids: tuple[str, ...]
    at: Micros
    logged: Micros
    count: int = 1


class AgentRefusals:
    """By the host's name."""

    def __init__(self) -> None:
        self._last: dict[str, _Refusal] = {}

    def note(self, host: str, error: DomainError, peer: str, machine_ids: tuple[str, ...], now: Micros) -> None:
        before = self._last.get(host)
        again = before is not None and reason_of(before.error) == reason_of(error)
        count = before.count + 1 if before and again else 1
        logged = before.logged if before and again else Micros(0)
        if now - logged >= LOGGED_EVERY_S * SECOND:
            logged = now
            log.warning("%s: an agent at %s is refused: %s", host, peer, error)
        self._last[host] = _Refusal(error, peer, machine_ids, now, logged, count)

    def forget(self, host: str) -> None:
        self._last.pop(host, None)

    def of(self, host: str, now: Micros) -> AgentRefusal | None:
        """The last one, unless it is long ago."""
        last = self._last.get(host)
        if last is None or now - last.at > KEPT_S * SECOND:
            return None
        return AgentRefusal(
            refuse_time=timestamp_of(last.at),
            reason=reason_of(last.error),
            message=str(last.error),
            peer=last.peer,
            machine_ids=last.machine_ids,
            count=last.count,
        )
