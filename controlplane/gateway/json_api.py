"""HTTP with plain JSON, for every method that has an HTTP rule: `curl .../v1/projects/shop/vms/web-1`.

A request becomes a call of the control plane, its answer JSON, its error what Google's APIs give. What a call means is
not known here.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

from google.protobuf import message_factory
from google.protobuf.message import Message
from google.rpc import code_pb2, status_pb2

from controlplane.gateway import calls, event_ids, json_text, violations
from controlplane.gateway.asgi import JSON, Application, Receive, Scope, Send, header, respond
from controlplane.gateway.http_status import ErrorAnswer, answer_of
from controlplane.gateway.json_stream import EVENTS, JsonStream
from controlplane.gateway.request_body import MOST_BYTES, BodyCutOff, BodyTooLarge, NoJson, read_body, until_gone
from controlplane.gateway.services import SERVICES
from controlplane.gateway.transcoding import NoSuchPath, Route, Router
from controlplane.gateway.upstream import Answer, Upstream, UpstreamError
from controlplane.gateway.violations import BadParameters, Violation

log = logging.getLogger(__name__)
PREFIX = "/v1/"
# In seconds, as Google's APIs have it.
TIMEOUT = "x-server-timeout"
_RAW = "google.api.HttpBody"


class JsonApi:
    """An ASGI application. Rules are compiled once."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._router = Router(SERVICES)

    def rows(self) -> list[tuple[str, Application]]:
        """For the table of applications: all below the prefix, and paths that are not, such as `/v1:whoAmI`."""
        others = [each for each in self._router.plain_paths if not each.startswith(PREFIX)]
        return [(path, self) for path in (PREFIX, PREFIX.rstrip("/"), *others)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._carried_out(scope, receive, send)
        except UpstreamError as error:
            await _fail(send, answer_of(error.status), error.trailing)
        except _Refused as refused:
            await _fail(send, refused.answer)
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("%s failed in the HTTP gateway", scope["path"])
            await _fail(send, answer_of(internal()))

    async def _carried_out(self, scope: Scope, receive: Receive, send: Send) -> None:
        route, request = await self._parsed(scope, receive)
        if route.method.server_streaming:
            await self._stream(scope, receive, send, route, request)
            return
        call = self._upstream.call_unary(route.name, request.SerializeToString(), calls.metadata(), _timeout(scope))
        answer = await _unless_gone(receive, call)
        if answer is not None:
            await _answer(send, route, answer)

    async def _stream(self, scope: Scope, receive: Receive, send: Send, route: Route, request: Message) -> None:
        timeout, metadata = _timeout(scope), calls.metadata()
        as_events, last = EVENTS in header(scope, "accept"), header(scope, event_ids.LAST)
        is_resumed = as_events and bool(last) and event_ids.can_resume(route.method.input_type)
        if is_resumed:
            metadata = _resumed(request, metadata, last)
        call = self._upstream.call_stream(route.name, request.SerializeToString(), metadata, timeout)
        only_headers = scope["method"] == "HEAD"
        stream = JsonStream(call, route.method.output_type, as_events=as_events, only_headers=only_headers)
        try:
            await stream.send(receive, send)
        except UpstreamError as error:
            if not is_resumed or error.status.code != code_pb2.UNAVAILABLE:
                raise
            # By an answer that is no stream of events, a page would connect no more: here, it does in a second.
            await respond(send, 200, "retry: 1000\n\n", EVENTS)

    async def _parsed(self, scope: Scope, receive: Receive) -> tuple[Route, Message]:
        """The method that is called, and its request. Raises _Refused."""
        try:
            route = self._router.route(scope["method"], _raw_path(scope))
            body = await read_body(scope, receive)
            return route, route.request(scope["query_string"].decode("ascii", "replace"), body)
        except BadParameters as error:
            raise _Refused(answer_of(violations.status_of(error))) from None
        except NoSuchPath as error:
            raise _Refused(_no_such_path(error)) from None
        except BodyTooLarge:
            words = f"a body has at most {MOST_BYTES >> 20} MiB"
            raise _Refused(answer_of(_invalid(words), 413)) from None
        except BodyCutOff:
            raise _Refused(answer_of(_invalid("the body has ended before its end"))) from None
        except NoJson:
            words = "a body is JSON: send it with Content-Type: application/json"
            raise _Refused(answer_of(_invalid(words), 415)) from None


class _Refused(Exception):
    """A request that does not reach the control plane."""

    def __init__(self, answer: ErrorAnswer) -> None:
        super().__init__(answer.text)
        self.answer = answer


def _raw_path(scope: Scope) -> str:
    """As it was sent: an encoded slash is no slash."""
    return scope["raw_path"].decode("ascii", "replace")


def _timeout(scope: Scope) -> float | None:
    text = header(scope, TIMEOUT)
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e9:
        bad = BadParameters(Violation(TIMEOUT, "must be a number of seconds above 0"))
        raise _Refused(answer_of(violations.status_of(bad)))
    return seconds


def _resumed(request: Message, metadata: calls.Metadata, last: str) -> calls.Metadata:
    """The metadata of a call whose request goes on after an event. Raises _Refused."""
    try:
        after = event_ids.parse(last)
    except BadParameters as error:
        raise _Refused(answer_of(violations.status_of(error))) from None
    event_ids.resume(request, after)
    if not after.history or any(name == event_ids.HISTORY for name, _ in metadata):
        return metadata
    return (*metadata, (event_ids.HISTORY, after.history))


def _no_such_path(error: NoSuchPath) -> ErrorAnswer:
    """What gRPC has for a method that there is not. Paths are described by the OpenAPI document."""
    words = f"{error}: see /openapi.json"
    status = violations.refusal(code_pb2.UNIMPLEMENTED, words, violations.NOT_IMPLEMENTED)
    if not error.allowed:
        return answer_of(status, 404)
    answer = answer_of(status, 405)
    return answer._replace(headers=(*answer.headers, ("allow", ", ".join(error.allowed))))


def _invalid(words: str) -> status_pb2.Status:
    return violations.refusal(code_pb2.INVALID_ARGUMENT, words, violations.INVALID_REQUEST)


def internal() -> status_pb2.Status:
    """Of a fault in the gateway: details only in the log."""
    return violations.refusal(code_pb2.INTERNAL, "an internal error, which the log has", violations.INTERNAL)


async def _unless_gone(receive: Receive, call: Any) -> Answer | None:
    """The answer, or None when the client went away before it: then the call is cancelled."""
    answered, gone = asyncio.ensure_future(call), asyncio.ensure_future(until_gone(receive))
    try:
        await asyncio.wait([answered, gone], return_when=asyncio.FIRST_COMPLETED)
        return await answered if answered.done() else None
    finally:
        for each in (answered, gone):
            each.cancel()
        await asyncio.gather(answered, gone, return_exceptions=True)


async def _answer(send: Send, route: Route, answer: Answer) -> None:
    kind = route.method.output_type
    message: Any = message_factory.GetMessageClass(kind).FromString(answer.message)
    headers = [*answer.leading, *answer.trailing]
    if kind.full_name == _RAW:
        await respond(send, 200, message.data, message.content_type, headers)
    else:
        await respond(send, 200, json_text.render(message) + "\n", JSON, headers)


async def _fail(send: Send, answer: ErrorAnswer, trailing: Iterable[tuple[str, str]] = ()) -> None:
    await respond(send, answer.http_status, answer.text + "\n", JSON, (*answer.headers, *trailing))
