"""Messages as JSON and back, by protobuf's rules: camel case, 64-bit numbers as text, enums by name. No I/O."""

import base64
import json
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
# Of what JSON's parser says, the rule.
_MALFORMED = {
    "Expecting property name": "the name of a field is expected here, in double quotes",
    "Expecting ',' delimiter": "a comma is expected here, or the end of the object or list",
    "Expecting ':' delimiter": "a colon is expected here, after the name of a field",
    "Expecting value": "a value is expected here",
    "Unterminated string": "the text that begins here has no closing quote",
    "Invalid control character": "a control character in text is written as an escape, such as \\n",
    "Invalid \\": 'after a backslash comes one of "\\/bfnrt, or u and four hexadecimal digits',
    "Extra data": "the object has ended before here, and a body is one object",
}
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
        found: object = json.loads(text.decode("utf-8"), object_pairs_hook=_without_repeats)
        return json_format.ParseDict(found, message)  # pyright: ignore[reportArgumentType]
    except UnicodeDecodeError:
        raise BadParameters(Violation("", "the body must be JSON in UTF-8")) from None
    except json.JSONDecodeError as error:
        rule = next((rule for words, rule in _MALFORMED.items() if error.msg.startswith(words)), "this is no JSON")
        raise BadParameters(
            Violation("", f"the body is malformed JSON: line {error.lineno}, column {error.colno}: {rule}")
        ) from None
    except json_format.ParseError as error:
        raise BadParameters(_violation(str(error))) from None
    except BadParameters:
        raise
    except RecursionError:
        raise BadParameters(Violation("", "the body is nested too deeply")) from None
    except (ValueError, TypeError):
        raise BadParameters(Violation("", f"the body must be JSON of a {message.DESCRIPTOR.name}")) from None


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Of two that are of one name, readers take either."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(each for each in found if names.count(each) > 1)
        raise BadParameters(Violation(repeated, "is there more than once"))
    return found


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
    if unknown := _UNKNOWN.match(words):
        return Violation(".".join((*path, unknown[2])), f"{unknown[1]} has no such field")
    rule = next((rule for word, rule in _RULES.items() if word in words), None)
    return Violation(".".join(path), rule or _PLACE.sub("", words.split("\n", 1)[0]))
