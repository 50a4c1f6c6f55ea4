"""A server that images are imported from, on loopback: with ranges, redirects, and connections that break."""

import hashlib
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class ImageServer:
    """`files` are by path, and `redirects`; `statuses` are what the next requests are answered with instead.

    After so many bytes as `break_after` says, the connection of the next answer is closed; one that waits for `gate`
    goes on once that is set.
    """

    port: int
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    redirects: dict[str, str] = field(default_factory=dict[str, str])
    statuses: list[int] = field(default_factory=list[int])
    break_after: list[int] = field(default_factory=list[int])
    gate: threading.Event = field(default_factory=threading.Event)
    gate_after: int = 0
    # The ranges that were requested, in order; empty for all of a file.
    ranges: list[str] = field(default_factory=list[str])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def _handler(server: ImageServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.ranges.append(self.headers.get("Range", ""))
            path = self.path.partition("?")[0]
            if server.statuses:
                self._say(server.statuses.pop(0))
            elif target := server.redirects.get(path):
                self._say(302, Location=target)
            elif path not in server.files:
                self._say(404)
            else:
                self._give(server.files[path])

        def _say(self, status: int, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _give(self, data: bytes) -> None:
            etag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
            requested = self.headers.get("Range", "")
            offset = int(requested.removeprefix("bytes=").rstrip("-")) if requested else 0
            if self.headers.get("If-Range", etag) != etag:
                offset = 0
            self.send_response(206 if offset else 200)
            if offset:
                self.send_header("Content-Range", f"bytes {offset}-{len(data) - 1}/{len(data)}")
            self.send_header("Content-Length", str(len(data) - offset))
            self.send_header("ETag", etag)
            self.end_headers()
            rest = data[offset:]
            if server.break_after:
                self.wfile.write(rest[: server.break_after.pop(0)])
                self.wfile.flush()
                self.close_connection = True
                self.connection.shutdown(2)
                return
            first = server.gate_after or len(rest)
            self.wfile.write(rest[:first])
            self.wfile.flush()
            if rest[first:]:
                server.gate.wait()
                self.wfile.write(rest[first:])

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    return Handler


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go are what tests are about."""


@contextmanager
def serving() -> Generator[ImageServer]:
    found = ImageServer(0)
    server = _Quiet(("127.0.0.1", 0), _handler(found))
    found.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield found
    finally:
        found.gate.set()
        server.shutdown()
        server.server_close()
        thread.join()
