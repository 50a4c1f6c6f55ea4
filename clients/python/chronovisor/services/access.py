"""Access: who the caller is, why somebody may do something, and roles. Bindings of roles are in `policies`."""

from collections.abc import Sequence
from typing import Generic, TypeVar, Unpack

from chronovisor import names
from chronovisor.services.policies import Held, OnePolicy, PolicyCalls
from chronovisor.v1 import access_service_pb2 as pb
from chronovisor.values import Change, Command, Options, Reading

Caller = TypeVar("Caller")
Explanation = TypeVar("Explanation")
AllRoles = TypeVar("AllRoles")
OneRole = TypeVar("OneRole")


class AccessCalls(PolicyCalls[OnePolicy, Held], Generic[Caller, Explanation, AllRoles, OneRole, OnePolicy, Held]):
    """The methods of AccessService. A role is named by its id, or `roles/{id}`."""

    def who_am_i(self, **options: Unpack[Options]) -> Caller:
        """Who the caller is to the control plane, how that was proven, and which roles it has."""
        return self._send(pb.WhoAmIRequest(), options)

    def explain(
        self,
        principal: str,
        permission: str,
        resource: str | None = None,
        *,
        groups: Sequence[str] = (),
        **reading: Unpack[Reading],
    ) -> Explanation:
        """Whether somebody has a permission on a project, a VM or the root, now or `at` a past moment, and why.

        Of no one's groups but the caller's anything is known: they are given, as `group:NAME`. Raises InvalidArgument,
        NotFound.
        """
        request = pb.ExplainAccessRequest(
            principal=names.member_name(principal, self._context.project),
            permission=permission,
            resource=self._access(resource),
            groups=groups,
        )
        return self._send(request, reading)

    def roles(self, **options: Unpack[Options]) -> AllRoles:
        """All roles: the server's own, then custom ones."""
        return self._send(pb.ListRolesRequest(), options, lambda found: list(found.roles))

    def create_role(
        self, name: str, permissions: Sequence[str], *, title: str = "", **command: Unpack[Command]
    ) -> OneRole:
        """Makes a role of these permissions, such as `vms.start`. Raises AlreadyExists, InvalidArgument."""
        role = pb.Role(title=title, permissions=permissions)
        return self._send(pb.CreateRoleRequest(role_id=names.last_part(names.role_name(name)), role=role), command)

    def update_role(
        self, name: str, permissions: Sequence[str], *, title: str = "", etag: str = "", **command: Unpack[Command]
    ) -> OneRole:
        """Replaces title and permissions of a custom role. Raises Conflict, InvalidArgument, NotFound."""
        role = pb.Role(name=names.role_name(name), title=title, permissions=permissions, etag=etag)
        return self._send(pb.UpdateRoleRequest(role=role), command)

    def delete_role(self, name: str, **change: Unpack[Change]) -> OneRole:
        """Ends a custom role: its bindings grant nothing any more. Raises Conflict, NotFound."""
        return self._send(pb.DeleteRoleRequest(name=names.role_name(name)), change)
