"""HTTP with JSON to the methods of the API, by their HTTP rules: path, query and body are a request message. No I/O.

The rules are compiled once. A path is split at its verb (`:start`), and compared with the rules of the same HTTP verb,
custom verb and number of segments: a few.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message

from controlplane.gateway import json_text
from controlplane.gateway.http_rules import Binding, bindings_of
from controlplane.gateway.parameters import Parameters
from controlplane.gateway.path_template import split_verb
from controlplane.gateway.violations import BadParameters, Violation

MOST_PARAMETERS = 1_000
# HTTP verb, custom verb, and how many segments the path has; None for any number of them.
_Key = tuple[str, str, int | None]


class NoSuchPath(LookupError):
    """No rule has this path. `allowed` are the HTTP verbs that it has."""

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__("no method has this path" if not allowed else f"this path takes {', '.join(allowed)}")
        self.allowed = tuple(allowed)


@dataclass(frozen=True, slots=True)
class Route:
    """The method that a path means, and what the path says of its request."""

    binding: Binding
    variables: Mapping[str, str]

    @property
    def method(self) -> MethodDescriptor:
        return self.binding.method

    @property
    def name(self) -> str:
        """As gRPC has it: `/SERVICE/METHOD`."""
        service = self.method.containing_service
        assert service is not None
        return f"/{service.full_name}/{self.method.name}"

    def request(self, query: str = "", body: bytes = b"") -> Message:
        """The request. Raises BadParameters."""
        message = message_factory.GetMessageClass(self.method.input_type)()
        self._fill_from_body(message, body)
        parameters = Parameters(message)
        for field, text in self.variables.items():
            self._agrees(message, field, text)
            parameters.set(field, text)
            parameters.close(field)
        if self.binding.body:
            parameters.close(self.binding.body)
        for name, text in self._query(query):
            parameters.set(name, text)
        if parameters.violations:
            raise BadParameters(*parameters.violations)
        return message

    def _fill_from_body(self, message: Any, body: bytes) -> None:
        field = self.binding.body
        if not field:
            if body:
                raise BadParameters(Violation("", f"{self.binding.verb} of this path takes no body"))
            return
        if field == "*":
            # `curl -X POST .../vms/web-1:start` sends nothing.
            json_text.parse(body or b"{}", message)
            return
        if not body:
            return
        member = getattr(message, field)
        member.SetInParent()
        try:
            json_text.parse(body, member)
        except BadParameters as error:
            raise BadParameters(*(_inside(field, each) for each in error.violations)) from None

    def _agrees(self, message: Any, field: str, text: str) -> None:
        """A name in the body that is another than in the path: whichever is meant, it is not safe to guess."""
        for step in field.split("."):
            message = getattr(message, step)
        if message and str(message) != text:
            raise BadParameters(Violation(field, f"is {message} in the body, and {text} in the path"))

    def _query(self, query: str) -> Iterable[tuple[str, str]]:
        if query and self.binding.body == "*":
            raise BadParameters(Violation("", "this path takes no query: what it says belongs in the body"))
        try:
            return parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
        except UnicodeDecodeError:
            raise BadParameters(Violation("", "the query must be UTF-8, percent-encoded")) from None
        except ValueError:
            raise BadParameters(Violation("", f"at most {MOST_PARAMETERS} parameters")) from None


class Router:
    """The rules of some services, compiled."""

    def __init__(self, services: Sequence[ServiceDescriptor]) -> None:
        self._bindings: dict[_Key, list[Binding]] = defaultdict(list)
        for each in bindings_of(services):
            self._bindings[each.verb, each.template.verb, each.template.length].append(each)
        # Of rules whose paths are one path each.
        self.plain_paths = tuple(
            dict.fromkeys(
                each.template.text
                for several in self._bindings.values()
                for each in several
                if not each.template.variables
            )
        )
        self._verbs = tuple(dict.fromkeys(verb for verb, _, _ in self._bindings))

    def route(self, verb: str, path: str) -> Route:
        """By the path as it was sent, without its query. HEAD is GET. Raises NoSuchPath and BadParameters."""
        try:
            if found := self._found("GET" if verb == "HEAD" else verb, path):
                return found
            verbs = [each for each in self._verbs if self._found(each, path)]
            raise NoSuchPath([*verbs, *(["HEAD"] if "GET" in verbs else [])])
        except UnicodeDecodeError:
            raise BadParameters(Violation("", "the path must be UTF-8, percent-encoded")) from None

    def _found(self, verb: str, path: str) -> Route | None:
        plain, custom = split_verb(path)
        for length in (plain.count("/"), None):
            for each in self._bindings.get((verb, custom, length), ()):
                variables = each.template.match(plain)
                if variables is not None:
                    return Route(each, variables)
        return None


def _inside(field: str, violation: Violation) -> Violation:
    return Violation(f"{field}.{violation.field}" if violation.field else "", violation.rule)
