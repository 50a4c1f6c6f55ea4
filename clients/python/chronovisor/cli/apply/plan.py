"""The difference between what is declared and what is, as changes in an order in which they can be done. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from chronovisor.cli.apply import group_order
from chronovisor.cli.apply.image import FIXED as FIXED_OF_IMAGES
from chronovisor.cli.apply.image import SOURCE
from chronovisor.cli.apply.limits import LIMITS, POLICY
from chronovisor.cli.apply.machine import FIRST_BOOT
from chronovisor.cli.apply.model import (
    Action,
    Actual,
    Change,
    Declared,
    FieldChange,
    Kind,
    Path,
    Plan,
    Problem,
    dotted,
)
from chronovisor.cli.apply.network import CARDS, names_in
from chronovisor.cli.apply.reach import FIXED, RULES, groups_in

STATE: Path = ("state",)
CORDONED: Path = ("cordoned",)
PROTECTED: Path = ("deletion_protection",)
# What of a spec can be changed while a VM runs.
LIVE = (POLICY, LIMITS, FIRST_BOOT)
# No read gives it, so it cannot be compared: a VM gets it when it is created.
USER_DATA: Path = ("user_data_file",)
# What `state` of a VM is, by its state in the API.
VM_STATES: Mapping[str, str] = {
    "PENDING": "stopped",
    "STOPPED": "stopped",
    "STOPPING": "stopped",
    "STARTING": "running",
    "RUNNING": "running",
    "REBOOTING": "running",
    "MIGRATING": "running",
    "UNKNOWN": "running",
    "PAUSED": "paused",
    "FAILED": "failed",
}
# The commands that lead from one to the other.
_POWER: Mapping[tuple[str, str], Sequence[Action]] = {
    ("stopped", "running"): (Action.START,),
    ("failed", "running"): (Action.START,),
    ("paused", "running"): (Action.RESUME,),
    ("running", "stopped"): (Action.STOP,),
    ("paused", "stopped"): (Action.STOP,),
    ("failed", "stopped"): (Action.STOP,),
}
_KEPT_ON_A_HOST: Sequence[Path] = (("spec", "disk"), ("spec", "image"))
Key = tuple[Kind, str]
# What others in its project can name.
_NAMED = (Kind.NETWORK, Kind.SECURITY_GROUP, Kind.IMAGE)


@dataclass(frozen=True)
class Options:
    """`prune`: whether something that is not declared is to go, by its labels; None: nothing is."""

    restart: bool = False
    prune: Callable[[Mapping[str, str]], bool] | None = None


def plan(declared: Sequence[Declared], actual: Sequence[Actual], options: Options | None = None) -> Plan:
    """What leads from `actual` to `declared`. Names are unique in each. Carried out, it leaves nothing to plan."""
    return _Planner(declared, actual, options or Options()).plan()


def differences(declared: Declared, actual: Actual) -> list[FieldChange]:
    """Terms that are not as declared, but for what commands change, state and cordon, and for what no read gives."""
    changes = [
        FieldChange(path, actual.terms.get(path), value)
        for path, value in declared.terms.items()
        if path not in (STATE, CORDONED, USER_DATA) and actual.terms.get(path) != value
    ]
    for path, value in actual.terms.items():
        is_whole = any(path[: len(group)] == group for group in declared.whole)
        if is_whole and path not in declared.terms:
            changes.append(FieldChange(path, value, None))
    return sorted(changes, key=lambda each: each.path)


class _Planner:
    def __init__(self, declared: Sequence[Declared], actual: Sequence[Actual], options: Options) -> None:
        self._declared = sorted(declared, key=lambda each: (list(Kind).index(each.kind), each.name))
        self._actual: dict[Key, Actual] = {(each.kind, each.name): each for each in actual}
        self._options = options
        self._known = {(each.kind, each.name) for each in declared}
        self._conflicts: list[Problem] = []
        self._notes: list[str] = []

    def plan(self) -> Plan:
        # What is pruned makes room for what is created, and a project can go once its VMs are gone.
        pruned = list(self._pruned())
        of = {
            Kind.PROJECT: self._project,
            Kind.HOST: self._host,
            Kind.SECURITY_GROUP: self._owned,
            Kind.NETWORK: self._owned,
            Kind.IMAGE: self._image,
            Kind.VM: self._vm,
        }
        changes: dict[Kind, list[Change]] = {kind: [] for kind in Kind}
        for each in self._declared:
            changes[each.kind] += of[each.kind](each, self._actual.get((each.kind, each.name)))
        ordered = [
            *changes[Kind.PROJECT],
            *changes[Kind.HOST],
            *group_order.in_order(changes[Kind.SECURITY_GROUP]),
            *changes[Kind.NETWORK],
            *changes[Kind.IMAGE],
            *(each for each in pruned if each.kind is Kind.VM),
            *changes[Kind.VM],
            *(each for each in pruned if each.kind in (Kind.NETWORK, Kind.IMAGE)),
            *group_order.pruned_in_order([each for each in pruned if each.kind is Kind.SECURITY_GROUP]),
            *(each for each in pruned if each.kind is Kind.PROJECT),
        ]
        return Plan(ordered, self._conflicts, self._notes)

    def _conflict(self, declared: Declared, path: Path, rule: str) -> None:
        where = dotted(declared.kind, declared.name, path)
        self._conflicts.append(Problem(declared.place(path), where, rule))

    def _pruned(self) -> Iterator[Change]:
        if self._options.prune is None:
            return
        for key, actual in sorted(self._actual.items()):
            if key in self._known or not self._options.prune(actual.labels):
                continue
            if actual.kind is Kind.HOST:
                self._notes.append(f"host {actual.name} is not declared, and stays: hosts are not pruned")
            elif actual.kind is Kind.PROJECT and self._keeps(actual):
                self._notes.append(f"project {actual.name} is not declared, and stays: {self._keeps(actual)}")
            elif actual.kind in _NAMED and (why := self._used(actual)):
                self._notes.append(f"{dotted(actual.kind, actual.name)} is not declared, and stays: {why}")
            elif actual.terms.get(PROTECTED):
                self._notes.append(f"VM {actual.name} is not declared, and stays: it is protected from deletion")
            elif actual.state != "DELETING":
                yield Change(Action.DESTROY, actual.kind, actual.name, actual=actual)

    def _keeps(self, project: Actual) -> str:
        """Why a project cannot go; empty when it can."""
        if project.name == "default":
            return "it is there for ever"
        inside = [
            *(each for each in self._actual.values() if each.name.startswith(f"{project.name}/") and self._stays(each)),
            *(each for each in self._declared if each.name.startswith(f"{project.name}/")),
        ]
        if any(each.kind is Kind.VM for each in inside):
            return "it has VMs that stay"
        if inside:
            return f"{dotted(inside[0].kind, inside[0].name)} stays"
        dedicated = [
            host.name
            for host in self._actual.values()
            if host.kind is Kind.HOST and host.terms.get(("dedicated_project",)) == project.name
        ]
        return f"host {dedicated[0]} is dedicated to it" if dedicated else ""

    def _stays(self, actual: Actual) -> bool:
        """Whether something in a project is not pruned."""
        prune = self._options.prune
        assert prune is not None
        is_pruned = (actual.kind, actual.name) not in self._known and prune(actual.labels)
        if actual.kind is Kind.VM:
            return bool(not is_pruned or actual.terms.get(PROTECTED))
        return not is_pruned or bool(self._used(actual))

    def _used(self, resource: Actual) -> str:
        """Why a network, a security group or an image cannot go; empty when it can."""
        project, _, resource_id = resource.name.partition("/")
        of_project = [
            *(each for each in self._actual.values() if (each.kind, each.name) in self._known or self._is_kept(each)),
            *self._declared,
        ]
        for each in of_project:
            if each.name.partition("/")[0] != project or each.name == resource.name:
                continue
            networks, groups = _named(each)
            named = {Kind.NETWORK: networks, Kind.SECURITY_GROUP: groups, Kind.IMAGE: _image_named(each)}
            if resource_id in named[resource.kind]:
                return f"{dotted(each.kind, each.name)} names it"
        return ""

    def _is_kept(self, actual: Actual) -> bool:
        """Whether its labels, or its protection, keep what is not declared."""
        prune = self._options.prune
        return prune is not None and bool(not prune(actual.labels) or actual.terms.get(PROTECTED))

    def _created(self, declared: Declared, *, starts: bool = False) -> Change:
        fields = [
            FieldChange(path, None, value)
            for path, value in sorted(declared.terms.items())
            if value is not None and path != STATE
        ]
        return Change(Action.CREATE, declared.kind, declared.name, fields, declared=declared, starts=starts)

    def _project(self, declared: Declared, actual: Actual | None) -> list[Change]:
        if actual is None:
            return [self._created(declared)]
        return self._updated(declared, actual)

    def _owned(self, declared: Declared, actual: Actual | None) -> list[Change]:
        """Of a network, or a security group."""
        if not self._has_project(declared):
            return []
        if actual is None:
            return [self._created(declared)]
        changes = self._updated(declared, actual)
        for each in changes[0].fields if changes and declared.kind is Kind.NETWORK else ():
            if each.path[0] in FIXED:
                self._conflict(declared, each.path, "never changes of a network: delete it first, or name another")
        return changes

    def _image(self, declared: Declared, actual: Actual | None) -> list[Change]:
        if not self._has_project(declared):
            return []
        if actual is None or actual.state == "FAILED":
            if declared.terms.get(SOURCE):
                return [self._created(declared)]
            rule = "it is not there, and has no `source`: upload it, by chronovisor image import FILE"
            self._conflict(declared, (), rule)
            return []
        if actual.state == "PENDING":
            self._notes.append(f"image {actual.name} is being imported: apply again when that is done")
            return []
        changes = self._updated(declared, actual)
        for each in changes[0].fields if changes else ():
            if each.path[0] in FIXED_OF_IMAGES:
                self._conflict(declared, each.path, "never changes of an image: delete it first, or name another")
        return changes

    def _has_project(self, declared: Declared) -> bool:
        project = declared.name.partition("/")[0]
        if {(Kind.PROJECT, project)} & (self._known | set(self._actual)):
            return True
        self._conflict(declared, (), f"the project {project} is neither declared nor there")
        return False

    def _updated(self, declared: Declared, actual: Actual) -> list[Change]:
        changed = differences(declared, actual)
        if not changed:
            return []
        return [Change(Action.UPDATE, declared.kind, declared.name, changed, actual, declared)]

    def _host(self, declared: Declared, actual: Actual | None) -> list[Change]:
        if actual is None:
            rule = "there is no such host; its agent registers it, or `chronovisor host register`"
            self._conflict(declared, (), rule)
            return []
        changes = self._updated(declared, actual)
        if CORDONED in declared.terms:
            changes += self._cordoned(declared, actual)
        return changes

    def _cordoned(self, declared: Declared, actual: Actual) -> list[Change]:
        before, after = actual.terms.get(CORDONED), declared.terms[CORDONED]
        if actual.state not in ("ACTIVE", "CORDONED"):
            self._notes.append(f"host {actual.name} is {actual.state}: it is neither cordoned nor uncordoned")
            return []
        if before == after:
            return []
        action = Action.CORDON if after else Action.UNCORDON
        fields = [FieldChange(CORDONED, before, after)]
        return [Change(action, Kind.HOST, declared.name, fields, actual, declared)]

    def _vm(self, declared: Declared, actual: Actual | None) -> list[Change]:
        if not self._has_project(declared):
            return []
        if actual is None:
            if not any(path[0] == "spec" for path in declared.terms):
                self._conflict(declared, (), "it is not there, and needs `spec` to be created")
                return []
            return [self._created(declared, starts=declared.terms.get(STATE) == "running")]
        if actual.state == "DELETING":
            self._conflict(declared, (), "it is being destroyed: apply again when it is gone")
            return []
        return self._vm_that_is(declared, actual)

    def _vm_that_is(self, declared: Declared, actual: Actual) -> list[Change]:
        updates = self._updated(declared, actual)
        now = VM_STATES.get(actual.state, "running")
        then = declared.terms.get(STATE) or now
        of_spec = [each.path for each in updates[0].fields if _needs_a_stop(each.path)] if updates else []
        for path in of_spec:
            if actual.is_placed and path in _KEPT_ON_A_HOST:
                rule = "its disk is on a host already, and keeps its size and image: destroy the VM first"
                self._conflict(declared, path, rule)
        if not of_spec or now == "stopped":
            return [*updates, *self._power(declared, actual, now, then)]
        if then in ("running", "paused") and now != "failed" and not self._options.restart:
            rule = f"it is {actual.state}, and its spec can be changed while it is stopped alone: give --restart"
            self._conflict(declared, of_spec[0], rule)
            return []
        stopped = self._power(declared, actual, now, "stopped")
        last = "stopped" if then == "stopped" or (now, then) == ("failed", "failed") else "running"
        return [*stopped, *updates, *self._power(declared, actual, "stopped", last)]

    def _power(self, declared: Declared, actual: Actual, now: str, then: object) -> list[Change]:
        if not isinstance(then, str) or then == now:
            return []
        fields = [FieldChange(STATE, now, then)]
        return [Change(each, Kind.VM, declared.name, fields, actual, declared) for each in _POWER.get((now, then), ())]


def _named(resource: Actual | Declared) -> tuple[set[str], set[str]]:
    """The ids of the networks, and of the security groups, that a VM's cards or a group's rules name."""
    if resource.kind is Kind.SECURITY_GROUP:
        return set(), groups_in(resource.terms.get((RULES,)))
    cards = resource.terms.get(("spec", CARDS)) if resource.kind is Kind.VM else ()
    return names_in(cards)


def _image_named(resource: Actual | Declared) -> set[str]:
    """The id of the image that a VM is made from."""
    image = resource.terms.get(("spec", "image")) if resource.kind is Kind.VM else None
    return {image.rpartition("/")[2]} if isinstance(image, str) else set()


def _needs_a_stop(path: Path) -> bool:
    """Whether a term of a VM can be changed while it is stopped alone."""
    return path[0] == "spec" and path[1] not in LIVE
