"""What the gateway's applications have in common: ASGI's types, and small answers."""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
HeaderList: TypeAlias = list[tuple[bytes, bytes]]

TEXT, HTML, JSON = "text/plain; charset=utf-8", "text/html; charset=utf-8", "application/json"


def header(scope: Scope, name: str) -> str:
    """Of a request: the first of this name, in lower case; empty where there is none."""
    expected = name.encode("ascii")
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == expected), "")


async def respond(
    send: Send, status: int, body: str | bytes, content_type: str = TEXT, headers: Iterable[tuple[str, str]] = ()
) -> None:
    """The whole of an answer."""
    data = body.encode() if isinstance(body, str) else body
    given = [("content-type", content_type), ("content-length", str(len(data))), *headers]
    encoded = [(name.encode("ascii"), value.encode("latin-1")) for name, value in given]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": data, "more_body": False})


async def respond_error(send: Send, status: int, code: str, message: str) -> None:
    """An error as Connect has it: clients of all protocols here understand its status, people its words."""
    await respond(send, status, json.dumps({"code": code, "message": message}), JSON)
