"""The check of totals, on either store: a row that was altered is an alarm until the rows are folded anew."""

import asyncio

import sqlalchemy
from chronovisor.v1.utilization_check_pb2 import GetUtilizationCheckRequest, UtilizationCheck

from tests.integration.controlplane.plane import Plane, running
from tests.integration.postgresql.test_read_models import projections


async def checked(plane: Plane) -> UtilizationCheck:
    await plane.control_plane.checks.check()
    found = await plane.utilization.GetUtilizationCheck(GetUtilizationCheckRequest())
    assert not found.failure
    return found


async def test_an_altered_row_is_an_alarm_until_a_rebuild(store: str) -> None:
    async with running(store) as plane:
        await plane.register()
        await plane.create("a", start=True)
        assert not (await checked(plane)).alarms

        def alter() -> None:
            with plane.control_plane.views.writing() as connection:
                harm = "UPDATE read_1_figures SET running_vms = 9 WHERE scope = 'fleet'"
                connection.execute(sqlalchemy.text(harm))

        await asyncio.to_thread(alter)
        (alarm,) = (await checked(plane)).alarms
        assert (alarm.scope, alarm.figure, alarm.told, alarm.expected) == ("fleet", "running_vms", 9, 1)
        done = await asyncio.to_thread(projections, "rebuild", store)
        assert done.returncode == 0, done.stderr
        found = await checked(plane)
        assert (list(found.alarms), len(found.ended_alarms)) == ([], 1)
