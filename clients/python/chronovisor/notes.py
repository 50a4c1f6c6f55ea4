"""Signed notes, their keys, checkpoints and cosignatures, as C2SP specifies them.

See c2sp.org: signed-note, tlog-checkpoint, tlog-cosignature.

A signed head is a note: its text names the log, how many leaves its tree has, and the root.
"""

import base64
import binascii
import hashlib
import struct
from collections.abc import Iterable
from typing import NamedTuple

from chronovisor.tree import Head, NotProven

# Kinds of signatures.
ED25519, COSIGNATURE = 1, 4
KEY_BYTES = 32
LONGEST = 1 << 20
_MARK = "\u2014 "


class Vkey(NamedTuple):
    """A public key with its name: `NAME+ID+KEY`."""

    name: str
    kind: int
    public_key: bytes

    @property
    def id(self) -> bytes:
        """Four bytes by which a signature finds its key."""
        signed = self.name.encode() + b"\n" + bytes((self.kind,)) + self.public_key
        return hashlib.sha256(signed).digest()[:4]

    def __str__(self) -> str:
        key = base64.b64encode(bytes((self.kind,)) + self.public_key).decode()
        return f"{self.name}+{self.id.hex()}+{key}"


class NoteSignature(NamedTuple):
    """One line below a note's text."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{_MARK}{self.name} {base64.b64encode(self.key_id + self.signature).decode()}"


class SignedNote(NamedTuple):
    """A text, which ends with a newline, and who signed it. Nothing of it is verified by being read."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def __str__(self) -> str:
        return "\n".join((self.text, *map(str, self.signatures), ""))


class Checkpoint(NamedTuple):
    """What a signed head says: which log, and its tree."""

    origin: str
    head: Head

    def __str__(self) -> str:
        return f"{self.origin}\n{self.head.size}\n{base64.b64encode(self.head.root).decode()}\n"


class Cosignature(NamedTuple):
    """A witness's, and when it made it, in seconds since 1970."""

    name: str
    time: int


def vkey_of(text: str) -> Vkey:
    """Reads `NAME+ID+KEY`. Raises NotProven when it is none."""
    parts = text.strip().split("+", 2)
    if len(parts) != 3 or not parts[0] or any(each.isspace() for each in parts[0]):
        raise NotProven(f"{text.strip()[:80]!r} is not a key: NAME+ID+KEY")
    key = _decoded(parts[2], "the key")
    vkey = Vkey(parts[0], key[0] if key else 0, key[1:])
    if vkey.kind not in (ED25519, COSIGNATURE) or len(vkey.public_key) != KEY_BYTES or vkey.id.hex() != parts[1]:
        raise NotProven(f"the key of {vkey.name} is not an Ed25519 key, or its id is not its own")
    return vkey


def note_of(text: str) -> SignedNote:
    """Reads a signed note. Raises NotProven when it is none."""
    body, mark, lines = text.rpartition("\n\n")
    if not mark or len(text) > LONGEST or not lines.endswith("\n"):
        raise NotProven("it is not a signed note: a text, an empty line, and signatures")
    return SignedNote(f"{body}\n", tuple(_signature_of(line) for line in lines.splitlines()))


def _signature_of(line: str) -> NoteSignature:
    name, _, encoded = line.removeprefix(_MARK).partition(" ")
    if not line.startswith(_MARK) or not name or not encoded:
        raise NotProven(f"{line[:80]!r} is not a signature of a note")
    decoded = _decoded(encoded, "the signature")
    if len(decoded) < 5:
        raise NotProven(f"the signature of {name} is too short")
    return NoteSignature(name, decoded[:4], decoded[4:])


def checkpoint_of(text: str) -> Checkpoint:
    """Reads a note's text. Raises NotProven when it is no checkpoint."""
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0] or not (lines[1].isascii() and lines[1].isdigit()):
        raise NotProven("it is not a signed head: a log's name, a size, and a root, a line each")
    root = _decoded(lines[2], "the root")
    if len(root) != 32 or lines[1] != str(int(lines[1])):
        raise NotProven("it is not a signed head: its size or its root is none")
    return Checkpoint(lines[0], Head(int(lines[1]), root))


def check_note(note: SignedNote, key: Vkey) -> None:
    """That the key has signed the note. Raises NotProven."""
    found = [each for each in note.signatures if (each.name, each.key_id) == (key.name, key.id)]
    if not found:
        raise NotProven(f"it is not signed by {key}")
    for each in found:
        if not _holds(key, each.signature, note.text.encode()):
            raise NotProven(f"the signature by {key.name} does not hold")


def cosignature_by(note: SignedNote, key: Vkey) -> Cosignature | None:
    """The witness's cosignature; None when there is none by this key. Raises NotProven when it does not hold."""
    for each in note.signatures:
        if (each.name, each.key_id) == (key.name, key.id):
            if len(each.signature) != 72:
                raise NotProven(f"the cosignature of {key.name} is not one")
            (time,) = struct.unpack(">Q", each.signature[:8])
            if not _holds(key, each.signature[8:], cosigned_text(note.text, time)):
                raise NotProven(f"the cosignature of {key.name} does not hold")
            return Cosignature(key.name, time)
    return None


def cosigned_text(text: str, time: int) -> bytes:
    """What a witness signs: that it saw the note at this time."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def signed_head(text: str, keys: Iterable[Vkey]) -> Checkpoint:
    """A signed head that all these keys have signed. Raises NotProven."""
    note = note_of(text)
    for key in keys:
        if key.kind == ED25519:
            check_note(note, key)
        elif cosignature_by(note, key) is None:
            raise NotProven(f"it is not cosigned by {key}")
    return checkpoint_of(note.text)


def kept_head(text: str, keys: Iterable[Vkey] = ()) -> Checkpoint:
    """A head that somebody kept. Where keys are given, one has signed it, by whatever name. Raises NotProven."""
    note = note_of(text)
    kept = checkpoint_of(note.text)
    named = [each._replace(name=kept.origin) for each in keys]
    signed = {(each.name, each.key_id) for each in note.signatures}
    if not named:
        return kept
    for key in named:
        if (key.name, key.id) in signed:
            check_note(note, key)
            return kept
    raise NotProven(f"the kept head of {kept.origin} is not signed by the expected key")


def signature_holds(public_key: bytes, signature: bytes, text: bytes) -> bool:
    """Of Ed25519. Needs the package cryptography, which is of the extra `client`."""
    # Loaded here: it takes longer than the rest of a command.
    try:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415
    except ModuleNotFoundError as error:
        words = "signatures need cryptography: pip install 'chronovisor[client]'"
        raise ModuleNotFoundError(words, name=error.name) from None

    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


def _holds(key: Vkey, signature: bytes, text: bytes) -> bool:
    return signature_holds(key.public_key, signature, text)


def _decoded(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NotProven(f"{what} is not base64") from None
