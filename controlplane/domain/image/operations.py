"""Operations on images: imports from a source, and what is made of a VM. Performs no I/O.

One runs while the image waits for its bytes, and ends with the first event after which it does not.
"""

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.image.aggregate import Image
from controlplane.domain.image.states import ImageState
from controlplane.domain.operation_kind import SUCCESS, OperationKind, superseded_by
from controlplane.domain.reasons import Reason

# By the event that begins one.
METHODS = {"image_import_requested": "ImportImage", "image_capture_requested": "CreateImage"}
# That it was requested, and that it was reached.
_STEPS = 2


def _running(image: Image) -> tuple[int, ...]:
    return (image.import_version,) if image.import_version and image.state is ImageState.PENDING else ()


def _outcome(_before: Image, _version: int, event: ev.Event) -> str:
    match event.WhichOneof("payload"):
        case "image_imported":
            return SUCCESS
        case "image_import_failed":
            failed = event.image_import_failed
            return f"{failed.reason or Reason.IMAGE_UNAVAILABLE} {failed.error}"
        case _:
            return superseded_by("DeleteImage")


def _never(_image: Image, _unchanged: str) -> bool:
    return False


def _steps(_method: str, _version: int) -> int:
    return _STEPS


IMAGE_OPERATIONS = OperationKind("images", "images.", METHODS, {}, _running, _outcome, _never, _steps)
