"""Messages of the protos as JSON Schema, as OpenAPI 3.1 has it: what protobuf's JSON is, with comments."""

import re
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from google.api import field_behavior_pb2
from google.iam import v1 as iam
from google.protobuf.descriptor_pb2 import FieldDescriptorProto

from docs import api_reference
from docs.api_reference import Part
from protos.generate import GOOGLE_FILES, copy_googleapis

Schema = dict[str, Any]
F = FieldDescriptorProto
_INTEGER: Schema = {"type": "integer", "format": "int32"}
# 64 bits are more than a number of JavaScript has: they are text, and numbers are taken, too.
_LONG: Schema = {"type": "string", "format": "int64", "pattern": r"^-?\d+$"}
_SCALARS: Mapping[int, Schema] = {
    F.TYPE_INT32: _INTEGER,
    F.TYPE_UINT32: {"type": "integer", "format": "int64", "minimum": 0},
    F.TYPE_INT64: _LONG,
    F.TYPE_UINT64: _LONG,
    F.TYPE_DOUBLE: {"type": "number", "format": "double"},
    F.TYPE_FLOAT: {"type": "number", "format": "float"},
    F.TYPE_BOOL: {"type": "boolean"},
    F.TYPE_STRING: {"type": "string"},
    F.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
}
_WELL_KNOWN: Mapping[str, Schema] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?\d+(\.\d{1,9})?s$"},
    "google.protobuf.FieldMask": {"type": "string", "description": "Names of fields, with commas between."},
    "google.protobuf.Any": {
        "type": "object",
        "properties": {"@type": {"type": "string", "description": "Of which type the rest is."}},
        "required": ["@type"],
        "additionalProperties": True,
    },
}
_IAM = ("google/iam/v1/iam_policy.proto", "google/iam/v1/policy.proto", "google/iam/v1/options.proto")
_REFERENCE = re.compile(r"\[([^]\[]+)\]\[[^]\[]*\]")


@cache
def parts() -> Mapping[str, Part]:
    """Messages, enums and services by their full names: ours, and Google's that ours are made of."""
    with tempfile.TemporaryDirectory(prefix="google-") as scratch:
        google = Path(scratch)
        copy_googleapis(google)
        (google / "google/iam/v1").mkdir(parents=True)
        (google / "google/type").mkdir(parents=True)
        site = Path(iam.__path__[0]).parents[2]
        for name in _IAM:
            (google / name).write_bytes((site / name).read_bytes())
        (google / "google/type/expr.proto").write_bytes((site / "google/type/expr.proto").read_bytes())
        names = [each for each in GOOGLE_FILES if each.startswith(("google/longrunning", "google/rpc"))]
        theirs = api_reference.compiled([*names, *_IAM, "google/type/expr.proto"], google)
    of_files = [*api_reference.files().values(), *theirs.values()]
    return {each.name: each for of_file in of_files for each in api_reference.every_part(of_file)}


def component(name: str) -> str:
    """The name of a message's schema: without the package of the API itself."""
    for package, short in (("chronovisor.v1.", ""), ("chronovisor.events.v1.", "events.")):
        if name.startswith(package):
            return short + name.removeprefix(package)
    return name


class Schemas:
    """Schemas of messages, each made when something first refers to it."""

    def __init__(self) -> None:
        self.made: dict[str, Schema] = {}

    def of(self, name: str) -> Schema:
        """A message or an enum by its full name: a reference, or what JSON has in its place."""
        name = name.removeprefix(".")
        if name in _WELL_KNOWN:
            return dict(_WELL_KNOWN[name])
        if name == "google.protobuf.Empty":
            return {"type": "object"}
        short = component(name)
        if short not in self.made:
            self.made[short] = {}
            part = parts()[name]
            self.made[short] = _enum(part) if part.kind == "enum" else self.object(part)
        return {"$ref": f"#/components/schemas/{short}"}

    def object(self, message: Part, without: frozenset[str] = frozenset(), *, partial: bool = False) -> Schema:
        """A message, without some of its fields; `partial`: one of which only some may be given."""
        fields = [each for each in message.of("field") if each.short not in without]
        made: Schema = {"type": "object"}
        if message.comment:
            made["description"] = prose(message.comment)
        if fields:
            made["properties"] = {json_name(each): self.field(message, each) for each in fields}
        required = [json_name(each) for each in fields if is_required(each)]
        if required and not partial:
            made["required"] = required
        return made

    def field(self, message: Part, field: Part) -> Schema:
        """Of one field, with its comment and its behaviour."""
        proto = field.proto
        entry = next((each for each in message.proto.nested_type if _is_entry(each, proto)), None)
        if entry is not None:
            made: Schema = {"type": "object", "additionalProperties": self._value(entry.field[1])}
        else:
            made = self._value(proto)
            if proto.label == F.LABEL_REPEATED:
                made = {"type": "array", "items": made}
        behaviors = api_reference.behaviors_of(field)
        if field_behavior_pb2.OUTPUT_ONLY in behaviors:
            made["readOnly"] = True
        if field_behavior_pb2.INPUT_ONLY in behaviors:
            made["writeOnly"] = True
        if proto.options.deprecated:
            made["deprecated"] = True
        if words := " ".join(_words(message, field)):
            made["description"] = words
        return made

    def _value(self, proto: Any) -> Schema:
        return self.of(proto.type_name) if proto.type_name else dict(_SCALARS[proto.type])


def _is_entry(nested: Any, proto: Any) -> bool:
    return nested.options.map_entry and proto.type_name.endswith(f".{nested.name}")


def _words(message: Part, field: Part) -> Iterator[str]:
    if field.comment:
        yield prose(field.comment)
    proto = field.proto
    if field_behavior_pb2.IMMUTABLE in api_reference.behaviors_of(field):
        yield "Never changes."
    if proto.HasField("oneof_index") and not proto.proto3_optional:
        yield f"One of `{message.proto.oneof_decl[proto.oneof_index].name}`."


def _enum(part: Part) -> Schema:
    values = part.of("value")
    shown = [f"- `{each.short}`: {prose(each.comment)}" for each in values if each.comment]
    return {
        "type": "string",
        "enum": [each.short for each in values],
        "description": "\n".join([prose(part.comment), "", *shown]).strip(),
    }


def json_name(field: Part) -> str:
    return field.proto.json_name


def is_required(field: Part) -> bool:
    return field_behavior_pb2.REQUIRED in api_reference.behaviors_of(field)


def prose(comment: str) -> str:
    """A comment as Markdown: a paragraph is a line. Of Google's links, the words."""
    lines = list[str]()
    for line in _REFERENCE.sub(r"`\1`", comment).splitlines():
        starts = not line or line.startswith(("- ", "    ", "|", "#")) or not lines or not lines[-1]
        if starts:
            lines.append(line)
        else:
            lines[-1] += f" {line.strip()}"
    return "\n".join(lines).strip()
