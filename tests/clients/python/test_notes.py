"""Signed notes, keys, checkpoints and cosignatures: what is read, and what is not taken."""

import struct
import sys

import pytest
from chronovisor.notes import (
    COSIGNATURE,
    ED25519,
    Checkpoint,
    NoteSignature,
    SignedNote,
    Vkey,
    check_note,
    checkpoint_of,
    cosignature_by,
    cosigned_text,
    kept_head,
    note_of,
    signature_holds,
    signed_head,
    vkey_of,
)
from chronovisor.tree import Head, NotProven
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

# The example of Go's golang.org/x/mod/sumdb/note.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENIGMA = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
HEAD = Head(7, bytes(range(32)))


def key_pair(name: str = "chronovisor/log", kind: int = ED25519) -> tuple[Ed25519PrivateKey, Vkey]:
    private = Ed25519PrivateKey.generate()
    return private, Vkey(name, kind, private.public_key().public_bytes_raw())


def signed(text: str, private: Ed25519PrivateKey, vkey: Vkey) -> NoteSignature:
    return NoteSignature(vkey.name, vkey.id, private.sign(text.encode()))


def cosigned(text: str, private: Ed25519PrivateKey, vkey: Vkey, time: int = 1_700_000_000) -> NoteSignature:
    signature = private.sign(cosigned_text(text, time))
    return NoteSignature(vkey.name, vkey.id, struct.pack(">Q", time) + signature)


def test_gos_own_example_is_read() -> None:
    note = note_of(ENIGMA)
    check_note(note, vkey_of(PETER))
    assert str(note) == ENIGMA
    assert str(vkey_of(PETER)) == PETER


def test_a_note_that_was_changed_does_not_hold() -> None:
    with pytest.raises(NotProven, match="does not hold"):
        check_note(note_of(ENIGMA.replace("the answer", "an answer")), vkey_of(PETER))


def test_a_head_is_read_as_it_was_written() -> None:
    private, vkey = key_pair()
    text = str(Checkpoint("chronovisor/log", HEAD))
    note = str(SignedNote(text, (signed(text, private, vkey),)))
    assert signed_head(note, [vkey]) == Checkpoint("chronovisor/log", HEAD)
    assert kept_head(note) == kept_head(note, [key_pair()[1], vkey._replace(name="another name")])
    with pytest.raises(NotProven, match="not signed by the expected key"):
        kept_head(note, [key_pair()[1]])
    with pytest.raises(NotProven, match="not signed by"):
        signed_head(note, [vkey, key_pair()[1]])


def test_a_cosignature_is_of_a_time() -> None:
    private, vkey = key_pair()
    witness, witness_key = key_pair("witness.example", COSIGNATURE)
    text = str(Checkpoint("chronovisor/log", HEAD))
    note = SignedNote(text, (signed(text, private, vkey), cosigned(text, witness, witness_key)))
    found = cosignature_by(note_of(str(note)), witness_key)
    assert found
    assert found.time == 1_700_000_000
    assert signed_head(str(note), [vkey, witness_key]).head == HEAD
    assert cosignature_by(SignedNote(text, note.signatures[:1]), witness_key) is None
    with pytest.raises(NotProven, match="not cosigned"):
        signed_head(str(SignedNote(text, note.signatures[:1])), [witness_key])
    later = note.signatures[1]._replace(signature=struct.pack(">Q", 9) + note.signatures[1].signature[8:])
    for altered in (later, later._replace(signature=b"short")):
        with pytest.raises(NotProven, match="cosignature"):
            cosignature_by(SignedNote(text, (altered,)), witness_key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no signature\n",
        "text\n\n- dash 1234\n",
        "text\n\n— name\n",
        "text\n\n— name ????\n",
        "text\n\n— name AAAA\n",
        "text\n\n— name AAAAAAAA",
    ],
)
def test_what_is_no_note_is_not_taken(text: str) -> None:
    with pytest.raises(NotProven):
        note_of(text)


@pytest.mark.parametrize(
    "text",
    ["", "log\n", "log\n7\n", "log\n07\nAAAA\n", "log\n-1\nAAAA\n", "\n7\nAAAA\n", "log\n7\nAAAA\n", "log\n7\n!!!!\n"],
)
def test_what_is_no_head_is_not_taken(text: str) -> None:
    with pytest.raises(NotProven):
        checkpoint_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+c74f20a3",
        "a name+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        PETER.replace("c74f20a3", "00000000"),
        PETER.replace("PeterNeumann", "Another"),
        PETER[:-4],
        PETER.replace("+AR", "+CR"),
    ],
)
def test_what_is_no_key_is_not_taken(text: str) -> None:
    with pytest.raises(NotProven):
        vkey_of(text)


def test_a_signature_without_its_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'chronovisor\[client\]'"):
        signature_holds(b"", b"", b"")
