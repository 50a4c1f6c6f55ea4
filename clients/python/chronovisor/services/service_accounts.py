"""Service accounts: the names that programs call by, and their tokens."""

from typing import Generic, TypeVar, Unpack

from chronovisor import names
from chronovisor.services.base import Service
from chronovisor.v1 import service_account_service_pb2 as pb
from chronovisor.v1.service_account_pb2 import ServiceAccount
from chronovisor.values import Change, Command, Reading, Span, duration

OneAccount = TypeVar("OneAccount")
AllAccounts = TypeVar("AllAccounts")
NewToken = TypeVar("NewToken")
OneToken = TypeVar("OneToken")
AllTokens = TypeVar("AllTokens")


class ServiceAccountCalls(Service, Generic[OneAccount, AllAccounts, NewToken, OneToken, AllTokens]):
    """The methods of ServiceAccountService. An account is named by its id in the client's project, or `shop/ci`."""

    def create(
        self, name: str, *, display_name: str = "", disabled: bool = False, **command: Unpack[Command]
    ) -> OneAccount:
        """Makes a service account, which may do nothing yet. Raises AlreadyExists, InvalidArgument, NotFound."""
        parent, _, account_id = self._account(name).partition("/serviceAccounts/")
        request = pb.CreateServiceAccountRequest(parent=parent, service_account_id=account_id)
        request.service_account.display_name, request.service_account.disabled = display_name, disabled
        return self._send(request, command)

    def get(self, name: str, **reading: Unpack[Reading]) -> OneAccount:
        """One service account, now or `at` a past position or time. Raises NotFound."""
        return self._send(pb.GetServiceAccountRequest(name=self._account(name)), reading)

    def list(self, project: str | None = None, *, page_size: int = 0, **reading: Unpack[Reading]) -> AllAccounts:
        """The service accounts of a project, by default the client's own; of all with "-". Raises NotFound."""
        request = pb.ListServiceAccountsRequest(parent=self._project(project), page_size=page_size)
        return self._list(request, reading, lambda page: page.service_accounts)

    def update(
        self,
        name: str,
        *,
        display_name: str | None = None,
        disabled: bool | None = None,
        etag: str = "",
        **command: Unpack[Command],
    ) -> OneAccount:
        """Changes what is given. Raises Conflict, InvalidArgument, NotFound."""
        request = pb.UpdateServiceAccountRequest(service_account=ServiceAccount(name=self._account(name), etag=etag))
        if display_name is not None:
            request.service_account.display_name = display_name
            request.update_mask.paths.append("display_name")
        if disabled is not None:
            request.service_account.disabled = disabled
            request.update_mask.paths.append("disabled")
        if not request.update_mask.paths:
            raise ValueError("update needs at least one value to change, such as disabled=True")
        return self._send(request, command)

    def delete(self, name: str, **change: Unpack[Change]) -> OneAccount:
        """Ends a service account and all its tokens. Its history stays. Raises Conflict, NotFound."""
        return self._send(pb.DeleteServiceAccountRequest(name=self._account(name)), change)

    def create_token(
        self, name: str, *, description: str = "", ttl: Span | None = None, **command: Unpack[Command]
    ) -> NewToken:
        """A new token of an account: `token` of the answer, once and never again. `ttl` is 90 days by default.

        Raises InvalidArgument, NotFound.
        """
        request = pb.CreateServiceAccountTokenRequest(parent=self._account(name), description=description)
        if ttl is not None:
            request.ttl.CopyFrom(duration(ttl))
        return self._send(request, command)

    def list_tokens(self, name: str, *, page_size: int = 0, **reading: Unpack[Reading]) -> AllTokens:
        """What is known of an account's tokens: never the tokens themselves. Raises NotFound."""
        request = pb.ListServiceAccountTokensRequest(parent=self._account(name), page_size=page_size)
        return self._list(request, reading, lambda page: page.service_account_tokens)

    def revoke_token(self, token: str, **command: Unpack[Command]) -> OneToken:
        """Ends a token at once, by its whole name. Raises NotFound."""
        return self._send(pb.RevokeServiceAccountTokenRequest(name=token), command)

    def _account(self, name: str) -> str:
        return names.account_name(name, self._project(None))
