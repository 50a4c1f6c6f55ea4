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

from chronovisor import logs, program
from chronovisor.tracing import Tracer

from hostagent.agent import Agent
from hostagent.drivers.base import DriverError, HostFacts, HypervisorUnavailable
from hostagent.metrics.watch import UNWATCHED, AgentWatch
from hostagent.watchdog.watchdog import WatchdogError

log = logging.getLogger("hostagent")


def main() -> NoReturn:
    """Exits with 0 when a signal ends it, 1 when it can't start, 2 for a bad command line."""
    expected = (OSError, ValueError, RuntimeError, DriverError)
    sys.exit(program.run("chronovisor-agent", _main, expected, extra="agent", is_service=True))


def _main() -> None:
    from hostagent import join, options  # noqa: PLC0415 - needs the packages of the extra

    if sys.argv[1:2] == ["join"]:
        try:
            join.main(sys.argv[2:], options.default_host_id(), options.default_state_dir())
        except join.CannotJoin as error:
            sys.exit(f"chronovisor-agent join: {error}")
        return
    chosen, files = options.joined(options.parse())
    logs.set_up(chosen.log, {"host": chosen.host_id})
    try:
        driver = options.driver_of(chosen)
    except ImportError as error:
        sys.exit(f"chronovisor-agent: {error}; install it with: pip install 'chronovisor[agent]'")
    settings = options.settings_of(chosen)
    try:
        watchdog = options.watchdog_of(chosen, driver)
    except WatchdogError as error:
        sys.exit(f"chronovisor-agent: --watchdog: {error}")
    networks = options.networks_of(chosen)
    metrics = _metrics(chosen.metrics)
    host_id = chosen.host_id
    tracer = Tracer(chosen.trace_to, "chronovisor-agent", host=host_id) if chosen.trace_to else None
    agent = Agent(
        chosen.server,
        chosen.host_id,
        driver,
        settings,
        sample_every_s=chosen.sample_every,
        watchdog=watchdog,
        files=files,
        metrics=metrics,
        tracer=tracer,
        networks=networks,
    )
    try:
        asyncio.run(_run_until_signal(agent, chosen.host_id))
    except HypervisorUnavailable as error:
        sys.exit(f"chronovisor-agent: {error}. {_advice(str(error), chosen.uri)}")
    except WatchdogError as error:
        sys.exit(f"chronovisor-agent: --watchdog: {error}")
    except DriverError as error:
        sys.exit(f"chronovisor-agent: {error}")
    finally:
        if tracer:
            tracer.close()


def _metrics(address: tuple[str, int] | None) -> AgentWatch:
    if address is None:
        return UNWATCHED
    from hostagent.metrics.agent_metrics import AgentMetrics  # noqa: PLC0415 - only where it is used

    metrics = AgentMetrics()
    try:
        metrics.serve(*address)
    except OSError as error:
        host, port = address
        sys.exit(f"chronovisor-agent: --metrics: cannot listen on {host}:{port}: {error.strerror}")
    return metrics


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
    return f"{amounts}, {processor}, {facts.hypervisor}, guests of type {facts.virt_type}, images: {len(facts.images)}"


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
