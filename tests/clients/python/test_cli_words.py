"""Words for people: events, amounts, times, states."""

import pytest
from chronovisor.cli.text.event_words import WORDS, event_type, in_words
from chronovisor.cli.text.units import (
    age_text,
    amount_text,
    amounts_text,
    parse_disk,
    parse_memory,
    parse_seconds,
    seconds_text,
)
from chronovisor.events.v1 import event_pb2
from chronovisor.events.v1.event_pb2 import Amount, Event, Observation, Placement
from google.protobuf.message import Message

PAYLOADS = [field.name for field in Event.DESCRIPTOR.oneofs_by_name["payload"].fields]


def test_every_event_of_the_schema_has_words_and_no_other() -> None:
    assert set(WORDS) == set(PAYLOADS)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_an_empty_payload_still_has_words(payload: str) -> None:
    event = Event()
    message: Message = getattr(event, payload)
    message.SetInParent()
    assert in_words(event)
    assert event_type(event) == message.DESCRIPTOR.name


def test_an_event_of_a_newer_schema_is_not_an_error() -> None:
    assert in_words(Event()) == "something that this version has no words for"


HELD = Amount(vcpus=2, memory_mib=512)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (
            Event(
                vm_start_requested=event_pb2.VmStartRequested(
                    incarnation=2,
                    host="hosts/h1",
                    held=HELD,
                    placement=Placement(policy="best-fit", hosts_considered=3),
                )
            ),
            "start requested on hosts/h1 (incarnation 2, best-fit of 3 hosts); holds 2 vCPUs, 512 MiB memory more",
        ),
        (
            Event(
                vm_stopped=event_pb2.VmStopped(
                    cause=event_pb2.StopCause.STOP_CAUSE_CRASHED,
                    observed=Observation(detail="killed"),
                    released=HELD,
                )
            ),
            "crashed (killed); freed 2 vCPUs, 512 MiB memory",
        ),
        (Event(vm_stop_requested=event_pb2.VmStopRequested()), "stop requested, off at once"),
        (
            Event(vm_step_failed=event_pb2.VmStepFailed(step="start", error="no such image")),
            "start failed: no such image",
        ),
        (Event(vm_deadline_passed=event_pb2.VmDeadlinePassed(step="stop")), "stop took too long"),
        (Event(vm_deleted=event_pb2.VmDeleted(released=Amount(disk_gib=10))), "destroyed; freed 10 GiB disk"),
        (
            Event(
                host_registered=event_pb2.HostRegistered(name="hosts/h1", platform=event_pb2.Platform(virt_type="kvm"))
            ),
            "registered: nothing, kvm",
        ),
    ],
)
def test_events_in_words(event: Event, words: str) -> None:
    assert in_words(event) == words


@pytest.mark.parametrize(
    ("text", "mib"), [("512", 512), ("512MiB", 512), ("4GiB", 4096), ("4g", 4096), ("1.5 GiB", 1536), ("1T", 1 << 20)]
)
def test_memory_is_read_in_mib(text: str, mib: int) -> None:
    assert parse_memory(text) == mib


@pytest.mark.parametrize(("text", "gib"), [("10", 10), ("10GiB", 10), ("1TiB", 1024), ("2048MiB", 2), ("0", 0)])
def test_disk_is_read_in_gib(text: str, gib: int) -> None:
    assert parse_disk(text) == gib


@pytest.mark.parametrize("text", ["", "GiB", "-1", "1.3MiB", "10GB", "1e3", "0x10", "10 potatoes"])
def test_what_is_not_a_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"size|whole number"):
        parse_memory(text)


@pytest.mark.parametrize(("text", "seconds"), [("30", 30), ("30s", 30), ("2m", 120), ("1h", 3600), ("500ms", 0.5)])
def test_times_are_read_in_seconds(text: str, seconds: float) -> None:
    assert parse_seconds(text) == seconds


def test_amounts_are_written_in_their_largest_fitting_unit() -> None:
    assert [amount_text("memory_mib", each) for each in (0, 512, 1536, 2048, 20000)] == [
        "0 MiB",
        "512 MiB",
        "1536 MiB",
        "2 GiB",
        "19.5 GiB",
    ]
    assert [amount_text("disk_gib", each) for each in (10, 20480)] == ["10 GiB", "20.0 TiB"]
    assert amounts_text(1, 0, 0, {"gpu.a100": 2}) == "1 vCPU, 2 gpu.a100"
    assert amounts_text(0, 0, 0, {}) == "nothing"


def test_how_long_is_written_shortly() -> None:
    assert [seconds_text(each) for each in (0.44, 12, 185, 7800, 356400)] == [
        "0.4 s",
        "12 s",
        "3 min 5 s",
        "2 h 10 min",
        "4 d 3 h",
    ]
    assert [age_text(each) for each in (5, 300, 7200, 864000)] == ["5s", "5m", "2h", "10d"]
