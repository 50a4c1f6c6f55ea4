"""AccessService: translates, calls, translates."""

import time
from collections.abc import Callable
from functools import partial

from chronovisor.v1 import access_service_pb2 as api
from chronovisor.v1 import access_service_pb2_grpc

from controlplane.commands.access import CreateRole, DeleteRole, UpdateRole
from controlplane.domain.access.decision import Grant
from controlplane.domain.access.policy import ROOT_NAME
from controlplane.domain.access.principal import Principal, Proof, ProofKind
from controlplane.domain.access.roles import PREFIX
from controlplane.domain.command import Command, Outcome, RoleAnswer
from controlplane.domain.errors import NotFound
from controlplane.domain.resource_kinds import SERVICE_ACCOUNTS
from controlplane.domain.time import SECOND, Micros, timestamp_of
from controlplane.queries.access import AccessFollower, table_then
from controlplane.queries.as_of import AsOf
from controlplane.queries.identity import child_of, project_then
from controlplane.queries.reads import Reads
from controlplane.rpc.access.caller import caller
from controlplane.rpc.access.guard import Guard
from controlplane.rpc.access.messages import MEMBER_RULE, grant_message, role_message
from controlplane.rpc.dependencies import Commands, Mutation, ServicerContext
from controlplane.rpc.shared.read_position import read_position
from controlplane.rpc.shared.validate import FieldRules

ROLE = "roles/{role}"
MOST_PERMISSIONS, MOST_GROUPS = 200, 100
LONGEST_TITLE, LONGEST_PRINCIPAL = 255, 300


class AccessServicer(access_service_pb2_grpc.AccessServiceServicer):
    """Who may do what, and the roles that there are."""

    def __init__(
        self,
        commands: Commands,
        reads: Reads,
        guard: Guard,
        follower: AccessFollower,
        name_of: Callable[[str], str] = str,
    ) -> None:
        self._name_of = name_of
        self._commands = commands
        self._reads = reads
        self._guard = guard
        self._follower = follower

    async def WhoAmI(self, request: api.WhoAmIRequest, context: ServicerContext) -> api.WhoAmIResponse:
        principal, table = caller(), self._guard.table
        kind, detail = principal.proof
        answer = api.WhoAmIResponse(
            principal=principal.name,
            groups=sorted(principal.groups),
            proof=kind,
            proof_detail=detail,
            grants=[self._grant(each) for each in table.grants(principal, time.time())],
        )
        if principal.until:
            answer.expire_time.CopyFrom(timestamp_of(Micros(int(principal.until * SECOND))))
        return answer

    def _grant(self, grant: Grant) -> api.RoleGrant:
        return grant_message(grant, self._reads.inventory.projects.get(grant.project_uid))

    async def ExplainAccess(
        self, request: api.ExplainAccessRequest, context: ServicerContext
    ) -> api.ExplainAccessResponse:
        rules = FieldRules()
        if request.resource != ROOT_NAME:
            pattern = "projects/{project}/vms/{vm}" if "/vms/" in request.resource else "projects/{project}"
            rules.name(request.resource, pattern, "resource")
        rules.text(request.principal, "principal", LONGEST_PRINCIPAL)
        rules.check(":" in request.principal, "principal", MEMBER_RULE)
        rules.check(len(request.groups) <= MOST_GROUPS, "groups", f"must be at most {MOST_GROUPS}")
        for each in request.groups[:MOST_GROUPS]:
            rules.check(each.startswith("group:"), "groups", "must be group:NAME each")
        rules.check(
            request.permission in self._guard.table.known,
            "permission",
            f"is none of this server's: {', '.join(sorted(self._guard.table.known))}",
        )
        rules.done()
        at = await read_position(self._reads, request, context)
        return await self._reads.rows(at.position, partial(self._explained, request))

    def _explained(self, request: api.ExplainAccessRequest, view: AsOf) -> api.ExplainAccessResponse:
        """Blocks."""
        project = None
        if request.resource != ROOT_NAME:
            project = project_then(view.rows, "/".join(request.resource.split("/")[:2]))
        at = (view.time() or 0) / SECOND
        table = table_then(self._follower, self._reads.ledger, project, view.position)
        account = child_of(SERVICE_ACCOUNTS).live(self._reads.inventory, request.principal.partition(":")[2])
        principal = Principal(
            request.principal,
            Proof(ProofKind.SYSTEM),
            groups=frozenset(request.groups),
            uid=account.uid if account else "",
        )
        grant = table.grant(principal, request.permission, project.uid if project else "", at)
        answer = api.ExplainAccessResponse(granted=grant is not None, position=view.position)
        where = project.name if project else "the root"
        if grant is None:
            answer.explanation = (
                f"{request.principal} has no {request.permission} on {where}: "
                "no binding of it, or of a group that was named, gives it"
            )
            return answer
        message = grant_message(grant, project)
        answer.grant.CopyFrom(message)
        answer.explanation = (
            f"{request.principal} has {request.permission} on {where}, because {message.member} has {message.role} on "
            f"{'the root' if message.resource == ROOT_NAME else message.resource} since "
            f"{message.since_time.ToJsonString()}, set by {self._name_of(message.set_by)}"
            + (f", while {message.condition}" if message.condition else "")
        )
        return answer

    async def ListRoles(self, request: api.ListRolesRequest, context: ServicerContext) -> api.ListRolesResponse:
        found = sorted(self._guard.table.roles.values(), key=lambda role: (not role.is_built_in, role.name))
        return api.ListRolesResponse(roles=[role_message(each) for each in found])

    async def CreateRole(self, request: api.CreateRoleRequest, context: ServicerContext) -> api.Role:
        rules = FieldRules()
        rules.id(request.role_id, "role_id")
        self._check(request.role, request.request_id, request.reason, rules)
        name = f"{PREFIX}{request.role_id}"
        command = CreateRole(name, request.role.title, tuple(request.role.permissions))
        return await self._carried_out("CreateRole", request, context, command)

    async def UpdateRole(self, request: api.UpdateRoleRequest, context: ServicerContext) -> api.Role:
        rules = FieldRules()
        rules.name(request.role.name, ROLE, "role.name")
        self._check(request.role, request.request_id, request.reason, rules)
        role = request.role
        command = UpdateRole(role.name, role.title, tuple(role.permissions), role.etag)
        return await self._carried_out("UpdateRole", request, context, command)

    async def DeleteRole(self, request: api.DeleteRoleRequest, context: ServicerContext) -> api.Role:
        rules = FieldRules()
        rules.name(request.name, ROLE, "name")
        rules.mutation(request.request_id, request.reason)
        rules.done()
        return await self._carried_out("DeleteRole", request, context, DeleteRole(request.name, request.etag))

    def _check(self, role: api.Role, request_id: str, reason: str, rules: FieldRules) -> None:
        """Raises InvalidField."""
        rules.mutation(request_id, reason)
        rules.text(role.title, "role.title", LONGEST_TITLE)
        known = self._guard.table.known
        rules.check(role.permissions, "role.permissions", "must name at least one")
        rules.check(len(role.permissions) <= MOST_PERMISSIONS, "role.permissions", f"at most {MOST_PERMISSIONS}")
        for place, each in enumerate(role.permissions[:MOST_PERMISSIONS]):
            rules.check(each in known, f"role.permissions[{place}]", f"{each[:80]!r} is no permission of this server")
        rules.done()

    async def _carried_out(
        self, method: str, request: Mutation, context: ServicerContext, command: Command[RoleAnswer]
    ) -> api.Role:
        outcome: Outcome[RoleAnswer]
        outcome, _ = await self._commands.submit(method, request, context, command)
        if outcome.answer is not None:
            return role_message(outcome.answer.role)
        assert outcome.repeated is not None
        name = outcome.repeated.result
        role = self._guard.table.roles.get(name)
        if role is None:
            raise NotFound("role", name)
        return role_message(role)
