"""The command line of `chronovisor-agent`: what it may say, and what that means. Starts nothing."""

import argparse
import os
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from chronovisor.one_line_parser import OneLineParser

from hostagent.control.registration import HostSettings
from hostagent.control.sampler import EVERY_S
from hostagent.drivers.base import Driver
from hostagent.drivers.simulated.driver import DEFAULT_TOTALS, STEPS, Behaviour, Fault, SimulatedDriver
from hostagent.machine import ENVIRONMENT, from_environment, hypervisor_of, machine_ids

T = TypeVar("T")
Pair = tuple[str, T]
_HOST_ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
_TRAIT = re.compile(r"[a-z0-9]([a-z0-9_.-]{0,61}[a-z0-9])?")
_LABEL = re.compile(r"[a-z0-9]([A-Za-z0-9_./-]{0,61}[A-Za-z0-9])?")
_LONGEST_VALUE = 255
_MOST_NODES = 64
_SHORTEST_S, _LONGEST_S = 0.1, 3600.0
_CLASS = re.compile(r"[a-z][a-z0-9_.-]{0,62}")


def _home() -> Path:
    home = os.environ.get("CHRONOVISOR_HOME")
    return Path(home) if home else Path.home() / ".local" / "state" / "chronovisor"


def _host_id(text: str) -> str:
    if not _HOST_ID.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r}: 1 to 63 of a-z, 0-9, '-' and '.', starting with a letter or digit")
    return text


def _trait(text: str) -> str:
    if not _TRAIT.fullmatch(text):
        rule = "1 to 63 of a-z, 0-9, '_', '.' and '-', starting and ending with a letter or digit"
        raise argparse.ArgumentTypeError(f"{text!r}: {rule}")
    return text


def _node_count(text: str) -> int:
    if not (text.isdecimal() and int(text) <= _MOST_NODES):
        raise argparse.ArgumentTypeError(f"{text!r}: expected 0 to {_MOST_NODES}")
    return int(text)


def _period(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not _SHORTEST_S <= seconds <= _LONGEST_S:
        raise argparse.ArgumentTypeError(f"{text!r}: expected {_SHORTEST_S:g} to {_LONGEST_S:g} seconds")
    return seconds


def _pair(meaning: Callable[[str], T], valid: Callable[[str, T], bool], example: str) -> Callable[[str], Pair[T]]:
    def parse(text: str) -> Pair[T]:
        key, _, value = text.partition("=")
        try:
            parsed = meaning(value)
        except ValueError:
            parsed = None
        if parsed is None or not valid(key, parsed):
            raise argparse.ArgumentTypeError(f"{text!r}: expected something like {example}")
        return key, parsed

    return parse


def _totals(text: str) -> dict[str, int]:
    parse = _pair(int, _is_amount, "vcpus=64,memory_mib=262144,disk_gib=10000")
    return DEFAULT_TOTALS | dict(parse(part) for part in text.split(",") if part)


def _is_amount(name: str, amount: int) -> bool:
    return bool(_CLASS.fullmatch(name)) and amount >= 0


def _is_ratio(name: str, ratio: float) -> bool:
    return bool(_CLASS.fullmatch(name)) and 0 < ratio < float("inf")


def _is_label(name: str, value: str) -> bool:
    return bool(_LABEL.fullmatch(name)) and len(value) <= _LONGEST_VALUE and value.isprintable()


def _is_delay(step: str, delay_s: float) -> bool:
    return step in STEPS and 0 <= delay_s < float("inf")


def _is_fault(step: str, _fault: Fault) -> bool:
    return step in STEPS


def _fault(text: str) -> Fault:
    """`permanent`, `always`, or how often it fails."""
    if text == "permanent":
        return Fault(permanent=True)
    return Fault(times=None if text == "always" else int(text))


def parser() -> argparse.ArgumentParser:
    home = _home()
    steps = ", ".join(STEPS)
    top = OneLineParser(
        prog="chronovisor-agent",
        description="Makes this host's guests as the control plane desires them, and tells it what it sees.",
        epilog="It keeps no state of its own, and guests run on when it ends: stop, kill and start it as you like.",
    )
    top.add_argument(
        "--server",
        default=os.environ.get("CHRONOVISOR_SERVER", "127.0.0.1:7460"),
        metavar="HOST:PORT",
        help="the control plane; $CHRONOVISOR_SERVER sets it too (default: %(default)s)",
    )
    default_id = socket.gethostname().lower()
    top.add_argument("--host-id", type=_host_id, default=default_id, help="the host's name (default: %(default)s)")
    top.add_argument("--driver", choices=("libvirt", "simulated"), default="libvirt", help="(default: %(default)s)")
    top.add_argument("--log-level", choices=("debug", "info", "warning"), default="info", help="(default: %(default)s)")

    top.add_argument(
        "--sample-every",
        type=_period,
        default=EVERY_S,
        metavar="SECONDS",
        help=f"measure what guests use so often, {_SHORTEST_S:g} to {_LONGEST_S:g} (default: %(default)g)",
    )

    host = top.add_argument_group("the host")
    host.add_argument(
        "--machine-id",
        default=from_environment(),
        metavar="TEXT",
        help="identifies the machine, where /etc/machine-id and the product UUID do not, as in a container; "
        f"${ENVIRONMENT} sets it too",
    )
    host.add_argument("--zone", default="", help="failure domain, such as eu-1a")
    label = _pair(str, _is_label, "rack=7")
    host.add_argument("--label", type=label, action="append", default=[], metavar="KEY=VALUE")
    host.add_argument(
        "--reserve",
        type=_pair(int, _is_amount, "vcpus=1"),
        action="append",
        default=[],
        metavar="CLASS=AMOUNT",
        help="kept back from VMs, such as vcpus=1",
    )
    host.add_argument(
        "--allocation-ratio",
        type=_pair(float, _is_ratio, "vcpus=4"),
        action="append",
        default=[],
        metavar="CLASS=FACTOR",
        help="overcommit, such as vcpus=4",
    )

    host.add_argument(
        "--trait",
        type=_trait,
        action="append",
        default=[],
        metavar="TRAIT",
        help="what the machine can do, such as ssd; --driver libvirt tells the CPU's own",
    )

    libvirt = top.add_argument_group("--driver libvirt")
    libvirt.add_argument("--uri", default="qemu:///system", help="(default: %(default)s)")
    libvirt.add_argument(
        "--virt-type",
        choices=("auto", "kvm", "qemu"),
        default="auto",
        help="auto: KVM when a probe guest really runs under it, else software emulation (default: %(default)s)",
    )
    libvirt.add_argument("--image-dir", type=Path, default=home / "images", help="(default: %(default)s)")
    libvirt.add_argument(
        "--state-dir", type=Path, default=home / "agent", help="guests' disks and consoles (default: %(default)s)"
    )

    simulated = top.add_argument_group("--driver simulated")
    simulated.add_argument("--simulate", type=_totals, default=DEFAULT_TOTALS, metavar="CLASS=AMOUNT,...")
    simulated.add_argument(
        "--numa-nodes", type=_node_count, default=0, metavar="N", help="spread CPUs and memory over N NUMA nodes"
    )
    simulated.add_argument(
        "--delay",
        type=_pair(float, _is_delay, "start=0.5"),
        action="append",
        default=[],
        metavar="STEP=SECONDS",
        help=f"a step takes that long; steps: {steps}",
    )
    simulated.add_argument(
        "--fault",
        type=_pair(_fault, _is_fault, "start=permanent"),
        action="append",
        default=[],
        metavar="STEP=TIMES",
        help="a step fails: so many times, `always`, or `permanent`",
    )
    simulated.add_argument("--ends-after", type=float, metavar="SECONDS", help="guests end by themselves after that")
    return top


def settings_of(options: argparse.Namespace) -> HostSettings:
    return HostSettings(
        zone=options.zone,
        labels=dict(options.label),
        reserved=dict(options.reserve),
        allocation_ratio=dict(options.allocation_ratio),
        traits=tuple(options.trait),
        machine_ids=machine_ids(hypervisor_of(options.driver, options.uri), options.machine_id),
    )


def driver_of(options: argparse.Namespace) -> Driver:
    """Raises ImportError where libvirt's Python package is not installed."""
    if options.driver == "simulated":
        behaviour = Behaviour(
            totals=options.simulate,
            numa_nodes=options.numa_nodes,
            delay_s=dict(options.delay),
            faults=dict(options.fault),
            ends_after_s=options.ends_after,
        )
        return SimulatedDriver(behaviour)
    from hostagent.drivers.libvirt import LibvirtDriver, LibvirtSettings, VirtType  # noqa: PLC0415 - simulated hosts need no libvirt

    return LibvirtDriver(
        LibvirtSettings(
            uri=options.uri,
            image_dir=options.image_dir.absolute(),
            state_dir=options.state_dir.absolute(),
            virt_type=VirtType(options.virt_type),
        )
    )
