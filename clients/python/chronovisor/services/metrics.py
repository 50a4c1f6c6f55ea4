"""What Prometheus scrapes."""

from typing import Generic, TypeVar

from chronovisor.services.base import Service
from chronovisor.v1 import metrics_service_pb2 as pb
from chronovisor.values import Options

Exposition = TypeVar("Exposition")


class MetricsCalls(Service, Generic[Exposition]):
    """The methods of MetricsService."""

    def get(
        self,
        project: str = "",
        *,
        include_vms: bool = False,
        open_metrics: bool = False,
        timeout: float | None = None,
    ) -> Exposition:
        """The metrics as they are now, of the server and the fleet, or of one project: a text, as bytes in `data`.

        Raises InvalidArgument, NotFound; Unimplemented of a server that has none.
        """
        options: Options = {} if timeout is None else {"timeout": timeout}
        name = f"projects/{project.removeprefix('projects/')}" if project else ""
        request = pb.GetMetricsRequest(project=name, include_vms=include_vms, open_metrics=open_metrics)
        return self._send(request, options)
