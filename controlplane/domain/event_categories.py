"""Categories of events, as a timeline counts and marks them: by type alone. Decides nothing."""

from collections.abc import Sequence
from enum import IntEnum

from controlplane.domain.resource_kinds import CREATION, RESOURCE_KINDS


class Category(IntEnum):
    """As chronovisor.v1.TimelineCategory has them. The read database's rows have their numbers."""

    CREATED = 1
    STARTED = 2
    STOPPED = 3
    DESTROYED = 4
    FAILED = 5
    MIGRATED = 6
    GIVEN_UP = 7
    HOST_TROUBLE = 8
    ACCESS = 9
    OTHER = 10
    BOOKKEEPING = 11


# By the field of the event's payload; all else is OTHER.
_FIELDS: dict[Category, Sequence[str]] = {
    Category.CREATED: tuple(CREATION.values()),
    Category.STARTED: ("vm_started", "vm_resumed", "vm_rebooted"),
    Category.STOPPED: ("vm_stopped", "vm_paused"),
    Category.DESTROYED: (
        "vm_deleted",
        "host_decommissioned",
        "project_deleted",
        *(kind.deleted_field for kind in RESOURCE_KINDS.values()),
    ),
    Category.FAILED: ("vm_start_failed", "vm_step_failed", "image_import_failed"),
    Category.MIGRATED: ("vm_migrated", "vm_rehomed"),
    Category.GIVEN_UP: ("vm_deadline_passed", "host_drain_cancelled", "rebalance_cancelled"),
    Category.HOST_TROUBLE: (
        "host_lost",
        "host_regained",
        "host_fence_requested",
        "host_fenced",
        "host_fence_failed",
        "host_drift_found",
        "vm_host_lost",
        "vm_host_regained",
    ),
    Category.ACCESS: (
        "access_policy_set",
        "role_defined",
        "role_deleted",
        "person_forgotten",
        "console_opened",
        "console_screenshot_taken",
        "console_ticket_created",
        "console_program_requested",
        "host_token_created",
        "host_token_revoked",
        "host_certificate_revoked",
        "service_account_token_created",
        "service_account_token_revoked",
        "ledger_accepted",
        "history_forked",
    ),
    Category.BOOKKEEPING: (
        "request_accepted",
        "batch_sealed",
        "snapshot_taken",
        "clock_stepped",
        "secrets_forgotten",
        "console_closed",
        "host_token_used",
        "host_certificate_issued",
        "service_account_tokens_used",
    ),
}
CATEGORIES = {field: category for category, fields in _FIELDS.items() for field in fields}

# What is marked on a timeline, what matters most first. A lost host stands for its VMs, where both are seen.
_RANKS: Sequence[Sequence[str]] = (
    ("host_lost", "host_fenced", "host_fence_failed", "ledger_accepted", "history_forked"),
    (*_FIELDS[Category.FAILED], *_FIELDS[Category.GIVEN_UP]),
    ("host_regained", "host_fence_requested", "host_drift_found"),
    ("access_policy_set", "role_defined", "role_deleted", "host_token_revoked", "host_certificate_revoked"),
    _FIELDS[Category.MIGRATED],
    ("vm_host_lost", "vm_host_regained"),
)
RANKS = {field: rank for rank, fields in enumerate(_RANKS) for field in fields}
LAST_RANK = len(_RANKS) - 1


def category_of(field: str) -> Category:
    """Of the field of an event's payload; OTHER for one that is not known."""
    return CATEGORIES.get(field, Category.OTHER)
