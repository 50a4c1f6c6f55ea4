"""The body of an HTTP request: read as a whole, with a bound, and only where it is JSON."""

from controlplane.gateway.asgi import JSON, Receive, Scope, header

# As much as the control plane takes of one message, and what JSON makes of it, is in memory as a whole.
MOST_BYTES = 16 << 20


class BodyTooLarge(ValueError):
    """It has more than MOST_BYTES."""


class NoJson(ValueError):
    """It has another type: also what a form of another site's page can send without permission."""


class BodyCutOff(ValueError):
    """Its client has gone before its end: what is there may say another thing than the whole."""


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """Raises BodyTooLarge, NoJson and BodyCutOff."""
    parts, size, more = list[bytes](), 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BodyCutOff
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MOST_BYTES:
            raise BodyTooLarge
        more = message.get("more_body", False)
    if size and header(scope, "content-type").partition(";")[0].strip().lower() != JSON:
        raise NoJson
    return b"".join(parts)


async def until_gone(receive: Receive) -> None:
    """Once the body was read: until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
