"""OpenStack Placement, claiming places as Nova does. Run by the Python of a virtual environment that has it.

Its WSGI app is called in this process, over SQLite: nothing is spent on HTTP. `openstack_placement.py DIRECTORY HOSTS`
says `ready` when it has so many hosts; to each line with a number it then answers with claims a second.
"""

import io
import json
import os
import sys
import time
import uuid
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

# A line of log for each call would cost it time.
CONFIG = """[DEFAULT]
default_log_levels = placement=WARNING,alembic=WARNING
log_file = {directory}/placement.log
[api]
auth_strategy = noauth2
[placement_database]
connection = sqlite:///{directory}/placement.db
sync_on_startup = true
"""
HOST = {"VCPU": 64, "MEMORY_MB": 262_144, "DISK_GB": 10_000}
REQUESTED = {"VCPU": 1, "MEMORY_MB": 512, "DISK_GB": 10}
# As many candidates as Nova requests when it is not configured.
CANDIDATES = f"/allocation_candidates?limit=1000&resources={','.join(f'{name}:{n}' for name, n in REQUESTED.items())}"


class Placement:
    """The app, and calls of it."""

    def __init__(self, directory: Path) -> None:
        (directory / "placement.conf").write_text(CONFIG.format(directory=directory))
        os.environ["OS_PLACEMENT_CONFIG_DIR"] = str(directory)
        self._app = cast("WSGIApplication", import_module("placement.wsgi.api").application)

    def call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> dict[str, object]:
        """The answer's JSON. Raises RuntimeError for anything but success."""
        sent = json.dumps(body).encode() if body is not None else b""
        place, _, query = path.partition("?")
        environ: dict[str, object] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": place,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(sent)),
            "HTTP_ACCEPT": "application/json",
            "HTTP_X_AUTH_TOKEN": "admin",
            "HTTP_OPENSTACK_API_VERSION": "placement 1.39",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(sent),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        statuses: list[str] = []

        def start_response(status: str, _headers: object, _failure: object = None) -> "type[bytes]":
            statuses.append(status)
            return bytes

        answer = b"".join(self._app(environ, start_response))  # pyright: ignore[reportArgumentType] nothing is written
        if not statuses[0].startswith("2"):
            raise RuntimeError(f"{method} {path}: {statuses[0]} {answer.decode()[:500]}")
        return json.loads(answer) if answer else {}

    def add_host(self, number: int) -> None:
        provider = str(uuid.uuid4())
        self.call("POST", "/resource_providers", {"name": f"host-{number}", "uuid": provider})
        inventories = {name: {"total": total} for name, total in HOST.items()}
        body = {"resource_provider_generation": 0, "inventories": inventories}
        self.call("PUT", f"/resource_providers/{provider}/inventories", body)

    def claim(self) -> None:
        """Candidates, and the first of them is taken."""
        candidates = cast("list[dict[str, object]]", self.call("GET", CANDIDATES)["allocation_requests"])
        claimed = {
            "allocations": candidates[0]["allocations"],
            "project_id": "default",
            "user_id": "benchmark",
            "consumer_generation": None,
            "consumer_type": "INSTANCE",
        }
        self.call("PUT", f"/allocations/{uuid.uuid4()}", claimed)


def main() -> None:
    placement = Placement(Path(sys.argv[1]))
    for number in range(int(sys.argv[2])):
        placement.add_host(number)
    print("ready", flush=True)
    for line in sys.stdin:
        began = time.perf_counter()
        for _ in range(int(line)):
            placement.claim()
        print(int(line) / (time.perf_counter() - began), flush=True)


if __name__ == "__main__":
    main()
