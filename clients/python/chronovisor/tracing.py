"""Traces: W3C's trace context, and spans that are sent over OTLP.

OpenTelemetry, of the extra `tracing`, is loaded where spans are sent, and nowhere else. What is not sampled makes no
span: nothing here costs more than a look at a variable then.
"""

import asyncio
import logging
import re
import time
from collections import Counter
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from random import random
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

log = logging.getLogger(__name__)

Attributes: TypeAlias = Mapping[str, str | int]
NO_ATTRIBUTES: Attributes = MappingProxyType({})
TRACEPARENT = "traceparent"
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_SAMPLED = 1
# How long the end waits for what was not sent yet.
_LAST_S = 2.0
_EXPORTER_LOG = "opentelemetry.exporter.otlp.proto.grpc.exporter"


class TraceContext(NamedTuple):
    """A span of a trace that is sampled: hexadecimal digits, 32 and 16."""

    trace_id: str
    span_id: str

    def __str__(self) -> str:
        """As `traceparent` has it."""
        return f"00-{self.trace_id}-{self.span_id}-01"


class Parent(NamedTuple):
    """What a caller's `traceparent` says: whether its trace is sampled, and where in it the call is."""

    context: TraceContext
    is_sampled: bool


def parent_of(traceparent: str) -> Parent | None:
    """None for what is none: it is ignored then, as W3C has it."""
    match = _TRACEPARENT.fullmatch(traceparent)
    if match is None:
        return None
    return Parent(TraceContext(match[1], match[2]), bool(int(match[3], 16) & _SAMPLED))


def sampled(traceparent: str) -> TraceContext | None:
    """The context of a `traceparent` whose trace is sampled."""
    parent = parent_of(traceparent)
    return parent.context if parent and parent.is_sampled else None


def parse_collector(text: str) -> str:
    """`http://HOST:PORT`, or `https://` over TLS. Raises ValueError."""
    if not re.fullmatch(r"https?://[^/\s]+:[0-9]{1,5}", text):
        raise ValueError(f"{text}: must be http://HOST:PORT, or https://HOST:PORT over TLS")
    return text


class NotInstalled(ValueError):
    """The extra `tracing` is missing."""

    def __init__(self) -> None:
        super().__init__("--trace-to needs OpenTelemetry: pip install 'chronovisor-server[tracing]'")


class Span:
    """Something that takes a while. It is sent once it has ended."""

    def __init__(self, tracer: "Tracer", span: Any) -> None:
        self._tracer, self._span = tracer, span
        self._counts: Counter[str] = Counter()
        found = span.get_span_context()
        self.context = TraceContext(f"{found.trace_id:032x}", f"{found.span_id:016x}")

    def begin(self, name: str, attributes: Attributes = NO_ATTRIBUTES) -> "Span":
        """A part of it."""
        return self._tracer.begin(name, self.context, attributes)

    def count(self, name: str, amount: int) -> None:
        """Adds to an attribute, which it has once it has ended."""
        self._counts[name] += amount

    def end(self, error: str = "", at_ns: int | None = None) -> None:
        """`error` is why it failed."""
        self._span.set_attributes(self._counts)
        if error:
            self._span.set_status(self._tracer.failure(error))
        self._span.end(at_ns)


class _Exporter:
    """Logs once that a collector takes no spans, and once that it does again: the library does at each attempt."""

    def __init__(self, exporter: Any, succeeded: object) -> None:
        self._exporter, self._succeeded = exporter, succeeded
        self._fails = False
        self._words = ""
        # Before the library's own, which lets nothing through that is like what came before.
        logging.getLogger(_EXPORTER_LOG).filters.insert(0, self._keep)

    def _keep(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        self._words = record.getMessage()
        return False

    def export(self, spans: Sequence[Any]) -> Any:
        result = self._exporter.export(spans)
        fails = result is not self._succeeded
        if fails and not self._fails:
            log.warning("spans are dropped until they can be sent: %s", self._words)
        elif self._fails and not fails:
            log.warning("spans are sent again")
        self._fails = fails
        return result

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return bool(self._exporter.force_flush(timeout_millis))

    def shutdown(self) -> None:
        self._exporter.shutdown()
        logging.getLogger(_EXPORTER_LOG).removeFilter(self._keep)


class Tracer:
    """Sends spans to a collector, in batches, on a thread of its own: what it cannot send is dropped, and logged."""

    def __init__(self, endpoint: str, service: str, ratio: float = 0.0, **attributes: str) -> None:
        """`endpoint` is `http://HOST:PORT` or, over TLS, `https://HOST:PORT`. `ratio`: of calls that are in no trace
        yet, so many are sampled. `attributes` are of the service. Raises NotInstalled.
        """
        # The extra is optional: where it is missing, its types are, too.
        try:
            api: Any = import_module("opentelemetry.trace")
            sdk: Any = import_module("opentelemetry.sdk.trace")
            export: Any = import_module("opentelemetry.sdk.trace.export")
            otlp: Any = import_module("opentelemetry.exporter.otlp.proto.grpc.trace_exporter")
            resources: Any = import_module("opentelemetry.sdk.resources")
        except ImportError:
            raise NotInstalled from None
        resource = resources.Resource.create({"service.name": service, **attributes})
        self._provider = sdk.TracerProvider(resource=resource, shutdown_on_exit=False)
        library = otlp.OTLPSpanExporter(endpoint=endpoint, insecure=endpoint.startswith("http://"))
        exporter = _Exporter(library, export.SpanExportResult.SUCCESS)
        self._provider.add_span_processor(export.BatchSpanProcessor(exporter, schedule_delay_millis=1000))
        self._tracer = self._provider.get_tracer("chronovisor")
        self._api = api
        self._ratio = ratio

    def sample(self, name: str, traceparent: str, attributes: Attributes = NO_ATTRIBUTES) -> Span | None:
        """The span of a call, where it is sampled: as its caller's trace is, or else by chance."""
        parent = parent_of(traceparent) if traceparent else None
        if not (parent.is_sampled if parent else random() < self._ratio):
            return None
        return self.begin(name, parent.context if parent else None, attributes, kind="SERVER")

    def begin(
        self,
        name: str,
        parent: TraceContext | None,
        attributes: Attributes = NO_ATTRIBUTES,
        *,
        kind: str = "INTERNAL",
        at_ns: int | None = None,
    ) -> Span:
        """A span that is part of another one, or of none."""
        api = self._api
        around = api.set_span_in_context(api.INVALID_SPAN)
        if parent:
            flags = api.TraceFlags(api.TraceFlags.SAMPLED)
            remote = api.SpanContext(
                int(parent.trace_id, 16), int(parent.span_id, 16), is_remote=True, trace_flags=flags
            )
            around = api.set_span_in_context(api.NonRecordingSpan(remote))
        span = self._tracer.start_span(
            name, around, kind=api.SpanKind[kind], attributes=dict(attributes), start_time=at_ns or time.time_ns()
        )
        return Span(self, span)

    def failure(self, error: str) -> Any:
        """The status of what failed."""
        return self._api.Status(self._api.StatusCode.ERROR, error)

    def close(self) -> None:
        """Sends what has ended, for a while. Blocks."""
        self._provider.force_flush(int(_LAST_S * 1000))
        self._provider.shutdown()


_CURRENT: ContextVar[Span | None] = ContextVar("span", default=None)


def current() -> Span | None:
    """The span that what runs now is part of."""
    return _CURRENT.get()


def enter(span: Span | None) -> None:
    """What else runs in this task, and in those that it begins, is part of the span; of none for None."""
    _CURRENT.set(span)


@contextmanager
def ending(span: Span) -> Generator[Span]:
    """Ends the span. That it was cancelled, or is not needed any more, is no failure."""
    try:
        yield span
    except (asyncio.CancelledError, GeneratorExit):
        span.end()
        raise
    except BaseException as error:
        span.end(_failure(error))
        raise
    else:
        span.end()


def _failure(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:300]


@contextmanager
def within(span: Span) -> Generator[Span]:
    """What runs in here is part of the span, which ends then."""
    token = _CURRENT.set(span)
    try:
        yield span
    except BaseException as error:
        span.end(_failure(error))
        raise
    else:
        span.end()
    finally:
        _CURRENT.reset(token)


def traceparent_in(metadata: Iterable[tuple[str, str | bytes]] | None) -> str:
    """Of a call; empty where there is none."""
    for key, value in metadata or ():
        if key == TRACEPARENT:
            return value if isinstance(value, str) else value.decode("ascii", "replace")
    return ""
