"""Where tokens are kept: the system's keyring, or where there is none, a file of this user alone."""

import contextlib
import os
import stat
import tempfile
from collections.abc import Generator
from hashlib import sha256
from pathlib import Path
from typing import Any

from chronovisor.sign_in.failures import SignInFailed
from chronovisor.sign_in.registration import Tokens

try:
    import fcntl
except ImportError:
    # Not of Windows: there, two processes that refresh at once may both do it.
    fcntl = None

# `file`: no keyring.
VARIABLE = "CHRONOVISOR_TOKEN_STORE"
SERVICE = "chronovisor"
_READABLE_BY_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Storage:
    """Tokens of registrations, by their key, in the keyring or in `directory`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def read(self, key: str) -> Tokens | None:
        """None where there are none. Raises SignInFailed for a file that others may read."""
        try:
            text = self._text_of(self._file(key))
        except FileNotFoundError:
            keyring = _keyring()
            text = keyring.get_password(SERVICE, key) if keyring else None
        try:
            return Tokens.of_text(text) if text else None
        except ValueError:
            # As of another version: they can be had again.
            return None

    def write(self, key: str, tokens: Tokens) -> str:
        """Where they are now, in words."""
        keyring = _keyring()
        if keyring:
            try:
                keyring.set_password(SERVICE, key, tokens.text())
            except Exception as error:  # noqa: BLE001 - backends of others raise what they like; there is the file
                del error
            else:
                self._file(key).unlink(missing_ok=True)
                return "the keyring"
        self._replace(self._file(key), tokens.text())
        return str(self._file(key))

    def delete(self, key: str) -> None:
        self._file(key).unlink(missing_ok=True)
        if keyring := _keyring():
            # It may not have them.
            with contextlib.suppress(Exception):
                keyring.delete_password(SERVICE, key)

    @contextlib.contextmanager
    def locked(self, key: str) -> Generator[None]:
        """While no other process of this user is here: a refresh token that is used twice may end the session."""
        self._make_directory()
        number = os.open(self._file(key).with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if fcntl:
                fcntl.flock(number, fcntl.LOCK_EX)
            yield
        finally:
            os.close(number)

    def _file(self, key: str) -> Path:
        return self._directory / f"{sha256(key.encode()).hexdigest()[:32]}.json"

    def _text_of(self, path: Path) -> str:
        with path.open(encoding="utf-8") as file:
            if os.fstat(file.fileno()).st_mode & _READABLE_BY_OTHERS:
                raise SignInFailed(f"{path} is not for you alone: chmod 600 it, or delete it and sign in again")
            return file.read()

    def _make_directory(self) -> None:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _replace(self, path: Path, text: str) -> None:
        self._make_directory()
        # The file of `tempfile` is 0600 from its first moment on.
        number, name = tempfile.mkstemp(dir=self._directory, prefix=".tokens.")
        try:
            with os.fdopen(number, "w", encoding="utf-8") as fresh:
                fresh.write(text)
                fresh.flush()
                os.fsync(fresh.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _keyring() -> Any:
    """The keyring, where there is one that works; None otherwise. It takes a fifth of a second to load."""
    if os.environ.get(VARIABLE) == "file":
        return None
    try:
        import keyring  # noqa: PLC0415

        return keyring if keyring.get_keyring().priority > 0 else None
    except Exception:  # noqa: BLE001 - not installed, or a backend of somebody else's that does not load
        return None
