"""Service accounts over gRPC: made, changed and ended, with tokens that are shown once."""

import re
import time
from pathlib import Path
from typing import Any

import grpc
import pytest
from chronovisor.v1 import history_service_pb2, project_service_pb2
from chronovisor.v1 import service_account_service_pb2 as api
from chronovisor.v1.service_account_pb2 import ServiceAccount, ServiceAccountToken
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask

from controlplane.domain.errors import Unauthenticated
from controlplane.domain.service_account.token_text import SCANNED
from tests.integration.controlplane.plane import ACTOR, DEFAULT, Plane, refused, running

SHOP = "projects/shop"
CI = f"{DEFAULT}/serviceAccounts/ci"
REQUEST_ID = "6f0c4a5e-25a1-4d5e-9b57-0d7a9a3e7f02"
DAY_S = 86_400


async def create(plane: Plane, id_: str = "ci", parent: str = DEFAULT, **more: Any) -> ServiceAccount:
    request = api.CreateServiceAccountRequest(parent=parent, service_account_id=id_, **more)
    return await plane.accounts.CreateServiceAccount(request, metadata=ACTOR)


async def get(plane: Plane, name: str = CI, **read: Any) -> ServiceAccount:
    return await plane.accounts.GetServiceAccount(api.GetServiceAccountRequest(name=name, **read))


async def update(
    plane: Plane, *paths: str, etag: str = "", validate_only: bool = False, **fields: Any
) -> ServiceAccount:
    account = ServiceAccount(name=CI, etag=etag, **fields)
    sent = api.UpdateServiceAccountRequest(
        service_account=account, update_mask=FieldMask(paths=paths), reason="because", validate_only=validate_only
    )
    return await plane.accounts.UpdateServiceAccount(sent, metadata=ACTOR)


async def delete(plane: Plane, name: str = CI, **more: Any) -> ServiceAccount:
    return await plane.accounts.DeleteServiceAccount(api.DeleteServiceAccountRequest(name=name, **more), metadata=ACTOR)


async def new_token(plane: Plane, parent: str = CI, **more: Any) -> api.CreateServiceAccountTokenResponse:
    request = api.CreateServiceAccountTokenRequest(parent=parent, **more)
    return await plane.accounts.CreateServiceAccountToken(request, metadata=ACTOR)


async def tokens(plane: Plane, parent: str = CI, **read: Any) -> list[ServiceAccountToken]:
    request = api.ListServiceAccountTokensRequest(parent=parent, **read)
    return [*(await plane.accounts.ListServiceAccountTokens(request)).service_account_tokens]


async def revoke(plane: Plane, name: str, **more: Any) -> ServiceAccountToken:
    request = api.RevokeServiceAccountTokenRequest(name=name, reason="it leaked", **more)
    return await plane.accounts.RevokeServiceAccountToken(request, metadata=ACTOR)


async def names(plane: Plane, parent: str, **read: Any) -> list[str]:
    request = api.ListServiceAccountsRequest(parent=parent, **read)
    return [each.name for each in (await plane.accounts.ListServiceAccounts(request)).service_accounts]


def contents_of(directory: Path) -> bytes:
    return b"".join(each.read_bytes() for each in directory.rglob("*") if each.is_file())


@pytest.mark.covers(
    "ServiceAccountService.CreateServiceAccount",
    "ServiceAccountService.GetServiceAccount",
    "ServiceAccountService.UpdateServiceAccount",
    "ServiceAccountService.DeleteServiceAccount",
)
@pytest.mark.provokes("SERVICE_ACCOUNT_NOT_FOUND", "SERVICE_ACCOUNT_ALREADY_EXISTS")
async def test_an_account_is_made_changed_and_ended(any_plane: Plane) -> None:
    plane = any_plane
    made = await create(plane, service_account=ServiceAccount(display_name="CI", name="ignored"))
    assert (made.name, made.display_name, made.disabled) == (CI, "CI", False)
    assert made == await get(plane) == await get(plane, f"{DEFAULT}/serviceAccounts/{made.uid}")
    found = await refused(create(plane))
    assert (found.code, found.reason) == (grpc.StatusCode.ALREADY_EXISTS, "SERVICE_ACCOUNT_ALREADY_EXISTS")
    after = await update(plane, disabled=True)
    assert (after.disabled, after.display_name) == (True, "CI")
    assert after.etag != made.etag
    assert (await update(plane, "*", display_name="Other")).disabled is False
    gone = await delete(plane)
    assert gone.HasField("delete_time")
    found = await refused(get(plane))
    assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "SERVICE_ACCOUNT_NOT_FOUND")
    assert found.metadata["name"] == CI
    assert await get(plane, f"{DEFAULT}/serviceAccounts/{made.uid}") == gone
    again = await create(plane)
    assert (again.name, again.uid != made.uid) == (CI, True)


async def test_etags_masks_and_checks_are_as_everywhere(plane: Plane) -> None:
    made = await create(plane)
    assert (await update(plane, display_name="a", validate_only=True)).display_name == "a"
    assert await get(plane) == made
    await new_token(plane)
    now = await update(plane, display_name="a", etag=made.etag)
    for call in (update(plane, display_name="b", etag=made.etag), delete(plane, etag=made.etag)):
        assert (await refused(call)).reason == "ETAG_MISMATCH"
    assert (await refused(update(plane, "uid"))).reason == "INVALID_FIELD"
    assert (await refused(update(plane))).reason == "INVALID_FIELD"
    assert (await delete(plane, etag=now.etag, validate_only=True)).HasField("delete_time")
    assert (await delete(plane, etag=now.etag)).HasField("delete_time")


async def test_the_same_request_id_changes_an_account_once(plane: Plane) -> None:
    made = await create(plane, request_id=REQUEST_ID)
    assert await create(plane, request_id=REQUEST_ID) == made
    found = await refused(create(plane, "other", request_id=REQUEST_ID))
    assert found.reason == "REQUEST_ID_REUSED"


@pytest.mark.covers("ServiceAccountService.ListServiceAccounts")
async def test_accounts_are_listed_by_project_now_and_in_the_past(any_plane: Plane) -> None:
    plane = any_plane
    await plane.projects.CreateProject(project_service_pb2.CreateProjectRequest(project_id="shop"))
    for parent, id_ in ((SHOP, "b"), (SHOP, "a"), (DEFAULT, "c")):
        await create(plane, id_, parent)
    page = await plane.accounts.ListServiceAccounts(api.ListServiceAccountsRequest(parent=SHOP))
    await delete(plane, f"{SHOP}/serviceAccounts/a")
    assert await names(plane, SHOP) == [f"{SHOP}/serviceAccounts/b"]
    everything = [f"{DEFAULT}/serviceAccounts/c", f"{SHOP}/serviceAccounts/a", f"{SHOP}/serviceAccounts/b"]
    assert await names(plane, SHOP, at_position=page.position) == everything[1:]
    assert await names(plane, "projects/-", at_position=page.position) == everything
    request = api.ListServiceAccountsRequest(parent="projects/-", page_size=2, at_position=page.position)
    first = await plane.accounts.ListServiceAccounts(request)
    request.page_token = first.next_page_token
    rest = await plane.accounts.ListServiceAccounts(request)
    assert [each.name for each in (*first.service_accounts, *rest.service_accounts)] == everything
    assert (rest.position, rest.next_page_token) == (page.position, "")
    assert (await refused(names(plane, "projects/none"))).reason == "PROJECT_NOT_FOUND"
    assert (await refused(names(plane, "hosts/a"))).reason == "INVALID_FIELD"


async def test_a_project_with_accounts_is_not_deleted(plane: Plane) -> None:
    await plane.projects.CreateProject(project_service_pb2.CreateProjectRequest(project_id="shop"))
    await create(plane, parent=SHOP)
    request = project_service_pb2.DeleteProjectRequest(name=SHOP)
    found = await refused(plane.projects.DeleteProject(request))
    assert (found.reason, found.metadata["service_accounts"]) == ("PROJECT_IN_USE", "1")
    await delete(plane, f"{SHOP}/serviceAccounts/ci")
    await plane.projects.DeleteProject(request)
    assert (await refused(names(plane, SHOP))).reason == "PROJECT_NOT_FOUND"


@pytest.mark.covers(
    "ServiceAccountService.CreateServiceAccountToken",
    "ServiceAccountService.ListServiceAccountTokens",
    "ServiceAccountService.RevokeServiceAccountToken",
)
async def test_a_token_is_shown_once_listed_and_revoked(any_plane: Plane) -> None:
    plane = any_plane
    await create(plane)
    made = await new_token(plane, description="pipeline", ttl=Duration(seconds=3600))
    token = made.service_account_token
    assert re.fullmatch(SCANNED, made.token)
    assert made.token[5:17] == token.name.rpartition("/")[2]
    assert token.expire_time.seconds - token.create_time.seconds == 3600
    verify = plane.control_plane.account_tokens.verify
    assert verify(made.token, time.time()).name == f"serviceAccount:{CI}"
    (listed,) = await tokens(plane)
    assert listed.HasField("last_use_time")
    before = plane.control_plane.reads.position
    revoked = await revoke(plane, token.name)
    assert revoked.HasField("revoke_time")
    assert revoked == await revoke(plane, token.name) == (await tokens(plane))[0]
    assert await tokens(plane, at_position=before) == [token]
    with pytest.raises(Unauthenticated, match="revoked"):
        verify(made.token, time.time())
    found = await refused(revoke(plane, f"{CI}/tokens/{'0' * 12}"))
    assert (found.reason, found.metadata["name"]) == ("SERVICE_ACCOUNT_NOT_FOUND", f"{CI}/tokens/{'0' * 12}")


async def test_a_repeat_says_that_the_token_was_shown_and_does_not_show_it(plane: Plane) -> None:
    await create(plane)
    first = await new_token(plane, request_id=REQUEST_ID)
    again = await new_token(plane, request_id=REQUEST_ID)
    assert (first.shown_before, bool(first.token)) == (False, True)
    assert (again.shown_before, again.token) == (True, "")
    assert again.service_account_token == first.service_account_token
    checked = await new_token(plane, validate_only=True)
    assert (checked.token, checked.shown_before) == ("", False)
    assert len(await tokens(plane)) == 1


async def test_no_file_has_the_token(tmp_path: Path) -> None:
    async with running(f"sqlite:///{tmp_path / 'ledger.db'}") as plane:
        await create(plane)
        made = await new_token(plane, request_id=REQUEST_ID, description="pipeline")
        listed = await plane.history.ListEvents(history_service_pb2.ListEventsRequest(parent=DEFAULT))
        events = [each.WhichOneof("payload") for each in listed.events]
        assert events[-2:] == ["service_account_created", "service_account_token_created"]
        assert made.token[17:-6] not in str(listed)
    everything = contents_of(tmp_path)
    assert made.token[5:17].encode() in everything
    assert made.token[17:-6].encode() not in everything


@pytest.mark.parametrize("ttl", [Duration(seconds=59), Duration(seconds=367 * DAY_S), Duration(seconds=-1)])
async def test_a_tokens_life_has_bounds_and_is_90_days_by_default(plane: Plane, ttl: Duration) -> None:
    await create(plane)
    assert (await refused(new_token(plane, ttl=ttl))).reason == "INVALID_FIELD"
    token = (await new_token(plane)).service_account_token
    assert token.expire_time.seconds - token.create_time.seconds == 90 * DAY_S


async def test_tokens_are_paged_and_there_are_not_too_many(plane: Plane) -> None:
    await create(plane)
    made = [(await new_token(plane)).service_account_token.name for _ in range(20)]
    assert (await refused(new_token(plane))).reason == "INVALID_FIELD"
    request = api.ListServiceAccountTokensRequest(parent=CI, page_size=15)
    first = await plane.accounts.ListServiceAccountTokens(request)
    await revoke(plane, made[-1])
    request.page_token = first.next_page_token
    rest = await plane.accounts.ListServiceAccountTokens(request)
    assert [each.name for each in (*first.service_account_tokens, *rest.service_account_tokens)] == made
    # All pages are of the first one's position.
    assert not rest.service_account_tokens[-1].HasField("revoke_time")


async def test_the_history_of_a_project_and_of_an_account_has_all_of_it(any_plane: Plane) -> None:
    plane = any_plane
    made = await create(plane)
    token = (await new_token(plane)).service_account_token
    await revoke(plane, token.name)
    await delete(plane)
    life = [
        "service_account_created",
        "service_account_token_created",
        "service_account_token_revoked",
        "service_account_deleted",
    ]
    assert await plane.events(CI) == await plane.events(f"{DEFAULT}/serviceAccounts/{made.uid}") == life
    # Once by the rows that name what is in a project, and once while those are not written yet.
    await plane.control_plane.reads.written(plane.control_plane.reads.position)
    assert [each for each in await plane.events(DEFAULT) if each.startswith("service_account")] == life
    request = history_service_pb2.ListEventsRequest(parent=CI)
    listed = await plane.history.ListEvents(request)
    assert set(listed.names.values()) == {CI}
    assert (await refused(plane.events(f"{DEFAULT}/serviceAccounts/none"))).reason == "SERVICE_ACCOUNT_NOT_FOUND"
    watched: Any = plane.history.WatchEvents(history_service_pb2.WatchEventsRequest(parent=CI, after_position=1))
    found = [(await watched.read()).event.WhichOneof("payload") for _ in life]
    watched.cancel()
    assert found == life


async def test_a_diff_has_accounts(any_plane: Plane) -> None:
    plane = any_plane
    await create(plane)
    begin = plane.control_plane.reads.position
    await update(plane, disabled=True)
    for scope in ("", DEFAULT):
        request = history_service_pb2.DiffStateRequest(scope=scope, from_position=begin)
        changes = (await plane.history.DiffState(request)).changes
        (change,) = [each for each in changes if each.field == "disabled"]
        assert (change.name, change.before, change.after) == (CI, "false", "true")


async def test_the_last_use_is_an_event_and_survives_a_restart(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'ledger.db'}"
    async with running(store) as plane:
        await create(plane)
        made = await new_token(plane)
        plane.control_plane.account_tokens.verify(made.token, time.time())
        await plane.control_plane.token_uses.record()
        await plane.control_plane.token_uses.record()
        assert (await plane.events(DEFAULT)).count("service_account_tokens_used") == 1
        (known,) = await tokens(plane)
    async with running(store) as plane:
        (after,) = await tokens(plane)
        assert after.last_use_time == known.last_use_time
        assert plane.control_plane.account_tokens.verify(made.token, time.time()).name == f"serviceAccount:{CI}"
