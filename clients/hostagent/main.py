"""`chronovisor-agent`: runs one agent until a signal ends it. Guests run on without it."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from typing import NoReturn

# What gRPC would print by itself is printed better here.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

from chronovisor import program

from hostagent.agent import Agent
from hostagent.drivers.base import DriverError, HostFacts, HypervisorUnavailable

log = logging.getLogger("hostagent")


def main() -> NoReturn:
    """Exits with 0 when a signal ends it, 1 when it can't start, 2 for a bad command line."""
    expected = (OSError, ValueError, RuntimeError, DriverError)
    sys.exit(program.run("chronovisor-agent", _main, expected, extra="agent", is_service=True))


def _main() -> None:
    from hostagent import options  # noqa: PLC0415 - needs the packages of the extra

    chosen = options.parse()
    logging.basicConfig(
        level=chosen.log_level.upper(), format="%(asctime)s %(levelname)-7s %(message)s", stream=sys.stderr
    )
    try:
        driver = options.driver_of(chosen)
    except ImportError as error:
        sys.exit(f"chronovisor-agent: {error}; install it with: pip install 'chronovisor[agent]'")
    settings = options.settings_of(chosen)
    agent = Agent(chosen.server, chosen.host_id, driver, settings, sample_every_s=chosen.sample_every)
    try:
        asyncio.run(_run_until_signal(agent, chosen.host_id))
    except HypervisorUnavailable as error:
        sys.exit(f"chronovisor-agent: {error}. {_advice(str(error), chosen.uri)}")
    except DriverError as error:
        sys.exit(f"chronovisor-agent: {error}")


async def _run_until_signal(agent: Agent, host_id: str) -> None:
    running = asyncio.create_task(_run(agent, host_id))
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, running.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await running
        return
    log.info("ended by a signal; guests run on")


async def _run(agent: Agent, host_id: str) -> None:
    log.info("host %s: %s", host_id, _summary(await agent.open()))
    await agent.run()


def _summary(facts: HostFacts) -> str:
    totals = facts.totals
    amounts = f"{totals['vcpus']} vCPUs, {totals['memory_mib']} MiB memory, {totals['disk_gib']} GiB disk"
    processor = " ".join(part for part in (facts.architecture, facts.cpu_model) if part)
    return f"{amounts}, {processor}, {facts.hypervisor}, guests of type {facts.virt_type}, {len(facts.images)} images"


def _advice(error: str, uri: str) -> str:
    if "No such file or directory" in error or "Connection refused" in error:
        return (
            "Is libvirtd installed and running? On Debian: apt-get install libvirt-daemon-system qemu-system-x86 "
            "qemu-utils, then: systemctl start libvirtd"
        )
    if "ermission denied" in error or "uthentication" in error:
        return "This user may not use libvirt: run as root, or add the user to the group `libvirt`."
    return f"Check the connection with: virsh -c {uri} list"


if __name__ == "__main__":
    main()
