"""Alarms and checks as messages."""

from chronovisor.v1 import utilization_check_pb2 as pb

from controlplane.consistency.alarms import Alarm, Alarms
from controlplane.consistency.discrepancy import TotalsSource
from controlplane.domain.time import SECOND, duration_in, timestamp_if_known, timestamp_of
from controlplane.runtime.system_alarms import SystemAlarm, SystemAlarms

_SOURCES = {
    TotalsSource.ANSWERS: pb.UtilizationAlarm.SOURCE_ANSWERS,
    TotalsSource.DECISIONS: pb.UtilizationAlarm.SOURCE_DECISIONS,
    TotalsSource.ROWS: pb.UtilizationAlarm.SOURCE_ROWS,
    TotalsSource.LEDGER: pb.UtilizationAlarm.SOURCE_LEDGER,
}


def check_message(alarms: Alarms, system: SystemAlarms) -> pb.UtilizationCheck:
    message = pb.UtilizationCheck(
        interval=duration_in(int(alarms.every_s * SECOND)),
        alarms=[_alarm_message(each) for each in alarms.open],
        ended_alarms=[_alarm_message(each) for each in alarms.over],
        system_alarms=[_system_alarm_message(each) for each in system.open],
        ended_system_alarms=[_system_alarm_message(each) for each in system.over],
    )
    if last := alarms.last:
        found = last.compared
        message.position, message.events, message.scopes = found.position, found.events, found.scopes
        message.differences = found.found
        message.start_time.CopyFrom(timestamp_of(last.began))
        message.duration.CopyFrom(duration_in(last.took))
    if failure := alarms.failure:
        message.failure_time.CopyFrom(timestamp_of(failure.at))
        message.failure = failure.reason
    return message


def _system_alarm_message(alarm: SystemAlarm) -> pb.SystemAlarm:
    return pb.SystemAlarm(
        kind=alarm.kind,
        detail=alarm.detail,
        raise_time=timestamp_of(alarm.raised),
        end_time=timestamp_if_known(alarm.ended),
    )


def _alarm_message(alarm: Alarm) -> pb.UtilizationAlarm:
    difference = alarm.difference
    return pb.UtilizationAlarm(
        source=_SOURCES[difference.source],
        scope=difference.scope,
        figure=difference.measure,
        resource_class=difference.resource_class,
        told=difference.reported,
        expected=difference.expected,
        first_position=alarm.first_position,
        last_position=alarm.last_position,
        raise_time=timestamp_of(alarm.raised),
        end_time=timestamp_if_known(alarm.ended),
    )
