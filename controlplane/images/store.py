"""The directory of images' bytes, each a file by its SHA-256, and those that come in. Blocking, but for reads.

incoming/{uid}      what is being checked, and what comes in as it is unpacked: nothing of it outlives the process
partial/{uid}       what came of an import that goes on after a restart, as it came; beside it, of which edition that is
empty/              where programs run that look at an image: folders of their own would outlive a killed process
sha256/{digest}     what was checked; never written to again
"""

import asyncio
import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import threading
from collections.abc import AsyncIterator, Collection, Generator
from pathlib import Path
from typing import BinaryIO

from controlplane.domain.errors import Unavailable
from controlplane.domain.image.aggregate import Expected
from controlplane.domain.image.content import ImageContent
from controlplane.domain.reasons import Reason
from controlplane.images.checks import checked
from controlplane.images.qcow2_header import Unfit
from controlplane.images.settings import ImageSettings
from controlplane.images.unpacking import Unpacker, is_packed

PART_BYTES = 1 << 20
RETRY_S = 5.0
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class NoRoom(Exception):
    """The file system has no room."""


class ImageStore:
    """The bytes of one ledger's images. `open` first."""

    def __init__(self, settings: ImageSettings) -> None:
        self.settings = settings
        self._incoming, self._kept = settings.folder / "incoming", settings.folder / "sha256"
        self._partial, self._empty = settings.folder / "partial", settings.folder / "empty"
        # The descriptor of the directory, while it is this process's alone.
        self._locked: int | None = None
        self._lock = threading.Lock()
        # By digest, how many imports have them that the ledger does not know of yet.
        self._arriving: dict[bytes, int] = {}
        # Those that were kept since `known` looked last.
        self._recent: set[bytes] = set()

    def open(self) -> None:
        """Makes the directory, and removes what was coming in when the process before ended.

        Raises OSError, also where another process has it open: each would remove what comes in through the other.
        """
        self.settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock_folder()
        for folder in (self._incoming, self._empty):
            shutil.rmtree(folder, ignore_errors=True)
        for folder in (self._incoming, self._partial, self._empty, self._kept):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def close(self) -> None:
        if self._locked is not None:
            os.close(self._locked)
            self._locked = None

    def _lock_folder(self) -> None:
        folder = os.open(self.settings.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(folder)
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise
            text = "another control plane uses this image directory; give each one of its own, by --image-dir"
            raise OSError(errno.EBUSY, text, str(self.settings.folder)) from None
        self._locked = folder

    def path(self, digest: bytes) -> Path:
        return self._kept / digest.hex()

    async def read(self, digest: bytes, offset: int) -> AsyncIterator[bytes]:
        """Its bytes from one on, in parts. Raises Unavailable where they are not there."""
        try:
            file = await asyncio.to_thread(self.path(digest).open, "rb")
        except OSError as error:
            text = f"the bytes of image {digest.hex()} are not here: {error.strerror}"
            raise Unavailable(Reason.IMAGE_UNAVAILABLE, text, RETRY_S) from None
        with file:
            file.seek(offset)
            while part := await asyncio.to_thread(file.read, PART_BYTES):
                yield part

    def digests(self) -> set[bytes]:
        """Of all that are kept."""
        return {bytes.fromhex(each.name) for each in self._kept.iterdir() if len(each.name) == 64}

    def receive(self, uid: str, expected: Expected, size: int = 0) -> "Incoming":
        """`size`: how many bytes will be sent; 0 where that is not known. Raises NoRoom, OSError."""
        return Incoming(self, self._incoming / uid, uid, expected, size)

    def partial(self, uid: str, expected: Expected) -> "Partial":
        """What has come so far of an import that can go on. Raises OSError."""
        return Partial(self, self._partial / uid, uid, expected)

    def partials(self) -> set[str]:
        """The images, by uid, of which something has come that can go on. Raises OSError."""
        return {path.stem for path in self._partial.iterdir()}

    def remove_partials(self, uids: Collection[str]) -> None:
        """What has come of these. Raises OSError."""
        for uid in uids:
            self.partial(uid, Expected()).discard()

    def take_in(self, path: Path, uid: str, digest: bytes, expected: Expected) -> ImageContent:
        """Checks a file of a known hash, and keeps it: see `settled`. Raises Unfit, CannotCheck, OSError."""
        if expected.sha256 and digest != expected.sha256:
            raise Unfit(f"its SHA-256 is {digest.hex()}, and not {expected.sha256.hex()}")
        found = checked(path, expected.format, self.settings.largest, self._empty, self.settings.check_s)
        self.keep(path, digest)
        return ImageContent(uid, digest, found.format, found.virtual_size, found.size)

    def require_room(self, size: int) -> None:
        """Raises NoRoom."""
        free = shutil.disk_usage(self.settings.folder).free
        if size > free - self.settings.least_free:
            kept = self.settings.least_free >> 20
            raise NoRoom(f"{free >> 20} MiB are free, of which {kept} are kept free")

    def require_size(self, size: int) -> None:
        """Raises Unfit."""
        if size > self.settings.largest:
            raise Unfit(f"it has more than {self.settings.largest_gib} GiB")

    def keep(self, incoming: Path, digest: bytes) -> None:
        """Has a file that was checked, from now on, until it is removed. Raises OSError."""
        target = self.path(digest)
        with self._lock:
            self._arriving[digest] = self._arriving.get(digest, 0) + 1
            self._recent.add(digest)
            if target.exists():
                incoming.unlink()
                return
            incoming.chmod(0o400)
            incoming.rename(target)
        folder = os.open(self._kept, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def settled(self, digest: bytes) -> None:
        """The ledger knows by now whether an import has these bytes."""
        with self._lock:
            self._arriving[digest] -= 1
            if not self._arriving[digest]:
                del self._arriving[digest]

    def known(self) -> set[bytes]:
        """All that are kept, and that the ledger knows of if it has them. Raises OSError."""
        with self._lock:
            self._recent.clear()
            return self.digests() - self._arriving.keys()

    def remove(self, digests: Collection[bytes]) -> None:
        """Removes those that nothing needed at the last `known`, unless they came again since. Raises OSError."""
        for digest in digests:
            with self._lock:
                if digest not in self._recent and digest not in self._arriving:
                    self.path(digest).unlink(missing_ok=True)


class Incoming:
    """What is being imported: `add` its bytes in order, then `finish`; `discard` in any case."""

    def __init__(self, store: ImageStore, path: Path, uid: str, expected: Expected, size: int) -> None:
        self._store, self._path, self._uid, self._expected = store, path, uid, expected
        self._declared, self._received, self._size = size, 0, 0
        self._unpacker, self._hash = Unpacker(), hashlib.sha256()
        if size:
            store.require_room(size)
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0)

    def add(self, chunk: bytes) -> None:
        """Raises Unfit, NoRoom, OSError."""
        self._received += len(chunk)
        if self._declared and self._received > self._declared:
            raise Unfit(f"more than the {self._declared} bytes were sent that were declared to come")
        for piece in self._unpacker.pieces(chunk):
            self._write(piece)

    def finish(self, sha256: bytes = b"") -> ImageContent:
        """Checks what has come, and keeps it: see ImageStore.settled. `sha256`: what its sender says that it is.

        Raises Unfit, CannotCheck, NoRoom, OSError.
        """
        self._write(self._unpacker.finish())
        if self._declared and self._received != self._declared:
            raise Unfit(f"{self._received} bytes were sent, of the {self._declared} that were declared to come")
        with _room():
            os.fsync(self._file.fileno())
        self._file.close()
        expected = self._expected._replace(sha256=sha256) if sha256 else self._expected
        return self._store.take_in(self._path, self._uid, self._hash.digest(), expected)

    def discard(self) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)

    def _write(self, piece: bytes) -> None:
        self._size += len(piece)
        self._store.require_size(self._size)
        self._store.require_room(len(piece))
        self._hash.update(piece)
        view = memoryview(piece)
        with _room():
            while view:
                view = view[self._file.write(view) :]


class Partial:
    """What has come of an import, as it came: `begin`, `add` what is missing, then `finish`; `discard` to forget it."""

    def __init__(self, store: ImageStore, path: Path, uid: str, expected: Expected) -> None:
        self._store, self._path, self._uid, self._expected = store, path, uid, expected
        self._edition = path.with_suffix(".edition")
        self._file: BinaryIO | None = None
        try:
            self.size = path.stat().st_size
            # Which edition of its source that is, in the source's own words.
            self.edition = self._edition.read_text(encoding="utf-8")
        except FileNotFoundError:
            self.size, self.edition = 0, ""

    def begin(self, offset: int, edition: str, total: int) -> None:
        """What comes next belongs at `offset`: 0, or `size`. Raises Unfit, NoRoom, OSError."""
        self._store.require_size(total)
        self._store.require_room(max(total - offset, 0))
        self._edition.write_text(edition, encoding="utf-8")
        self._file = self._path.open("ab", buffering=0)
        self._file.truncate(offset)
        self.size, self.edition = offset, edition

    def add(self, part: bytes) -> None:
        """Raises Unfit, NoRoom, OSError."""
        assert self._file is not None
        self._store.require_size(self.size + len(part))
        self._store.require_room(len(part))
        view = memoryview(part)
        with _room():
            while view:
                view = view[self._file.write(view) :]
        self.size += len(part)

    def finish(self) -> ImageContent:
        """Unpacks, checks and keeps it: see ImageStore.settled. Raises Unfit, CannotCheck, NoRoom, OSError."""
        assert self._file is not None
        with _room():
            os.fsync(self._file.fileno())
        self.close()
        incoming = self._store.receive(self._uid, self._expected)
        try:
            with self._path.open("rb") as file:
                packed = is_packed(file.read(PART_BYTES))
                file.seek(0)
                if not packed:
                    digest = hashlib.file_digest(file, "sha256").digest()
                    content = self._store.take_in(self._path, self._uid, digest, self._expected)
                else:
                    while part := file.read(PART_BYTES):
                        incoming.add(part)
                    content = incoming.finish()
        finally:
            incoming.discard()
        self.discard()
        return content

    def close(self) -> None:
        if self._file:
            self._file.close()

    def discard(self) -> None:
        self.close()
        self._path.unlink(missing_ok=True)
        self._edition.unlink(missing_ok=True)


@contextlib.contextmanager
def _room() -> Generator[None]:
    """Turns the system's words for a lack of room into NoRoom."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise NoRoom(error.strerror or "it is full") from None
        raise
