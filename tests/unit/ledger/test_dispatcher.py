"""The dispatcher: every follower, in order, and whoever waits."""

import asyncio
import gc
import weakref
from collections.abc import Sequence
from pathlib import Path

import pytest
from chronovisor.events.v1 import event_pb2 as ev

from controlplane.bootstrap import ControlPlane
from controlplane.config import Settings
from controlplane.domain.errors import PositionAhead
from controlplane.domain.fleet import FleetState, RecordedEvent
from controlplane.domain.time import Micros
from controlplane.domain.vm.limits import Limits
from controlplane.ledger.events.dispatcher import EventDispatcher, Phase


def batch(*positions: int, stream: str = "vms/a") -> list[RecordedEvent]:
    return [RecordedEvent(stream, position, ev.Event(), position=position) for position in positions]


def test_every_follower_gets_every_batch_in_order_before_the_position_moves() -> None:
    dispatcher = EventDispatcher()
    seen: list[tuple[str, int, int]] = []
    for name in ("one", "two"):

        def follow(events: Sequence[RecordedEvent], name: str = name) -> None:
            seen.append((name, events[-1].position, dispatcher.position))

        dispatcher.register(Phase.READ_MODELS, follow)
    dispatcher.publish(batch(1, 2))
    dispatcher.publish(batch(5))
    assert seen == [("one", 2, 0), ("two", 2, 0), ("one", 5, 2), ("two", 5, 2)]
    assert dispatcher.position == 5


def test_followers_are_called_phase_by_phase_in_whatever_order_they_came() -> None:
    dispatcher = EventDispatcher()
    called: list[Phase] = []
    for phase in (Phase.STREAMS, Phase.READ_MODELS, Phase.PROCESSES, Phase.CHECKS, Phase.READ_MODELS):
        dispatcher.register(phase, lambda _events, phase=phase: called.append(phase))
    dispatcher.publish(batch(1))
    assert called == [Phase.READ_MODELS, Phase.READ_MODELS, Phase.CHECKS, Phase.PROCESSES, Phase.STREAMS]


def test_a_snapshot_goes_to_those_that_can_begin_from_one_in_the_same_order() -> None:
    dispatcher = EventDispatcher()
    begun: list[Phase] = []
    for phase in (Phase.STREAMS, Phase.READ_MODELS):
        dispatcher.register(phase, lambda _events: None, lambda _state, phase=phase: begun.append(phase))
    dispatcher.register(Phase.CHECKS, lambda _events: None)
    dispatcher.restore(FleetState([], [], [], {}, 7, Micros(9)))
    assert begun == [Phase.READ_MODELS, Phase.STREAMS]
    assert (dispatcher.position, dispatcher.time) == (7, 9)


async def test_the_control_plane_calls_its_followers_in_the_stated_order(tmp_path: Path) -> None:
    control_plane = ControlPlane(Settings("127.0.0.1:0", "memory:", tmp_path, Limits(), insecure=True))
    assert [(each.phase.name, each.follow.__qualname__) for each in control_plane.dispatcher.followers] == [
        ("READ_MODELS", "Projector.follow"),
        ("READ_MODELS", "Inventory.apply"),
        ("READ_MODELS", "Utilization.apply"),
        ("READ_MODELS", "MetricsStore.apply"),
        ("READ_MODELS", "ServiceAccountTokens.follow"),
        ("READ_MODELS", "AccessFollower.follow"),
        ("READ_MODELS", "KnownCredentials.follow"),
        ("CHECKS", "TotalsChecks.follow"),
        ("PROCESSES", "Leases.follow"),
        ("PROCESSES", "Strays.follow"),
        ("PROCESSES", "AgentServicer.follow"),
        ("PROCESSES", "Deadlines.follow"),
        ("PROCESSES", "Restarts.follow"),
        ("PROCESSES", "Draining.follow"),
        ("PROCESSES", "Rebalancing.follow"),
        ("PROCESSES", "Fencing.follow"),
        ("PROCESSES", "Forgetting.follow"),
        ("PROCESSES", "ImageCare.follow"),
        ("PROCESSES", "ImageImports.follow"),
        ("PROCESSES", "ConsoleSessions.follow"),
        ("STREAMS", "LiveTail.follow"),
        ("STREAMS", "HeadPublisher.follow"),
        ("STREAMS", "EventTallies.follow"),
    ]


async def test_a_position_is_waited_for_until_it_comes() -> None:
    dispatcher = EventDispatcher()
    waiting = asyncio.create_task(dispatcher.reach(3, 10.0))
    await asyncio.sleep(0)
    dispatcher.publish(batch(1, 2))
    await asyncio.sleep(0)
    assert not waiting.done()
    dispatcher.publish(batch(4))
    await waiting
    await dispatcher.reach(4, 0.0)


async def test_a_position_that_does_not_come_is_ahead() -> None:
    dispatcher = EventDispatcher()
    dispatcher.publish(batch(7))
    with pytest.raises(PositionAhead) as refused:
        await dispatcher.reach(9, 0.01)
    assert (refused.value.position, refused.value.head) == (9, 7)


async def test_a_watcher_hears_of_its_own_stream_only() -> None:
    dispatcher = EventDispatcher()
    mine, again, other = dispatcher.changed("vms/a"), dispatcher.changed("vms/a"), dispatcher.changed("vms/b")
    dispatcher.publish(batch(1, stream="vms/a"))
    assert (mine.done(), again.done(), other.done()) == (True, True, False)
    other.cancel()
    dispatcher.publish(batch(2, stream="vms/b"))


async def test_a_watcher_that_was_cancelled_is_not_kept() -> None:
    dispatcher = EventDispatcher()
    watchers = [dispatcher.changed(f"vms/{number}") for number in range(3)]
    refs = [weakref.ref(each) for each in watchers]
    while watchers:
        watchers.pop().cancel()
    await asyncio.sleep(0)
    gc.collect()
    assert [ref() for ref in refs] == [None, None, None]
