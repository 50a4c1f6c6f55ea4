"""A small Redfish service on loopback: systems with a power state, and the faults that a test names."""

import base64
import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

ACCOUNT = "Basic " + base64.b64encode(b"fencer:s3cret").decode()
TOKEN = "token-1"


@dataclass
class RedfishService:
    """What it is, and what it got. `lies`: it accepts a reset and does nothing; `late`: readings until it is off."""

    systems: dict[str, str] = field(default_factory=lambda: {"1": "On"})
    lies: bool = False
    late: int = 0
    broken: bool = False
    resets: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    sessions: int = 0
    most_sessions: int = 0
    url: str = ""
    # Set by a test of one that never answers: the handler waits for the end of the test.
    hangs: bool = False
    ended: threading.Event = field(default_factory=threading.Event)

    def resource(self, path: str) -> dict[str, Any] | None:
        if path == "/redfish/v1":
            return {
                "@odata.id": "/redfish/v1/",
                "Id": "RootService",
                "Name": "Root",
                "RedfishVersion": "1.6.0",
                "Systems": {"@odata.id": "/redfish/v1/Systems"},
                "Links": {"Sessions": {"@odata.id": "/redfish/v1/SessionService/Sessions"}},
            }
        if path == "/redfish/v1/Systems":
            members = [{"@odata.id": f"/redfish/v1/Systems/{name}"} for name in self.systems]
            return {"Name": "Systems", "Members": members, "Members@odata.count": len(members)}
        name = path.removeprefix("/redfish/v1/Systems/")
        return self._system(name) if name in self.systems else None

    def _system(self, name: str) -> dict[str, Any]:
        if self.systems[name] == "PoweringOff":
            self.late -= 1
            if self.late < 0:
                self.systems[name] = "Off"
        return {
            "@odata.id": f"/redfish/v1/Systems/{name}",
            "Id": name,
            "Name": name,
            "PowerState": self.systems[name],
            "Actions": {
                "#ComputerSystem.Reset": {
                    "target": f"/redfish/v1/Systems/{name}/Actions/ComputerSystem.Reset",
                    "ResetType@Redfish.AllowableValues": ["On", "ForceOff", "GracefulShutdown"],
                }
            },
        }

    def reset(self, name: str, kind: str) -> None:
        self.resets.append((name, kind))
        if kind == "ForceOff" and not self.lies:
            self.systems[name] = "PoweringOff" if self.late else "Off"


class _Handler(BaseHTTPRequestHandler):
    @property
    def _service(self) -> RedfishService:
        return cast("_Server", self.server).service

    def do_GET(self) -> None:
        if self._refused():
            return
        resource = self._service.resource(self.path.rstrip("/"))
        self._answer(HTTPStatus.OK if resource else HTTPStatus.NOT_FOUND, resource or {})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))) or b"{}")
        service = self._service
        if self.path.endswith("/Sessions"):
            good = (body.get("UserName"), body.get("Password")) == ("fencer", "s3cret")
            service.sessions += good
            service.most_sessions = max(service.sessions, service.most_sessions)
            where = {"X-Auth-Token": TOKEN, "Location": "/redfish/v1/SessionService/Sessions/1"}
            self._answer(HTTPStatus.CREATED if good else HTTPStatus.UNAUTHORIZED, {}, where if good else {})
        elif not self._refused():
            service.reset(self.path.split("/")[4], body["ResetType"])
            # Accepted: the specification lets a service carry it out later.
            self._answer(HTTPStatus.ACCEPTED, {})

    def do_DELETE(self) -> None:
        self._service.sessions -= 1
        self._answer(HTTPStatus.NO_CONTENT, None)

    def _refused(self) -> bool:
        service = self._service
        if service.hangs:
            service.ended.wait()
        if service.broken:
            self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, {"error": {"message": "internal"}})
        elif self.path.rstrip("/") != "/redfish/v1" and not self._identified():
            self._answer(HTTPStatus.UNAUTHORIZED, {"error": {"message": "who is it?"}})
        else:
            return False
        return True

    def _identified(self) -> bool:
        return self.headers.get("Authorization") == ACCOUNT or self.headers.get("X-Auth-Token") == TOKEN

    def _answer(self, status: HTTPStatus, document: object, headers: dict[str, str] | None = None) -> None:
        body = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the test says what matters."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, service: RedfishService) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.service = service


@contextmanager
def redfish_service() -> Generator[RedfishService]:
    service = RedfishService()
    with _Server(service) as server:
        service.url = f"http://127.0.0.1:{server.server_address[1]}"
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield service
        finally:
            service.ended.set()
            server.shutdown()
            serving.join()
