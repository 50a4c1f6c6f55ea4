"""Page tokens and the filter subset."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlplane.domain.errors import InvalidField
from controlplane.domain.text import flaw
from controlplane.queries import filters, page_tokens
from controlplane.queries.filters import FilterTerm

STATES = ("RUNNING", "STOPPED", "A")
FIELDS = {"state": STATES, "host": ()}


@given(st.text(min_size=1), st.text())
def test_a_token_gives_back_where_its_page_ended(last: str, bound_to: str) -> None:
    assert page_tokens.last_of(page_tokens.token_for(last, bound_to), bound_to) == last


@given(st.text(max_size=40))
def test_no_text_is_a_token_by_chance(text: str) -> None:
    if text:
        with pytest.raises(InvalidField):
            page_tokens.last_of(text, "x")


@given(st.text(min_size=1), st.integers(0), st.characters())
def test_a_token_that_was_changed_anywhere_is_refused(last: str, place: int, other: str) -> None:
    token = page_tokens.token_for(last, "x")
    place %= len(token)
    changed = token[:place] + other + token[place + 1 :]
    try:
        assert page_tokens.last_of(changed, "x") == last
    except InvalidField as error:
        assert [each.field for each in error.violations] == ["page_token"]  # noqa: PT017 either is right


@pytest.mark.parametrize(("requested", "size"), [(0, 100), (1, 1), (1000, 1000), (1001, 1000), ((1 << 31) - 1, 1000)])
def test_a_page_has_a_default_size_and_a_largest(requested: int, size: int) -> None:
    assert page_tokens.size_of(requested) == size


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", []),
        ("   ", []),
        ("state=RUNNING", [FilterTerm("state", True, "RUNNING")]),
        ('state = "RUNNING"', [FilterTerm("state", True, "RUNNING")]),
        ('host != "hosts/a"', [FilterTerm("host", False, "hosts/a")]),
        ("labels.a/b.c-d=x", [FilterTerm("labels.a/b.c-d", True, "x")]),
        ('state=A AND host="AND"', [FilterTerm("state", True, "A"), FilterTerm("host", True, "AND")]),
        ('host=""', [FilterTerm("host", True, "")]),
        ('host="é 漢"', [FilterTerm("host", True, "é 漢")]),
        (r'host="a \" b" AND state=A', [FilterTerm("host", True, 'a " b'), FilterTerm("state", True, "A")]),
        (
            r'labels.a="\\" AND labels.b="\"\\\""',
            [FilterTerm("labels.a", True, "\\"), FilterTerm("labels.b", True, '"\\"')],
        ),
    ],
)
def test_a_filter_is_terms_joined_by_and(text: str, terms: list[FilterTerm]) -> None:
    assert filters.parse(text, FIELDS) == terms


@pytest.mark.parametrize(
    "text",
    ["state", "=", "state==A", "state=A host=B", "state=A AND", "AND state=A", "state=A OR host=B", "NOT state=A",
     "x=1", 'state="A', "(state=A)", "state:A", "labels=x", "state=A ANDhost=B", "state>A",
     "host='a'", r'host="a\"', r'host="a\\"b"', r'host="\n"', 'host="\\'],
)  # fmt: skip
def test_what_is_not_in_the_subset_is_refused(text: str) -> None:
    with pytest.raises(InvalidField) as refused:
        filters.parse(text, FIELDS)
    assert [each.field for each in refused.value.violations] == ["filter"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("state=A AND", "AND is followed by another term"),
        ("state=A AND ", "AND is followed by another term"),
        ("host='a b'", "a value is in double quotes, or in none: 'a"),
        ("labels.a=b", "'labels.a' is not one of host, state"),
    ],
)
def test_a_refusal_says_what_is_wrong(text: str, rule: str) -> None:
    with pytest.raises(InvalidField) as refused:
        filters.parse(text, FIELDS, labels=False)
    assert [each.rule for each in refused.value.violations] == [rule]


@given(st.text().filter(lambda value: not flaw(value, 100)), st.booleans())
def test_every_value_can_be_filtered_by(value: str, equal: bool) -> None:
    escaped = value.replace("\\", r"\\").replace('"', r"\"")
    text = f'host {"=" if equal else "!="} "{escaped}" AND state=A'
    assert filters.parse(text, FIELDS) == [FilterTerm("host", equal, value), FilterTerm("state", True, "A")]


@pytest.mark.parametrize("text", ['state = "RUNING"', "state != running", 'state=""', "host=a AND state=VM_STATE_A"])
def test_a_value_that_an_enum_does_not_have_is_refused_with_those_that_it_has(text: str) -> None:
    with pytest.raises(InvalidField) as refused:
        filters.parse(text, FIELDS)
    (violation,) = refused.value.violations
    assert violation.field == "filter"
    assert violation.rule.endswith("is not a state: RUNNING, STOPPED, A are")


@given(st.text(max_size=60))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        filters.parse(text, FIELDS)
    except InvalidField as error:
        assert len(str(error)) < 300  # noqa: PT017 either is right


def test_every_term_must_match() -> None:
    terms = filters.parse('state=A AND host!="b"', FIELDS)
    assert filters.matches(terms, {"state": "A", "host": "a"}.__getitem__)
    assert not filters.matches(terms, {"state": "A", "host": "b"}.__getitem__)
