"""Categories of events: each type has one, and what is marked is a type."""

from chronovisor.v1.timeline_pb2 import TimelineCategory

from controlplane.domain.event_categories import CATEGORIES, RANKS, Category, category_of
from controlplane.ledger.mapper import TOPICS


def test_what_has_a_category_or_a_mark_is_a_type_of_event() -> None:
    assert {*CATEGORIES, *RANKS} <= {*TOPICS}


def test_categories_are_those_of_the_api() -> None:
    names = {value: name for name, value in TimelineCategory.items() if value}
    assert {each: f"TIMELINE_CATEGORY_{each.name}" for each in Category} == names


def test_a_type_that_is_not_known_is_counted_among_all_others() -> None:
    assert category_of("vm_painted") is Category.OTHER
