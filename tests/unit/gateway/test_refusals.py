"""What the gateway refuses by itself has, over each protocol, the shape that its clients read."""

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any, NamedTuple, cast

import pytest
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2

from controlplane.gateway import request_body
from controlplane.gateway.application import Connection, Gateway, applications
from controlplane.gateway.browser_safety import BrowserSafety
from controlplane.gateway.console_sockets import ConsoleSockets
from controlplane.gateway.shares import Bounds
from controlplane.gateway.sign_in.cookies import CookieJar
from controlplane.gateway.sign_in.sessions import Sessions
from controlplane.gateway.upstream import Upstream
from controlplane.identity.forwarding import Origin

CONNECT, JSON = "/chronovisor.v1.VmService/GetVm", "/v1/projects/default/vms/web:start"


class Local:
    """A connection of a client on this machine."""

    compresses = False

    async def origin(self) -> Origin:
        return Origin("ipv4:127.0.0.1:1")

    def abort(self) -> None:
        """Where a body that is too large comes on."""


class Refused(NamedTuple):
    """What a client reads."""

    http_status: int
    status: status_pb2.Status
    headers: dict[str, str]

    @property
    def reason(self) -> str:
        found = error_details_pb2.ErrorInfo()
        assert self.status.details[0].Unpack(found)
        assert found.domain == "chronovisor.dev"
        return found.reason

    @property
    def code(self) -> str:
        return code_pb2.Code.Name(self.status.code)


def unnoted(address: str, path: str, detail: str) -> None:
    """Takes no note of it."""


SESSIONS = Sessions(CookieJar(bytes(32), is_secure=False), {})
# Nobody is behind it: none of these requests goes so far.
TABLE = applications(cast("Upstream", None), SESSIONS)
NO_SOCKETS = ConsoleSockets(cast("Upstream", None))


async def sent(
    path: str, kind: str = "application/json", method: str = "POST", most: int = 10, **more: Any
) -> tuple[int, bytes, dict[str, str]]:
    safety, bounds = BrowserSafety(["localhost"], ()), Bounds(most, most)
    gateway = Gateway(TABLE, safety, "key", unnoted, SESSIONS, bounds, sockets=NO_SOCKETS)
    body = more.pop("body", b"{}")
    given = {"host": "localhost", "content-type": kind} | more
    headers = [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()]
    scope = {"type": "http", "http_version": "1.1", "method": method, "scheme": "http", "headers": headers}
    scope |= {"path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "extensions": {}}
    came: list[Any] = []
    parts, is_over = [body], asyncio.Event()

    async def receive() -> dict[str, Any]:
        if parts:
            return {"type": "http.request", "body": parts.pop(), "more_body": False}
        await is_over.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        came.append(message)
        if not message.get("more_body", True):
            is_over.set()

    connection: Connection = Local()
    await gateway.handle(connection, scope, receive, send)
    found = {name.decode(): value.decode() for name, value in came[0]["headers"]}
    return came[0]["status"], b"".join(each.get("body", b"") for each in came[1:]), found


def of_google(http_status: int, body: bytes, headers: dict[str, str]) -> Refused:
    error = json.loads(body)["error"]
    assert (error["code"], headers["content-type"]) == (http_status, "application/json")
    assert list(error) == ["code", "status", "message", "details"]
    status = status_pb2.Status(code=code_pb2.Code.Value(error["status"]), message=error["message"])
    info = next(each for each in error["details"] if each["@type"].endswith("google.rpc.ErrorInfo"))
    packed(status, error_details_pb2.ErrorInfo(reason=info["reason"], domain=info["domain"]))
    return Refused(http_status, status, headers)


def packed(status: status_pb2.Status, detail: Message) -> None:
    status.details.add().Pack(detail)


def of_connect(http_status: int, body: bytes, headers: dict[str, str]) -> Refused:
    assert headers["content-type"] == "application/json"
    return Refused(http_status, connect_status(json.loads(body)), headers)


def connect_status(error: Any) -> status_pb2.Status:
    status = status_pb2.Status(code=code_pb2.Code.Value(error["code"].upper()), message=error["message"])
    for each in error["details"]:
        assert not each["value"].endswith("=")
        value = base64.b64decode(each["value"] + "==")
        status.details.add(type_url=f"type.googleapis.com/{each['type']}", value=value)
    return status


def of_connect_stream(http_status: int, body: bytes, headers: dict[str, str]) -> Refused:
    assert http_status == 200
    assert headers["content-type"] == "application/connect+proto"
    assert (body[0], int.from_bytes(body[1:5], "big")) == (2, len(body) - 5)
    return Refused(http_status, connect_status(json.loads(body[5:])["error"]), headers)


def of_grpc_web(http_status: int, body: bytes, headers: dict[str, str]) -> Refused:
    assert (http_status, body, headers["content-type"]) == (200, b"", "application/grpc-web")
    status = status_pb2.Status.FromString(base64.b64decode(headers["grpc-status-details-bin"] + "=="))
    assert headers["grpc-status"] == str(status.code)
    assert headers["grpc-message"]
    return Refused(http_status, status, headers)


Reader = Callable[[int, bytes, dict[str, str]], Refused]
PROTOCOLS: list[tuple[str, str, Reader]] = [
    (JSON, "application/json", of_google),
    ("/v1", "application/json", of_google),
    ("/v1:whoAmI", "application/json", of_google),
    ("/openapi.json", "", of_google),
    (CONNECT, "application/json", of_connect),
    (CONNECT, "application/proto", of_connect),
    (CONNECT, "application/connect+proto", of_connect_stream),
    (CONNECT, "application/grpc-web", of_grpc_web),
    (CONNECT, "application/grpc-web+proto", of_grpc_web),
]
# HTTP status, code and reason, by what is wrong.
ALIKE: list[tuple[dict[str, Any], int, str, str]] = [
    ({"host": "evil.example"}, 421, "INVALID_ARGUMENT", "INVALID_REQUEST"),
    ({"origin": "https://evil.example"}, 403, "PERMISSION_DENIED", "ACCESS_DENIED"),
    ({"sec_fetch_site": "cross-site"}, 403, "PERMISSION_DENIED", "ACCESS_DENIED"),
    ({"content_length": "2", "transfer_encoding": "chunked"}, 400, "INVALID_ARGUMENT", "INVALID_REQUEST"),
    ({"most": 0}, 503, "UNAVAILABLE", "OVERLOADED"),
]


@pytest.mark.parametrize(("wrong", "http_status", "code", "reason"), ALIKE, ids=[str(each[0]) for each in ALIKE])
@pytest.mark.parametrize(("path", "kind", "read"), PROTOCOLS, ids=[" ".join(each[:2]) for each in PROTOCOLS])
async def test_a_refusal_is_of_the_protocol_of_its_request(
    path: str,
    kind: str,
    read: Reader,
    wrong: dict[str, Any],
    http_status: int,
    code: str,
    reason: str,
) -> None:
    found = read(*await sent(path, kind, **wrong))
    # Where the protocol has its errors in an answer that is 200.
    assert found.http_status in (http_status, 200)
    assert (found.http_status == 200) is (read in (of_connect_stream, of_grpc_web))
    assert (found.code, found.reason) == (code, reason)
    assert found.status.message
    assert (found.headers.get("connection") == "close") is (http_status == 400)
    if found.http_status == 503:
        assert found.headers["retry-after"] == "1"


async def test_what_json_alone_has_is_as_googles_apis_have_it() -> None:
    large = b" " * (request_body.MOST_BYTES + 1)
    cases: list[tuple[int, dict[str, Any]]] = [
        (404, {"path": "/v1/nothing"}),
        (404, {"path": "/v1"}),
        (404, {"path": "/v2/projects"}),
        (405, {"path": JSON, "method": "GET"}),
        (413, {"path": JSON, "body": large}),
        (415, {"path": JSON, "kind": "text/plain"}),
    ]
    for status, more in cases:
        found = of_google(*await sent(**more))
        assert found.http_status == status
        assert found.reason in ("NOT_IMPLEMENTED", "INVALID_REQUEST")


@pytest.mark.parametrize("target", ["*", "http://localhost/v1:whoAmI", "evil.example:443", ""])
async def test_a_target_that_is_no_path_is_refused(target: str) -> None:
    found = of_google(*await sent(target, method="OPTIONS"))
    assert (found.http_status, found.code, found.headers["connection"]) == (400, "INVALID_ARGUMENT", "close")
