"""`chronovisord serve`: the control plane as a process, until a signal ends it. With --dev, an agent beside it."""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
from functools import partial
from pathlib import Path

import uvloop
from chronovisor import logs, program
from eventsourcing.persistence import PersistenceError
from sqlalchemy.exc import SQLAlchemyError

# The agent of --dev is a process of its own and uses nothing of this one's gRPC.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
# What gRPC would print by itself is printed better here: an address that is taken is one line, and ours.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

from controlplane.bootstrap import ControlPlane
from controlplane.config import DEFAULT_HOME, DEFAULT_LISTEN, Settings
from controlplane.identity.listeners import Bound
from controlplane.identity.transport_settings import SOCKET_NAME
from controlplane.ledger.store_url import shown
from controlplane.runtime import worker_process

log = logging.getLogger(__name__)

LIBVIRT_SOCKET = Path("/run/libvirt/libvirt-sock")
# Of threads that want the interpreter: beside a read that scans, the event loop waits so long for each of its turns.
SWITCH_S = 0.0005


INSECURE = "INSECURE: %s is plain text, and everybody on this machine may do everything there, under any name"
# What a start can end with for reasons that are not ours.
EXPECTED = (OSError, ValueError, RuntimeError, PersistenceError, SQLAlchemyError)


def run(settings: Settings) -> int:
    """Serves until SIGTERM or SIGINT, and returns the exit code."""
    logs.set_up(settings.log)
    sys.setswitchinterval(SWITCH_S)
    try:
        return uvloop.run(_serve(settings))
    except (PersistenceError, SQLAlchemyError) as error:
        raise RuntimeError(program.why(error)) from error


async def _serve(settings: Settings) -> int:
    # What a start makes stays: the collector need not walk a million VMs, then or later, for some hundred new objects.
    gc.disable()
    try:
        plane = ControlPlane(settings)
        await plane.start()
    except EXPECTED as error:
        print(f"chronovisord: {program.why(error)}", file=sys.stderr)
        return program.FAILED
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()
    stop = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    bound = plane.listeners.bound
    print(f"chronovisord listens on {bound.first}, ledger {shown(settings.store)}", flush=True)
    for line in (*_other_listeners(settings, bound), *plane.notices):
        print(line, flush=True)
    if settings.insecure:
        log.warning(INSECURE, bound.people)
    agent = await _start_agent(settings, bound) if settings.dev else None
    watching = asyncio.create_task(_watch(agent)) if agent else None
    code = await _until(stop, plane)
    if watching:
        watching.cancel()
    if agent and agent.returncode is None:
        agent.terminate()
        await agent.wait()
    await plane.close()
    return code


async def _until(stop: asyncio.Event, plane: ControlPlane) -> int:
    """The exit code: 0 after a signal, 1 when the writer failed and what is in memory cannot be trusted."""
    stopped, failed = asyncio.create_task(stop.wait()), asyncio.create_task(plane.writer.failed())
    await asyncio.wait([stopped, failed], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not failed.done():
        failed.cancel()
        return 0
    log.critical("the writer failed; start again to rebuild from the ledger", exc_info=failed.exception())
    return 1


async def _watch(agent: asyncio.subprocess.Process) -> None:
    code = await agent.wait()
    log.error("the agent ended with code %s; the control plane goes on without it", code)


async def _start_agent(settings: Settings, bound: Bound) -> asyncio.subprocess.Process:
    driver = settings.dev_driver
    if driver == "auto":
        driver = "libvirt" if _libvirt_answers() else "simulated"
        if driver == "simulated":
            print(f"No libvirt answers at {LIBVIRT_SOCKET}: the agent simulates its guests.")
    images = settings.home / "images"
    images.mkdir(parents=True, exist_ok=True)
    options = ["--image-dir", str(images), "--state-dir", str(settings.home / "agent")] if driver == "libvirt" else []
    options += ["--trace-to", settings.trace_to] if settings.trace_to else []
    address = bound.socket or bound.people
    print(_next_steps(settings, bound, driver), flush=True)
    command = [
        sys.executable,
        "-m",
        "hostagent.main",
        "--server",
        address,
        "--driver",
        driver,
        *options,
        *settings.log.options,
    ]
    # However this process ends, its agent ends with it. Guests run on.
    end = partial(worker_process.end_with_parent, signal.SIGTERM)
    return await asyncio.create_subprocess_exec(*command, preexec_fn=end)


def _libvirt_answers() -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(LIBVIRT_SOCKET)) == 0


def _other_listeners(settings: Settings, bound: Bound) -> list[str]:
    """What else there is to know of where it listens, a line each."""
    lines: list[str] = []
    if bound.people and bound.socket:
        lines.append(f"chronovisord also listens on {bound.socket}, for its user and group")
    if bound.agents:
        lines.append(f"agents of other hosts connect to {bound.agents}, with certificates")
    if bound.http:
        lines.append(f"console and HTTP API on {bound.http}")
    if not bound.people:
        lines.append(
            f"No certificate, so nothing listens on {settings.listen}: `chronovisord pki init` makes one "
            "(for plain text on loopback: --insecure)"
        )
    return lines


def _next_steps(settings: Settings, bound: Bound, driver: str) -> str:
    where = "" if _is_found(settings, bound) else f"export CHRONOVISOR_SERVER={bound.socket or bound.people}\n  "
    boot = "--image IMAGE" if driver == "libvirt" else "--image any"
    images = f"\nIMAGE is a file in {settings.home / 'images'}." if driver == "libvirt" else ""
    return f"""Type next, in another terminal:
  {where}chronovisor host list
  chronovisor vm create web-1 --vcpus 1 --memory 512MiB --disk 1GiB {boot}
  chronovisor vm start web-1
  chronovisor utilization
  chronovisor history vm web-1{images}"""


def _is_found(settings: Settings, bound: Bound) -> bool:
    """Whether the command line finds it without --server."""
    found = f"unix:{DEFAULT_HOME.expanduser().absolute() / SOCKET_NAME}"
    return bound.socket == found or (not bound.socket and bound.people == DEFAULT_LISTEN)
