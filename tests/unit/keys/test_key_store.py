"""Keys are kept, found again, and destroyed for good: also in copies of their file from before."""

import shutil
import stat
import sys
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from controlplane.domain.time import Micros
from controlplane.keys import vault
from controlplane.keys.errors import KeyDestroyed, KeysUnavailable
from controlplane.keys.key_store import KeyStore
from controlplane.keys.master import CommandMaster, master_in
from controlplane.keys.vault import store_in
from tests.support.files import contents

NOW = Micros(1_000)


@pytest.fixture(params=["file", "memory"])
def directory(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "keys" if request.param == "file" else None


def test_a_key_is_the_same_every_time_until_it_is_destroyed(directory: Path | None) -> None:
    store = store_in(directory)
    one, two = store.ensure(["vm:1", "vm:2"], NOW)
    assert len(one) == 64
    assert one != two
    assert store.ensure(["vm:2", "vm:1"], NOW) == [two, one]
    assert store.destroy(["vm:1", "vm:none"]) == 1
    assert not store.has("vm:1")
    with pytest.raises(KeyDestroyed):
        store.get("vm:1")
    assert store.get("vm:2") == two
    assert store.ensure(["vm:1"], NOW) != [one]


def test_keys_are_found_by_the_next_process(tmp_path: Path) -> None:
    first = store_in(tmp_path)
    keys = first.ensure(["vm:1", "request:2"], NOW)
    first.destroy(["vm:3"])
    first.close()
    second = store_in(tmp_path)
    assert [second.get("vm:1"), second.get("request:2")] == keys
    assert second.owners("vm:") == ["vm:1"]
    assert second.owners("request:", Micros(1_000)) == []
    assert second.owners("request:", Micros(1_001)) == ["request:2"]


def test_two_processes_use_one_file(tmp_path: Path) -> None:
    one, other = store_in(tmp_path), store_in(tmp_path)
    (key,) = one.ensure(["vm:1"], NOW)
    assert other.get("vm:1") == key
    one.ensure(["vm:2"], NOW)
    one.destroy(["vm:2"])
    # The other has to find out that another epoch began.
    (new,) = other.ensure(["vm:3"], NOW)
    assert one.get("vm:3") == new
    assert other.get("vm:1") == key


def test_a_copy_from_before_a_key_was_destroyed_opens_nothing(tmp_path: Path) -> None:
    store = store_in(tmp_path / "keys")
    store.ensure(["vm:gone", "vm:kept"], NOW)
    backup = tmp_path / "backup.db"
    store._database.execute("VACUUM INTO ?", (str(backup),))  # pyright: ignore[reportPrivateUsage]
    store.destroy(["vm:gone"])
    store.close()
    for suffix in ("", "-wal", "-shm"):
        (tmp_path / f"keys/secrets.db{suffix}").unlink(missing_ok=True)
    shutil.copy(backup, tmp_path / "keys/secrets.db")
    with pytest.raises(KeysUnavailable, match="restored alone"):
        store_in(tmp_path / "keys")


def test_nothing_of_a_destroyed_key_is_left_in_any_file(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.ensure([f"vm:{number}" for number in range(50)], NOW)
    row = "SELECT wrapped FROM keys WHERE owner = 'vm:7'"
    ((wrapped,),) = store._database.execute(row).fetchall()  # pyright: ignore[reportPrivateUsage]
    store._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()  # pyright: ignore[reportPrivateUsage]
    assert wrapped in contents(tmp_path)
    store.destroy(["vm:7"])
    assert wrapped not in contents(tmp_path)
    assert b"vm:7" not in contents(tmp_path)


def test_a_process_that_ended_between_two_epochs_goes_on_with_the_one_that_is_whole(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    (key,) = store.ensure(["vm:1"], NOW)
    store._epochs.begin(2)  # pyright: ignore[reportPrivateUsage]
    store.close()
    again = store_in(tmp_path)
    assert again.get("vm:1") == key
    again.destroy(["vm:none"])
    again.ensure(["vm:2"], NOW)
    assert again.destroy(["vm:2"]) == 1
    assert again.get("vm:1") == key


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    store_in(tmp_path / "keys").ensure(["vm:1"], NOW)
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()}
    assert {"master", "epochs", "secrets.db"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def test_a_master_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    master_in(tmp_path / "master")
    (tmp_path / "master").chmod(0o640)
    with pytest.raises(KeysUnavailable, match="chmod 600"):
        master_in(tmp_path / "master")
    (tmp_path / "master").write_text("short")
    (tmp_path / "master").chmod(0o600)
    with pytest.raises(KeysUnavailable, match="not a master key"):
        master_in(tmp_path / "master")


def test_another_master_key_opens_nothing(tmp_path: Path) -> None:
    store_in(tmp_path).ensure(["vm:1"], NOW)
    (tmp_path / "master").unlink()
    with pytest.raises(KeysUnavailable, match="not the one"):
        store_in(tmp_path).get("vm:1")


def test_an_altered_key_is_not_taken_for_another(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.ensure(["vm:1", "vm:2"], NOW)
    statement = "UPDATE keys SET wrapped = (SELECT wrapped FROM keys WHERE owner = 'vm:2') WHERE owner = 'vm:1'"
    store._database.execute(statement)  # pyright: ignore[reportPrivateUsage]
    with pytest.raises(KeysUnavailable, match="altered"):
        store_in(tmp_path).get("vm:1")


PROGRAM = """
import base64, sys
given = base64.b64decode(sys.stdin.read())
flip = bytes(each ^ 0x5A for each in given)
sys.stdout.write(base64.b64encode(flip).decode())
"""


def test_a_program_wraps_the_keys_for_a_kms(tmp_path: Path) -> None:
    program = tmp_path / "kms.py"
    program.write_text(PROGRAM)
    command = (sys.executable, str(program))
    (key,) = store_in(tmp_path / "keys", command).ensure(["vm:1"], NOW)
    assert store_in(tmp_path / "keys", command).get("vm:1") == key
    assert not (tmp_path / "keys/master").exists()
    for broken in (("/nonexistent",), (sys.executable, "-c", "raise SystemExit(3)")):
        with pytest.raises(KeysUnavailable):
            store_in(tmp_path / "keys", broken).get("vm:1")
    with pytest.raises(KeysUnavailable, match="TimeoutExpired"):
        CommandMaster((sys.executable, "-c", "import time; time.sleep(60)"), 0.2).wrap(bytes(32))


def test_no_more_keys_are_in_memory_than_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controlplane.keys.key_store.MOST_CACHED", 2)
    store = store_in(None)
    keys = [store.ensure([f"vm:{number}"], NOW)[0] for number in range(5)]
    assert [store.get(f"vm:{number}") for number in range(5)] == keys


def test_what_is_encrypted_for_one_vm_and_field_opens_for_no_other() -> None:
    key = store_in(None).ensure(["vm:1"], NOW)[0]
    kept = vault.sealed(key, "1", b"secret")
    assert vault.opened(key, "1", kept) == b"secret"
    assert (kept.size_bytes, len(kept.ciphertext), len(kept.keyed_hash)) == (6, 6 + 28, 32)
    assert vault.sealed(key, "1", b"secret").ciphertext != kept.ciphertext
    assert vault.sealed(key, "1", b"secret").keyed_hash == kept.keyed_hash
    for vm_uid, field in (("2", "user_data"), ("1", "password")):
        with pytest.raises(InvalidTag):
            vault.opened(key, vm_uid, kept, field)


def test_a_store_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    (tmp_path / "secrets.db").write_bytes(b"no database" * 100)
    (tmp_path / "secrets.db").chmod(0o600)
    with pytest.raises(KeysUnavailable, match="cannot be opened"):
        store_in(tmp_path)
    assert isinstance(store_in(None), KeyStore)
