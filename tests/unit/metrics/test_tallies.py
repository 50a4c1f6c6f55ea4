"""Counts and distributions: buckets as Prometheus has them, calls by code, events by type."""

import asyncio
import time

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.fleet import RecordedEvent
from controlplane.metrics.call_tallies import CallTallies
from controlplane.metrics.event_tallies import EventTallies
from controlplane.runtime.loop_lag import LoopLag
from controlplane.runtime.tallies import Histogram
from tests.support.exposition import Samples
from tests.support.families import text_of


def test_a_bucket_has_its_bound_and_all_below() -> None:
    found = Histogram((1, 2.5))
    for value in (0.5, 1, 2, 3):
        found.add(value)
    found.add(2.5, times=2)
    assert list(found.cumulative()) == [("1", 2), ("2.5", 5), ("+Inf", 6)]
    assert found.total == 11.5


def test_calls_are_counted_by_method_and_code() -> None:
    tallies = CallTallies()
    get, watch = tallies.of("/chronovisor.v1.VmService/GetVm"), tallies.of("/chronovisor.v1.VmService/WatchVms")
    get.answered(get.now())
    get.ended("NOT_FOUND")
    watch.opened(1)
    watch.opened(1)
    watch.opened(-1)
    watch.ended("CANCELLED")
    found = Samples(text_of(tallies.families()))
    vms = {"service": "chronovisor.v1.VmService"}
    assert found.value("rpc_calls_total", **vms, method="GetVm", code="OK") == 1
    assert found.value("rpc_calls_total", **vms, method="GetVm", code="NOT_FOUND") == 1
    assert found.value("rpc_seconds_count", **vms, method="GetVm") == 1
    assert found.value("rpc_streams_open", **vms, method="WatchVms") == 1
    assert found.value("rpc_streams_open", **vms, method="GetVm") is None


def passed(step: str) -> RecordedEvent:
    return RecordedEvent("vms/1", 1, ev.Event(vm_deadline_passed=ev.VmDeadlinePassed(step=step)))


def test_what_a_start_reads_of_the_past_is_not_counted() -> None:
    tallies = EventTallies()
    tallies.follow([passed("start")])
    tallies.begin()
    tallies.follow([passed("start"), passed("stop"), passed("stop")])
    found = Samples(text_of(tallies.families()))
    assert found.value("ledger_events_total", event="vm_deadline_passed") == 3
    assert found.value("ledger_events_total", event="vm_started") == 0
    assert found.value("deadlines_passed_total", step="stop") == 2
    assert found.value("deadlines_passed_total", step="migrate") == 0


async def test_a_loop_that_is_held_up_is_late() -> None:
    lag = LoopLag(every_s=0.001)
    task = asyncio.create_task(lag.run())
    await asyncio.sleep(0)
    # For so long nothing else runs.
    time.sleep(0.03)  # noqa: ASYNC251
    await asyncio.wait([task], timeout=0.01)
    task.cancel()
    assert lag.seconds.total >= 0.025
