"""A plan carried out: in waves, each of what can go on at once. What somebody changed meanwhile is not overwritten."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from chronovisor.cli.apply.fleet import Fleet
from chronovisor.cli.apply.kinds import actual_of
from chronovisor.cli.apply.model import Action, Change, Kind, Plan, Problem, dotted
from chronovisor.cli.apply.requests import METHODS, path_of, request_of
from chronovisor.client import Client
from chronovisor.errors import ChronovisorError, Conflict, InvalidArgument
from chronovisor.operations import Operation, target_of

# Events of a resource that change none of its terms, such as what a host holds, are no reason to give up.
_ATTEMPTS = 5
# Fields of requests that name networks, security groups and images.
_NAMING = re.compile(r"\.(network|security_groups\[\d+\]|remote_group|boot\.image\.image)$")


@dataclass
class Failure:
    """One change was refused, or its operation failed."""

    change: Change
    error: ChronovisorError


class ChangesFailed(Exception):
    """Some changes failed, in their order: nothing was begun after the first that was refused."""

    def __init__(self, failures: Sequence[Failure]) -> None:
        super().__init__(str(failures[0].error))
        self.failures = failures


def waves(changes: Sequence[Change]) -> list[list[Change]]:
    """All but VMs; VMs that go; then the first change of each VM, the second...; at last, what VMs were on or in."""
    first = [each for each in changes if each.kind is not Kind.VM and each.declared is not None]
    gone = [each for each in changes if each.kind is Kind.VM and each.action is Action.DESTROY]
    # What is pruned, also where it loses some rules first.
    last = [each for each in changes if each.kind is not Kind.VM and each.declared is None]
    of_vms: list[list[Change]] = []
    counts: dict[str, int] = {}
    for each in changes:
        if each.kind is Kind.VM and each.action is not Action.DESTROY:
            place = counts.get(each.name, 0)
            counts[each.name] = place + 1
            if place == len(of_vms):
                of_vms.append([])
            of_vms[place].append(each)
    return [wave for wave in (first, gone, *of_vms, last) if wave]


class Carrier:
    """Carries out a plan that was made of a fleet."""

    def __init__(self, client: Client, fleet: Fleet, reason: str, timeout_s: float | None) -> None:
        self._client = client
        self._fleet = fleet
        self._reason = reason
        self._timeout_s = timeout_s

    def problems(self, plan: Plan) -> list[Problem]:
        """What the control plane finds wrong with the fields of what is planned. Changes nothing."""
        found: list[Problem] = []
        for change in plan.changes:
            if change.declared is None or change.action not in (Action.CREATE, Action.UPDATE):
                continue
            if change.action is Action.UPDATE and (change.kind, change.name) not in self._fleet.messages:
                # It is created by the plan itself.
                continue
            try:
                request = request_of(change, self._fleet.messages.get((change.kind, change.name)), self._reason)
                request.validate_only = True
                self._call(change, request)
            except ValueError as error:
                where = dotted(change.kind, change.name)
                found.append(Problem(change.declared.place(), where, str(error)))
            except InvalidArgument as error:
                fields = error.fields or [("", error.message)]
                found += [_problem(change, *each) for each in fields if not _comes_with(plan, each[0])]
            except ChronovisorError:
                # Such as no room, where there will be some once all before it is done.
                continue
        return found

    def carry_out(self, plan: Plan, *, waits: bool) -> Iterator[tuple[Change, Operation | None]]:
        """Each change once it is done; without `waits`, once it is accepted where nothing depends on it.

        Raises ChangesFailed, once what was begun has ended; WaitTimeout.
        """
        ordered = waves(plan.changes)
        for number, wave in enumerate(ordered, 1):
            failures: list[Failure] = []
            begun: list[tuple[Change, Operation | None]] = []
            for change in wave:
                try:
                    begun.append((change, self._done(change)))
                except ChronovisorError as error:
                    failures.append(Failure(change, error))
                    break
            waits_here = waits or bool(failures) or number < len(ordered)
            for change, operation in begun:
                try:
                    yield change, self._ended(change, operation) if operation and waits_here else operation
                except ChronovisorError as error:
                    failures.append(Failure(change, error))
            if failures:
                raise ChangesFailed(failures)

    def _ended(self, change: Change, operation: Operation) -> Operation:
        ended = self._client.wait(operation, self._timeout_s)
        self._fleet.messages[change.kind, change.name] = target_of(ended)
        return ended

    def _done(self, change: Change) -> Operation | None:
        answer = self._attempted(change)
        if isinstance(answer, Operation):
            return answer
        self._fleet.messages[change.kind, change.name] = answer
        return None

    def _attempted(self, change: Change) -> Any:
        key = (change.kind, change.name)
        for _ in range(_ATTEMPTS - 1):
            before = self._fleet.messages.get(key)
            try:
                return self._call(change, request_of(change, before, self._reason))
            except Conflict as error:
                if before is None or error.reason != "ETAG_MISMATCH":
                    raise
                if not _is_as_planned(change, before, self._fleet.reread(key)):
                    raise
        return self._call(change, request_of(change, self._fleet.messages.get(key), self._reason))

    def _call(self, change: Change, request: Any) -> Any:
        service, method = METHODS[change.kind, change.action]
        call: Callable[[Any], Any] = getattr(getattr(self._client, service), method)
        return call(request)


def _comes_with(plan: Plan, field: str) -> bool:
    """Whether what a field names may be created before it is needed, as a part of the plan."""
    is_name = _NAMING.search(field) is not None
    kinds = (Kind.NETWORK, Kind.SECURITY_GROUP, Kind.IMAGE)
    return is_name and any(each.action is Action.CREATE and each.kind in kinds for each in plan.changes)


def _is_as_planned(change: Change, before: Any, now: Any) -> bool:
    """Whether it changed in nothing that the plan is about."""
    if now.uid != before.uid:
        return False
    if change.action is Action.DESTROY:
        # It is pruned for its labels.
        return dict(now.labels) == dict(before.labels)
    terms = actual_of(now).terms
    return all(terms.get(each.path) == each.before for each in change.fields)


def _problem(change: Change, field: str, rule: str) -> Problem:
    assert change.declared is not None
    path = path_of(change.kind, field)
    known = path != () and path in change.declared.places
    # Of a field that is no term, its own name says more.
    text = rule if known or not field else f"{field} {rule}"
    return Problem(change.declared.place(path), dotted(change.kind, change.name, path if known else ()), text)
