"""What an agent measures of guests, as it sends it."""

from hostagent.control.sampler import heartbeat_of, with_stopped
from hostagent.drivers.base import GuestRef, GuestSample, HostSample, InterfaceSample, Samples, StoppedFrames, VmUid
from hostagent.network import names

UID = VmUid("01900000-0000-7000-8000-0123456789ab")
SAMPLES = Samples(
    1_000_000_000,
    HostSample(),
    (
        GuestSample(GuestRef(UID, 1), interfaces=(InterfaceSample(0, 5, 7), InterfaceSample(1))),
        GuestSample(GuestRef(VmUid("other"), 1)),
    ),
)


def test_a_tap_has_the_index_of_its_card() -> None:
    for index in (0, 7, 12):
        assert names.tap_index(names.tap(UID, index), UID) == index
    for other in (names.tap(UID.replace("a", "c"), 0), "cvt", "vnet0", names.tap(UID, 0)[:-1], names.tap(UID, 0) + "x"):
        assert names.tap_index(other, UID) is None


def test_frames_that_rules_stopped_are_with_their_card() -> None:
    stopped = {(UID, 0): StoppedFrames(3, 0, 1), ("gone", 0): StoppedFrames(9, 9, 9)}
    (guest, other) = heartbeat_of(with_stopped(SAMPLES, stopped), 10.0).guest_samples
    first, second = guest.interfaces
    assert (first.index, first.received_bytes, first.sent_bytes) == (0, 5, 7)
    assert (first.refused_frames, first.unsent_frames, first.spoofed_frames) == (3, 0, 1)
    assert second.index == 1
    # It was not counted: that is not 0.
    assert not second.HasField("refused_frames")
    assert not second.HasField("received_bytes")
    assert not other.interfaces
