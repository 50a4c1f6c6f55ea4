"""The guard before every method: finds out who calls, and whether they may. What is not granted is denied.

On the event loop, and quick: a decision is one look into a table. See decision 0053 for what it costs.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias, cast

from controlplane.domain.access.decision import AccessTable
from controlplane.domain.access.policy import ROOT_NAME
from controlplane.domain.access.principal import Principal
from controlplane.domain.errors import (
    AccessDenied,
    DomainError,
    PermissionDenied,
    RateLimited,
    Unauthenticated,
)
from controlplane.domain.operations import key_of
from controlplane.domain.reasons import Reason
from controlplane.identity import console_tickets
from controlplane.identity.forwarding import Origin
from controlplane.queries import visible
from controlplane.queries.identity import CHILDREN, project_of, uid_in
from controlplane.queries.reads import Reads
from controlplane.rpc.access.caller import BELIEVED, caller, enter
from controlplane.rpc.access.methods import EACH, FILTERED, PUBLIC, MethodRule, Used
from controlplane.rpc.access.rates import Rates
from controlplane.rpc.access.veil import veiled
from controlplane.rpc.errors import reason_of

AuthContext: TypeAlias = Mapping[str, Iterable[bytes]]
Metadata: TypeAlias = Iterable[tuple[str, str | bytes]]
AUTHORIZATION, BEARER = "authorization", "bearer"
LONGEST_SCHEME = 20
NO_CREDENTIAL = "send a token (authorization: Bearer TOKEN) or a client certificate, or call over the local socket"
# What lists and watches call all of a kind.
_ALL = frozenset({"", "projects/-", "operations"})


class Tokens(Protocol):
    """Bearer tokens: who has which. Both raise Unauthenticated."""

    def cached(self, token: str) -> Principal | None: ...

    async def principal(self, token: str) -> Principal: ...


class Tickets(Protocol):
    """Tickets that stand for a credential, of one method each: whose one is. Raises Unauthenticated."""

    def principal(self, method: str, text: str) -> Principal: ...


class Peers(Protocol):
    """Who is at the other end of a connection, by what that has shown: None where it is nothing.

    `origin` is that of a call which the HTTP gateway hands on, and None of all others.
    """

    def peer_principal(self, peer: str, auth_context: AuthContext) -> Principal | None: ...

    def origin(self, peer: str, metadata: Metadata) -> Origin | None: ...

    def origin_principal(self, origin: Origin) -> Principal | None: ...

    def is_too_old(self, auth_context: AuthContext) -> bool: ...


class SecurityLog(Protocol):
    """The log of refusals, and of reads that are sensitive."""

    def refused(self, principal: str, address: str, method: str, reason: str, detail: str) -> None: ...

    def read(self, principal: Principal, method: str, resource: str) -> None: ...


class Demand(NamedTuple):
    """What a call demanded of its caller. `is_filtered`: of all of a kind, it gets what it may see.

    `requested` is the name in the request, where it led to that of another resource: a refusal has no other.
    `uses` is a permission on the projects of what is `used`, other than that of what it is for.
    """

    permissions: tuple[str, ...]
    names: Sequence[str]
    is_filtered: bool
    requested: str = ""
    uses: str = ""
    used: Sequence[Used] = ()

    def refusal(self, principal: Principal, permission: str, name: str) -> AccessDenied:
        return AccessDenied(principal.name, permission, self.requested or name or ROOT_NAME)


class Guard:
    """`believes`: callers over plain text that show nothing are believed, and may do everything."""

    def __init__(
        self,
        table: AccessTable,
        rules: Mapping[str, MethodRule],
        reads: Reads,
        log: SecurityLog,
        tokens: Tokens,
        tickets: Tickets,
        peers: Peers,
        rates: Rates,
        *,
        believes: bool,
    ) -> None:
        self.table = table
        self.rules = rules
        self._reads = reads
        self._log = log
        self._tokens = tokens
        self._tickets = tickets
        self._believes = believes
        self._peers = peers
        self._rates = rates

    # Who calls.

    async def identify(self, method: str, context: Any) -> Principal:
        """The caller, for the rest of the call. Raises Unauthenticated; RateLimited where that was so too often."""
        try:
            principal = await self._identified(method, context)
        except Unauthenticated:
            self._rates.failed(self._address(context))
            raise
        enter(principal)
        return principal

    async def _identified(self, method: str, context: Any) -> Principal:
        peer, shown_by = cast("str", context.peer()), cast("AuthContext", context.auth_context())
        if self._peers.is_too_old(shown_by):
            raise Unauthenticated(Reason.NO_CREDENTIAL, "TLS 1.3 is needed here: an older version proves nothing")
        origin = self._origin(context)
        address = origin.address if origin else peer
        if ticket := ticket_in(context):
            found = self._tickets.principal(method, ticket)
            return found if found is BELIEVED else found._replace(address=address)
        if token := _token(context):
            found = self._tokens.cached(token) or await self._tokens.principal(token)
            return found._replace(address=address)
        shown = self._peers.origin_principal(origin) if origin else self._peers.peer_principal(peer, shown_by)
        if shown is not None:
            return shown
        if self._believes or self._is_public(method):
            return BELIEVED
        raise Unauthenticated(Reason.NO_CREDENTIAL, NO_CREDENTIAL)

    def _origin(self, context: Any) -> Origin | None:
        """Where a call comes from that the HTTP gateway hands on."""
        return self._peers.origin(cast("str", context.peer()), cast("Metadata", context.invocation_metadata() or ()))

    def _address(self, context: Any) -> str:
        origin = self._origin(context)
        return origin.address if origin else cast("str", context.peer())

    def _is_public(self, method: str) -> bool:
        rule = self.rules.get(method)
        return rule is not None and rule.rule == PUBLIC

    def take(self, size: int) -> None:
        """Counts what the caller sends. Raises RateLimited."""
        principal = caller()
        if not self.is_unbound(principal):
            self._rates.take(principal.name, size)

    # Whether they may.

    async def admit(self, method: str, principal: Principal, request: Any) -> Demand | None:
        """Limits what the call may see to what its principal may. Raises AccessDenied.

        Returns what is to hold for as long as the call lasts; None of whoever may do everything.
        """
        if self.is_unbound(principal):
            return None
        rule = self.rules.get(method)
        if rule is None:
            raise AccessDenied(principal.name, method.rpartition("/")[2], ROOT_NAME)
        if (rule.of_agents and rule.rule != PUBLIC) or principal.host:
            _require_agent(rule, principal, method)
            return None
        if rule.rule == EACH:
            visible.limit(frozenset())
            return None
        if not rule.name:
            return None
        return await self._demand(rule, method, principal, request)

    async def admit_part(self, method: str, principal: Principal, request: Any) -> Demand | None:
        """`admit` of one message of a method that checks each of its parts. Raises AccessDenied."""
        if self.is_unbound(principal):
            visible.limit(None)
            return None
        rule = self.rules[method]
        if principal.host:
            _require_agent(rule, principal, method)
        return await self._demand(rule, method, principal, request)

    async def _demand(self, rule: MethodRule, method: str, principal: Principal, request: Any) -> Demand:
        names, requested = rule.names(request), ""
        if rule.name.startswith("operations."):
            (requested,) = names
            names = [await self._target(requested)]
        is_filtered, used = rule.rule == FILTERED, rule.used(request)
        demand = Demand(rule.permissions(request), names, is_filtered, requested, rule.uses, used)
        visible.limit(self.decide(principal, demand))
        if rule.sensitive:
            self._log.read(principal, method, names[0])
        return demand

    def is_unbound(self, principal: Principal) -> bool:
        """Whether it may do everything, whatever bindings there are."""
        return principal.owns_machine or (self._believes and principal is BELIEVED)

    def allows(self, principal: Principal, permission: str, name: str) -> bool:
        """Whether a principal has a permission on what is named so, which need not exist."""
        uid = self.project_uid(name)
        return self.table.grant(principal, permission, uid or "", time.time()) is not None

    def decide(self, principal: Principal, demand: Demand) -> frozenset[str] | None:
        """The projects that a call may see, by uid; None for everything. Raises AccessDenied."""
        now, seen = time.time(), set[str]()
        for permission in demand.permissions:
            if self.table.grant(principal, permission, "", now):
                # Whoever has it on the root has it on everything: nothing is looked up.
                continue
            for name in demand.names:
                seen |= self._projects(principal, permission, name, demand, now)
        if demand.used:
            self._require_uses(principal, demand, now)
        return frozenset(seen) if seen else None

    def _require_uses(self, principal: Principal, demand: Demand, now: float) -> None:
        """Raises AccessDenied."""
        for name, of in demand.used:
            uid = self.project_uid(name) or ""
            if not (uid and uid == self.project_uid(of)) and self.table.grant(principal, demand.uses, uid, now) is None:
                raise AccessDenied(principal.name, demand.uses, name)

    def _projects(self, principal: Principal, permission: str, name: str, demand: Demand, now: float) -> frozenset[str]:
        """Of one name, the projects on which the permission is had. Raises AccessDenied."""
        uid = self.project_uid(name)
        if uid and self.table.grant(principal, permission, uid, now):
            return frozenset({uid})
        if demand.is_filtered and name in _ALL and (projects := self.table.projects(principal, permission, now)):
            return projects
        raise demand.refusal(principal, permission, name)

    def project_uid(self, name: str) -> str | None:
        """The uid of the project that a name is in, today's or else the last that had it; None for all else."""
        if not name.startswith("projects/"):
            return None
        project = "/".join(name.split("/", 2)[:2])
        inventory = self._reads.inventory
        return inventory.project_names.uids.get(project) or inventory.tombstones.get(project) or uid_in(project) or None

    async def _target(self, name: str) -> str:
        """The project of an operation's target, by uid; other names as they are."""
        key = key_of(name)
        child = CHILDREN.get(key.collection) if key else None
        if key is None or child is None:
            return name
        reads = self._reads
        live = child.living(reads.inventory).get(key.uid)
        uid = live.project_uid if live else None
        if uid is None:
            uid = await asyncio.to_thread(project_of, reads.inventory, reads.ledger, key.stream)
        return f"projects/{uid}" if uid else name

    # What is refused.

    def refused(self, method: str, context: Any, error: DomainError) -> None:
        """Notes a refusal that is about who calls."""
        if isinstance(error, Unauthenticated | AccessDenied | PermissionDenied | RateLimited):
            principal = caller()
            name = principal.name if principal is not BELIEVED else ""
            self._log.refused(name, self._address(context), method, str(reason_of(error)), str(error))

    def veiled(self, error: BaseException) -> BaseException:
        """An error without what it has of hosts and of others' VMs, for a caller who may not see those."""
        return veiled(error)


def _require_agent(rule: MethodRule, principal: Principal, method: str) -> None:
    """An agent calls its own service and nothing else, and nobody else calls that. Raises AccessDenied."""
    if not (rule.of_agents and principal.host):
        raise AccessDenied(principal.name, rule.name or method.rpartition("/")[2], ROOT_NAME)


def ticket_in(context: Any) -> str:
    """The console ticket that a call came with; empty where there is none."""
    for key, value in context.invocation_metadata() or ():
        if key == console_tickets.METADATA:
            return value if isinstance(value, str) else value.decode("ascii", "replace")
    return ""


def _token(context: Any) -> str:
    """Empty where there is none. Raises Unauthenticated for what is no token: its sender means to be somebody else."""
    for key, value in context.invocation_metadata() or ():
        if key == AUTHORIZATION and value:
            text = value if isinstance(value, str) else value.decode("ascii", "replace")
            scheme, _, token = text.strip().partition(" ")
            if scheme.lower() != BEARER:
                named = f" {scheme}" if scheme.isalnum() and len(scheme) < LONGEST_SCHEME else ""
                raise Unauthenticated(
                    Reason.NO_CREDENTIAL, f"authorization{named} is not taken here: send authorization: Bearer TOKEN"
                )
            if not token.strip():
                raise Unauthenticated(
                    Reason.NO_CREDENTIAL, "authorization: Bearer has no token behind it: send a token, or leave it out"
                )
            return token.strip()
    return ""
