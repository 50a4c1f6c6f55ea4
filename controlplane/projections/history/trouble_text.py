"""What few VMs have at any time, as a part of their rows: availability, migration, restart, what UNKNOWN covers, that
there is user data, protection from deletion, and what network cards hold."""

from typing import NamedTuple

from controlplane.domain.resources import Resources
from controlplane.domain.time import Micros
from controlplane.domain.vm.aggregate import DiskMove, Migration, MigrationPhase, Observed, UserData, Vm
from controlplane.domain.vm.availability import (
    DEFAULT_AVAILABILITY,
    Availability,
    OnMaintenance,
    Restart,
    RestartWhen,
)
from controlplane.domain.vm.interfaces import Card
from controlplane.domain.vm.states import STATES, VmState

Text = tuple[str, str]

# A VM's last fields, from `availability` on, and what almost all have in them.
_FIRST = Vm._fields.index("availability")
NONE = (DEFAULT_AVAILABILITY, None, None, 0, False, VmState.STOPPED, None, False, ())


def has_any(vm: Vm) -> bool:
    """Whether there is anything of it to be written."""
    return vm[_FIRST:] != NONE


class _Migration(NamedTuple):
    """The other side of a move; what it holds by class."""

    host_uid: str
    host: str
    incarnation: int
    held: tuple[int, int, int, tuple[tuple[str, int], ...]]
    disk: int
    phase: int
    departure: tuple[int, int, str] | None
    arrived: int
    cancelled: int
    address: tuple[Text, ...]
    bandwidth_mib_s: int
    auto_converge: int


class Trouble(NamedTuple):
    """All of it. `availability` is None for the default, and so is `migration`, `restart` where there is none.

    `restart` is attempt and time, `last_state` that of an UNKNOWN VM, or 0. `user_data` is its version, size and hash;
    of a VM without any, it is left out, and so is `protected` of one that is not, and `cards` of one that has none.
    """

    availability: tuple[int, int, int, int, int, int, str] | None
    migration: _Migration | None
    restart: tuple[int, int] | None
    attempts: int
    restarts: int
    last_state: int
    user_data: tuple[int, int, str] | None = None
    protected: int = 0
    # As `vm.interfaces.Card` has them.
    cards: tuple[tuple[int, str, str, str, str], ...] = ()


_USER_DATA = Trouble._fields.index("user_data")


def recorded(vm: Vm) -> tuple[object, ...]:
    """The fields of Trouble, as far as they are written."""
    user_data, first = vm.user_data, _recorded(vm)[:_USER_DATA]
    kept = (user_data[0], user_data[1], user_data[2].hex()) if user_data else None
    if vm.cards:
        return (*first, kept, int(vm.deletion_protection), vm.cards)
    if vm.deletion_protection:
        return (*first, kept, 1)
    return (*first, kept) if kept else first


def _recorded(vm: Vm) -> Trouble:
    return Trouble(
        None if vm.availability == DEFAULT_AVAILABILITY else vm.availability,
        _recorded_migration(vm.migration) if vm.migration else None,
        vm.restart,
        vm.attempts,
        int(vm.restarts),
        vm.last_state if vm.state is VmState.UNKNOWN else 0,
    )


def restored(vm: Vm, trouble: Trouble) -> Vm:
    """The VM with it. Raises ValueError."""
    availability, migration, restart, attempts, restarts, last_state, user_data, protected, cards = trouble
    return vm._replace(
        availability=_availability(*availability) if availability else DEFAULT_AVAILABILITY,
        migration=_migration(migration) if migration else None,
        restart=Restart(restart[0], Micros(restart[1])) if restart else None,
        attempts=attempts,
        restarts=restarts == 1,
        last_state=STATES[last_state] if last_state else VmState.STOPPED,
        user_data=UserData(user_data[0], user_data[1], bytes.fromhex(user_data[2])) if user_data else None,
        deletion_protection=protected == 1,
        cards=tuple(Card(*each) for each in cards),
    )


def _availability(
    on_maintenance: int, when: int, most: int, backoff_us: int, cooldown_us: int, priority: int, after: str
) -> Availability:
    how = (OnMaintenance(on_maintenance), RestartWhen(when))
    return Availability(*how, most, backoff_us, cooldown_us, priority, after)


def _recorded_migration(migration: Migration) -> _Migration:
    held = migration.held
    return _Migration(
        migration.host_uid,
        migration.host,
        migration.incarnation,
        (held.vcpus, held.memory_mib, held.disk_gib, held.extended),
        migration.disk,
        migration.phase,
        migration.departure,
        int(migration.arrived),
        int(migration.cancelled),
        migration.address,
        migration.bandwidth_mib_s,
        int(migration.auto_converge),
    )


def _migration(recorded: _Migration) -> Migration:
    departure = recorded.departure
    return Migration(
        recorded.host_uid,
        recorded.host,
        recorded.incarnation,
        Resources(*recorded.held),
        DiskMove(recorded.disk),
        MigrationPhase(recorded.phase),
        Observed(departure[0], Micros(departure[1]), departure[2]) if departure else None,
        recorded.arrived == 1,
        recorded.cancelled == 1,
        recorded.address,
        recorded.bandwidth_mib_s,
        recorded.auto_converge == 1,
    )
