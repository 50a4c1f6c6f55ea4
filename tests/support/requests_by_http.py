"""What an HTTP client makes of a request by its method's rule: a verb, a URL, a body. The gateway's reverse."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from google.protobuf import json_format
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from controlplane.gateway.http_rules import Binding


class HttpRequest(NamedTuple):
    verb: str
    path: str
    query: str
    body: str


def request_of(binding: Binding, message: Message) -> HttpRequest | None:
    """None: the binding's path has no place for what the message has in its variables."""
    rest: Any = type(message)()
    rest.CopyFrom(message)
    path = _path(binding, rest)
    if path is None:
        return None
    if binding.body == "*":
        return HttpRequest(binding.verb, path, "", json_format.MessageToJson(rest))
    body = ""
    if binding.body:
        body = json_format.MessageToJson(getattr(rest, binding.body)) if rest.HasField(binding.body) else ""
        rest.ClearField(binding.body)
    return HttpRequest(binding.verb, path, urlencode(list(_parameters(rest, ""))), body)


def _path(binding: Binding, rest: Any) -> str | None:
    """Takes the variables out of `rest`."""
    template = binding.template
    path = template.text.removesuffix(f":{template.verb}") if template.verb else template.text
    for variable in template.variables:
        *parents, last = variable.field.split(".")
        owner = rest
        for parent in parents:
            owner = getattr(owner, parent)
        value = str(getattr(owner, last))
        owner.ClearField(last)
        segments = "" if variable.is_one_segment else f"={variable.segments}"
        path = path.replace(f"{{{variable.field}{segments}}}", quote(value, safe="-_.~" if not segments else "/-_.~"))
    plain = template.match(path)
    return None if plain is None else path + (f":{template.verb}" if template.verb else "")


def _parameters(message: Message, prefix: str) -> Iterator[tuple[str, str]]:
    for field, value in message.ListFields():
        name = f"{prefix}{field.camelcase_name}"
        found: Any = json_format.MessageToDict(message)[field.camelcase_name]
        if isinstance(found, dict):
            assert found, "an empty message has no place in a query"
            yield from _parameters(value, f"{name}.")
            continue
        values: list[Any] = found if field.is_repeated else [found]
        for each in values:
            yield name, each if isinstance(each, str) else json.dumps(each)


def name_of(method: MethodDescriptor) -> str:
    return method.full_name.rpartition(".v1.")[2] or method.full_name
