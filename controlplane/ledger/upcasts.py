"""Old events as today's code knows them: applied on read, by topic. Stored bytes never change, and seals cover those.

A field that was added needs nothing here: old bytes have its default, which must mean what the old event meant.
An event type that was superseded has one row: from its bytes to the event that took its place.
"""

from collections.abc import Callable, Mapping

from chronovisor.events.v1 import event_pb2 as ev

Upcast = Callable[[ev.Event], ev.Event]

# By the topic of the superseded event. None has been superseded yet.
UPCASTS: Mapping[str, Upcast] = {}
