"""The decision who may do what: a table of bindings, and a memo of its answers. Performs no I/O.

A policy engine would take a hundred times as long: see decision 0053. What is not granted is denied.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from controlplane.domain.access.conditions import ALWAYS_S
from controlplane.domain.access.policy import EVERYBODY, Binding, Policy
from controlplane.domain.access.principal import Principal, ProofKind
from controlplane.domain.access.roles import ADMIN, BUILT_IN, Role, granted_by

# More answers than this are not remembered.
MOST_REMEMBERED = 100_000
NO_LABELS: Mapping[str, str] = {}
NO_BINDINGS: Mapping[str, Sequence[Binding]] = {}


class Grant(NamedTuple):
    """Why a principal has a permission: a binding of the root (empty `project_uid`), or of a project."""

    binding: Binding
    project_uid: str = ""


# What needs no binding: whoever owns the machine that the ledger is on can do all that files allow.
OWNER = Grant(Binding(ADMIN, "the owner of the local socket"))


class Known(NamedTuple):
    """The permissions that there are. `of_root`: those that no project can have, such as of hosts."""

    everything: frozenset[str]
    of_root: frozenset[str] = frozenset()


Labels = Callable[[str], Mapping[str, str]]


class AccessTable:
    """Policies and roles as they are.

    `known` are the permissions that there are; `labels` gives those of a project, and `projects` all their uids.
    """

    def __init__(self, known: Known, labels: Labels, projects: Callable[[], Iterable[str]] = tuple) -> None:
        self.permissions = known
        self.known = known.everything
        self._labels = labels
        self._projects = projects
        self._roles: dict[str, Role] = dict(BUILT_IN)
        self._permissions = {name: granted_by(role, self.known) for name, role in BUILT_IN.items()}
        self._policies: dict[str, Policy] = {}
        # By project, the empty one being the root, and member.
        self._bindings: dict[str, dict[str, list[Binding]]] = {}
        # By member, the projects on which it has any.
        self._bound: defaultdict[str, set[str]] = defaultdict(set)
        self._root_has_labels = False
        self._memo: dict[tuple[str, frozenset[str], str, str, str], tuple[Grant | None, float]] = {}
        # Those whose policies have bindings that end at a time.
        self._ending: set[str] = set()

    # What it is made of.

    def put_policy(self, policy: Policy) -> None:
        uid, bindings = policy.project_uid, dict[str, list[Binding]]()
        for member in self._bindings.get(uid, ()):
            self._bound[member].discard(uid)
            if not self._bound[member]:
                del self._bound[member]
        for each in policy.bindings:
            bindings.setdefault(each.member, []).append(each)
            self._bound[each.member].add(uid)
        self._bindings[uid] = bindings
        self._policies[uid] = policy
        if not uid:
            self._root_has_labels = any(each.condition.labels for each in policy.bindings)
        ends = any(each.condition.until < ALWAYS_S for each in policy.bindings)
        (self._ending.add if ends else self._ending.discard)(uid)
        self.changed()

    def put_role(self, name: str, role: Role | None) -> None:
        if role is None:
            self._roles.pop(name, None)
            self._permissions.pop(name, None)
        else:
            self._roles[name] = role
            self._permissions[name] = granted_by(role, self.known)
        self.changed()

    def changed(self) -> None:
        """What was decided may not hold any more: also when labels of a project changed."""
        self._memo.clear()

    def policy(self, project_uid: str) -> Policy:
        return self._policies.get(project_uid) or Policy(project_uid)

    @property
    def has_ends(self) -> bool:
        """Whether what is granted now may end by itself."""
        return bool(self._ending)

    @property
    def roles(self) -> Mapping[str, Role]:
        return self._roles

    # Decisions.

    def grant(self, principal: Principal, permission: str, project_uid: str, now: float) -> Grant | None:
        """By what a principal has a permission on a project, or on the root for an empty uid; None: it has not.

        `now` is in seconds since 1970.
        """
        if principal.owns_machine:
            return OWNER
        key = (principal.name, principal.groups, principal.uid, permission, project_uid)
        if (found := self._memo.get(key)) and now < found[1]:
            return found[0]
        decided = self._decide(principal, permission, project_uid, now)
        if len(self._memo) >= MOST_REMEMBERED:
            self._memo.clear()
        self._memo[key] = decided
        return decided[0]

    def _decide(
        self, principal: Principal, permission: str, project_uid: str, now: float
    ) -> tuple[Grant | None, float]:
        """And until when that holds, whatever else happens."""
        members = members_of(principal)
        at_project = project_uid and permission not in self.permissions.of_root
        for uid in (project_uid, "") if at_project else ("",):
            for member in members:
                for binding in self._bindings.get(uid, NO_BINDINGS).get(member, ()):
                    if permission not in self._permissions.get(binding.role, ()) or not _means(binding, principal):
                        continue
                    condition = binding.condition
                    labels = self._labels(project_uid) if condition.labels else NO_LABELS
                    if condition.holds(now, labels):
                        return Grant(binding, uid), condition.until
        return None, ALWAYS_S

    def projects(self, principal: Principal, permission: str, now: float) -> frozenset[str]:
        """The projects, by uid, on which a principal has a permission that it does not have on the root."""
        candidates = self._projects_of(principal)
        if self._root_has_labels:
            candidates.update(self._projects())
        return frozenset(uid for uid in candidates if uid and self.grant(principal, permission, uid, now))

    def _projects_of(self, principal: Principal) -> set[str]:
        """Those on which it has any binding; the root is among them."""
        return set[str]().union(*(self._bound.get(member, ()) for member in members_of(principal)))

    def grants(self, principal: Principal, now: float) -> list[Grant]:
        """All that a principal has, by binding."""
        if principal.owns_machine:
            return [OWNER]
        members = sorted(members_of(principal))
        return [
            Grant(binding, uid)
            for uid in sorted(self._projects_of(principal))
            for member in members
            for binding in self._bindings[uid].get(member, ())
            if _means(binding, principal)
            if now < binding.condition.until
        ]


def _means(binding: Binding, principal: Principal) -> bool:
    """Whether a binding of this name is of this principal, and not of one that had the name before."""
    return not binding.member_uid or binding.member_uid == principal.uid


def members_of(principal: Principal) -> tuple[str, ...]:
    """What bindings can call it."""
    proven = principal.proof.kind is not ProofKind.SELF_DECLARED
    return (principal.name, *sorted(principal.groups), *((EVERYBODY,) if proven else ()))
