"""Image commands. Bytes come and go elsewhere: here is what is known of them."""

from collections.abc import Callable
from dataclasses import dataclass

from google.protobuf.message import Message

from controlplane.domain.command import Answer, Command
from controlplane.domain.errors import AlreadyExists, NotFound
from controlplane.domain.image import aggregate as images
from controlplane.domain.image.aggregate import Expected, Image, ImageTerms
from controlplane.domain.image.content import ImageContent, ImageFormat
from controlplane.domain.image.states import ImageState
from controlplane.domain.project.aggregate import Project, check_quota
from controlplane.domain.resource_kinds import IMAGES
from controlplane.domain.resources import IMAGE_MIB, some_of
from controlplane.domain.time import Micros
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.errors import DiskInUse
from controlplane.domain.vm.images import require_at_rest


@dataclass(frozen=True, slots=True)
class CreateImage(Command[Answer]):
    """`uid` is new. `name` is in the project. The image is PENDING.

    `source_uri`: where it is to be imported from; empty where its bytes are uploaded.
    """

    uid: str
    project: str
    name: str
    terms: ImageTerms
    expected: Expected
    source_uri: str = ""
    resumable: bool = False


@dataclass(frozen=True, slots=True)
class CaptureImage(Command[Answer]):
    """`uid` is new. `name` is in the project, and so is `vm`, of whose disk the image is made, within `limit_us`."""

    uid: str
    project: str
    name: str
    terms: ImageTerms
    vm: str
    limit_us: int


@dataclass(frozen=True, slots=True)
class FinishImport(Command[Answer]):
    """The bytes of the image of `uid` are kept, and were checked."""

    uid: str
    name: str
    content: ImageContent


@dataclass(frozen=True, slots=True)
class FailImport(Command[None]):
    """The image of `uid` cannot be imported. Of one that does not wait for its bytes there is nothing to record."""

    uid: str
    error: str
    # A Reason. Empty of uploads.
    reason: str = ""


@dataclass(frozen=True, slots=True)
class UpdateImage(Command[Answer]):
    """`change` is a value that gives the new terms of the image as it is found. An empty `etag` is not checked."""

    name: str
    etag: str
    change: Callable[[Image], ImageTerms]


@dataclass(frozen=True, slots=True)
class DeprecateImage(Command[Answer]):
    """`state` is READY, DEPRECATED or OBSOLETE. An empty `etag` is not checked."""

    name: str
    state: ImageState
    replacement: str = ""
    etag: str = ""


@dataclass(frozen=True, slots=True)
class DeleteImage(Command[Answer]):
    """An empty `etag` is not checked."""

    name: str
    etag: str = ""


def create(unit: UnitOfWork, command: CreateImage) -> Answer:
    """An image of the name whose import failed is deleted first. Raises NotFound, AlreadyExists, QuotaExceeded."""
    project = unit.project(command.project)
    image = _created(unit, project, command, command.expected, resumable=command.resumable)
    if not command.source_uri:
        return Answer(image, 1)
    requested = _recorded(unit, image, images.decide_request_import(image, command.source_uri))
    return Answer(requested, requested.import_version, operates=True)


def capture(unit: UnitOfWork, command: CaptureImage) -> Answer:
    """Raises NotFound of the project and the VM, AlreadyExists, WrongState, HasNoDisk and DiskInUse, QuotaExceeded."""
    project = unit.project(command.project)
    vm = unit.vm(command.vm)
    require_not_captured(unit, vm, "CreateImage")
    require_at_rest(vm)
    image = _created(unit, project, command, Expected(ImageFormat.QCOW2))
    deadline = Micros(unit.now + command.limit_us)
    requested = _recorded(unit, image, images.decide_capture(image, vm.uid, vm.name, deadline))
    return Answer(requested, requested.import_version, operates=True)


def require_not_captured(unit: UnitOfWork, vm: Vm, method: str) -> None:
    """Raises DiskInUse while an image is being made of the VM's disk."""
    if image := unit.fleet.image_of(vm.uid):
        raise DiskInUse(vm.name, image.name, method)


def _created(
    unit: UnitOfWork,
    project: Project,
    command: CreateImage | CaptureImage,
    expected: Expected,
    *,
    resumable: bool = False,
) -> Image:
    older = unit.fleet.resource_named(IMAGES, command.name)
    if older is not None:
        if older.state is not ImageState.FAILED:
            raise AlreadyExists("image", command.name)
        _recorded(unit, older, images.decide_delete(older))
    # How large it is, nobody knows yet: no image takes less.
    check_quota(project, unit.fleet.held_by_project(project.uid), some_of(IMAGE_MIB, 1))
    whose = (command.uid, command.name, project.uid)
    unit.record(IMAGES.stream(command.uid), images.decide_create(*whose, command.terms, expected, resumable=resumable))
    return unit.resource(IMAGES, command.name)


def finish_import(unit: UnitOfWork, command: FinishImport) -> Answer:
    """Raises NotFound where the image was deleted meanwhile, WrongState where its import has failed, QuotaExceeded."""
    image = unit.fleet.of(IMAGES).get(command.uid)
    if image is None:
        raise NotFound("image", command.name)
    project, held = unit.fleet.projects[image.project_uid], unit.fleet.held_by_project(image.project_uid)
    after = _recorded(unit, image, images.decide_import(image, command.content))
    check_quota(project, held, after.held)
    return Answer(after, after.version)


def fail_import(unit: UnitOfWork, command: FailImport) -> None:
    image = unit.fleet.of(IMAGES).get(command.uid)
    if image is not None:
        _recorded(unit, image, images.decide_fail(image, command.error, command.reason))


def update(unit: UnitOfWork, command: UpdateImage) -> Answer:
    """Raises NotFound, EtagMismatch and InvalidField."""
    image = unit.resource(IMAGES, command.name, command.etag)
    after = _recorded(unit, image, images.decide_update(image, command.change(image)))
    return Answer(after, after.version)


def deprecate(unit: UnitOfWork, command: DeprecateImage) -> Answer:
    """Raises NotFound, EtagMismatch and WrongState."""
    image = unit.resource(IMAGES, command.name, command.etag)
    after = _recorded(unit, image, images.decide_deprecate(image, command.state, command.replacement))
    return Answer(after, after.version)


def delete(unit: UnitOfWork, command: DeleteImage) -> Answer:
    """Raises NotFound, EtagMismatch."""
    image = unit.resource(IMAGES, command.name, command.etag)
    after = _recorded(unit, image, images.decide_delete(image))
    return Answer(after, after.version)


def _recorded(unit: UnitOfWork, image: Image, payloads: list[Message]) -> Image:
    """The image after these events."""
    if not payloads:
        return image
    unit.record(IMAGES.stream(image.uid), payloads)
    after = unit.recorded[-1].after
    assert isinstance(after, Image)
    return after
