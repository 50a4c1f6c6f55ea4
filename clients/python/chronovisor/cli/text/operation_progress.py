"""How far an operation is, in words and as a part of the whole: drains by their VMs, migrations by what was copied."""

from chronovisor.cli.text.units import bytes_text, seconds_text
from chronovisor.names import last_part
from chronovisor.v1.operations_pb2 import OperationMetadata, OperationProgress
from chronovisor.v1.vm_pb2 import MigrationProgress

_WAITING = {
    OperationProgress.WAITING_FOR_AGENT_CONNECTION: "waits for the agent of {}",
    OperationProgress.WAITING_FOR_CAPACITY: "waits for a host with room",
    OperationProgress.WAITING_FOR_FENCER: "waits for the fencer of {}",
    OperationProgress.WAITING_FOR_WATCHDOG: "waits until the watchdog of {} must have stopped its guests",
    OperationProgress.WAITING_FOR_HOST: "waits for {}, which is lost",
}
_BAR = 20


def progress_text(metadata: OperationMetadata) -> str:
    """What there is to say beside the target's state; empty where that says all."""
    progress = metadata.progress
    words: list[str] = []
    if progress.vms_total:
        words.append(f"{progress.vms_done} of {progress.vms_total} VMs are away")
    if progress.HasField("migration") and (part := _copied(progress.migration)) is not None:
        words.append(f"{part:.0%} copied")
    if progress.bytes_done:
        total = f" of {bytes_text(progress.bytes_total)}" if progress.bytes_total else ""
        words.append(f"{bytes_text(progress.bytes_done)}{total} have come")
    if progress.waiting_for in _WAITING:
        words.append(_WAITING[progress.waiting_for].format(last_part(progress.host)))
    return ", ".join([*words, *progress.details[:2]])


def remaining_text(metadata: OperationMetadata) -> str:
    """How long it will take yet, for a line that moves alone; empty where that is not known."""
    progress = metadata.progress
    if not progress.HasField("remaining"):
        return ""
    return f", {seconds_text(progress.remaining.ToMilliseconds() / 1000)} left"


def bar_text(metadata: OperationMetadata) -> str:
    """A bar that fills; empty where nothing is known of the whole."""
    progress = metadata.progress
    part = progress.vms_done / progress.vms_total if progress.vms_total else None
    if part is None and progress.bytes_total:
        part = progress.bytes_done / progress.bytes_total
    if part is None and progress.HasField("migration"):
        part = _copied(progress.migration)
    if part is None:
        return ""
    full = round(_BAR * min(1.0, part))
    return f"[{'#' * full}{'.' * (_BAR - full)}] "


def _copied(migration: MigrationProgress) -> float | None:
    total = migration.memory_bytes_total + migration.disk_bytes_total
    left = migration.memory_bytes_left + migration.disk_bytes_left
    return 1 - left / total if total else None
