"""Messages as JSON and back, by protobuf's rules: camel case, 64-bit numbers as text, enums by name. No I/O."""

import base64
import re
from typing import Any, TypeVar

from google.protobuf import json_format
from google.protobuf.message import Message
from google.rpc import status_pb2

from controlplane.gateway.violations import BadParameters, Violation

M = TypeVar("M", bound=Message)
# `Failed to parse vm field: Failed to parse state field: Invalid enum value ... at CreateVmRequest.vm.state..`
_STEP = re.compile(r"Failed to parse ([\w.\[\]]+) field: ")
_UNKNOWN = re.compile(r'Message type "[\w.]+\.(\w+)" has no field named "([^"]*)"')
_PLACE = re.compile(r'( at "?[A-Z]\w*(\.[\w.\[\]"]+)?)?\.*$')
_NO_JSON = "Failed to load JSON: "
# Of what the parser says in the words of Python, the rule.
_RULES = {
    "expected string or bytes-like": "must be text, in quotes",
    "is not iterable": "must be an object",
    "invalid literal for int": "must be a whole number",
    "maximum recursion depth": "is nested too deeply",
}


def parse(text: bytes, message: M) -> M:
    """Fills a message. Raises BadParameters, for an unknown field, too: it may be a misspelt `validateOnly`."""
    if not text.lstrip().startswith(b"{"):
        raise BadParameters(Violation("", "the body must be a JSON object"))
    try:
        return json_format.Parse(text.decode("utf-8"), message)
    except UnicodeDecodeError:
        raise BadParameters(Violation("", "the body must be JSON in UTF-8")) from None
    except json_format.ParseError as error:
        raise BadParameters(_violation(str(error))) from None
    except (ValueError, TypeError, RecursionError):
        raise BadParameters(Violation("", f"the body must be JSON of a {message.DESCRIPTOR.name}")) from None


def render(message: Message) -> str:
    """One line. Raises TypeError for an Any of a type that is not loaded."""
    return json_format.MessageToJson(message, indent=None, ensure_ascii=False)


def error_of(status: status_pb2.Status, http_status: int, name: str) -> dict[str, Any]:
    """A status as Google's APIs have it in JSON. A detail of an unknown type has its bytes, as base64."""
    return {
        "error": {
            "code": http_status,
            "status": name,
            "message": status.message,
            "details": [_detail(each) for each in status.details],
        }
    }


def _detail(detail: Any) -> dict[str, Any]:
    try:
        return json_format.MessageToDict(detail)
    except (TypeError, ValueError, json_format.Error):
        return {"@type": detail.type_url, "value": base64.b64encode(detail.value).decode()}


def _violation(words: str) -> Violation:
    """Of the parser's words, which field it is and what is wrong with it."""
    path = list[str]()
    while step := _STEP.match(words):
        path.append(step[1])
        words = words[step.end() :]
    while words.startswith(_NO_JSON):
        words = words.removeprefix(_NO_JSON)
        path = []
    if unknown := _UNKNOWN.match(words):
        return Violation(".".join((*path, unknown[2])), f"{unknown[1]} has no such field")
    rule = next((rule for word, rule in _RULES.items() if word in words), None)
    return Violation(".".join(path), rule or _PLACE.sub("", words.split("\n", 1)[0]))
