"""Where signed heads are published: a file, a directory, an HTTP endpoint, or a witness. Blocks, for some seconds."""

import http.client
import os
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from chronovisor.notes import NoteSignature, note_of
from chronovisor.tree import NotProven

from controlplane.heads.signed_heads import HeadNow

TIMEOUT_S = 10.0
WITNESS_PATH = "/add-checkpoint"
MOST_ANSWERED = 1 << 16
_CONFLICT = 409

# The consistency proof from a smaller size to that of the head.
Proof = Callable[[int], list[bytes]]


class PublishFailed(Exception):
    """A head did not get to where it was to be published. `is_final` when no later one will: an operator must look."""

    def __init__(self, text: str, *, is_final: bool = False) -> None:
        super().__init__(text)
        self.is_final = is_final


class Target(Protocol):
    """`name` is as the option has it, without any password."""

    name: str

    def publish(self, now: HeadNow, proof: Proof) -> tuple[NoteSignature, ...]:
        """The cosignatures that it was given. Raises PublishFailed."""
        ...


class FileTarget:
    """The newest head, as one file that is replaced."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = str(path)

    def publish(self, now: HeadNow, proof: Proof) -> tuple[NoteSignature, ...]:
        _replace(self._path, str(now.note))
        return ()


class DirectoryTarget:
    """Each head that was published, as a file of its own: `head-{size}.note`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = f"{path}/"

    def publish(self, now: HeadNow, proof: Proof) -> tuple[NoteSignature, ...]:
        # Digits enough that names sort as sizes do.
        _replace(self._path / f"head-{now.head.size:012d}.note", str(now.note))
        return ()


class HttpTarget:
    """An endpoint that takes each note by PUT."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.name = _shown(url)

    def publish(self, now: HeadNow, proof: Proof) -> tuple[NoteSignature, ...]:
        answer = _sent(self._url, "PUT", str(now.note))
        if answer.status >= 300:
            raise PublishFailed(f"{self.name} answered {answer.status}: {answer.first_line}")
        return ()


class WitnessTarget:
    """A witness (C2SP tlog-witness), which cosigns a head that continues the one that it has seen last."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.name = _shown(url)
        self._seen = 0

    def publish(self, now: HeadNow, proof: Proof) -> tuple[NoteSignature, ...]:
        answer = self._added(now, proof)
        if answer.status == _CONFLICT and answer.text.strip().isdigit():
            # It says what it has seen: by an earlier process of ours, or by another one on the same ledger.
            self._seen = int(answer.text)
            answer = self._added(now, proof)
        if answer.status != 200:
            # 400 and 422: what it has seen is not the beginning of this ledger. No later head of it will be, either.
            is_final = answer.status in (400, 422)
            raise PublishFailed(f"{self.name} answered {answer.status}: {answer.first_line}", is_final=is_final)
        self._seen = now.head.size
        return _cosignatures(answer.text, self.name)

    def _added(self, now: HeadNow, proof: Proof) -> "Answer":
        if self._seen > now.head.size:
            text = f"{self.name} has cosigned a head of {self._seen} rows, and the ledger has {now.head.size}"
            raise PublishFailed(f"{text}: it was rolled back", is_final=True)
        hashes = proof(self._seen) if self._seen else []
        lines = [f"old {self._seen}", *(b64encode(each).decode() for each in hashes), "", str(now.note)]
        return _sent(self._url, "POST", "\n".join(lines))


class Answer(NamedTuple):
    """What an endpoint answered."""

    status: int
    text: str

    @property
    def first_line(self) -> str:
        return self.text.strip().partition("\n")[0][:200]


def target_of(text: str) -> Target:
    """A URL or a path, as the option has it. Raises ValueError."""
    scheme = urlsplit(text).scheme
    if scheme in ("http", "https"):
        return WitnessTarget(text) if urlsplit(text).path.endswith(WITNESS_PATH) else HttpTarget(text)
    if "://" in text:
        raise ValueError(f"{text}: must be a file, a directory, which ends with /, or a URL of http or https")
    path = Path(text).expanduser()
    return DirectoryTarget(path) if text.endswith("/") or path.is_dir() else FileTarget(path)


def _replace(path: Path, text: str) -> None:
    """Whoever reads the file sees the one before or this one, whole. Raises PublishFailed."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise PublishFailed(f"{path} could not be written: {error}") from error


def _sent(url: str, method: str, body: str) -> Answer:
    """Raises PublishFailed when there was no answer."""
    request = urllib.request.Request(url, body.encode(), {"Content-Type": "text/plain; charset=utf-8"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            return Answer(answer.status, answer.read(MOST_ANSWERED).decode("utf-8", "replace"))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read(MOST_ANSWERED).decode("utf-8", "replace"))
    except (OSError, http.client.HTTPException) as error:
        raise PublishFailed(f"{_shown(url)} did not answer: {error}") from error


def _cosignatures(text: str, name: str) -> tuple[NoteSignature, ...]:
    try:
        return note_of(f"-\n\n{text}").signatures
    except NotProven as error:
        raise PublishFailed(f"{name} answered with no cosignature: {error}") from None


def _shown(url: str) -> str:
    """Without a password that is in it."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()
