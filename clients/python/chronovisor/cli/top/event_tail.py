"""Events as they are committed, on a thread of their own, and whether the connection is there. Resumes by itself."""

import threading
from collections.abc import Callable

from chronovisor.client import Client
from chronovisor.errors import ChronovisorError
from chronovisor.events.v1.event_pb2 import Event
from chronovisor.streams.resumable import Status
from chronovisor.streams.resumable import Watch as Events


class EventTail:
    """`on_event`, `on_status` and `on_end` are called on the thread. It ends by itself only where it is refused."""

    def __init__(
        self,
        client: Client,
        after: int,
        on_event: Callable[[Event], None],
        on_status: Callable[[Status], None],
        on_end: Callable[[ChronovisorError], None],
    ) -> None:
        self._watch: Events[Event] = client.watch_events(after=after, on_status=on_status)
        self._on_event = on_event
        self._on_end = on_end
        self._thread = threading.Thread(target=self._run, name="events", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            for event in self._watch:
                self._on_event(event)
        except ChronovisorError as error:
            self._on_end(error)

    def close(self) -> None:
        self._watch.close()
        self._thread.join()
