"""Free text: what is refused, and that what is escaped can be stored, compared and shown anywhere."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlplane.domain.text import bounded, escaped, flaw

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=60)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a\0", "U+0000, a control character, as character 2"),
        ("\x1b[31m", "U+001B, a control character, as character 1"),
        ("a\nb", "U+000A, a control character, as character 2"),
        ("\x9b2J", "U+009B, a control character"),
        ("\x7f", "U+007F, a control character"),
        ("a\u2028b", "U+2028, a control character"),
        ("abc\u202ecba", "U+202E, an invisible character, as character 4"),
        ("a\u200bb", "U+200B, an invisible character"),
        ("\ufeffa", "U+FEFF, an invisible character"),
        ("\U000e0041", "U+E0041, an invisible character"),
        ("\ud800", "U+D800, half of a surrogate pair"),
        ("\uffff", "U+FFFF, no character"),
        ("\ufdd0", "U+FDD0, no character"),
        ("\U0001fffe", "U+1FFFE, no character"),
        ("e\u0301", "normalisation form C"),
    ],
)
def test_each_kind_is_named_with_its_place(text: str, kind: str) -> None:
    assert kind in flaw(text, 100)


@pytest.mark.parametrize("text", ["", "plain", "日本語", "ñ", "🚀", "a\u00a0b", "[red]", "=1+1", "\ufffd"])
def test_text_of_any_script_is_taken_as_it_is(text: str) -> None:
    assert not flaw(text, 100)
    assert escaped(text) == text


def test_prose_may_have_lines_and_joiners_and_nothing_else_of_the_kind() -> None:
    assert not flaw("a\n\tb\u200dc\u200c e\u0301", 100, prose=True)
    assert flaw("a\rb", 100, prose=True)
    assert flaw("a\u202eb", 100, prose=True)


def test_length_is_in_characters() -> None:
    assert not flaw("é" * 10, 10)
    assert flaw("é" * 11, 10) == "must have at most 10 characters"


def test_words_of_several_lines_become_one() -> None:
    assert escaped("cannot start:\r\n  no such disk\n") == "cannot start:   no such disk "
    assert escaped("a\0b\x1b") == "a\\x00b\\x1b"


@given(ANY_TEXT)
def test_escaped_text_has_no_flaw_but_its_form(text: str) -> None:
    found = escaped(text)
    found.encode()
    assert not flaw(unicodedata.normalize("NFC", found), 1000)
    assert escaped(found) == found


@given(ANY_TEXT)
def test_what_has_no_flaw_is_not_changed(text: str) -> None:
    if not flaw(text, 1000):
        assert escaped(text) == text


@given(ANY_TEXT, st.integers(min_value=40, max_value=100))
def test_bounded_text_fits_and_is_whole_where_there_is_room(text: str, most: int) -> None:
    found = bounded(text, most)
    assert len(found.encode()) <= most
    assert found == escaped(text) or found.endswith(f"... ({len(text)} characters)")
