"""Checks of spare capacity: translates, calls, translates."""

import asyncio
from typing import NamedTuple

from chronovisor.v1 import spare_capacity_pb2 as api

from controlplane.commands.spare_capacity import SpareCheck, SpareRule, Unplaced, checked
from controlplane.domain.errors import NotFound, invalid
from controlplane.domain.fleet import FleetState
from controlplane.domain.time import Micros, timestamp_if_known
from controlplane.queries.reads import ReadPosition, Reads
from controlplane.rpc.dependencies import ServicerContext
from controlplane.rpc.shared.convert import resources_message
from controlplane.rpc.shared.read_position import read_position
from controlplane.rpc.shared.spare_rules import spare_rule
from controlplane.rpc.shared.validate import FieldRules

MOST_SHORTAGES = 100
MOST_UNPLACED = 20


class Then(NamedTuple):
    """The fleet at a position, and its time where that is known."""

    state: FleetState
    time: Micros | None


async def check_spare_capacity(
    reads: Reads, request: api.CheckSpareCapacityRequest, context: ServicerContext, alone: asyncio.Lock
) -> api.CheckSpareCapacityResponse:
    """One at a time: each has a copy of the fleet. Raises InvalidField, NotFound, PositionAhead."""
    rules = FieldRules()
    rule = spare_rule(request, "", rules)
    rules.done()
    at = await read_position(reads, request, context)
    async with alone:
        then = await _fleet(reads, at)
        _require_domains(then.state, rule)
        response = await asyncio.to_thread(lambda: _response(checked(then.state, rule)))
    response.position = then.state.position
    if (time := timestamp_if_known(then.time)) is not None:
        response.read_time.CopyFrom(time)
    return response


async def _fleet(reads: Reads, at: ReadPosition) -> Then:
    """All that is placed: what holds nothing needs no place, and takes none."""
    if not at.is_current:
        return await reads.scan(at.position, lambda view: Then(view.placed_fleet(), view.time()))
    inventory, position, time = reads.inventory, reads.position, reads.time
    # Aggregates do not change: a list of them is the fleet of this moment.
    placed = [vm for vm in inventory.vms.values() if vm.held]
    state = FleetState([*inventory.projects.values()], [*inventory.hosts.values()], placed, {}, position, time)
    return Then(state, time)


def _require_domains(state: FleetState, rule: SpareRule) -> None:
    hosts = [host for host in state.hosts if not rule.zone or host.zone == rule.zone]
    if rule.zone and not hosts:
        raise NotFound("zone", f"zones/{rule.zone}")
    if hosts and not any(rule.within in host.words for host in hosts):
        raise invalid("within", f"no host has a label {rule.within!r}, so that nothing would fail together")


def _response(found: SpareCheck) -> api.CheckSpareCapacityResponse:
    return api.CheckSpareCapacityResponse(
        survived=not found.shortages,
        domains=found.domains,
        combinations=found.combinations,
        tried_combinations=found.tried,
        shortages=[
            api.SpareShortage(
                domains=each.domains,
                vms=each.vms,
                total_unplaced=len(each.unplaced),
                unplaced=[_unplaced(one) for one in each.unplaced[:MOST_UNPLACED]],
                missing=resources_message(each.missing),
            )
            for each in found.shortages[:MOST_SHORTAGES]
        ],
        total_shortages=len(found.shortages),
        hosts_outside=found.outside,
    )


def _unplaced(unplaced: Unplaced) -> api.UnplacedVm:
    vm, refusal = unplaced
    return api.UnplacedVm(
        vm=vm.name,
        uid=vm.uid,
        host=vm.host,
        held=resources_message(vm.held),
        hosts_considered=refusal.hosts_considered,
        turned_down=refusal.turned_down,
    )
