"""The OpenAPI 3.1 document of the API, from the protos, their comments and HTTP rules: served at /openapi.json."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from google.longrunning import operations_pb2
from google.rpc import code_pb2

from controlplane.domain.reasons import Reason
from controlplane.gateway.http_rules import Binding, bindings_of
from controlplane.gateway.http_status import HTTP_STATUS
from controlplane.gateway.services import SERVICES
from docs import openapi_examples
from docs.api_reference import Part
from docs.openapi_examples import Examples
from docs.openapi_schemas import Schema, Schemas, is_required, json_name, parts, prose

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "controlplane" / "gateway" / "openapi.json"
DOMAIN = "chronovisor.dev"
# Of any number of segments: as the resources have them that it names.
_MANY = re.compile(r"\{(\w+)=operations/\*\*\}")
_ANYTHING = "{resource=**}"
_RAW = ".google.api.HttpBody"
_CODES = [code_pb2.Code.Name(code) for code in HTTP_STATUS if code]
_ERROR: Schema = {
    "type": "object",
    "description": "Why a call was refused, as Google's APIs have it.",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "code": {"type": "integer", "description": "The HTTP status."},
                "status": {"type": "string", "enum": _CODES},
                "message": {"type": "string", "description": "For people."},
                "details": {
                    "type": "array",
                    "items": {
                        "anyOf": [
                            {"$ref": "#/components/schemas/ErrorInfo"},
                            {"$ref": "#/components/schemas/ErrorDetail"},
                        ]
                    },
                    "description": "The first is an ErrorInfo.",
                },
            },
            "required": ["code", "status", "message", "details"],
        }
    },
    "required": ["error"],
}
_ERROR_INFO: Schema = {
    "type": "object",
    "description": "The reason, which programs compare.",
    "properties": {
        "@type": {"const": "type.googleapis.com/google.rpc.ErrorInfo"},
        "reason": {"type": "string", "examples": sorted(Reason)},
        "domain": {"const": DOMAIN},
        "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "required": ["@type", "reason", "domain"],
}
_ERROR_DETAIL: Schema = {
    "type": "object",
    "description": "One of google.rpc: BadRequest names each field that is bad, PreconditionFailure the state that "
    "forbids it, QuotaFailure what is used up, RetryInfo when to try again, ResourceInfo what is not there.",
    "properties": {"@type": {"type": "string"}},
    "required": ["@type"],
    "additionalProperties": True,
}
_ABOUT = """\
An event-sourced control plane for virtual machines. The same methods as over gRPC, by the names of resources.

- Names are in camel case; requests may have those of the protos, too. 64-bit numbers are text. What has its default is
  left out.
- A command with `requestId` (a UUID) is safe to repeat. With `validateOnly` it changes nothing.
- Reads take `readTime` or `atPosition`, and answer as of then; `minPosition` waits for one's own writes.
- Watches are streams: a line of JSON for each message, `{"result": ...}`, the last one `{"error": ...}` if the server
  ended it; with `Accept: text/event-stream`, server-sent events. Resume with `start=WATCH_START_AFTER_POSITION`, and
  the greatest position that was received as `afterPosition`; events have ids, and `Last-Event-ID` does the same.
- HEAD of a path is its GET without the body.
- An unknown parameter or field is an error.
- Errors have the HTTP status of their code:

| code | status |
| --- | --- |
"""


def text() -> str:
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def document() -> Schema:
    schemas = Schemas()
    paths = _paths(schemas)
    for name in ("chronovisor.v1.OperationMetadata", "chronovisor.v1.Rebalance"):
        schemas.of(name)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    statuses = "\n".join(f"| {code_pb2.Code.Name(code)} | {status} |" for code, status in HTTP_STATUS.items() if code)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Chronovisor",
            "version": version,
            "description": _ABOUT + statuses,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}, {}],
        "tags": [
            {"name": each.name, "description": prose(parts()[each.full_name].comment).split("\n\n")[0]}
            for each in SERVICES
        ],
        "paths": paths,
        "components": {
            "schemas": {
                "Error": _ERROR,
                "ErrorInfo": _ERROR_INFO,
                "ErrorDetail": _ERROR_DETAIL,
                **dict(sorted(schemas.made.items())),
            },
            "responses": {
                "Error": {"description": "The call was refused, or failed.", "content": _json("Error")},
            },
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of an OpenID Connect issuer, or of a service account. Without one, the "
                    "caller is who the connection says: the user of this machine, on loopback.",
                }
            },
        },
    }


def _json(name: str) -> Schema:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _paths(schemas: Schemas) -> Schema:
    made: dict[str, Schema] = {}
    seen = set[str]()
    for binding in bindings_of(SERVICES):
        # The policy of a resource is documented by the paths beside it: OpenAPI has no path of any length.
        if _ANYTHING in binding.template.text:
            continue
        name = binding.method.name
        path, parameters = _path(binding)
        # A method's second path is of one kind of resource: ListSamplesOfHost.
        name += f"Of{parameters[-1]['name'].title()}" if name in seen else ""
        seen.add(name)
        made.setdefault(path, {})[binding.verb.lower()] = _operation(schemas, binding, parameters, name)
    return made


def _path(binding: Binding) -> tuple[str, list[Schema]]:
    """As OpenAPI has it, `/v1/projects/{project}/vms/{vm}`, and the parameters in it."""
    parameters: list[Schema] = []
    path = _MANY.sub(r"{\1=operations/*}", binding.template.text)
    for variable in binding.template.variables:
        segments = variable.segments.replace("**", "*")
        if variable.is_one_segment:
            field = _field_of(binding, variable.field)
            name, schema = json_name(field), Schemas().field(_request(binding), field)
            about = schema.pop("description", "")
            parameters.append({"name": name, "in": "path", "required": True, "description": about, "schema": schema})
            path = path.replace(f"{{{variable.field}}}", f"{{{name}}}")
            continue
        whole = _named(segments)
        for name in re.findall(r"\{(\w+)\}", whole):
            about = f"Of the name `{whole}`."
            schema = {"type": "string"}
            parameters.append({"name": name, "in": "path", "required": True, "description": about, "schema": schema})
        path = path.replace(f"{{{variable.field}={segments}}}", whole)
    return path, parameters


def _named(segments: str) -> str:
    """`projects/*/vms/*` as `projects/{project}/vms/{vm}`."""
    return re.sub(r"(\w+?)s/\*", r"\1s/{\1}", segments)


def _request(binding: Binding) -> Part:
    return parts()[binding.method.input_type.full_name]


def _field_of(binding: Binding, name: str) -> Part:
    return next(each for each in _request(binding).of("field") if each.short == name)


def _operation(schemas: Schemas, binding: Binding, parameters: list[Schema], name: str) -> Schema:
    method = parts()[binding.method.full_name]
    words = prose(method.comment) if method.file.startswith("chronovisor") else prose(method.comment).split("\n\n")[0]
    made: Schema = {
        "operationId": name,
        "tags": [method.name.split(".")[-2]],
        "summary": re.split(r"(?<=[.])\s", words, maxsplit=1)[0],
        "description": words,
    }
    examples = openapi_examples.of(name)
    parameters = [*parameters, *_query(schemas, binding)]
    for each in parameters:
        if values := openapi_examples.of_parameter(examples, each["name"]):
            each["examples"] = values
    if parameters:
        made["parameters"] = parameters
    if binding.body:
        made["requestBody"] = _body(schemas, binding, name, examples)
    made["responses"] = {
        "200": _response(schemas, method, examples),
        "default": {"$ref": "#/components/responses/Error"},
    }
    return made


def _query(schemas: Schemas, binding: Binding) -> Iterator[Schema]:
    """What of the request is neither in the path nor in the body. What a query cannot say is not there."""
    if binding.body == "*":
        return
    elsewhere = {binding.body, *(each.field.split(".")[0] for each in binding.template.variables)}
    request = _request(binding)
    for field in request.of("field"):
        schema = schemas.field(request, field)
        if field.short in elsewhere or "properties" in schema or not _fits(field):
            continue
        made: Schema = {"name": json_name(field), "in": "query"}
        if is_required(field):
            made["required"] = True
        if about := schema.pop("description", ""):
            made["description"] = about
        yield {**made, "schema": schema}


def _fits(field: Part) -> bool:
    proto = field.proto
    name = proto.type_name.removeprefix(".")
    return not name or name.startswith("google.protobuf.") or parts()[name].kind == "enum"


def _body(schemas: Schemas, binding: Binding, name: str, examples: Examples) -> Schema:
    request = _request(binding)
    if binding.body == "*":
        in_path = frozenset(each.field for each in binding.template.variables)
        body = schemas.object(request, in_path)
        schema, required = _own(schemas, f"{name}Body", body), "required" in body
    else:
        field = _field_of(binding, binding.body)
        of = parts()[field.proto.type_name.removeprefix(".")]
        schemas.of(of.name)
        # A change names what changes alone.
        if binding.verb == "PATCH":
            schema = _own(schemas, f"{of.short}Changes", schemas.object(of, partial=True))
        else:
            schema = schemas.of(of.name)
        required = is_required(field)
    content: Schema = {"schema": schema}
    if given := openapi_examples.of_body(examples):
        content["examples"] = given
    return {"required": required, "content": {"application/json": content}}


def _own(schemas: Schemas, name: str, made: Schema) -> Schema:
    schemas.made[name] = made
    return {"$ref": f"#/components/schemas/{name}"}


def _response(schemas: Schemas, method: Part, examples: Examples) -> Schema:
    if method.proto.output_type == _RAW:
        # What it is of, its header says.
        return {"description": "The answer, as it is.", "content": {"text/plain": {"schema": {"type": "string"}}}}
    schema = schemas.of(method.proto.output_type)
    given = openapi_examples.of_answer(examples)
    if not method.proto.server_streaming:
        info = method.proto.options.Extensions[operations_pb2.operation_info]
        about = f"Its response is a {info.response_type}." if info.response_type else "The answer."
        content: Schema = {"schema": schema}
        if given:
            content["examples"] = given
        return {"description": about, "content": {"application/json": content}}
    line: Schema = {
        "description": "One line of the stream.",
        "oneOf": [
            {"type": "object", "properties": {"result": schema}, "required": ["result"]},
            {"$ref": "#/components/schemas/Error"},
        ],
    }
    about = "A stream: each line is one of these."
    about += " It does not end by itself." if method.short.startswith("Watch") else ""
    lines: Schema = {"schema": line, **({"examples": given} if given else {})}
    events = {"type": "string", "description": "Server-sent events; the data of each is such a line."}
    return {
        "description": about,
        "content": {"application/x-ndjson": lines, "text/event-stream": {"schema": events}},
    }
