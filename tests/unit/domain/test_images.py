"""Images: the state table row by row, what decides, and what VMs are made from."""

import pytest
from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.domain.errors import InvalidField, WrongState
from controlplane.domain.image import aggregate as images
from controlplane.domain.image.aggregate import Expected, Image, ImageTerms
from controlplane.domain.image.content import GIB, ImageContent, ImageFormat
from controlplane.domain.image.states import TRANSITIONS, ImageState, ImageVerb
from controlplane.domain.payloads import PAYLOAD_FIELD
from controlplane.domain.resources import Resources
from controlplane.domain.vm.aggregate import FETCHES_IMAGES, Spec, recorded_spec, spec_of
from controlplane.domain.vm.images import made_from

SHOP = "projects/shop"
WEB = f"{SHOP}/images/web"
CONTENT = ImageContent("u", b"\x01" * 32, ImageFormat.QCOW2, 3 * GIB - 1, 1000)
_S, _V = ImageState, ImageVerb

ROWS = {
    _V.IMPORT: {_S.PENDING: _S.READY},
    _V.FAIL: {_S.PENDING: _S.FAILED},
    _V.REQUEST_IMPORT: {_S.PENDING: _S.PENDING},
    _V.UPDATE: {state: state for state in _S if state is not _S.DELETED},
    _V.DELETE: {state: _S.DELETED for state in _S if state is not _S.DELETED},
    _V.DEPRECATE: dict.fromkeys((_S.READY, _S.DEPRECATED, _S.OBSOLETE), _S.DEPRECATED),
    _V.OBSOLETE: dict.fromkeys((_S.READY, _S.DEPRECATED, _S.OBSOLETE), _S.OBSOLETE),
    _V.RESTORE: dict.fromkeys((_S.READY, _S.DEPRECATED, _S.OBSOLETE), _S.READY),
}


def after(image: Image | None, payloads: list[Message]) -> Image:
    for payload in payloads:
        event = ev.Event()
        getattr(event, PAYLOAD_FIELD[type(payload)]).CopyFrom(payload)
        image = images.evolve(image, event, image.version + 1 if image else 1)
    assert image is not None
    return image


@pytest.fixture
def pending() -> Image:
    return after(None, images.decide_create("u", WEB, "p", ImageTerms("the shop"), Expected()))


@pytest.fixture
def ready(pending: Image) -> Image:
    return after(pending, images.decide_import(pending, CONTENT))


def made(image: Image | None, disk_gib: int = 0, name: str = WEB, before: Spec | None = None) -> Spec:
    return made_from(Spec(Resources(1, 512, disk_gib), image=name), image, before)


def test_the_table_has_these_edges_and_no_others() -> None:
    assert {verb: {a: b for (a, v), b in TRANSITIONS.items() if v is verb} for verb in ImageVerb} == ROWS


def test_an_import_ends_once(pending: Image, ready: Image) -> None:
    assert (ready.state, ready.content, ready.version) == (ImageState.READY, CONTENT, 2)
    with pytest.raises(WrongState):
        images.decide_import(ready, CONTENT)
    assert images.decide_fail(ready, "it was broken off") == []
    failed = after(pending, images.decide_fail(pending, "it was broken off"))
    assert (failed.state, failed.failure, failed.content) == (ImageState.FAILED, "it was broken off", None)
    with pytest.raises(WrongState):
        images.decide_deprecate(failed, ImageState.DEPRECATED, "")


def test_what_changes_nothing_appends_nothing(ready: Image) -> None:
    assert images.decide_update(ready, ready.terms) == []
    assert images.decide_deprecate(ready, ImageState.READY, "") == []
    old = after(ready, images.decide_deprecate(ready, ImageState.OBSOLETE, f"{WEB}-2"))
    assert images.decide_deprecate(old, ImageState.OBSOLETE, f"{WEB}-2") == []
    assert len(images.decide_deprecate(old, ImageState.OBSOLETE, "")) == 1


def test_a_vm_keeps_what_it_was_made_from(ready: Image) -> None:
    spec = made(ready)
    assert (spec.content, spec.resources.disk_gib, spec.files) == (CONTENT, 3, ())
    assert spec.implied["boot.image"].key.endswith(FETCHES_IMAGES)
    assert spec_of(recorded_spec(spec)) == spec
    other = ready._replace(uid="v", content=CONTENT._replace(image_uid="v", sha256=b"\x02" * 32))
    for now in (None, other, ready._replace(state=ImageState.OBSOLETE)):
        assert made(now, 4, before=spec).content == CONTENT


def test_a_vms_disk_has_room_for_its_image(ready: Image) -> None:
    large = ready._replace(terms=ready.terms._replace(min_disk_gib=10))
    assert (made(ready, 5).resources.disk_gib, made(large).resources.disk_gib) == (5, 10)
    for image, disk_gib in ((ready, 2), (large, 9)):
        with pytest.raises(InvalidField, match="disk_gib"):
            made(image, disk_gib)


def test_of_other_images_no_vm_is_made(pending: Image, ready: Image) -> None:
    assert made(ready._replace(state=ImageState.DEPRECATED)).content == CONTENT
    for image, words in (
        (None, "does not exist"),
        (pending, "PENDING"),
        (ready._replace(state=ImageState.OBSOLETE), "OBSOLETE"),
        (pending._replace(state=ImageState.FAILED), "FAILED"),
    ):
        with pytest.raises(InvalidField, match=words):
            made(image)


def test_a_file_of_a_host_stays_one(ready: Image) -> None:
    spec = made(ready, 1, "web.qcow2")
    assert (spec.content, spec.files) == (None, ("web.qcow2",))
