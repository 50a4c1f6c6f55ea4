"""MetricsService: translates, calls, translates."""

from typing import Protocol

from chronovisor.v1 import metrics_service_pb2 as api
from chronovisor.v1 import metrics_service_pb2_grpc
from google.api.httpbody_pb2 import HttpBody

from controlplane.metrics.reader import Exposition, MetricsQuery
from controlplane.queries import visible
from controlplane.queries.reads import Reads
from controlplane.rpc.dependencies import ServicerContext
from controlplane.rpc.shared.validate import named


class Metrics(Protocol):
    """What Prometheus is given."""

    async def text(self, query: MetricsQuery) -> Exposition: ...


class MetricsServicer(metrics_service_pb2_grpc.MetricsServiceServicer):
    """The metrics that a caller may see."""

    def __init__(self, reads: Reads, metrics: Metrics) -> None:
        self._reads = reads
        self._metrics = metrics

    async def GetMetrics(self, request: api.GetMetricsRequest, context: ServicerContext) -> HttpBody:
        found = await self._metrics.text(await self._query(request))
        return HttpBody(content_type=found.content_type, data=found.data)

    async def _query(self, request: api.GetMetricsRequest) -> MetricsQuery:
        """Raises InvalidField, NotFound. Who may see some projects alone gets those."""
        if not request.project:
            return MetricsQuery(visible.projects(), request.include_vms, request.open_metrics)
        named(request.project, "projects/{project}", "project")
        project = await self._reads.view(self._reads.here, lambda view: view.project(request.project))
        return MetricsQuery(frozenset({project.uid}), with_vms=True, open_metrics=request.open_metrics)
