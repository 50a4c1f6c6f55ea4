"""The events of images in words: the part of the table of `event_words` that is theirs."""

from collections.abc import Callable, Mapping

from chronovisor.cli.text.units import bytes_text
from chronovisor.events.v1.event_pb2 import Event, ImageTerms
from chronovisor.names import last_part
from chronovisor.v1.image_pb2 import ImageFormat, ImageState


def _terms(terms: ImageTerms) -> str:
    parts = [
        repr(terms.description) if terms.description else "",
        f"of family {terms.family}" if terms.family else "",
        f"for disks of {terms.min_disk_gib} GiB or more" if terms.min_disk_gib else "",
        *(f"{key}={value}" for key, value in sorted(terms.labels.items())),
    ]
    return ", ".join(part for part in parts if part) or "no description"


def _imported(event: Event) -> str:
    payload = event.image_imported
    format_ = ImageFormat.Name(ImageFormat.ValueType(payload.format)).removeprefix("IMAGE_FORMAT_").lower()
    sizes = f"a disk of {bytes_text(payload.virtual_size_bytes)} in {bytes_text(payload.size_bytes)}"
    return f"imported and checked: {format_}, {sizes}, SHA-256 {payload.sha256.hex()[:12]}"


def _deprecated(event: Event) -> str:
    payload = event.image_deprecated
    instead = f"; {last_part(payload.replacement)} takes its place" if payload.replacement else ""
    return (
        f"is {ImageState.Name(ImageState.ValueType(payload.state)).removeprefix('IMAGE_STATE_')} from now on{instead}"
    )


IMAGE_WORDS: Mapping[str, Callable[[Event], str]] = {
    "image_created": lambda event: f"import begun: {_terms(event.image_created.terms)}",
    "image_import_requested": lambda event: f"is to be imported from {event.image_import_requested.source_uri}",
    "image_capture_requested": lambda event: f"is to be made of the disk of {event.image_capture_requested.vm}",
    "image_imported": _imported,
    "image_import_failed": lambda event: f"import failed: {event.image_import_failed.error}",
    "image_updated": lambda event: f"updated: {_terms(event.image_updated.terms)}",
    "image_deprecated": _deprecated,
    "image_deleted": lambda _event: "deleted",
}
