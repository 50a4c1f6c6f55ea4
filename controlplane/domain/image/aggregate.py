"""The image: a disk that VMs are cloned from, by the hash of its bytes. Decide and evolve; the bytes are elsewhere."""

from collections.abc import Callable
from typing import Any, NamedTuple

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.domain.image.content import ImageContent, ImageFormat
from controlplane.domain.image.states import TRANSITIONS, VERB_TO, ImageState, ImageVerb, require
from controlplane.domain.resources import IMAGE_MIB, NOTHING, Resources, some_of
from controlplane.domain.time import Micros, micros_of, timestamp_of


class ImageTerms(NamedTuple):
    """What a caller can change of an image. The labels are sorted."""

    description: str = ""
    family: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    min_disk_gib: int = 0


class Expected(NamedTuple):
    """What the bytes are declared to be: of a format, and with a SHA-256, or empty."""

    format: ImageFormat = ImageFormat.UNKNOWN
    sha256: bytes = b""


class Image(NamedTuple):
    """One image after some event of its stream. `content` is None until its bytes are known."""

    uid: str
    name: str
    project_uid: str
    terms: ImageTerms
    expected: Expected
    created: Micros
    updated: Micros
    version: int = 1
    state: ImageState = ImageState.PENDING
    content: ImageContent | None = None
    failure: str = ""
    replacement: str = ""
    # Where it is imported from, and the version of the event that says so, or of which VM it is made; of one that is
    # uploaded, empty and 0.
    source_uri: str = ""
    import_version: int = 0
    # Whether its upload can go on in another call.
    resumable: bool = False
    # The VM that it is made of, by name and uid, and until when that may take. Empty and 0 of others.
    source_vm: str = ""
    source_vm_uid: str = ""
    deadline: Micros = Micros(0)

    @property
    def is_capturing(self) -> bool:
        """Whether its VM's disk is needed as it is."""
        return bool(self.source_vm_uid) and self.state is ImageState.PENDING

    @property
    def is_deleted(self) -> bool:
        return self.state is ImageState.DELETED

    @property
    def held(self) -> Resources:
        """What counts against its project's quota."""
        return NOTHING if self.content is None or self.is_deleted else some_of(IMAGE_MIB, self.content.stored_mib)

    @property
    def project(self) -> str:
        """`projects/{project}`, as the image's own name has it."""
        return self.name.partition("/images/")[0]

    @property
    def labels(self) -> tuple[tuple[str, str], ...]:
        return self.terms.labels

    @property
    def as_edited(self) -> "Image":
        return self


def decide_create(
    uid: str, name: str, project_uid: str, terms: ImageTerms, expected: Expected, *, resumable: bool = False
) -> list[Message]:
    return [
        ev.ImageCreated(
            uid=uid,
            name=name,
            project_uid=project_uid,
            terms=_recorded(terms),
            format=ev.ImageFormat.ValueType(expected.format),
            expected_sha256=expected.sha256,
            resumable=resumable,
        )
    ]


def decide_request_import(image: Image, source_uri: str) -> list[Message]:
    """Raises WrongState."""
    require(image.name, image.state, ImageVerb.REQUEST_IMPORT)
    return [ev.ImageImportRequested(source_uri=source_uri)]


def decide_capture(image: Image, vm_uid: str, vm: str, deadline: Micros) -> list[Message]:
    """Raises WrongState."""
    require(image.name, image.state, ImageVerb.REQUEST_IMPORT)
    return [ev.ImageCaptureRequested(vm_uid=vm_uid, vm=vm, deadline=timestamp_of(deadline))]


def decide_import(image: Image, content: ImageContent) -> list[Message]:
    """Its bytes were checked. Raises WrongState where it does not wait for them any more."""
    require(image.name, image.state, ImageVerb.IMPORT)
    return [
        ev.ImageImported(
            format=ev.ImageFormat.ValueType(content.format),
            virtual_size_bytes=content.virtual_size,
            size_bytes=content.size,
            sha256=content.sha256,
        )
    ]


def decide_fail(image: Image, error: str, reason: str = "") -> list[Message]:
    """Nothing of one that does not wait for its bytes any more."""
    return [ev.ImageImportFailed(error=error, reason=reason)] if image.state is ImageState.PENDING else []


def decide_update(image: Image, terms: ImageTerms) -> list[Message]:
    """Raises WrongState. Nothing changed is a success that appends nothing."""
    require(image.name, image.state, ImageVerb.UPDATE)
    return [ev.ImageUpdated(terms=_recorded(terms))] if terms != image.terms else []


def decide_deprecate(image: Image, state: ImageState, replacement: str) -> list[Message]:
    """Raises WrongState. Nothing changed is a success that appends nothing."""
    require(image.name, image.state, VERB_TO[state])
    if (state, replacement) == (image.state, image.replacement):
        return []
    return [ev.ImageDeprecated(state=state, replacement=replacement)]


def decide_delete(image: Image) -> list[Message]:
    """Raises WrongState."""
    require(image.name, image.state, ImageVerb.DELETE)
    return [ev.ImageDeleted()]


def _recorded(terms: ImageTerms) -> ev.ImageTerms:
    labels = dict(terms.labels) or None
    return ev.ImageTerms(
        description=terms.description, family=terms.family, labels=labels, min_disk_gib=terms.min_disk_gib
    )


def recorded_created(image: Image) -> ev.ImageCreated:
    """A first event that gives its terms as they are by now."""
    whose = (image.uid, image.name, image.project_uid)
    (created,) = decide_create(*whose, image.terms, image.expected, resumable=image.resumable)
    assert isinstance(created, ev.ImageCreated)
    return created


def _terms_of(terms: ev.ImageTerms) -> ImageTerms:
    return ImageTerms(terms.description, terms.family, tuple(sorted(terms.labels.items())), terms.min_disk_gib)


def _imported(image: Image, event: ev.Event) -> dict[str, Any]:
    payload = event.image_imported
    content = ImageContent(
        image.uid,
        payload.sha256,
        ImageFormat(payload.format),
        payload.virtual_size_bytes,
        payload.size_bytes,
    )
    return {"content": content}


def _requested(image: Image, event: ev.Event) -> dict[str, Any]:
    return {"source_uri": event.image_import_requested.source_uri, "import_version": image.version + 1}


def _captured(image: Image, event: ev.Event) -> dict[str, Any]:
    payload = event.image_capture_requested
    return {
        "source_vm": payload.vm,
        "source_vm_uid": payload.vm_uid,
        "deadline": micros_of(payload.deadline),
        "import_version": image.version + 1,
    }


def _unchanged(_image: Image, _event: ev.Event) -> dict[str, Any]:
    return {}


_Changes = Callable[[Image, ev.Event], dict[str, Any]]
# All but the state. Of ImageDeprecated the verb is in the event.
_CHANGES: dict[str, tuple[ImageVerb | None, _Changes]] = {
    "image_import_requested": (ImageVerb.REQUEST_IMPORT, _requested),
    "image_capture_requested": (ImageVerb.REQUEST_IMPORT, _captured),
    "image_imported": (ImageVerb.IMPORT, _imported),
    "image_import_failed": (ImageVerb.FAIL, lambda _, event: {"failure": event.image_import_failed.error}),
    "image_updated": (ImageVerb.UPDATE, lambda _, event: {"terms": _terms_of(event.image_updated.terms)}),
    "image_deprecated": (None, lambda _, event: {"replacement": event.image_deprecated.replacement}),
    "image_deleted": (ImageVerb.DELETE, _unchanged),
}


def evolve(image: Image | None, event: ev.Event, version: int) -> Image:
    """The image after `event`, which is the stream's `version`."""
    at = micros_of(event.commit_time)
    if image is None:
        payload = event.image_created
        expected = Expected(ImageFormat(payload.format), payload.expected_sha256)
        return Image(
            payload.uid,
            payload.name,
            payload.project_uid,
            _terms_of(payload.terms),
            expected,
            at,
            at,
            version,
            resumable=payload.resumable,
        )
    kind = event.WhichOneof("payload")
    assert kind is not None
    verb, changes = _CHANGES[kind]
    after = TRANSITIONS[image.state, verb or VERB_TO[ImageState(event.image_deprecated.state)]]
    return image._replace(state=after, version=version, updated=at, **changes(image, event))
