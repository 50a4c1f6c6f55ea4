"""Requests for lists, whatever is listed: what they say, and of which parent."""

from typing import Any

from controlplane.queries.lists import ALL_PROJECTS, Count, Listing
from controlplane.rpc.shared.read_position import read_of
from controlplane.rpc.shared.validate import FieldRules


def listing_of(request: Any) -> Listing:
    """Whatever it has of a list's usual fields. Raises InvalidField for an order that there is not."""
    return Listing(
        getattr(request, "parent", ""),
        getattr(request, "filter", ""),
        getattr(request, "order_by", ""),
        request.page_size,
        request.page_token,
        getattr(request, "show_deleted", False),
        read_of(request),
        getattr(request, "return_total_size", False),
    )


def mark_total(response: Any, total: Count | None) -> None:
    """Says how many there are in all, where that was requested."""
    if total:
        response.total_size, response.total_size_is_minimum = total.rows, total.is_minimum


def check_parent(parent: str) -> None:
    """Raises InvalidField for a parent of no list of what projects have."""
    if parent != ALL_PROJECTS:
        rules = FieldRules()
        rules.name(parent, "projects/{project}", "parent")
        rules.done()
