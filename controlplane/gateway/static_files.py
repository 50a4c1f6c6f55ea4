"""The console's files, as its build made them, from a directory of this package. Reads them once."""

import mimetypes
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from controlplane.gateway.asgi import HTML, Receive, Scope, Send, header, respond
from controlplane.gateway.refusals import no_such_path, refuse

DIRECTORY = Path(__file__).parent / "console"
INDEX = "/index.html"
# A file whose name has a hash of what is in it never changes.
_HASHED = re.compile(r"/assets/.+-[\w-]{8,}\.\w+")
FOR_EVER, EACH_TIME = "public, max-age=31536000, immutable", "no-cache"
_KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".html": HTML}
NO_PAGE = "there is nothing at this path: the API's paths begin with /v1/, see /openapi.json"
NOT_BUILT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Chronovisor</title></head><body>
<h1>Chronovisor</h1>
<p>The console is not built here. <code>make console</code> builds it; the HTTP API works without it.</p>
</body></html>
"""


class File(NamedTuple):
    """One file. `zipped` is there where the build made `NAME.gz`."""

    data: bytes
    content_type: str
    cache: str
    zipped: bytes | None = None


class StaticFiles:
    """Files below a directory. Pages are behind `#`: a browser at another path, as /vms/shop/web-1, is led there."""

    def __init__(self, directory: Path = DIRECTORY) -> None:
        self._files = dict(_read(directory)) if directory.is_dir() else {}

    @property
    def is_built(self) -> bool:
        return INDEX in self._files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        found = self._files.get(path)
        is_page = path == "/" or (_is_for_people(scope) and "." not in path.rpartition("/")[2])
        if found is None and not is_page:
            await refuse(scope, send, no_such_path(NO_PAGE))
            return
        if scope["method"] not in ("GET", "HEAD"):
            await respond(send, 405, "only GET and HEAD\n", headers=[("allow", "GET, HEAD")])
            return
        if found is None and path != "/":
            await respond(send, 303, b"", headers=[("location", _behind_hash(path)), ("cache-control", EACH_TIME)])
            return
        found = found or self._files.get(INDEX) or File(NOT_BUILT.encode(), HTML, EACH_TIME)
        headers = [("cache-control", found.cache), ("vary", "accept-encoding")]
        data = found.data
        if found.zipped and "gzip" in header(scope, "accept-encoding"):
            data = found.zipped
            headers.append(("content-encoding", "gzip"))
        await respond(send, 200, data, found.content_type, headers)


def _behind_hash(path: str) -> str:
    """Relative, since a reverse proxy may have the console below a path of its own."""
    return f"{'../' * path.count('/', 1) or './'}#{quote(path)}"


def _is_for_people(scope: Scope) -> bool:
    """A browser says that it takes a page. Programs, which take anything, get an error for a wrong path."""
    return scope["method"] in ("GET", "HEAD") and "text/html" in header(scope, "accept")


def _read(directory: Path) -> list[tuple[str, File]]:
    found: list[tuple[str, File]] = []
    for file in sorted(directory.rglob("*")):
        if not file.is_file() or file.suffix in (".gz", ".map"):
            continue
        path = f"/{file.relative_to(directory).as_posix()}"
        kind = _KINDS.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        zipped = file.with_name(f"{file.name}.gz")
        cache = FOR_EVER if _HASHED.fullmatch(path) else EACH_TIME
        found.append((path, File(file.read_bytes(), kind, cache, zipped.read_bytes() if zipped.is_file() else None)))
    return found
