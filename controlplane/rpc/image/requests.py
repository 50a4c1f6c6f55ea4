"""Image requests to commands: what is checked before any state is looked at."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from chronovisor.v1 import image_pb2
from chronovisor.v1 import image_service_pb2 as api
from uuid_utils import uuid7

from controlplane.commands.image import CaptureImage, CreateImage, DeleteImage, DeprecateImage, UpdateImage
from controlplane.domain.image.aggregate import Expected, Image, ImageTerms
from controlplane.domain.image.content import ImageFormat
from controlplane.domain.image.errors import ImageSourceNotAllowed
from controlplane.domain.image.states import VERB_TO, ImageState
from controlplane.domain.resource_kinds import IMAGES
from controlplane.images.sources import BadSource, NotAllowed, Source, Sources
from controlplane.rpc.image.messages import image_message
from controlplane.rpc.shared.update_masks import merged, updated_paths
from controlplane.rpc.shared.validate import FieldRules
from controlplane.rpc.vm.requests import NAME as VM_NAME

PARENT = "projects/{project}"
NAME = IMAGES.pattern
UPDATABLE = ("description", "family", "labels", "min_disk_gib")
LONGEST_DESCRIPTION = 255
LARGEST_SIZE = 1 << 60
LONGEST_UID = 64
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def upload_command(opening: api.ImageOpening) -> CreateImage:
    """Raises InvalidField."""
    rules = FieldRules()
    rules.name(opening.parent, PARENT, "open.parent")
    rules.id(opening.image_id, "open.image_id")
    rules.mutation(opening.request_id, opening.reason)
    terms = _terms(opening.image, rules, "open.image")
    expected = _expected(opening.image, opening.sha256, rules, "open.")
    size = opening.upload_size_bytes
    rules.check(0 <= size <= LARGEST_SIZE, "open.upload_size_bytes", f"must be 0 to {LARGEST_SIZE}, not {size}")
    if opening.resumable:
        rules.check(opening.sha256, "open.sha256", "is required where `resumable` is set")
        rules.check(size, "open.upload_size_bytes", "is required where `resumable` is set")
    rules.done()
    name = f"{opening.parent}/images/{opening.image_id}"
    return CreateImage(str(uuid7()), opening.parent, name, terms, expected, resumable=opening.resumable)


def resumed_name(opening: api.ImageOpening) -> str:
    """The image whose upload goes on. Raises InvalidField."""
    rules = FieldRules()
    rules.name(opening.parent, PARENT, "open.parent")
    rules.id(opening.image_id, "open.image_id")
    rules.text(opening.resume_uid, "open.resume_uid", LONGEST_UID)
    size = opening.upload_size_bytes
    rules.check(0 < size <= LARGEST_SIZE, "open.upload_size_bytes", f"must be 1 to {LARGEST_SIZE}, not {size}")
    rules.check(not opening.validate_only, "open.validate_only", "is of the beginning of an upload")
    rules.done()
    return f"{opening.parent}/images/{opening.image_id}"


def import_command(request: api.ImportImageRequest, sources: Sources) -> CreateImage:
    """Raises InvalidField, ImageSourceNotAllowed."""
    rules = FieldRules()
    rules.name(request.parent, PARENT, "parent")
    rules.id(request.image_id, "image_id")
    rules.mutation(request.request_id, request.reason)
    terms = _terms(request.image, rules, "image")
    expected = _expected(request.image, request.sha256, rules)
    source = _source(request.source_uri, rules)
    is_plain = source is not None and source.scheme == "http"
    rules.check(request.sha256 or not is_plain, "sha256", "is required of http://, over which anybody can answer")
    rules.done()
    assert source is not None
    try:
        sources.require(source)
    except NotAllowed as error:
        raise ImageSourceNotAllowed(source.uri, str(error)) from None
    name = f"{request.parent}/images/{request.image_id}"
    return CreateImage(str(uuid7()), request.parent, name, terms, expected, source.uri)


def capture_command(request: api.CreateImageRequest, limit_us: int) -> CaptureImage:
    """Raises InvalidField."""
    rules = FieldRules()
    rules.name(request.parent, PARENT, "parent")
    rules.id(request.image_id, "image_id")
    is_inside = request.source_vm.startswith(f"{request.parent}/")
    pattern = VM_NAME if is_inside else f"{request.parent}/vms/{{vm}}"
    rules.name(request.source_vm, pattern, "source_vm")
    rules.mutation(request.request_id, request.reason)
    terms = _terms(request.image, rules, "image")
    rules.done()
    name = f"{request.parent}/images/{request.image_id}"
    return CaptureImage(str(uuid7()), request.parent, name, terms, request.source_vm, limit_us)


def _source(uri: str, rules: FieldRules) -> Source | None:
    try:
        return Source(uri)
    except BadSource as error:
        rules.check(False, "source_uri", str(error))
        return None


def _expected(image: image_pb2.Image, sha256: str, rules: FieldRules, path: str = "") -> Expected:
    """What an image is declared to be."""
    known = rules.known(image.format, image_pb2.ImageFormat.DESCRIPTOR, f"{path}image.format")
    fits = not sha256 or _SHA256.fullmatch(sha256)
    rules.check(fits, f"{path}sha256", "must be 64 hexadecimal digits, or not set")
    return Expected(ImageFormat(image.format) if known else ImageFormat.UNKNOWN, bytes.fromhex(sha256) if fits else b"")


def update_command(request: api.UpdateImageRequest) -> UpdateImage:
    """Raises InvalidField."""
    rules = FieldRules()
    image = request.image
    rules.name(image.name, NAME, "image.name")
    rules.mutation(request.request_id, request.reason)
    paths = updated_paths(request.update_mask, image, UPDATABLE, rules)
    rules.done()
    # Only what the mask names is looked at: nobody sends back what they do not change.
    _changed(image_pb2.Image(), image, paths)
    return UpdateImage(image.name, image.etag, ImagePatch(image, tuple(paths)))


def deprecate_command(request: api.DeprecateImageRequest) -> DeprecateImage:
    """Raises InvalidField."""
    rules = FieldRules()
    rules.name(request.name, NAME, "name")
    rules.mutation(request.request_id, request.reason)
    rules.check(request.state in VERB_TO, "state", f"must be {', '.join(each.name for each in VERB_TO)}")
    if replacement := request.replacement:
        rules.name(replacement, NAME, "replacement")
        project = request.name.partition("/images/")[0]
        rules.check(replacement.startswith(f"{project}/"), "replacement", "must be an image of the same project")
        rules.check(replacement != request.name, "replacement", "must be another image")
        rules.check(request.state != ImageState.READY, "replacement", "is not for an image that is READY")
    rules.done()
    return DeprecateImage(request.name, ImageState(request.state), request.replacement, request.etag)


def delete_command(request: api.DeleteImageRequest) -> DeleteImage:
    """Raises InvalidField."""
    rules = FieldRules()
    rules.name(request.name, NAME, "name")
    rules.mutation(request.request_id, request.reason)
    rules.done()
    return DeleteImage(request.name, request.etag)


class ImagePatch(NamedTuple):
    """New values of the fields of an image that `paths` names."""

    image: image_pb2.Image
    paths: tuple[str, ...]

    def __call__(self, image: Image) -> ImageTerms:
        """The terms of an image with these values. Raises InvalidField."""
        return _changed(image_message(image), self.image, self.paths)


def _changed(before: image_pb2.Image, image: image_pb2.Image, paths: Sequence[str]) -> ImageTerms:
    """Raises InvalidField."""
    rules = FieldRules()
    terms = _terms(merged(before, image, paths), rules, "image", before)
    rules.done()
    return terms


def _terms(image: image_pb2.Image, rules: FieldRules, field: str, before: image_pb2.Image | None = None) -> ImageTerms:
    rules.text(image.description, f"{field}.description", LONGEST_DESCRIPTION)
    if image.family:
        rules.id(image.family, f"{field}.family")
    rules.labels(image.labels, f"{field}.labels", before.labels if before else None)
    rules.amount(image.min_disk_gib, f"{field}.min_disk_gib")
    return ImageTerms(image.description, image.family, tuple(sorted(image.labels.items())), image.min_disk_gib)
