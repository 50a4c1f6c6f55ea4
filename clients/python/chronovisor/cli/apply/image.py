"""Images of the API as terms of a file, and the other way round. Sends nothing."""

import re
from collections.abc import Iterator, Mapping

from chronovisor.cli.apply.model import Path, Value
from chronovisor.v1.image_pb2 import IMAGE_FORMAT_QCOW2, IMAGE_FORMAT_RAW, Image, ImageFormat

# The field of the API's message by the key in files.
IMAGE_FIELDS: Mapping[str, str] = {
    "source": "source_uri",
    "sha256": "sha256",
    "format": "format",
    "family": "family",
    "description": "description",
    "min_disk": "min_disk_gib",
    "labels": "labels",
}
# What never changes of an image.
FIXED = ("source", "sha256", "format")
SOURCE: Path = ("source",)
FORMATS: Mapping[str, ImageFormat.ValueType] = {"": IMAGE_FORMAT_QCOW2, "raw": IMAGE_FORMAT_RAW}
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def parse_format(text: str) -> str:
    """Nothing for what is so by default. Raises ValueError."""
    if text not in ("qcow2", "raw"):
        raise ValueError(f"{text!r} is none of qcow2, raw")
    return "raw" if text == "raw" else ""


def parse_sha256(text: str) -> str:
    """As the API has it. Raises ValueError."""
    if not _SHA256.fullmatch(text):
        raise ValueError("must be 64 hexadecimal digits")
    return text.lower()


def terms(image: Image) -> Iterator[tuple[Path, Value]]:
    for key, field in IMAGE_FIELDS.items():
        match key:
            case "format":
                yield (key,), "raw" if image.format == IMAGE_FORMAT_RAW else ""
            case "labels":
                yield from (((key, name), value) for name, value in image.labels.items())
            case _:
                yield (key,), getattr(image, field)


def write(image: Image, path: Path, value: Value | None) -> None:
    match path:
        case ("format",):
            image.format = FORMATS[str(value or "")]
        case ("min_disk",):
            image.min_disk_gib = int(str(value or 0))
        case (key,):
            setattr(image, IMAGE_FIELDS[key], value or "")
        case (_, name):
            if value is None:
                image.labels.pop(name, None)
            else:
                image.labels[name] = str(value)
        case _:
            raise AssertionError(f"no command writes {path}")
