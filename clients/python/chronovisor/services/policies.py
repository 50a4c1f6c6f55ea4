"""Policies: who has which roles on a project, or on the root. Their messages are google.iam.v1's.

Needs the package grpc-google-iam-v1, which is of the extra `client`, and is imported when it is used.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, Unpack

from chronovisor import names, policies
from chronovisor.errors import Conflict
from chronovisor.services.base import Context, Service
from chronovisor.steps import Call, Steps
from chronovisor.values import Options

if TYPE_CHECKING:
    from google.iam.v1.policy_pb2 import Policy

OnePolicy = TypeVar("OnePolicy")
Held = TypeVar("Held")


class PolicyCalls(Service, Generic[OnePolicy, Held]):
    """The methods of google.iam.v1.IAMPolicy. A resource is a project, by its id or name, by default
    the client's own; or `/`, the root.

    A member is `user:NAME`, `group:NAME`, `serviceAccount:ci`, `certificate:NAME`, `local:NAME` or
    `allAuthenticatedUsers`; a role is named by its id, such as `viewer`.
    """

    _channel: Any

    @classmethod
    def on(cls, channel: Any, context: Context) -> Self:
        made = super().on(channel, context)
        made._channel = channel
        return made

    def policy(self, resource: str | None = None, **options: Unpack[Options]) -> OnePolicy:
        """All bindings of a resource. Raises NotFound."""
        return self._run(self._reading(self._access(resource), options.get("timeout")))

    def set_policy(self, policy: "Policy", resource: str | None = None, **options: Unpack[Options]) -> OnePolicy:
        """Replaces all bindings of a resource. With the etag of the one that was read: Conflict where it has changed.

        Raises Conflict, InvalidArgument, NotFound.
        """
        return self._run(self._setting(self._access(resource), policy, options.get("timeout")))

    def grant(
        self,
        member: str,
        role: str,
        resource: str | None = None,
        *,
        until: datetime | None = None,
        labels: Mapping[str, str] | None = None,
        **options: Unpack[Options],
    ) -> OnePolicy:
        """Binds a role to a member: `until` a time, and on projects with these `labels` alone, where they are given.

        Returns the policy as it is then. Raises Conflict, InvalidArgument, NotFound.
        """
        whole, condition = self._binding(member, role), policies.condition_of(until, labels)
        return self.change_policy(resource, lambda policy: policies.add(policy, *whole, condition), **options)

    def revoke(self, member: str, role: str, resource: str | None = None, **options: Unpack[Options]) -> OnePolicy:
        """Ends all bindings of a role to a member, of which there may be none. Raises Conflict, NotFound."""
        whole = self._binding(member, role)
        return self.change_policy(resource, lambda policy: policies.remove(policy, *whole), **options)

    def change_policy(
        self, resource: str | None, change: Callable[["Policy"], bool], **options: Unpack[Options]
    ) -> OnePolicy:
        """Reads a policy, has it changed in place, and sets it: not where `change` returns False, as nothing is new.

        Once more, where somebody else changed it meanwhile. Raises Conflict, InvalidArgument, NotFound.
        """
        return self._run(self._changing(self._access(resource), change, options.get("timeout")))

    def test(self, permissions: Sequence[str], resource: str | None = None, **options: Unpack[Options]) -> Held:
        """Those of the permissions, such as `vms.start`, that the caller has. Raises InvalidArgument."""
        return self._run(self._testing(self._access(resource), permissions, options.get("timeout")))

    def _binding(self, member: str, role: str) -> tuple[str, str]:
        return names.member_name(member, self._context.project), names.role_name(role)

    def _access(self, given: str | None) -> str:
        return names.access_name(given or self._context.project)

    def _run(self, steps: Steps[Any]) -> Any:
        return self._context.world.run(steps)

    def _reading(self, resource: str, timeout_s: float | None) -> Steps["Policy"]:
        api, stub = _iam(self._channel)
        request = api.GetIamPolicyRequest(resource=resource)
        request.options.requested_policy_version = policies.WITH_CONDITIONS
        return (yield Call(stub.GetIamPolicy, request, timeout_s))

    def _setting(self, resource: str, policy: "Policy", timeout_s: float | None) -> Steps["Policy"]:
        api, stub = _iam(self._channel)
        request = api.SetIamPolicyRequest(resource=resource, policy=policy)
        request.policy.version = policies.WITH_CONDITIONS
        return (yield Call(stub.SetIamPolicy, request, timeout_s))

    def _changing(self, resource: str, change: Callable[["Policy"], bool], timeout_s: float | None) -> Steps["Policy"]:
        try:
            return (yield from self._changing_once(resource, change, timeout_s))
        except Conflict:
            return (yield from self._changing_once(resource, change, timeout_s))

    def _changing_once(
        self, resource: str, change: Callable[["Policy"], bool], timeout_s: float | None
    ) -> Steps["Policy"]:
        policy = yield from self._reading(resource, timeout_s)
        if not change(policy):
            return policy
        return (yield from self._setting(resource, policy, timeout_s))

    def _testing(self, resource: str, permissions: Sequence[str], timeout_s: float | None) -> Steps[list[str]]:
        api, stub = _iam(self._channel)
        request = api.TestIamPermissionsRequest(resource=resource, permissions=permissions)
        found = yield Call(stub.TestIamPermissions, request, timeout_s)
        return list(found.permissions)


def _iam(channel: Any) -> tuple[Any, Any]:
    """The messages, and a stub."""
    try:
        from google.iam.v1 import iam_policy_pb2, iam_policy_pb2_grpc  # noqa: PLC0415
    except ModuleNotFoundError as error:
        text = "policies need grpc-google-iam-v1: pip install 'chronovisor[client]'"
        raise ModuleNotFoundError(text, name=error.name) from None
    stub: Any = iam_policy_pb2_grpc.IAMPolicyStub
    return iam_policy_pb2, stub(channel)
