"""What is declared, what is, and what is to change, as values. Knows no file, no call and no message of the API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """In the order in which they are changed."""

    PROJECT = "project"
    HOST = "host"
    SECURITY_GROUP = "security_group"
    NETWORK = "network"
    IMAGE = "image"
    VM = "vm"

    @property
    def section(self) -> str:
        """The key of a file below which they are."""
        return f"{self.value}s"


# Such as ("spec", "memory") or ("labels", "app.kubernetes.io/name").
Path = tuple[str, ...]
# Amounts in base units, times in seconds. A list is sorted: its order means nothing.
Value = str | int | float | bool | tuple[str, ...]
# What is not there, or is as by default (no text, 0, false, 1 of a ratio), is left out.
Terms = Mapping[Path, Value]


@dataclass(frozen=True, order=True)
class Place:
    """Where something stands in a file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def _no_places() -> dict[Path, Place]:
    return {}


@dataclass(frozen=True)
class Declared:
    """One resource of a file. A term that is None is declared not to be there."""

    kind: Kind
    # `shop`, `node-1` or `shop/web-1`.
    name: str
    terms: Mapping[Path, Value | None]
    # Groups of terms that are declared as a whole: what is not declared in them is not to be there.
    whole: frozenset[Path] = frozenset()
    places: Mapping[Path, Place] = field(default_factory=_no_places, compare=False)

    def place(self, path: Path = ()) -> Place:
        """Where a term stands, or else what it is in."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Place("", 0))


@dataclass(frozen=True)
class Actual:
    """One resource as it is. `state`: of a VM, a host or an image, as the API names it."""

    kind: Kind
    name: str
    uid: str = ""
    etag: str = ""
    terms: Terms = field(default_factory=dict[Path, Value])
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    state: str = ""
    # Of a VM: whether a disk of it is on a host.
    is_placed: bool = False


class Action(StrEnum):
    """What is done to a resource."""

    CREATE = "create"
    UPDATE = "update"
    CORDON = "cordon"
    UNCORDON = "uncordon"
    STOP = "stop"
    RESUME = "resume"
    START = "start"
    DESTROY = "destroy"


@dataclass(frozen=True)
class FieldChange:
    """One term before and after. None: not there."""

    path: Path
    before: Value | None
    after: Value | None


@dataclass(frozen=True)
class Change:
    """One thing to do. Several of one resource are done in their order."""

    action: Action
    kind: Kind
    name: str
    fields: Sequence[FieldChange] = ()
    # As it was when this was planned; None: it is not there yet.
    actual: Actual | None = None
    # None: it is pruned.
    declared: Declared | None = None
    # Of a VM that is created: start it in the same append.
    starts: bool = False


@dataclass(frozen=True)
class Problem:
    """Why something cannot be, and where that was declared."""

    place: Place
    # Such as `vms.shop/web-1.spec.memory`.
    path: str
    rule: str

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place.file else ""
        return f"{where}{self.path}: {self.rule}" if self.path else f"{where}{self.rule}"


@dataclass(frozen=True)
class Plan:
    """All that is to be done, in order; what stands against it; and what is left as it is."""

    changes: Sequence[Change] = ()
    conflicts: Sequence[Problem] = ()
    notes: Sequence[str] = ()


def normal(value: Value | None) -> Value | None:
    """What is as by default is None."""
    return value or None


def dotted(kind: Kind, name: str, path: Path = ()) -> str:
    """`vms.shop/web-1.spec.memory`."""
    return ".".join((kind.section, name, *path))
