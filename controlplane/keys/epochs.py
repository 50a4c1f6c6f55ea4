"""Epoch keys: what wraps every key of the store. Destroying one destroys what was wrapped with it, in all copies.

They are in a file of their own, wrapped by the master key. A backup of the store alone opens nothing.
"""

import secrets
from pathlib import Path

import msgspec

from controlplane.keys.errors import KeysUnavailable
from controlplane.keys.master import KEY_BYTES, Master, write_privately

_decode = msgspec.json.Decoder(dict[int, str]).decode


class Epochs:
    """Keys by the number of their epoch. Blocks; one thread at a time. `path` is None for keys of one run."""

    def __init__(self, path: Path | None, master: Master) -> None:
        self._path = path
        self._master = master
        self._wrapped: dict[int, bytes] = {}
        self._keys: dict[int, bytes] = {}

    def numbers(self) -> list[int]:
        """Those that there are, by the file. Raises KeysUnavailable."""
        if self._path is not None:
            try:
                found = _decode(self._path.read_bytes()) if self._path.exists() else {}
                self._wrapped = {number: bytes.fromhex(wrapped) for number, wrapped in found.items()}
            except (OSError, ValueError) as error:
                raise KeysUnavailable(f"{self._path} cannot be read: {error}") from None
        self._keys = {number: key for number, key in self._keys.items() if number in self._wrapped}
        return sorted(self._wrapped)

    def key(self, number: int) -> bytes:
        """Raises KeysUnavailable, also for an epoch that is over."""
        found = self._keys.get(number)
        if found is not None:
            return found
        if number not in self._wrapped and number not in self.numbers():
            raise KeysUnavailable(f"the key of epoch {number} is destroyed, or was never here")
        found = self._keys[number] = self._master.unwrap(self._wrapped[number])
        return found

    def begin(self, number: int) -> None:
        """Makes an epoch's key, durably. Raises KeysUnavailable."""
        key = secrets.token_bytes(KEY_BYTES)
        self._keep({**self._wrapped, number: self._master.wrap(key)})
        self._keys[number] = key

    def end_before(self, number: int) -> None:
        """Destroys the keys of all epochs before this one."""
        if any(each < number for each in self._wrapped):
            self._keep({each: wrapped for each, wrapped in self._wrapped.items() if each >= number})
            self._keys = {each: key for each, key in self._keys.items() if each >= number}

    def _keep(self, wrapped: dict[int, bytes]) -> None:
        if self._path is not None:
            content = msgspec.json.encode({number: each.hex() for number, each in sorted(wrapped.items())})
            try:
                write_privately(self._path, content)
            except OSError as error:
                raise KeysUnavailable(f"{self._path} cannot be written: {error}") from None
        self._wrapped = wrapped
