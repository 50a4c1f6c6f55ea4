"""UtilizationService: translates, calls, translates."""

import asyncio
from collections.abc import Mapping

from chronovisor.v1 import spare_capacity_pb2, utilization_check_pb2, utilization_service_pb2_grpc
from chronovisor.v1 import utilization_service_pb2 as api

from controlplane.consistency.alarms import Alarms
from controlplane.domain.errors import invalid
from controlplane.domain.placement import selectors
from controlplane.domain.placement.selectors import BadSelector
from controlplane.domain.resources import BASE_CLASSES
from controlplane.domain.time import SECOND, Micros, duration_in, micros_of, timestamp_if_known, timestamp_of
from controlplane.domain.totals import FLEET
from controlplane.queries import page_tokens, usage
from controlplane.queries import utilization as queries
from controlplane.queries.as_of import AsOf
from controlplane.queries.events.clock_steps import ClockStep, steps_within
from controlplane.queries.events.live_tail import LiveTail
from controlplane.queries.reads import Reads
from controlplane.queries.scopes import ScopeUtilization
from controlplane.queries.usage import HeldAmount, UsageQuery, UsageWindow
from controlplane.rpc.dependencies import ServicerContext
from controlplane.rpc.error_mapping import sends_bytes
from controlplane.rpc.shared.convert import utilization_message
from controlplane.rpc.shared.read_position import check_time, read_of, read_position
from controlplane.rpc.shared.validate import FieldRules, check_scope
from controlplane.rpc.streaming.utilization import watch_utilization
from controlplane.rpc.utilization.check_messages import check_message
from controlplane.rpc.utilization.samples import list_samples
from controlplane.rpc.utilization.spare_capacity import check_spare_capacity
from controlplane.rpc.vm.requests import NAME as VM_NAME
from controlplane.runtime.system_alarms import SystemAlarms

# How much later than the ledger's time a window may end: so long is waited. Clocks of callers are a little ahead, too.
MOST_AHEAD_S = 2.0


class UtilizationServicer(utilization_service_pb2_grpc.UtilizationServiceServicer):
    """R_total, allocated and eta, now and then."""

    def __init__(self, reads: Reads, tail: LiveTail, alarms: Alarms, system_alarms: SystemAlarms) -> None:
        self._reads = reads
        self._tail = tail
        self._alarms = alarms
        self._system_alarms = system_alarms
        self._checking = asyncio.Lock()

    async def GetUtilization(self, request: api.GetUtilizationRequest, context: ServicerContext) -> api.Utilization:
        reads, name = self._reads, request.scope or FLEET
        check_scope(name)
        try:
            selector = selectors.parse(request.selector)
        except BadSelector as error:
            raise invalid("selector", str(error)) from error
        at = await read_position(reads, request, context)
        if selector:
            # Every host's totals are read.
            found = await reads.scan(at.position, lambda view: view.utilization(name, selector))
        else:
            found = await reads.view(at, lambda view: view.utilization(name, selector))
        return self._flagged(utilization_message(found))

    def _flagged(self, message: api.Utilization) -> api.Utilization:
        message.alarms = self._alarms.of(message.scope)
        message.system_alarms = len(self._system_alarms.open)
        return message

    async def ListUtilization(
        self, request: api.ListUtilizationRequest, context: ServicerContext
    ) -> api.ListUtilizationResponse:
        reads, read = self._reads, read_of(request)
        page_tokens.size_of(request.page_size)
        at = await read_position(reads, request, context)
        pinned, _ = queries.list_pin(request.group_by, request.page_token, read)
        position = pinned or at.position

        def listed(view: AsOf) -> tuple[queries.TotalsPage, Micros | None]:
            page = queries.list_then(view.rows, request.group_by, request.page_size, request.page_token, read)
            return page, view.time()

        page, time = await reads.scan(position, listed)
        used = reads.used_by(at, request.group_by)
        return api.ListUtilizationResponse(
            utilizations=[
                self._flagged(
                    utilization_message(ScopeUtilization(scope, totals, position, time, used.get(scope.name)))
                )
                for scope, totals in page.items
            ],
            next_page_token=page.next_page_token,
            position=position,
            read_time=timestamp_if_known(time),
        )

    # It writes to its context instead of yielding, and what it writes is encoded.
    @sends_bytes
    async def WatchUtilization(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, request: api.WatchUtilizationRequest, context: ServicerContext
    ) -> None:
        await watch_utilization(self._reads, self._tail, request, context)

    async def GetUsage(self, request: api.GetUsageRequest, context: ServicerContext) -> api.GetUsageResponse:
        reads, scope = self._reads, request.scope
        rules = FieldRules()
        if "/vms/" in scope:
            rules.name(scope, VM_NAME, "scope")
        elif scope not in ("", FLEET):
            rules.name(scope, "projects/{project}", "scope")
        for field in ("start_time", "end_time"):
            if rules.check(request.HasField(field), field, "is required"):
                # Not even a little ahead: what is counted before it was would be another sum later.
                check_time(rules, getattr(request, field), field, reads.now(), ahead_s=0)
        start, end = micros_of(request.start_time), micros_of(request.end_time)
        rules.check(start < end, "end_time", "must be after start_time")
        if request.group_by.startswith("labels."):
            rules.label_key(request.group_by.removeprefix("labels."), "group_by")
        # The wall clock may be ahead of the ledger's time: what is counted before it was would be another sum later.
        ahead_s = (end - reads.now()) / SECOND
        if not rules.violations:
            ahead = f"must not be in the future: it is {ahead_s:.0f} s ahead of the ledger's time"
            rules.check(ahead_s <= MOST_AHEAD_S, "end_time", ahead)
        rules.done()
        await asyncio.sleep(max(0.0, ahead_s))
        query = UsageQuery(scope, request.group_by, request.page_size, request.page_token)
        offset_us = reads.clock.offset_us()

        def used(view: AsOf) -> api.GetUsageResponse:
            steps = steps_within(reads.ledger, start, end, view.position)
            page = usage.usage(view.rows, query, UsageWindow(start, end, steps))
            return api.GetUsageResponse(
                usages=[_usage_message(each) for each in page.items],
                position=view.position,
                next_page_token=page.next_page_token,
                clock_steps=[_step_message(each) for each in steps],
                clock_offset=duration_in(offset_us) if offset_us else None,
            )

        return await reads.scan(reads.position, used)

    async def ListSamples(self, request: api.ListSamplesRequest, context: ServicerContext) -> api.ListSamplesResponse:
        return list_samples(self._reads, request)

    async def CheckSpareCapacity(
        self, request: spare_capacity_pb2.CheckSpareCapacityRequest, context: ServicerContext
    ) -> spare_capacity_pb2.CheckSpareCapacityResponse:
        return await check_spare_capacity(self._reads, request, context, self._checking)

    async def GetUtilizationCheck(
        self, request: utilization_check_pb2.GetUtilizationCheckRequest, context: ServicerContext
    ) -> utilization_check_pb2.UtilizationCheck:
        return check_message(self._alarms, self._system_alarms)


def _step_message(step: ClockStep) -> api.ClockStep:
    return api.ClockStep(time=timestamp_of(step.start), skipped=duration_in(step.skipped_us), position=step.position)


def _usage_message(used: HeldAmount) -> api.Usage:
    return api.Usage(
        group=used.group,
        uid=used.uid,
        classes=_class_messages(used.unit_micros),
        also_held_while_migrating=_class_messages(used.other_sides),
    )


def _class_messages(unit_micros: Mapping[str, int]) -> list[api.ClassUsage]:
    base = [name for name in BASE_CLASSES if name in unit_micros]
    classes: list[api.ClassUsage] = []
    for name in [*base, *sorted(unit_micros.keys() - set(BASE_CLASSES))]:
        seconds, micros = divmod(unit_micros[name], SECOND)
        classes.append(api.ClassUsage(resource_class=name, unit_seconds=seconds, unit_micros=micros))
    return classes
