"""The OpenAPI document, as `make docs` made it of the protos."""

from pathlib import Path

from controlplane.gateway.asgi import JSON, Receive, Scope, Send, respond

FILE = Path(__file__).parent / "openapi.json"


class ApiDescription:
    """Read once."""

    def __init__(self) -> None:
        self._text = FILE.read_bytes()

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await respond(send, 200, self._text, JSON)
