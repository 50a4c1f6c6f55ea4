"""ServiceAccountService: translates, calls, translates."""

from typing import Protocol

from chronovisor.v1 import service_account_service_pb2 as api
from chronovisor.v1 import service_account_service_pb2_grpc
from chronovisor.v1.service_account_pb2 import ServiceAccount, ServiceAccountToken

from controlplane.domain.command import Answer, Outcome, TokenAnswer
from controlplane.domain.resource_kinds import SERVICE_ACCOUNTS
from controlplane.domain.service_account import aggregate as domain
from controlplane.domain.service_account.aggregate import NEVER
from controlplane.domain.time import Micros, timestamp_if_known
from controlplane.queries import lists, page_tokens
from controlplane.queries.as_of import AsOf
from controlplane.queries.lists import Listing
from controlplane.queries.reads import ReadPosition, Reads, View
from controlplane.rpc.dependencies import Commands, ServicerContext
from controlplane.rpc.service_account.messages import account_message, token_message
from controlplane.rpc.service_account.requests import (
    NAME,
    create_command,
    create_token_command,
    delete_command,
    revoke_token_command,
    update_command,
)
from controlplane.rpc.shared.listing import check_parent, listing_of
from controlplane.rpc.shared.read_position import read_position
from controlplane.rpc.shared.validate import named


class TokenUses(Protocol):
    """When calls came with tokens, as this server saw them."""

    def last_use(self, token_id: str) -> Micros:
        """0 where there was none."""
        ...


class ServiceAccountServicer(service_account_service_pb2_grpc.ServiceAccountServiceServicer):
    """Service accounts and their tokens: made, changed and ended, and what they are and were."""

    def __init__(self, commands: Commands, reads: Reads, uses: TokenUses) -> None:
        self._commands = commands
        self._reads = reads
        self._uses = uses

    async def _account_with(self, uid: str) -> domain.ServiceAccount:
        return await self._reads.view(self._reads.here, lambda view: view.resource_with(SERVICE_ACCOUNTS, uid))

    async def _answer(self, outcome: Outcome[Answer]) -> ServiceAccount:
        """The account as the command left it; as it is, where the command was carried out before."""
        if outcome.answer is not None and isinstance(outcome.answer.resource, domain.ServiceAccount):
            return account_message(outcome.answer.resource)
        assert outcome.repeated is not None
        return account_message(await self._account_with(outcome.repeated.result.rpartition("/")[2]))

    async def _token(self, outcome: Outcome[TokenAnswer]) -> ServiceAccountToken:
        """`_answer`, of a token. One that has been forgotten since is no more than a name."""
        if outcome.answer is not None:
            account, token_id = outcome.answer
        else:
            assert outcome.repeated is not None
            _, uid, _, token_id = outcome.repeated.result.split("/")
            account = await self._account_with(uid)
        for token in account.tokens:
            if token.id == token_id:
                return token_message(account, token, self._uses.last_use(token_id))
        return ServiceAccountToken(name=f"{account.name}/tokens/{token_id}")

    async def CreateServiceAccount(
        self, request: api.CreateServiceAccountRequest, context: ServicerContext
    ) -> ServiceAccount:
        outcome, _ = await self._commands.submit("CreateServiceAccount", request, context, create_command(request))
        return await self._answer(outcome)

    async def UpdateServiceAccount(
        self, request: api.UpdateServiceAccountRequest, context: ServicerContext
    ) -> ServiceAccount:
        outcome, _ = await self._commands.submit("UpdateServiceAccount", request, context, update_command(request))
        return await self._answer(outcome)

    async def DeleteServiceAccount(
        self, request: api.DeleteServiceAccountRequest, context: ServicerContext
    ) -> ServiceAccount:
        outcome, _ = await self._commands.submit("DeleteServiceAccount", request, context, delete_command(request))
        return await self._answer(outcome)

    async def GetServiceAccount(
        self, request: api.GetServiceAccountRequest, context: ServicerContext
    ) -> ServiceAccount:
        named(request.name, NAME)
        at = await read_position(self._reads, request, context)
        return account_message(await self._reads.view(at, lambda view: view.resource(SERVICE_ACCOUNTS, request.name)))

    async def ListServiceAccounts(
        self, request: api.ListServiceAccountsRequest, context: ServicerContext
    ) -> api.ListServiceAccountsResponse:
        check_parent(request.parent)
        listing = listing_of(request)
        at = await read_position(self._reads, request, context)
        position = lists.pinned(listing, SERVICE_ACCOUNTS.collection) or at.position
        return await self._reads.scan(position, lambda view: _response(view, listing))

    async def CreateServiceAccountToken(
        self, request: api.CreateServiceAccountTokenRequest, context: ServicerContext
    ) -> api.CreateServiceAccountTokenResponse:
        new = create_token_command(request)
        outcome, _ = await self._commands.submit("CreateServiceAccountToken", request, context, new.command)
        is_new = outcome.answer is not None and not request.validate_only
        return api.CreateServiceAccountTokenResponse(
            service_account_token=await self._token(outcome),
            token=new.text if is_new else "",
            shown_before=outcome.answer is None,
        )

    async def RevokeServiceAccountToken(
        self, request: api.RevokeServiceAccountTokenRequest, context: ServicerContext
    ) -> ServiceAccountToken:
        command = revoke_token_command(request)
        outcome, _ = await self._commands.submit("RevokeServiceAccountToken", request, context, command)
        return await self._token(outcome)

    async def ListServiceAccountTokens(
        self, request: api.ListServiceAccountTokensRequest, context: ServicerContext
    ) -> api.ListServiceAccountTokensResponse:
        named(request.parent, NAME, "parent")
        listing = listing_of(request)
        at = await read_position(self._reads, request, context)
        pinned = at.pinned(lists.pinned(listing, "tokens"))
        return await self._reads.view(pinned, lambda view: self._tokens(view, pinned, listing))

    def _tokens(self, view: View, at: ReadPosition, listing: Listing) -> api.ListServiceAccountTokensResponse:
        """A page of an account's tokens. A page token has the position and the last token's id."""
        account, bound_to = view.resource(SERVICE_ACCOUNTS, listing.parent), f"tokens\n{listing.bound_to}"
        size = page_tokens.size_of(listing.size)
        last = page_tokens.last_of(listing.token, bound_to).partition("\n")[2]
        ids = [each.id for each in account.tokens]
        first = ids.index(last) + 1 if last in ids else 0
        page, rest = account.tokens[first : first + size], account.tokens[first + size :]
        # What this server saw since is not of the past.
        uses = {each.id: self._uses.last_use(each.id) for each in page} if at.is_current else {}
        return api.ListServiceAccountTokensResponse(
            service_account_tokens=[token_message(account, each, uses.get(each.id, NEVER)) for each in page],
            next_page_token=page_tokens.token_for(f"{view.position}\n{page[-1].id}", bound_to) if rest else "",
            position=view.position,
            read_time=timestamp_if_known(view.time()),
        )


def _response(view: AsOf, listing: Listing) -> api.ListServiceAccountsResponse:
    page = lists.resources(view.rows, SERVICE_ACCOUNTS, listing)
    return api.ListServiceAccountsResponse(
        service_accounts=[account_message(account) for account in page.items],
        next_page_token=page.next_page_token,
        position=view.position,
        read_time=timestamp_if_known(view.time()),
    )
