"""Takes one step with a driver. Decides nothing."""

from hostagent.converge.reconcile import Define, Delete, Pause, Reboot, Resume, Start, Step, Stop
from hostagent.drivers.base import Driver


def is_patient(step: Step) -> bool:
    """Whether the step waits for the guest to react, and may be broken off when something else is desired."""
    return (isinstance(step, Stop) and step.grace_s > 0) or isinstance(step, Reboot)


async def perform(driver: Driver, step: Step) -> None:
    """Raises DriverError."""
    match step:
        case Define():
            await driver.define(step.spec)
        case Start():
            await driver.start(step.ref, paused=step.paused, reboots=step.reboots)
        case Pause():
            await driver.pause(step.ref)
        case Resume():
            await driver.resume(step.ref)
        case Stop():
            await driver.stop(step.ref, grace_s=step.grace_s)
        case Reboot():
            await driver.reboot(step.ref, reboots=step.reboots, force=step.force)
        case Delete():
            await driver.delete(step.ref)
