"""google.iam.v1.IAMPolicy: who has which roles on a project, or on the root, whose name is `/`."""

from typing import Any

from google.iam.v1 import iam_policy_pb2 as api
from google.iam.v1 import iam_policy_pb2_grpc

from controlplane.commands.access import SetPolicy
from controlplane.domain.access.policy import ROOT_NAME
from controlplane.domain.command import PolicyAnswer
from controlplane.domain.errors import NotFound, invalid
from controlplane.queries import visible
from controlplane.queries.identity import live_project
from controlplane.queries.reads import Reads
from controlplane.rpc.access.caller import caller
from controlplane.rpc.access.guard import Guard
from controlplane.rpc.access.messages import WITH_CONDITIONS, bindings_of, policy_message
from controlplane.rpc.dependencies import Commands, ServicerContext, actor_of, command_context
from controlplane.rpc.shared.validate import LONGEST_NAME, FieldRules

MOST_PERMISSIONS = 100
_Base: Any = iam_policy_pb2_grpc.IAMPolicyServicer


class IamPolicyServicer(_Base):
    """Policies are events: what they were is in the history of their projects, and see AccessService.ExplainAccess."""

    def __init__(self, commands: Commands, reads: Reads, guard: Guard) -> None:
        self._commands = commands
        self._reads = reads
        self._guard = guard

    async def GetIamPolicy(self, request: Any, context: ServicerContext) -> Any:
        project = self._project(request.resource)
        version = request.options.requested_policy_version
        if version not in (0, 1, WITH_CONDITIONS):
            raise invalid("options.requested_policy_version", "must be 1 or 3")
        uid = self._uid(project)
        return policy_message(self._guard.table.policy(uid), version)

    async def SetIamPolicy(self, request: Any, context: ServicerContext) -> Any:
        project = self._project(request.resource)
        rules = FieldRules()
        rules.check(request.HasField("policy"), "policy", "is required")
        paths = set(request.update_mask.paths)
        rules.check(not paths - {"bindings", "etag"}, "update_mask", "must be of bindings and etag")
        bindings = bindings_of(request.policy, rules)
        rules.done()
        etag = request.policy.etag.decode("ascii", "replace")
        command = SetPolicy(project, bindings, etag, sees_all=visible.projects() is None)
        outcome = await self._commands.enqueue(command, command_context(actor_of(context)))
        assert isinstance(outcome.answer, PolicyAnswer)
        return policy_message(outcome.answer.policy, request.policy.version)

    async def TestIamPermissions(self, request: Any, context: ServicerContext) -> Any:
        """Those of the permissions that the caller has: of what does not exist, or is not for it to see, none."""
        rules = FieldRules()
        rules.text(request.resource, "resource", LONGEST_NAME)
        rules.check(len(request.permissions) <= MOST_PERMISSIONS, "permissions", f"must be at most {MOST_PERMISSIONS}")
        for each in request.permissions[:MOST_PERMISSIONS]:
            rules.text(each, "permissions", LONGEST_NAME)
        rules.done()
        principal, guard = caller(), self._guard
        name = "" if request.resource == ROOT_NAME else request.resource
        held = [
            each
            for each in request.permissions
            if each in guard.table.known and (guard.is_unbound(principal) or guard.allows(principal, each, name))
        ]
        return api.TestIamPermissionsResponse(permissions=held)

    def _project(self, resource: str) -> str:
        """Empty for the root. Raises InvalidField."""
        if resource == ROOT_NAME:
            return ""
        rules = FieldRules()
        rules.name(resource, "projects/{project}", "resource")
        rules.done()
        return resource

    def _uid(self, name: str) -> str:
        if not name:
            return ""
        project = live_project(self._reads.inventory, name)
        if project is None:
            raise NotFound("project", name)
        return project.uid
