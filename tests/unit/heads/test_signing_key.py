"""The signing key's file: made once, for its user alone, in Go's form, and never shown."""

import threading
from pathlib import Path

import pytest
from chronovisor.notes import checkpoint_of, signed_head
from chronovisor.tree import Head

from controlplane.heads.signing_key import FILE, BadSigningKey, load, load_if_any, load_or_make

# `note.GenerateKey` of golang.org/x/mod/sumdb/note, in its own example.
GO = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_PUBLIC = "c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


def test_it_is_made_once(tmp_path: Path) -> None:
    assert load_if_any(tmp_path) is None
    key = load_or_make(tmp_path)
    assert load_or_make(tmp_path).public_key == key.public_key
    found = load_if_any(tmp_path)
    assert found
    assert found.public_key == key.public_key
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / FILE).parent.stat().st_mode & 0o777 == 0o700
    assert [each.name for each in (tmp_path / "keys").iterdir()] == ["signing.key"]


def test_of_many_that_start_at_once_one_makes_it(tmp_path: Path) -> None:
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(load_or_make(tmp_path).public_key)) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_gos_own_key_is_read(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(f"{GO}\n")
    path.chmod(0o600)
    key = load(path)
    assert str(key.vkey("history")).startswith("PeterNeumann/history+")
    assert str(key.vkey("history")).endswith(GO_PUBLIC.partition("+")[2])
    head = Head(3, bytes(32))
    assert signed_head(str(key.signed("history", head)), [key.vkey("history")]) == checkpoint_of(
        key.signed("history", head).text
    )


@pytest.mark.parametrize("text", ["", "key", GO[:-4], GO.replace("c74f20a3", "00000000"), GO.replace("+AY", "+BY")])
def test_what_is_no_key_is_refused_and_not_shown(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(BadSigningKey) as caught:
        load(path)
    assert GO[-20:-4] not in str(caught.value)


def test_a_key_that_anyone_can_read_is_refused(tmp_path: Path) -> None:
    load_or_make(tmp_path)
    (tmp_path / FILE).chmod(0o644)
    with pytest.raises(BadSigningKey, match="chmod 600"):
        load_or_make(tmp_path)


def test_a_key_file_that_is_named_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_or_make(tmp_path, tmp_path / "missing")


def test_the_secret_is_not_in_its_repr(tmp_path: Path) -> None:
    key = load_or_make(tmp_path)
    assert key.private_bytes().hex() not in repr(key)
