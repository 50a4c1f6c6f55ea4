"""UtilizationService: translates, calls, translates."""

from chronovisor.v1 import utilization_service_pb2 as api
from chronovisor.v1 import utilization_service_pb2_grpc

from controlplane.projections.utilization import FLEET
from controlplane.queries import utilization as queries
from controlplane.rpc.convert import utilization_message
from controlplane.rpc.reach import Reach, ServicerContext
from controlplane.rpc.validate import now_only


class UtilizationServicer(utilization_service_pb2_grpc.UtilizationServiceServicer):
    """R_total, allocated and eta, now."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    async def GetUtilization(self, request: api.GetUtilizationRequest, context: ServicerContext) -> api.Utilization:
        now_only(request)
        await self._reach.read_from(request.min_position, context)
        scope = request.scope or FLEET
        totals = queries.totals(self._reach.inventory, self._reach.utilization, scope)
        return utilization_message(scope, totals, self._reach.feed.position, self._reach.feed.time)
