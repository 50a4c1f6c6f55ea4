"""How totals compared with the ledger, as text."""

from chronovisor.cli.output import Column, local_time, say, show_table
from chronovisor.cli.text.units import counted
from chronovisor.v1.utilization_check_pb2 import SystemAlarm, UtilizationAlarm, UtilizationCheck

_COLUMNS = (
    Column("SCOPE", foldable=True),
    Column("FIGURE", foldable=True),
    Column("TOLD", right=True),
    Column("LEDGER", right=True),
    Column("IN", foldable=True),
    Column("SINCE", right=True),
    Column("AT", right=True),
)
_SYSTEM_COLUMNS = (Column("ALARM"), Column("WHAT", foldable=True), Column("SINCE"))
_SOURCES = {
    UtilizationAlarm.SOURCE_ANSWERS: "totals in memory",
    UtilizationAlarm.SOURCE_DECISIONS: "what commands are decided by",
    UtilizationAlarm.SOURCE_ROWS: "the read database",
    UtilizationAlarm.SOURCE_LEDGER: "the ledger, beside what the host has allocated",
}
_UNITS = {"memory_mib": " MiB", "disk_gib": " GiB", "image_mib": " MiB"}


def show_check(found: UtilizationCheck) -> None:
    say(_verdict(found))
    if found.failure:
        say(f"The check at {local_time(found.failure_time)} failed: {found.failure}.")
    if found.alarms:
        say("Nothing is repaired by itself. A start without snapshots makes what is in memory anew from the ledger,")
        say("`chronovisord projections rebuild` the rows; `audit verify` shows whether the ledger is whole.")
        show_table(_COLUMNS, [_row(each) for each in found.alarms], "")
    if found.system_alarms:
        show_table(_SYSTEM_COLUMNS, [_system_row(each) for each in found.system_alarms], "")
    if found.ended_system_alarms:
        say("Over:")
        ended = [[*_system_row(each), local_time(each.end_time)] for each in found.ended_system_alarms]
        show_table((*_SYSTEM_COLUMNS, Column("ENDED")), ended, "")
    if found.ended_alarms:
        say("Over:")
        show_table((*_COLUMNS[:-1], Column("ENDED")), [_row_of_ended(each) for each in found.ended_alarms], "")


def _system_row(alarm: SystemAlarm) -> list[str]:
    return [alarm.kind, alarm.detail, local_time(alarm.raise_time)]


def _verdict(found: UtilizationCheck) -> str:
    if not found.position:
        every = found.interval.ToTimedelta().total_seconds()
        return f"No check has been made yet: one is every {every:g} s." if every else "No checks are made."
    took = found.duration.ToTimedelta().total_seconds()
    compared = f"{counted(found.scopes, 'scope')} compared with {counted(found.events, 'event')}"
    at = f"at position {found.position}, {local_time(found.start_time)}, in {took:.1f} s"
    differ = f"{counted(found.differences, 'ALARM')}" if found.differences else "every total is what the ledger says"
    return f"{compared} {at}: {differ}."


def _row(alarm: UtilizationAlarm) -> list[str]:
    figure = " ".join(filter(None, (alarm.figure.replace("_", " "), alarm.resource_class)))
    told, expected = (_amount(alarm, amount) for amount in (alarm.told, alarm.expected))
    since = local_time(alarm.raise_time)
    return [alarm.scope, figure, told, expected, _SOURCES.get(alarm.source, ""), since, str(alarm.last_position)]


def _row_of_ended(alarm: UtilizationAlarm) -> list[str]:
    return [*_row(alarm)[:-1], local_time(alarm.end_time)]


def _amount(alarm: UtilizationAlarm, amount: int) -> str:
    """To the unit: rounded, both could be the same."""
    return f"{amount}{_UNITS.get(alarm.resource_class, '')}"
