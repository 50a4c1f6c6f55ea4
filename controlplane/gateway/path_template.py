"""Path templates of google.api.http: which paths a rule matches, and what its variables are then. No I/O.

See google/api/http.proto: `/v1/{name=projects/*/vms/*}:start`, `/v1/{name=operations/**}`. A colon in the last segment
begins the verb; one that belongs to a name is percent-encoded, as is every character that a URL has another use for.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote

_TOKEN = re.compile(r"\*\*|\*|/|\{(?P<field>[\w.]+)(?:=(?P<segments>[^{}]+))?\}|(?P<literal>[\w.~-]+)")
_SEGMENT, _SEGMENTS = "[^/]+", ".*"
# What a variable of several segments keeps: a decoded slash would read as the end of a segment.
_SLASH = re.compile("%2f", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PathVariable:
    """A field of the request that a path names, by its path in the request, and the segments that it has."""

    field: str
    segments: str

    @property
    def is_one_segment(self) -> bool:
        return self.segments == "*"

    def decoded(self, text: str) -> str:
        if self.is_one_segment:
            return unquote(text, errors="strict")
        return "%2F".join(unquote(part, errors="strict") for part in _SLASH.split(text))


@dataclass(frozen=True, slots=True)
class PathTemplate:
    """A template, compiled. `length` is how many segments its paths have; None, where `**` has as many as there are."""

    text: str
    verb: str
    variables: tuple[PathVariable, ...]
    pattern: re.Pattern[str]
    length: int | None

    def match(self, path: str) -> dict[str, str] | None:
        """The value of each field that the path names, of a path without its verb. Raises UnicodeDecodeError."""
        found = self.pattern.fullmatch(path)
        if found is None:
            return None
        return {each.field: each.decoded(found[n + 1]) for n, each in enumerate(self.variables)}


def split_verb(path: str) -> tuple[str, str]:
    """A path without its verb, and the verb: `/v1/hosts/a:drain` is `/v1/hosts/a` and `drain`."""
    before, colon, verb = path.rpartition(":")
    return (before, verb) if colon and "/" not in verb else (path, "")


def parse_template(text: str) -> PathTemplate:
    """Raises ValueError for what is no template."""
    path, verb = _split_template(text)
    variables: list[PathVariable] = []
    pattern = "".join(_pattern_of(token, text, variables) for token in _tokens(path, text))
    length = None if "**" in path else path.count("/")
    if not path.startswith("/"):
        raise ValueError(f"{text!r} does not begin with /")
    return PathTemplate(text, verb, tuple(variables), re.compile(pattern), length)


def _split_template(text: str) -> tuple[str, str]:
    before, colon, verb = text.rpartition(":")
    return (before, verb) if colon and not set(verb) & set("/{}") else (text, "")


def _tokens(path: str, text: str) -> list[re.Match[str]]:
    found, position = list[re.Match[str]](), 0
    while position < len(path):
        token = _TOKEN.match(path, position)
        if token is None:
            raise ValueError(f"{text!r} is no path template: {path[position:]!r}")
        found.append(token)
        position = token.end()
    return found


def _pattern_of(token: re.Match[str], text: str, variables: list[PathVariable]) -> str:
    if field := token["field"]:
        segments = token["segments"] or "*"
        variables.append(PathVariable(field, segments))
        return f"({''.join(_pattern_of(each, text, variables) for each in _tokens(segments, text))})"
    plain = {"*": _SEGMENT, "**": _SEGMENTS}
    return plain.get(token[0]) or re.escape(token[0])
