"""The agent's own metrics, and an HTTP server for them on a thread. Names begin with `chronovisor_agent_`."""

import time
from collections.abc import Callable, Iterable, Iterator

from prometheus_client import Counter, Gauge, Histogram, start_http_server
from prometheus_client.core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from hostagent.drivers.base import Driver, Guest, Samples
from hostagent.metrics.guest_families import families
from hostagent.metrics.measured_driver import measured
from hostagent.metrics.watch import FAILED

CALL_S = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0)
STEP_S = (0.01, 0.05, 0.25, 1.0, 5.0, 30.0, 120.0)
PREFIX = "chronovisor_agent_"
# Each has its series from the start, so that its first failure is an increase.
STEPS = ("start", "pause", "resume", "stop", "reboot", "delete", "migrate")
KINDS = ("hello", "heartbeat", "inventory", "report")


class AgentMetrics:
    """A watch of the agent: see AgentWatch."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.registry = registry = CollectorRegistry()
        self._clock = clock
        self._connected = Gauge(
            PREFIX + "connected", "1 while there is a session with the control plane.", registry=registry
        )
        self._sessions = Counter(PREFIX + "sessions", "Sessions that were begun.", registry=registry)
        sent = Counter(PREFIX + "messages_sent", "Messages to the control plane, by kind.", ["kind"], registry=registry)
        self._sent = {kind: sent.labels(kind) for kind in KINDS}
        self._lease = Gauge(PREFIX + "lease_duration_seconds", "For how long a lease lasts.", registry=registry)
        age = Gauge(PREFIX + "lease_age_seconds", "Since the control plane answered last.", registry=registry)
        self._renewed = clock()
        age.set_function(lambda: self._clock() - self._renewed)
        self._steps = Counter(
            PREFIX + "steps", "Steps on guests, by what became of them.", ["step", "outcome"], registry=registry
        )
        for step in STEPS:
            self._steps.labels(step, FAILED)
        self._step_s = Histogram(
            PREFIX + "step_seconds", "Time of a step on a guest.", ["step"], buckets=STEP_S, registry=registry
        )
        self._calls = Histogram(
            PREFIX + "hypervisor_call_seconds",
            "Time of a call of the hypervisor, by what it was for.",
            ["call", "outcome"],
            buckets=CALL_S,
            registry=registry,
        )

    def begins(self, host_id: str, guests: Callable[[], Iterable[Guest]]) -> None:
        self._readings = _Readings(host_id, guests)
        self.registry.register(self._readings)

    def driver(self, driver: Driver) -> Driver:
        return measured(driver, lambda call, outcome, took_s: self._calls.labels(call, outcome).observe(took_s))

    def connected(self, *, is_connected: bool) -> None:
        self._connected.set(is_connected)
        if is_connected:
            self._sessions.inc()

    def sent(self, kind: str) -> None:
        if kind in self._sent:
            self._sent[kind].inc()

    def lease_renewed(self, length_s: float | None = None) -> None:
        self._renewed = self._clock()
        if length_s is not None:
            self._lease.set(length_s)

    def step(self, name: str, outcome: str, took_s: float) -> None:
        self._steps.labels(name, outcome).inc()
        self._step_s.labels(name).observe(took_s)

    def sampled(self, samples: Samples) -> None:
        self._readings.samples = samples

    def serve(self, host: str, port: int) -> Callable[[], None]:
        """Serves `/metrics` on a thread. Returns what ends it. Raises OSError where the address cannot be had."""
        server, thread = start_http_server(port, host, self.registry)

        def end() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        return end


class _Readings(Collector):
    """What is known of guests, when it is scraped."""

    def __init__(self, host_id: str, guests: Callable[[], Iterable[Guest]]) -> None:
        self._host_id = host_id
        self._guests = guests
        self.samples: Samples | None = None

    def collect(self) -> Iterator[Metric]:
        # A copy in one go: the agent goes on meanwhile.
        return families(self._host_id, list(self._guests()), self.samples)
