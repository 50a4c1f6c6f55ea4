"""The event store: the `eventsourcing` application over our mapper and recorders. Blocks: use a thread."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from eventsourcing.application import Application
from eventsourcing.persistence import ApplicationRecorder, InfrastructureFactory, Mapper, Notification
from eventsourcing.popo import POPOFactory
from eventsourcing.utils import Environment, get_topic

from controlplane.domain.fleet import Recorded
from controlplane.ledger.mapper import ProtobufMapper
from controlplane.ledger.recorders import RECORDERS, LedgerRecorder

PAGE = 5_000


class _MemoryFactory(POPOFactory):
    """The library's in-memory factory takes no recorder topic; this one does."""

    def application_recorder(self) -> ApplicationRecorder:
        return RECORDERS["memory"][1]()


class Ledger(Application[str]):
    """All events, in one order. `url` is `sqlite:///PATH` or `memory:`."""

    name = "chronovisor"

    def __init__(self, url: str) -> None:
        scheme, _, rest = url.partition(":")
        if scheme not in RECORDERS:
            raise ValueError(f"a store is sqlite:///PATH or memory:, not {url!r}")
        module, recorder = RECORDERS[scheme]
        self.url = url
        environment = {
            "PERSISTENCE_MODULE": module,
            "ORIGINATOR_ID_TYPE": "text",
            "APPLICATION_RECORDER_TOPIC": get_topic(recorder),
        }
        if scheme == "sqlite":
            environment["SQLITE_DBNAME"] = rest.removeprefix("//")
        super().__init__(environment)

    def construct_factory(self, env: Environment) -> InfrastructureFactory[Any]:
        if self.url.startswith("memory:"):
            return _MemoryFactory(env)
        return super().construct_factory(env)

    def construct_mapper(self) -> Mapper[str]:
        return ProtobufMapper()

    def append(self, recorded: Sequence[Recorded]) -> Sequence[int]:
        """Stores all of them in one transaction, or none; returns their positions.

        Raises the library's IntegrityError when a stream has gone on since, and its other PersistenceErrors.
        """
        stored = [self.mapper.to_stored_event(each) for each in recorded]  # pyright: ignore[reportArgumentType]
        positions = self.recorder.insert_events(stored)
        assert positions is not None
        return positions

    def head(self) -> int:
        """The last position; 0 when there is none."""
        return self.recorder.max_notification_id() or 0

    def after(self, position: int, limit: int, stop: int | None = None, topics: Sequence[str] = ()) -> list[Recorded]:
        """Up to `limit` events after `position`, and not after `stop`, in order; only those of `topics`, if any."""
        found = self.recorder.select_notifications(position, limit, stop, topics, inclusive_of_start=False)
        return self._decoded(found)

    def all_after(self, position: int) -> Iterator[Recorded]:
        """Every event after `position`, read page by page."""
        while page := self.after(position, PAGE):
            yield from page
            position = page[-1].position

    def of_stream(self, stream: str, after: int = 0, limit: int = PAGE) -> list[Recorded]:
        """Up to `limit` events of one stream after a position, in order."""
        recorder = cast("LedgerRecorder", self.recorder)
        return self._decoded(recorder.select_stream(stream, after, limit))

    def _decoded(self, found: Sequence[Notification]) -> list[Recorded]:
        return [cast("Recorded", self.mapper.to_domain_event(each)) for each in found]
