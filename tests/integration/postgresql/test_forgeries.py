"""A forged ledger on PostgreSQL: found at the start, or by the walk, and read-only."""

from functools import partial

import psycopg
import pytest
from chronovisor.v1.ledger_check_pb2 import GetLedgerCheckRequest, LedgerCheck

from controlplane.__main__ import main as chronovisord
from controlplane.domain.access.people import PREFIX
from tests.integration.controlplane import plane as planes
from tests.integration.controlplane.plane import refused
from tests.support.postgresql import Cluster

# Rows of a ledger that does not follow from itself are not waited for at the end.
running = partial(planes.running, last_rows_s=0.2)

VM = "(SELECT min(notification_id) FROM chronovisor_events WHERE originator_id LIKE 'vms/%')"
# The ledger has people's pseudonyms. A row without one is not altered, and then the test fails.
FORGERIES = {
    "another actor": (
        f"UPDATE chronovisor_events SET state = decode(replace(encode(state, 'hex'), encode('{PREFIX}', 'hex'), "
        f"encode('user:m', 'hex')), 'hex') WHERE notification_id = {VM} AND position('{PREFIX}'::bytea IN state) > 0"
    ),
    "a deleted seal": (
        "DELETE FROM chronovisor_events WHERE notification_id = "
        "(SELECT min(notification_id) FROM chronovisor_events WHERE originator_id = 'ledger')"
    ),
    "a truncated tail": (
        "DELETE FROM chronovisor_events WHERE notification_id > (SELECT max(notification_id) FROM chronovisor_events "
        "WHERE originator_id = 'ledger' AND notification_id < (SELECT max(notification_id) FROM chronovisor_events))"
    ),
}


@pytest.mark.parametrize("statement", FORGERIES.values(), ids=FORGERIES)
async def test_a_forged_ledger_is_reported_and_takes_no_commands(
    cluster: Cluster, statement: str, capsys: pytest.CaptureFixture[str]
) -> None:
    store = cluster.new_database()
    async with running(store) as plane:
        await plane.create("web")
        await plane.create("db")
        await plane.control_plane.projector.reach(plane.control_plane.dispatcher.position, 10)
    with psycopg.connect(store, autocommit=True) as connection:
        assert connection.execute(statement.encode()).rowcount
    assert chronovisord(["verify", "--store", store]) == 1
    assert "NOT WHOLE at position" in capsys.readouterr().out
    async with running(store) as plane:
        await plane.control_plane.ledger_checks.check()
        found = await plane.history.GetLedgerCheck(GetLedgerCheckRequest())
        assert (found.state, found.read_only) == (LedgerCheck.STATE_ALTERED, True)
        assert (await refused(plane.create("next"))).reason == "LEDGER_UNTRUSTED"


async def test_a_whole_ledger_with_a_snapshot_is_whole(cluster: Cluster) -> None:
    store = cluster.new_database()
    async with running(store) as plane:
        await plane.create("web")
        await plane.control_plane.snapshotter.take()
        taken = plane.control_plane.writer.snapshotted
        assert taken
        await plane.create("db")
    async with running(store) as plane:
        assert plane.control_plane.writer.snapshotted == taken
        await plane.control_plane.ledger_checks.check()
        found = await plane.history.GetLedgerCheck(GetLedgerCheckRequest())
        assert (found.state, len(found.findings), found.failure) == (LedgerCheck.STATE_WHOLE, 0, "")
    with psycopg.connect(store, autocommit=True) as connection:
        connection.execute(
            "UPDATE stored_snapshots SET state = state || '\\x00'::bytea WHERE originator_id = 'chunk-1'"
        )
    async with running(store) as plane:
        assert plane.control_plane.writer.snapshotted == 0
        (finding,) = (await plane.history.GetLedgerCheck(GetLedgerCheckRequest())).findings
        assert "was not used" in finding.description
        await plane.create("next")
