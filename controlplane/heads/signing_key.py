"""The control plane's signing key: Ed25519, in a file of its own, in the form that Go's `sumdb/note` has. Blocks."""

import base64
import binascii
import os
import stat
import tempfile
from pathlib import Path

from chronovisor.notes import ED25519, Checkpoint, NoteSignature, SignedNote, Vkey
from chronovisor.tree import Head
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FILE = Path("keys") / "signing.key"
# Logs are named by it and by their history, unless the key has another name.
DEFAULT_NAME = "chronovisor"
_PREFIX = "PRIVATE+KEY+"


class BadSigningKey(ValueError):
    """The file is not a signing key, or may not be used; the message says why, and nothing of the key."""


class SigningKey:
    """Signs seals and heads. `name` is the first part of the names of the logs that it signs."""

    def __init__(self, name: str, private: Ed25519PrivateKey) -> None:
        self.name = name
        self._private = private
        self._public = private.public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return f"SigningKey({self.name!r}, {self._public.hex()})"

    @property
    def public_key(self) -> bytes:
        return self._public

    def private_bytes(self) -> bytes:
        """The secret: for its file alone."""
        return self._private.private_bytes_raw()

    def sign(self, text: bytes) -> bytes:
        return self._private.sign(text)

    def origin(self, history_id: str) -> str:
        """The name of the log of one history: another history is another log."""
        return f"{self.name}/{history_id}"

    def vkey(self, history_id: str) -> Vkey:
        return Vkey(self.origin(history_id), ED25519, self._public)

    def signed(self, history_id: str, head: Head) -> SignedNote:
        """The signed head of a history."""
        vkey = self.vkey(history_id)
        text = str(Checkpoint(vkey.name, head))
        return SignedNote(text, (NoteSignature(vkey.name, vkey.id, self.sign(text.encode())),))


def generated(name: str = DEFAULT_NAME) -> SigningKey:
    """A new key, kept nowhere."""
    return SigningKey(name, Ed25519PrivateKey.generate())


def key_file(home: Path, named: Path | None = None) -> Path:
    """Where the key is: the file that an option names, or the one in `home`."""
    return (named or home / FILE).expanduser()


def load_or_make(home: Path, named: Path | None = None) -> SigningKey:
    """The key in its file; made at the first start, unless an option names the file. Raises BadSigningKey, OSError."""
    path = key_file(home, named)
    if named is None and not path.exists():
        _write(path, generated())
    return load(path)


def load_if_any(home: Path, named: Path | None = None) -> SigningKey | None:
    """None where there is no file. Raises BadSigningKey, OSError."""
    path = key_file(home, named)
    return load(path) if named or path.exists() else None


def load(path: Path) -> SigningKey:
    """Raises BadSigningKey, OSError."""
    mode = path.stat().st_mode
    if mode & stat.S_IRWXO:
        raise BadSigningKey(f"{path} may be used by anyone on this machine: chmod 600 {path}")
    parts = path.read_text("utf-8").strip().removeprefix(_PREFIX).split("+", 2)
    try:
        name, id_, encoded = parts
        key = base64.b64decode(encoded, validate=True)
        private = Ed25519PrivateKey.from_private_bytes(key[1:])
    except (ValueError, binascii.Error):
        raise BadSigningKey(f"{path} is not a signing key: {_PREFIX}NAME+ID+KEY") from None
    found = SigningKey(name, private)
    if key[0] != ED25519 or Vkey(name, ED25519, found.public_key).id.hex() != id_:
        raise BadSigningKey(f"{path} is not a signing key: its id is not that of an Ed25519 key")
    return found


def _write(path: Path, key: SigningKey) -> None:
    """Makes the file, unless another process does. It is whole from the moment on that it is there."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    vkey = Vkey(key.name, ED25519, key.public_key)
    encoded = base64.b64encode(bytes((ED25519,)) + key.private_bytes()).decode()
    # Its user's alone.
    descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    partial = Path(name)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{_PREFIX}{vkey.name}+{vkey.id.hex()}+{encoded}\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(partial)
    except FileExistsError:
        # Another process was quicker.
        return
    finally:
        partial.unlink()
