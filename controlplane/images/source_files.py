"""The bytes of a source: a file of this machine, or what a server gives, from an offset on. Blocking.

A source that changes while it is read begins anew: `validator` says which edition it is.
"""

import contextlib
import http.client
import ipaddress
import os
import socket
import ssl
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import urljoin

from controlplane.images.sources import BadSource, NotAllowed, Source, Sources

MOST_REDIRECTS = 5
PART_BYTES = 1 << 20
_REDIRECTS = (301, 302, 303, 307, 308)
_OK, _PARTIAL, _NOT_SATISFIABLE = 200, 206, 416
# A server that has too much to do, or is being restarted.
_FOR_NOW = (408, 425, 429, 500, 502, 503, 504)


class SourceFailed(Exception):
    """A source does not give its bytes. The text is a sentence. `for_now`: trying again may help."""

    def __init__(self, text: str, *, for_now: bool) -> None:
        super().__init__(text)
        self.for_now = for_now


class Reading(Protocol):
    """A source that is being read.

    `offset`: of the first byte that comes; 0 where what was read before is of another edition. `total`: how many there
    are, with those before; 0: not known.
    """

    offset: int
    total: int
    validator: str

    def parts(self) -> Iterator[bytes]:
        """Raises SourceFailed."""
        ...

    def stop(self) -> None:
        """From any thread: what waits for bytes fails."""
        ...

    def close(self) -> None: ...


def opened(source: Source, sources: Sources, offset: int, validator: str) -> Reading:
    """A source from `offset` on, if it is still the edition of `validator`. Raises NotAllowed, SourceFailed."""
    prefix = sources.require(source)
    if source.scheme == "file":
        return _File(Path(source.file), Path(prefix.file), offset, validator)
    return _requested(source, sources, offset, validator)


class _File:
    def __init__(self, path: Path, folder: Path, offset: int, validator: str) -> None:
        try:
            real = path.resolve(strict=True)
            if real != folder.resolve() and not real.is_relative_to(folder.resolve()):
                raise NotAllowed(f"it is a link to a place outside of {folder}")
            # Without waiting for a writer, should it be a pipe.
            handle = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        except (OSError, RuntimeError) as error:
            raise SourceFailed(f"the file cannot be read: {_words(error)}", for_now=False) from None
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            os.close(handle)
            raise SourceFailed("it is not a file", for_now=False)
        self._file = os.fdopen(handle, "rb", buffering=0)
        self.total = found.st_size
        self.validator = f"{found.st_dev}:{found.st_ino}:{found.st_mtime_ns}:{found.st_size}"
        self.offset = offset if validator == self.validator and offset <= self.total else 0
        self._is_stopped = False

    def parts(self) -> Iterator[bytes]:
        self._file.seek(self.offset)
        try:
            while part := self._file.read(PART_BYTES):
                if self._is_stopped:
                    raise SourceFailed("it was broken off", for_now=True)
                yield part
        except OSError as error:
            raise SourceFailed(f"the file cannot be read: {_words(error)}", for_now=True) from None

    def stop(self) -> None:
        self._is_stopped = True

    def close(self) -> None:
        self._file.close()


class _Position(NamedTuple):
    """How far a source was read, and of which edition."""

    offset: int
    validator: str


def _requested(source: Source, sources: Sources, offset: int, validator: str) -> "_Answer":
    """Follows redirects to what is allowed, too."""
    for _ in range(MOST_REDIRECTS + 1):
        connection = _connected(source, sources)
        try:
            answer = _requested_at(connection, source, _Position(offset, validator))
        except BaseException:
            connection.close()
            raise
        if isinstance(answer, _Answer):
            return answer
        connection.close()
        try:
            target = Source(urljoin(source.uri, answer))
        except BadSource:
            raise NotAllowed(f"{source.host} redirects to what is no source") from None
        try:
            sources.require(target)
        except NotAllowed as error:
            raise NotAllowed(f"{source.host} redirects to {target.uri}; {error}") from None
        if target.scheme == "file" or (source.scheme, target.scheme) == ("https", "http"):
            raise NotAllowed(f"{source.host} redirects from {source.scheme} to {target.scheme}")
        source = target
    raise SourceFailed(f"there are more than {MOST_REDIRECTS} redirects", for_now=False)


def _connected(source: Source, sources: Sources) -> http.client.HTTPConnection:
    """Connected to an address that was checked: what a name says a moment later does not matter."""
    try:
        found = socket.getaddrinfo(source.host, source.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise SourceFailed(f"{source.host} is not found: {_words(error)}", for_now=True) from None
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    for each in addresses:
        sources.require_address(source, ipaddress.ip_address(each.partition("%")[0]))
    failure = ""
    for address in addresses:
        try:
            plain = socket.create_connection((address, source.port), sources.silence_s)
        except OSError as error:
            failure = _words(error)
            continue
        connection = http.client.HTTPConnection(source.host, source.port, timeout=sources.silence_s)
        connection.sock = _secured(plain, source) if source.scheme == "https" else plain
        return connection
    raise SourceFailed(f"{source.host} cannot be connected to: {failure}", for_now=True)


def _secured(plain: socket.socket, source: Source) -> socket.socket:
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=source.host)
    except ssl.SSLCertVerificationError as error:
        plain.close()
        raise SourceFailed(f"{source.host} has no valid certificate: {error.verify_message}", for_now=False) from None
    except OSError as error:
        plain.close()
        raise SourceFailed(f"{source.host} cannot be connected to by TLS: {_words(error)}", for_now=True) from None


def _requested_at(connection: http.client.HTTPConnection, source: Source, before: _Position) -> "_Answer | str":
    """The answer, or where it redirects to."""
    # It lets go of its socket as soon as it has an answer.
    plain = connection.sock
    headers = {"Accept-Encoding": "identity", "User-Agent": "chronovisord", "Connection": "close"}
    if before.offset and before.validator:
        headers |= {"Range": f"bytes={before.offset}-", "If-Range": before.validator}
    try:
        connection.request("GET", source.target, headers=headers)
        response = connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        raise SourceFailed(f"{source.host} does not answer: {_words(error)}", for_now=True) from None
    with contextlib.ExitStack() as unless_answered:
        unless_answered.callback(response.close)
        if response.status in _REDIRECTS and (location := response.headers.get("Location")):
            return location
        _require_bytes(response, source)
        answer = _Answer(plain, response, source.host, before)
        unless_answered.pop_all()
        return answer


def _require_bytes(response: http.client.HTTPResponse, source: Source) -> None:
    """Raises SourceFailed for any other answer."""
    if response.status not in (_OK, _PARTIAL):
        # A range that is not there is of another edition: the next begins anew.
        for_now = response.status in (*_FOR_NOW, _NOT_SATISFIABLE)
        raise SourceFailed(f"{source.host} answers {response.status} {_reason(response)}".rstrip(), for_now=for_now)
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise SourceFailed(f"{source.host} gives it with a content encoding", for_now=False)


def _reason(response: http.client.HTTPResponse) -> str:
    return "".join(each for each in response.reason[:80] if each.isprintable())


class _Answer:
    def __init__(self, plain: socket.socket, response: http.client.HTTPResponse, host: str, before: _Position) -> None:
        self._socket, self._response, self._host = plain, response, host
        length = _number(response.headers.get("Content-Length"))
        self.offset = before.offset if response.status == _PARTIAL else 0
        if response.status == _PARTIAL and not _continues(response.headers.get("Content-Range", ""), before.offset):
            raise SourceFailed(f"{host} gives another range than was requested", for_now=False)
        self.total = self.offset + length if length else 0
        etag = response.headers.get("ETag", "")
        # A weak one says nothing of bytes.
        self.validator = etag if etag.startswith('"') else response.headers.get("Last-Modified", "")

    def parts(self) -> Iterator[bytes]:
        come = self.offset
        try:
            while part := self._response.read1(PART_BYTES):
                come += len(part)
                yield part
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise SourceFailed(
                f"the connection to {self._host} was broken off: {_words(error)}", for_now=True
            ) from None
        if self.total and come < self.total:
            raise SourceFailed(f"{self._host} gave {come} of {self.total} bytes", for_now=True)

    def close(self) -> None:
        self._response.close()

    def stop(self) -> None:
        # Not that of TLS, which would need its other end.
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0


def _continues(content_range: str, offset: int) -> bool:
    return content_range.startswith(f"bytes {offset}-")


def _words(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__)[:200]
