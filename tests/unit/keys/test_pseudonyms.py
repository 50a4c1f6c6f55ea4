"""People are pseudonyms in the ledger: the same for the same name until it is forgotten, and then nobody's."""

from pathlib import Path

import pytest

from controlplane.domain.access.people import forgotten_name, is_person, is_pseudonym
from controlplane.domain.errors import Unavailable
from controlplane.domain.time import Micros
from controlplane.keys.key_store import KeyStore
from controlplane.keys.pseudonyms import Pseudonyms
from controlplane.keys.vault import store_in
from tests.support.files import contents


def people(store: KeyStore) -> Pseudonyms:
    return Pseudonyms(store, lambda: Micros(1))


async def test_a_person_has_one_pseudonym_which_says_nothing() -> None:
    found = people(store_in(None))
    assert found.known("user:alice") is None
    alice = await found.of("user:alice")
    assert is_pseudonym(alice)
    assert (await found.of("user:alice"), found.known("user:alice")) == (alice, alice)
    assert found.name_of(alice) == "user:alice"
    assert await found.of("user:bob") != alice
    # Two control planes have nothing in common.
    assert await people(store_in(None)).of("user:alice") != alice


@pytest.mark.parametrize("actor", ["system:deadlines", "agent:node-1", "service:ci", "local:root", "user:anonymous"])
def test_who_is_no_person_stays_as_it_is(actor: str) -> None:
    found = people(store_in(None))
    assert not is_person(actor)
    assert found.known(actor) is actor
    assert found.name_of(actor) is actor


async def test_names_are_found_by_the_next_process_and_by_another(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    first, other = people(store), people(store_in(tmp_path))
    alice = await first.of("user:alice")
    assert other.name_of(alice) == "user:alice"
    assert other.known("user:alice") == alice
    again = people(store_in(tmp_path))
    assert (again.name_of(alice), again.pseudonym_of("user:alice")) == ("user:alice", alice)


async def test_one_that_is_forgotten_is_nobodys_and_the_name_gets_another(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    found = people(store)
    alice, bob = await found.of("user:alice"), await found.of("user:bob")
    await found.forget(alice)
    await found.forget(alice)
    assert found.name_of(alice) == forgotten_name(alice)
    assert forgotten_name(alice) == f"user:forgotten-{alice.removeprefix('user:~')[:8]}"
    assert found.forgotten == 1
    assert found.pseudonym_of("user:alice") == ""
    assert found.name_of(bob) == "user:bob"
    assert await found.of("user:alice") != alice
    assert people(store_in(tmp_path)).name_of(alice) == forgotten_name(alice)


async def test_no_file_has_a_name(tmp_path: Path) -> None:
    found = people(store_in(tmp_path))
    alice = await found.of("user:alice-canary")
    await found.forget(alice)
    await found.of("user:bob-canary")
    assert b"canary" not in contents(tmp_path)


async def test_without_keys_nobody_gets_a_pseudonym() -> None:
    store = store_in(None)
    found = people(store)
    store.close()
    with pytest.raises(Unavailable):
        await found.of("user:alice")
    assert found.name_of(f"user:~{'0' * 32}") == "user:forgotten-00000000"


async def test_what_else_says_who_a_person_is_is_sealed_with_the_same_key() -> None:
    found = people(store_in(None))
    alice = await found.of("user:alice")
    sealed = found.sealed(alice, "https://issuer alice-subject")
    assert "alice" not in sealed
    assert found.sealed(alice, "https://issuer alice-subject") is sealed
    assert found.name_of(sealed) == "https://issuer alice-subject"
    assert (found.sealed(alice, ""), found.sealed("service:ci", "text")) == ("", "text")
    assert found.name_of("~no such thing") == "~no such thing"
    await found.forget(alice)
    assert found.name_of(sealed) == "forgotten"
