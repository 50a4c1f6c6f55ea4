"""Selectors: what they match, their canonical text, and terms that can never hold together."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlplane.domain.placement.selectors import LONGEST, BadSelector, Op, Selector, Term, parse

KEYS, VALUES = ("app", "in", "trait:ssd"), ("a", "b", "in")
plain = st.builds(
    Term,
    st.sampled_from(KEYS[:2]),
    st.sampled_from([Op.IN, Op.NOT_IN]),
    st.lists(st.sampled_from(VALUES), min_size=1, unique=True).map(lambda given: tuple(sorted(given))),
)
bare = st.builds(Term, st.sampled_from(KEYS), st.sampled_from([Op.EXISTS, Op.ABSENT]), st.just(()))
selectors = st.lists(plain | bare, max_size=6).map(lambda terms: Selector(tuple(terms)))


@given(selectors)
def test_its_text_is_parsed_to_the_same_selector(selector: Selector) -> None:
    assert parse(str(selector)) == selector


@pytest.mark.slow
@given(selectors)
def test_a_contradiction_is_reported_exactly_where_no_labels_match(selector: Selector) -> None:
    possible = product((None, *VALUES, "other"), repeat=len(KEYS))
    labels = ({key: value for key, value in zip(KEYS, each, strict=True) if value is not None} for each in possible)
    assert bool(selector.contradiction) is not any(selector.matches(each) for each in labels)


@pytest.mark.parametrize(
    ("text", "clash"),
    [
        ("zone=a,rack,zone=b", "zone=a and zone=b"),
        ("zone in (a,b),zone!=a,zone!=b", "zone in (a,b) and zone!=a and zone!=b"),
        ("!trait:ssd,trait:ssd", "!trait:ssd and trait:ssd"),
    ],
)
def test_the_terms_that_clash_are_named(text: str, clash: str) -> None:
    assert parse(text).contradiction == f"{clash} can never hold together"


def test_a_text_whose_canonical_text_would_be_too_long_is_refused() -> None:
    """Events record the canonical text, and what was recorded must be readable."""
    text = ",".join(f"key{number} in(a{'x' * 80},b)" for number in range(10))
    text = text.replace("(a", f"(a{'y' * (LONGEST - len(text))}", 1)
    assert len(text) == LONGEST
    with pytest.raises(BadSelector) as refused:
        parse(text)
    assert refused.value.column == LONGEST
    assert parse(text.replace("yyyyyyyyyy", "", 1))
