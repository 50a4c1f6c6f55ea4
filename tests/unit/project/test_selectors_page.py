"""The examples of docs/reference/selectors.md are what the parser says."""

import re

import pytest

from controlplane.domain.placement.selectors import BadSelector, parse
from tests.unit.project.checkout import ROOT

ROWS = re.findall(r"^\| `(.+?)` \| (.+) \|$", (ROOT / "docs" / "reference" / "selectors.md").read_text(), re.MULTILINE)
MATCHES = [(selector, rest.split(" | ")) for selector, rest in ROWS if " | " in rest]
REFUSED = [(selector, rest) for selector, rest in ROWS if " | " not in rest]


def test_the_page_has_examples_of_both() -> None:
    assert len(MATCHES) > 10
    assert len(REFUSED) > 3


@pytest.mark.parametrize(("selector", "row"), MATCHES)
def test_a_selector_matches_as_the_page_says(selector: str, row: list[str]) -> None:
    labels = dict(each.split("=", 1) for each in row[0].strip("`").split())
    assert ("yes" if parse(selector).matches(labels) else "no") == row[1]


@pytest.mark.parametrize(("selector", "rule"), REFUSED)
def test_a_selector_is_refused_as_the_page_says(selector: str, rule: str) -> None:
    try:
        found = parse(selector).contradiction
    except BadSelector as error:
        found = error.rule
    assert found == rule
