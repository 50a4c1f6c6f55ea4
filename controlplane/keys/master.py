"""The master key: what wraps the keys of epochs. From a file, from a program that speaks to a KMS, or of one run."""

import base64
import os
import secrets
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from controlplane.keys.errors import KeysUnavailable

KEY_BYTES = 32
NONCE_BYTES = 12
PURPOSE = b"chronovisor/epoch"
COMMAND_TIMEOUT_S = 20.0


class Master(Protocol):
    """Wraps and unwraps a key of 32 bytes. Both block, and raise KeysUnavailable."""

    def wrap(self, key: bytes) -> bytes: ...

    def unwrap(self, wrapped: bytes) -> bytes: ...


class LocalMaster:
    """A master key in memory."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def wrap(self, key: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key, PURPOSE)

    def unwrap(self, wrapped: bytes) -> bytes:
        try:
            return self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], PURPOSE)
        except (InvalidTag, ValueError):
            raise KeysUnavailable("the master key is not the one that the keys were wrapped with") from None


def passing_master() -> LocalMaster:
    """A master key that ends with the process, for a ledger that does."""
    return LocalMaster(secrets.token_bytes(KEY_BYTES))


def master_in(path: Path) -> LocalMaster:
    """The master key of a file, which is made with a new one where there is none, for its owner alone.

    Raises KeysUnavailable for a file that is none, or that others may read.
    """
    try:
        if not path.exists():
            write_privately(path, base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
        mode, content = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise KeysUnavailable(f"the master key cannot be read: {error}") from None
    if mode & 0o077:
        raise KeysUnavailable(f"others may read {path}: chmod 600 {path}")
    try:
        key = base64.b64decode(content)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeysUnavailable(f"{path} is not a master key: it must have {KEY_BYTES} bytes in base64")
    return LocalMaster(key)


class CommandMaster:
    """A program that speaks to a key management service: `PROGRAM wrap` and `PROGRAM unwrap`.

    It takes base64 on its standard input and answers with base64: no key is ever in its arguments.
    """

    def __init__(self, command: Sequence[str], timeout_s: float = COMMAND_TIMEOUT_S) -> None:
        self._command = tuple(command)
        self._timeout_s = timeout_s

    def wrap(self, key: bytes) -> bytes:
        return self._run("wrap", key)

    def unwrap(self, wrapped: bytes) -> bytes:
        return self._run("unwrap", wrapped)

    def _run(self, what: str, given: bytes) -> bytes:
        program = self._command[0]
        try:
            done = subprocess.run(
                [*self._command, what],
                input=base64.b64encode(given),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=self._timeout_s,
                check=False,
            )
            answer = base64.b64decode(done.stdout)
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            raise KeysUnavailable(f"{program} {what} failed: {type(error).__name__}") from None
        if done.returncode or not answer:
            raise KeysUnavailable(f"{program} {what} ended with {done.returncode}")
        return answer


def write_privately(path: Path, content: bytes) -> None:
    """Puts a file in place whole, for its owner alone, and makes it durable. What it replaces is overwritten first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    before = path.open("r+b") if path.exists() else None
    beside.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    if before is not None:
        with before:
            before.write(bytes(os.fstat(before.fileno()).st_size))
            before.flush()
            os.fsync(before.fileno())
