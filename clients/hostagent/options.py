"""The command line of `chronovisor-agent`: its options, and the driver and the settings that they amount to."""

import os
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TypeVar

import click
from chronovisor.addresses import DEFAULT_SERVER, local_server
from chronovisor.endpoints import Endpoint
from chronovisor.log_options import log_options
from chronovisor.logs import LevelRule, LogFormat, LogSettings
from chronovisor.option_sources import Command, Option, Parsed, invoke
from chronovisor.tracing import parse_collector

from hostagent.control.identity import IdentityFiles
from hostagent.control.registration import HostSettings
from hostagent.control.sampler import EVERY_S
from hostagent.drivers.base import Driver
from hostagent.drivers.isolation import PREFIX as ISOLATION
from hostagent.drivers.simulated.behaviour import DEFAULT_TOTALS, STEPS, Behaviour, Fault
from hostagent.drivers.simulated.driver import SimulatedDriver
from hostagent.drivers.simulated.host_networks import simulated_networks
from hostagent.machine import ENVIRONMENT, hypervisor_of, machine_ids
from hostagent.network.capability import why_no_networks
from hostagent.network.desired import Desired, IpAddress
from hostagent.network.host_networks import HostNetworks, Listener
from hostagent.network.realizer import Place as NetworkPlace
from hostagent.watchdog.guarded import Guarded, GuardianSettings
from hostagent.watchdog.in_process import SimulatedWatchdog
from hostagent.watchdog.lease import LONGEST_S, SHORTEST_S, problem_of
from hostagent.watchdog.place import Place
from hostagent.watchdog.processes import pid_files_of
from hostagent.watchdog.watchdog import NoWatchdog, Watchdog, WatchdogError

NAME = "chronovisor-agent"
T = TypeVar("T")
Pair = tuple[str, T]
_HOST_ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
_TRAIT = re.compile(r"[a-z0-9]([a-z0-9_.-]{0,61}[a-z0-9])?")
# The rest of the trait `disk.pool.NAME`.
_POOL = re.compile(r"[a-z0-9]([a-z0-9_.-]{0,51}[a-z0-9])?")
_LABEL = re.compile(r"[a-z0-9]([A-Za-z0-9_./-]{0,61}[A-Za-z0-9])?")
_LONGEST_VALUE = 255
_MOST_NODES = 64
_SHORTEST_S, _LONGEST_S = 0.1, 3600.0
_CLASS = re.compile(r"[a-z][a-z0-9_.-]{0,62}")
_HOST, _LIBVIRT, _SIMULATED = "The host", "--driver libvirt", "--driver simulated"


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """The values of the command line, by the names of the options."""

    server: str
    host_id: str
    driver: str
    log_format: str
    log_levels: Sequence[LevelRule]
    trace_to: str | None
    sample_every: float
    metrics: tuple[str, int] | None
    watchdog: float
    watchdog_device: Path | None
    machine_id: str
    zone: str
    label: Sequence[Pair[str]]
    reserve: Sequence[Pair[int]]
    allocation_ratio: Sequence[Pair[float]]
    trait: Sequence[str]
    disk_pool: str
    tunnel_address: IpAddress | None
    guests_denied: Sequence[str]
    uri: str
    virt_type: str
    migration_uri: str
    image_dir: Path
    state_dir: Path
    simulate: dict[str, int]
    numa_nodes: int
    delay: Sequence[Pair[float]]
    fault: Sequence[Pair[Fault]]
    ends_after: float | None

    @property
    def log(self) -> LogSettings:
        return LogSettings(LogFormat(self.log_format), self.log_levels)


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Raises SystemExit after its help (0), and with one sentence where the command line makes no sense (2)."""
    return invoke(command(), NAME, arguments)


def command() -> Command:
    """All options of the agent."""
    home = _home()
    return Command(
        NAME,
        help="Makes this host's guests as the control plane desires them, and reports what it observes.",
        epilog="It keeps no state of its own, and guests run on when it ends, unless --watchdog promised otherwise.",
        callback=Options,
        params=[*_of_the_agent(), *_of_the_host(), *_of_libvirt(home), *_of_the_simulation()],
    )


def default_host_id() -> str:
    return socket.gethostname().lower()


def default_state_dir() -> Path:
    return _home() / "agent"


def _home() -> Path:
    return Path(os.environ.get("CHRONOVISOR_HOME") or "~/.local/state/chronovisor").expanduser()


def joined(options: Options) -> tuple[Options, IdentityFiles | None]:
    """The options as `chronovisor-agent join` has settled them, with the host's certificate, where it is to be used.

    It is not for the socket of a control plane on this machine. Raises OSError, ValueError.
    """
    files = IdentityFiles(options.state_dir.absolute())
    identity = None if options.server.startswith("unix:") else files.load()
    if identity is None:
        if not Endpoint(options.server).is_local:
            raise ValueError(f"this host has not joined {options.server}: chronovisor-agent join --help")
        return options, None
    if options.host_id not in (identity.host_id, default_host_id()):
        raise ValueError(f"this host has joined as {identity.host_id}, not {options.host_id}: join again, or as that")
    server = identity.server if options.server == DEFAULT_SERVER else options.server
    return replace(options, server=server, host_id=identity.host_id), files


def _of_the_agent() -> list[click.Parameter]:
    return [
        Option(
            "--server",
            envvar="CHRONOVISOR_SERVER",
            default=local_server,
            show_default="this machine's",
            metavar="HOST:PORT",
            help="the control plane, or unix:/PATH; by default the socket of this machine's, or else 127.0.0.1:7460",
        ),
        Option(
            "--host-id",
            type=Parsed(_host_id),
            default=default_host_id(),
            metavar="NAME",
            help="the host's name",
        ),
        Option("--driver", type=click.Choice(("libvirt", "simulated")), default="libvirt", help="the hypervisor"),
        *log_options(),
        Option(
            "--trace-to",
            type=Parsed(parse_collector),
            metavar="URL",
            help="send spans of what is traced to this OTLP collector, http://HOST:PORT; needs the extra `tracing`",
        ),
        Option(
            "--sample-every",
            type=Parsed(_period),
            default=EVERY_S,
            metavar="SECONDS",
            help=f"measure what guests use so often, {_SHORTEST_S:g} to {_LONGEST_S:g}",
        ),
        Option(
            "--metrics",
            type=Parsed(_metrics_address),
            default="none",
            metavar="ADDRESS:PORT|none",
            help="serve metrics for Prometheus there, in plain text, to whoever comes: names of VMs are in them",
        ),
        Option(
            "--watchdog",
            type=Parsed(_promise),
            default=0.0,
            metavar="SECONDS",
            help=f"promise that guests are stopped so long after the host's lease is gone, {SHORTEST_S:g} to "
            f"{LONGEST_S:g}, even if the agent is dead; 0: no promise",
        ),
        Option(
            "--watchdog-device",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="a watchdog of the kernel's, such as /dev/watchdog, to reset a machine whose guests cannot be stopped",
        ),
    ]


def _of_the_host() -> list[click.Parameter]:
    return [
        Option(
            "--machine-id",
            section=_HOST,
            envvar=ENVIRONMENT,
            default="",
            show_default=False,
            metavar="TEXT",
            help="identifies the machine, where /etc/machine-id and the product UUID do not, as in a container",
        ),
        Option("--zone", section=_HOST, default="", show_default=False, help="failure domain, such as eu-1a"),
        Option(
            "--label",
            section=_HOST,
            type=Parsed(_pair(str, _is_label, "rack=7")),
            multiple=True,
            metavar="KEY=VALUE",
            help="for selectors, such as rack=7",
        ),
        Option(
            "--reserve",
            section=_HOST,
            type=Parsed(_pair(int, _is_amount, "vcpus=1")),
            multiple=True,
            metavar="CLASS=AMOUNT",
            help="kept back from VMs, such as vcpus=1",
        ),
        Option(
            "--allocation-ratio",
            section=_HOST,
            type=Parsed(_pair(float, _is_ratio, "vcpus=4")),
            multiple=True,
            metavar="CLASS=FACTOR",
            help="overcommit, such as vcpus=4",
        ),
        Option(
            "--trait",
            section=_HOST,
            type=Parsed(_trait),
            multiple=True,
            metavar="TRAIT",
            help="what the machine can do, such as ssd; --driver libvirt reports the CPU's own",
        ),
        Option(
            "--disk-pool",
            section=_HOST,
            type=Parsed(_pool),
            default="",
            show_default=False,
            metavar="NAME",
            help="guests' disks are on storage that all hosts of this NAME share, at the same path or another",
        ),
        Option(
            "--tunnel-address",
            section=_HOST,
            type=Parsed(_tunnel_address),
            metavar="ADDRESS",
            help="this host has networks of VMs, and other hosts' tunnels reach it there, by UDP at port 4789",
        ),
        Option(
            "--guests-denied",
            section=_HOST,
            type=Parsed(_cidr),
            multiple=True,
            metavar="CIDR",
            help="keep guests from these addresses, beside those of this host and of other hosts' tunnels",
        ),
    ]


def _of_libvirt(home: Path) -> list[click.Parameter]:
    return [
        Option("--uri", section=_LIBVIRT, default="qemu:///system", help="libvirt's connection"),
        Option(
            "--virt-type",
            section=_LIBVIRT,
            type=click.Choice(("auto", "kvm", "qemu")),
            default="auto",
            help="auto: KVM when a probe guest really runs under it, else software emulation",
        ),
        Option(
            "--migration-uri",
            section=_LIBVIRT,
            default="",
            show_default=False,
            metavar="URI",
            help="how others reach this host's libvirt to send it guests, such as qemu+tls://node-1.example/system; "
            "with +tls, memory and disks are encrypted, too",
        ),
        Option(
            "--image-dir",
            section=_LIBVIRT,
            type=click.Path(path_type=Path),
            default=home / "images",
            metavar="DIR",
            help="disk images to boot from",
        ),
        Option(
            "--state-dir",
            section=_LIBVIRT,
            type=click.Path(path_type=Path),
            default=home / "agent",
            metavar="DIR",
            help="guests' disks and consoles, and the host's certificate",
        ),
    ]


def _of_the_simulation() -> list[click.Parameter]:
    return [
        Option(
            "--simulate",
            section=_SIMULATED,
            type=Parsed(_totals),
            default=",".join(f"{name}={amount}" for name, amount in DEFAULT_TOTALS.items()),
            metavar="CLASS=AMOUNT,...",
            help="capacity of the host",
        ),
        Option(
            "--numa-nodes",
            section=_SIMULATED,
            type=Parsed(_node_count),
            default=0,
            show_default=False,
            metavar="N",
            help="spread CPUs and memory over N NUMA nodes",
        ),
        Option(
            "--delay",
            section=_SIMULATED,
            type=Parsed(_pair(float, _is_delay, "start=0.5")),
            multiple=True,
            metavar="STEP=SECONDS",
            help=f"a step takes that long; steps: {', '.join(STEPS)}",
        ),
        Option(
            "--fault",
            section=_SIMULATED,
            type=Parsed(_pair(_fault, _is_fault, "start=permanent")),
            multiple=True,
            metavar="STEP=TIMES",
            help="a step fails: so many times, `always`, or `permanent`",
        ),
        Option(
            "--ends-after",
            section=_SIMULATED,
            type=float,
            metavar="SECONDS",
            help="guests end by themselves after that",
        ),
    ]


def _host_id(text: str) -> str:
    if not _HOST_ID.fullmatch(text):
        raise ValueError(f"{text!r}: 1 to 63 of a-z, 0-9, '-' and '.', starting with a letter or digit")
    return text


def _trait(text: str) -> str:
    if not _TRAIT.fullmatch(text):
        rule = "1 to 63 of a-z, 0-9, '_', '.' and '-', starting and ending with a letter or digit"
        raise ValueError(f"{text!r}: {rule}")
    return text


def _pool(text: str) -> str:
    if text and not _POOL.fullmatch(text):
        raise ValueError(f"{text!r}: 1 to 53 of a-z, 0-9, '_', '.' and '-', starting and ending with a letter or digit")
    return text


def _tunnel_address(text: str) -> IpAddress:
    address = ip_address(text)
    if address.is_unspecified or address.is_multicast or address.is_loopback:
        raise ValueError(f"{text!r}: other hosts reach no such address")
    return address


def _cidr(text: str) -> str:
    return str(ip_network(text))


def _node_count(text: str) -> int:
    if not (text.isdecimal() and int(text) <= _MOST_NODES):
        raise ValueError(f"{text!r}: expected 0 to {_MOST_NODES}")
    return int(text)


def _metrics_address(text: str) -> tuple[str, int] | None:
    if text == "none":
        return None
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit() and 0 < int(port) <= 65535):
        raise ValueError(f"{text!r}: expected ADDRESS:PORT, such as 127.0.0.1:7481, or none")
    return host.strip("[]"), int(port)


def _period(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not _SHORTEST_S <= seconds <= _LONGEST_S:
        raise ValueError(f"{text!r}: expected {_SHORTEST_S:g} to {_LONGEST_S:g} seconds")
    return seconds


def _promise(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if rule := problem_of(seconds):
        raise ValueError(f"{text!r}: {rule}")
    return seconds


def _pair(meaning: Callable[[str], T], valid: Callable[[str, T], bool], example: str) -> Callable[[str], Pair[T]]:
    def parsed(text: str) -> Pair[T]:
        key, _, value = text.partition("=")
        try:
            found = meaning(value)
        except ValueError:
            found = None
        if found is None or not valid(key, found):
            raise ValueError(f"{text!r}: expected something like {example}")
        return key, found

    return parsed


def _totals(text: str) -> dict[str, int]:
    parsed = _pair(int, _is_amount, "vcpus=64,memory_mib=262144,disk_gib=10000")
    return DEFAULT_TOTALS | dict(parsed(part) for part in text.split(",") if part)


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


def settings_of(options: Options) -> HostSettings:
    """Raises ValueError."""
    measured = [trait for trait in options.trait if trait.startswith(ISOLATION)]
    if measured and options.driver != "simulated":
        raise ValueError(f"--trait {measured[0]}: how guests are isolated is measured, and cannot be declared")
    return HostSettings(
        zone=options.zone,
        labels=dict(options.label),
        reserved=dict(options.reserve),
        allocation_ratio=dict(options.allocation_ratio),
        traits=tuple(options.trait),
        machine_ids=machine_ids(hypervisor_of(options.driver, options.uri), options.machine_id),
        tunnel_address=str(options.tunnel_address or ""),
    )


def driver_of(options: Options) -> Driver:
    """Raises ImportError where libvirt's Python package is not installed."""
    if options.driver == "simulated":
        behaviour = Behaviour(
            totals=options.simulate,
            numa_nodes=options.numa_nodes,
            disk_pool=options.disk_pool,
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
            disk_pool=options.disk_pool,
            migration_uri=options.migration_uri,
        )
    )


def networks_of(options: Options) -> Callable[[Listener], HostNetworks] | None:
    """What has the host's networks, given who is notified of them. None: no tunnel's address was given.

    Raises ValueError where the machine cannot have them.
    """
    tunnel = options.tunnel_address
    if tunnel is None:
        return None
    if options.driver == "simulated":
        return lambda listener: simulated_networks(tunnel, listener)
    if why := why_no_networks():
        raise ValueError(f"--tunnel-address: this host cannot have networks: {why}")
    base = Desired(tunnel=tunnel, denied=(*options.guests_denied, *_server_addresses(options.server)))
    # Not in the state directory: dnsmasq, which gives up root, reads its files there.
    place = NetworkPlace(Path("/run/chronovisor") / options.host_id)
    return lambda listener: HostNetworks(place, base, listener)


def _server_addresses(server: str) -> tuple[str, ...]:
    """Those of the control plane, where it is given by them: guests are kept from it."""
    try:
        return (str(ip_address(server.rpartition(":")[0].strip("[]"))),)
    except ValueError:
        return ()


def watchdog_of(options: Options, driver: Driver) -> Watchdog:
    """Raises WatchdogError for guests that none can watch over."""
    if isinstance(driver, SimulatedDriver):
        return SimulatedWatchdog(driver, options.watchdog) if options.watchdog else NoWatchdog()
    state_dir, seconds = options.state_dir.absolute(), options.watchdog
    if not seconds and options.watchdog_device:
        raise WatchdogError("--watchdog-device needs a number of seconds")
    if not seconds:
        return NoWatchdog(Place(state_dir, options.host_id))
    try:
        pid_files_of(options.uri)
    except ValueError as error:
        raise WatchdogError(str(error)) from None
    return Guarded(GuardianSettings(options.uri, state_dir, options.host_id, seconds, options.watchdog_device))
