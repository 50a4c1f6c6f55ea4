"""People in the ledger are pseudonyms: names in every read, until a person is forgotten, and then in none."""

from pathlib import Path

import grpc
import pytest
from chronovisor.v1 import history_service_pb2 as history
from chronovisor.v1 import privacy_service_pb2 as api
from google.longrunning import operations_pb2 as longrunning

from controlplane.domain.access.people import is_pseudonym
from controlplane.domain.time import Micros
from controlplane.rpc.dependencies import AsTheyAre
from tests.integration.controlplane.plane import DEFAULT, Plane, metadata_of, refused, running, vm_name
from tests.support.files import contents
from tests.support.waiting import until

ADMIN = (("chronovisor-actor", "user:admin"),)


async def forget(
    plane: Plane, name: str = "user:alice", reason: str = "requested", *, validate_only: bool = False
) -> str:
    request = api.ForgetPersonRequest(person=name, reason=reason, validate_only=validate_only)
    return (await plane.privacy.ForgetPerson(request, metadata=ADMIN)).shown_as


async def actors(plane: Plane, actor: str = "") -> set[str]:
    request = history.ListEventsRequest(actor=actor, page_size=1000)
    return {each.actor for each in (await plane.history.ListEvents(request)).events}


def stored(plane: Plane) -> set[str]:
    """The actors that the ledger itself has."""
    return {each.event.actor for each in plane.control_plane.ledger.all_after(0)}


async def test_the_ledger_has_a_pseudonym_and_every_read_the_name(plane: Plane) -> None:
    operation = await plane.create()
    assert metadata_of(operation).actor == "user:alice"
    kept = {each for each in stored(plane) if each.startswith("user:")}
    assert [is_pseudonym(each) for each in kept] == [True]
    assert "user:alice" in await actors(plane)
    assert await actors(plane, "user:alice") == {"user:alice"}
    assert await actors(plane, "user:bob") == set()
    found = await plane.operations.GetOperation(longrunning.GetOperationRequest(name=operation.name))
    assert metadata_of(found).actor == "user:alice"
    listed = await plane.operations.ListOperations(longrunning.ListOperationsRequest(name="operations"))
    assert {metadata_of(each).actor for each in listed.operations} == {"user:alice"}
    replayed = plane.history.ReplayVm(history.ReplayVmRequest(name=vm_name("web")))
    steps = (await replayed).steps
    assert {each.event.actor for each in steps} == {"user:alice"}


async def test_a_stream_has_names_until_they_are_forgotten(plane: Plane) -> None:
    await plane.create()
    request = history.WatchEventsRequest(parent=DEFAULT)
    seen: list[str] = []
    call = plane.history.WatchEvents(request)
    async for each in call:
        if each.HasField("event") and each.event.HasField("vm_created"):
            seen.append(each.event.actor)
            break
    shown_as = await forget(plane)
    call = plane.history.WatchEvents(request)
    async for each in call:
        if each.HasField("event") and each.event.HasField("vm_created"):
            seen.append(each.event.actor)
            break
    assert seen == ["user:alice", shown_as]


@pytest.mark.provokes("PERSON_NOT_FOUND")
@pytest.mark.covers("PrivacyService.ForgetPerson")
async def test_a_person_is_forgotten_for_good(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/ledger.db"
    async with running(store) as plane:
        operation = await plane.create()
        shown_as = await forget(plane)
        assert shown_as.startswith("user:forgotten-")
        assert await actors(plane) >= {shown_as, "user:admin"}
        assert await actors(plane, shown_as) == {shown_as}
        assert await actors(plane, "user:alice") == set()
        found = await plane.operations.GetOperation(longrunning.GetOperationRequest(name=operation.name))
        assert metadata_of(found).actor == shown_as
        again = await refused(forget(plane))
        assert (again.code, again.reason) == (grpc.StatusCode.NOT_FOUND, "PERSON_NOT_FOUND")
        # Whoever comes back is somebody new.
        await plane.create("other")
        assert await actors(plane) >= {shown_as, "user:alice"}
        assert (await plane.events()).count("person_forgotten") == 1
        await forget(plane)
    async with running(store) as plane:
        assert "user:alice" not in await actors(plane)
        assert "user:admin" in await actors(plane)
    assert b"user:alice" not in contents(tmp_path)


async def test_forgetting_that_is_only_checked_forgets_nobody(plane: Plane) -> None:
    await plane.create()
    unknown = await refused(forget(plane, "user:nobody", validate_only=True))
    assert unknown.reason == "PERSON_NOT_FOUND"
    shown_as = await forget(plane, validate_only=True)
    assert "user:alice" in await actors(plane)
    assert "person_forgotten" not in await plane.events()
    assert await forget(plane) == shown_as


async def test_a_control_plane_that_ended_between_event_and_key_forgets_the_person(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/ledger.db"
    async with running(store) as plane:
        await plane.create()
        people = plane.control_plane.people
        pseudonym = people.pseudonym_of("user:alice")
        store_, owner = people._store, f"person:{pseudonym.removeprefix('user:~')}"  # pyright: ignore
        kept = store_.sealed(owner)
        await forget(plane)
        store_.keep(owner, *kept, Micros(0))
    async with running(store) as plane:

        async def is_forgotten() -> bool:
            return "user:alice" not in await actors(plane)

        await until(is_forgotten)


async def test_events_of_before_there_were_pseudonyms_keep_their_names(plane: Plane) -> None:
    # As an older server recorded it.
    plane.control_plane.commands._actors = AsTheyAre()  # pyright: ignore[reportPrivateUsage]
    await plane.create()
    assert "user:alice" in stored(plane)
    assert await actors(plane, "user:alice") == {"user:alice"}
    assert (await refused(forget(plane))).reason == "PERSON_NOT_FOUND"


@pytest.mark.parametrize("person", ["", "alice", "local:root", "system:deadlines", "user:", "user:~" + "0" * 32])
async def test_only_a_person_can_be_forgotten(plane: Plane, person: str) -> None:
    found = await refused(forget(plane, person))
    assert (found.reason, found.fields) == ("INVALID_FIELD", ["person"])


async def test_the_reason_does_not_have_the_name(plane: Plane) -> None:
    await plane.create()
    found = await refused(forget(plane, reason="for user:alice"))
    assert (found.reason, found.fields) == ("INVALID_FIELD", ["reason"])
