"""How long a start may wait for its image: as long as bytes come that were not there before."""

from controlplane.domain.image.content import ImageContent, ImageFormat
from controlplane.domain.time import SECOND, Micros
from controlplane.rpc.agent.image_fetches import GRACE_US, ImageFetches

CONTENT = ImageContent("i", b"\1" * 32, ImageFormat.QCOW2, 1 << 30, 640 << 20)
# So long is an image of that size checked.
CHECK_US = 10 * SECOND


def at(seconds: int) -> Micros:
    return Micros(seconds * SECOND)


def test_bytes_that_come_give_more_time_to_starts_of_their_host_and_image() -> None:
    fetches = ImageFetches()
    assert fetches.extends_until("h", CONTENT) == 0
    fetches.sent("h", CONTENT.sha256, 1000, at(5))
    assert fetches.extends_until("h", CONTENT) == at(5) + GRACE_US + CHECK_US
    fetches.sent("h", CONTENT.sha256, 2000, at(9))
    assert fetches.extends_until("h", CONTENT) == at(9) + GRACE_US + CHECK_US
    assert fetches.extends_until("other", CONTENT) == 0
    assert fetches.extends_until("h", CONTENT._replace(sha256=b"\2" * 32)) == 0


def test_bytes_that_come_again_are_no_progress() -> None:
    fetches = ImageFetches()
    fetches.sent("h", CONTENT.sha256, 2000, at(5))
    fetches.sent("h", CONTENT.sha256, 1000, at(20))
    fetches.sent("h", CONTENT.sha256, 2000, at(40))
    assert fetches.extends_until("h", CONTENT) == at(5) + GRACE_US + CHECK_US
    # A copy that was removed long ago is made anew.
    fetches.sent("h", CONTENT.sha256, 1000, at(5000))
    assert fetches.extends_until("h", CONTENT) == at(5000) + GRACE_US + CHECK_US
