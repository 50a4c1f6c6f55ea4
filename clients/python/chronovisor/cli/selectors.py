"""Selectors of labels, as the API has them for placement: `app=web,tier!=test,zone in (a,b),!old`. Pure."""

import re
from collections.abc import Callable, Mapping

Holds = Callable[[Mapping[str, str]], bool]
_KEY = r"[A-Za-z0-9][A-Za-z0-9_.\-/]*"
_VALUE = r"[A-Za-z0-9_.\-/:]*"
_TERM = re.compile(
    rf"\s*(?:(?P<not>!)\s*(?P<absent>{_KEY})"
    rf"|(?P<key>{_KEY})\s+(?P<set>in|notin)\s*\((?P<values>[^()]*)\)"
    rf"|(?P<equal>{_KEY})\s*(?P<op>!=|==|=)\s*(?P<value>{_VALUE})"
    rf"|(?P<present>{_KEY}))\s*"
)


def parse_selector(text: str) -> Holds:
    """Whether labels have all that the text requires. Raises ValueError."""
    terms: list[Holds] = []
    place = 0
    while True:
        match = _TERM.match(text, place)
        if match is None or (match.end() < len(text) and text[match.end()] != ","):
            raise ValueError(f"{text!r} is not a selector of labels such as app=web,tier!=test or 'app in (web,api)'")
        terms.append(_term(match))
        if match.end() == len(text):
            return lambda labels: all(holds(labels) for holds in terms)
        place = match.end() + 1


def _term(match: re.Match[str]) -> Holds:
    if absent := match["absent"]:
        return lambda labels: absent not in labels
    if present := match["present"]:
        return lambda labels: present in labels
    if key := match["key"]:
        values = {each.strip() for each in match["values"].split(",")}
        if match["set"] == "in":
            return lambda labels: key in labels and labels[key] in values
        return lambda labels: labels.get(key) not in values
    equal, value = match["equal"], match["value"]
    if match["op"] == "!=":
        return lambda labels: labels.get(equal) != value
    return lambda labels: labels.get(equal) == value
