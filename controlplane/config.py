"""Settings of the control plane, and the values that its options take."""

import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from chronovisor.logs import LogSettings
from chronovisor.notes import Vkey, vkey_of
from chronovisor.tree import NotProven

from controlplane.domain.placement.spare_capacity import BadSpareRule, SpareRule, parse_rule
from controlplane.domain.rebalance.aggregate import Goal
from controlplane.domain.vm.limits import DEFAULT_LIMITS, Limits
from controlplane.fencers.parameters import FencerSettings
from controlplane.gateway.settings import HttpSettings
from controlplane.heads.publisher import EVERY_S as PUBLISH_EVERY_S
from controlplane.heads.targets import target_of
from controlplane.identity.oidc.parameters import IssuerSettings
from controlplane.identity.transport_settings import NO_TRANSPORT, SOCKET_NAME, TransportSettings
from controlplane.images.settings import ImageSettings
from controlplane.images.sources import NO_SOURCES, SourceSettings
from controlplane.ledger.writer.queue import MOST_WAITING
from controlplane.processes.lease_table import DEFAULT_TERMS as DEFAULT_LEASES
from controlplane.processes.lease_table import LeaseTerms
from controlplane.processes.rebalancing import Schedule
from controlplane.processes.strays import StrayPolicy
from controlplane.projections.projector.projector_worker import DEFAULT_TERMS, WorkerTerms
from controlplane.queries.reads import LONGEST_WAIT_S
from controlplane.rpc.access.rates import DEFAULT_RATES, RateTerms

DEFAULT_LISTEN = "127.0.0.1:7460"
DEFAULT_HOME = Path("~/.local/state/chronovisor")
# As a socket's path: there is none.
NO_SOCKET = "none"
LARGEST_COUNT = 1_000_000
MOST_AT_ONCE = 64
LARGEST_RATE = 1 << 40
SECURITY_LOG = "security.log"
# As a file's path: there is none.
NO_FILE = "none"
CHECK_EVERY_S = 300.0
DEFAULT_TRACE_RATIO = 0.01
LAST_ROWS_S = 5.0
SHORTEST_LEASE_S, LONGEST_LEASE_S = 3.0, 3600.0
LONGEST_GRACE_S = 86_400.0
LONGEST_TIMEOUT_S = 7 * 86_400.0
SECRET_RETENTION_S = 30 * 86_400.0
LONGEST_RETENTION_S = 3650 * 86_400.0
DEFAULT_LOG = LogSettings()
# No rebalance begins by itself.
NEVER = Schedule()
# As options have them.
GOALS = {"free-hosts": Goal.FREE_HOSTS, "violations": Goal.VIOLATIONS, "used": Goal.USED}


@dataclass(frozen=True, slots=True)
class Settings:
    """`store` is `sqlite:///PATH`, `postgresql://...` or `memory:`; `home` is where files of a development set-up are.

    More than `most_waiting` commands in the writer's queue, and the next is refused with a time to retry. Totals are
    compared with the ledger every `check_every_s` seconds, or never when that is 0. The end waits `last_rows_s` for
    rows of the read database: what is not written then is folded at the next start. A read waits `longest_wait_s` for
    rows that are not written yet. `leases`: how long hosts whose agents are not heard are waited for. `stray_policy`:
    what becomes of guests that the ledger does not expect. `rebalance` says how often a rebalance begins by itself.
    Seals and heads are signed by the key in `signing_key`, or one in `home`; a head is published to each of
    `publish_heads` (see heads/targets.py) every `publish_every_s` seconds, if there is a newer one.
    A host that has been lost for `auto_fence_after_s` is fenced, where something can confirm it; 0: never.
    `approve_hosts`: new hosts, and what hosts have more than before, count once an administrator says so.
    `insecure`: plain text on loopback, and callers without a credential are believed. `transport`: the other listeners.
    `secret_retention_s` is how long the keys of a destroyed VM's secrets are kept. They are in `home`/keys, wrapped by
    the master key there, or by the program `master_key_command`.
    `issuers`: whose tokens are taken. `rates`: what one principal may send. `security_log`: the file of refusals, and
    of reads that are sensitive; None: there is none. `metrics`: whether Prometheus is given any. `http`: the listener
    of the console and the HTTP API, if any.
    `images`: where the bytes of images are; None: in `home`, or with a ledger that is not kept, as long as that is.
    `image_sources`: from where images may be imported, beside from their uploaders.
    `log`: how the server's own log looks, and what is in it. `trace_to`: the collector that spans are sent to, over
    OTLP; of calls that are in no trace yet, `trace_ratio` are sampled.
    """

    listen: str
    store: str
    home: Path
    limits: Limits
    dev: bool = False
    dev_driver: str = "auto"
    most_waiting: int = MOST_WAITING
    check_every_s: float = CHECK_EVERY_S
    last_rows_s: float = LAST_ROWS_S
    longest_wait_s: float = LONGEST_WAIT_S
    rebalance: Schedule = NEVER
    projector_worker: WorkerTerms = DEFAULT_TERMS
    leases: LeaseTerms = DEFAULT_LEASES
    stray_policy: StrayPolicy = StrayPolicy.REPORT
    auto_fence_after_s: float = 0.0
    fencers: tuple[FencerSettings, ...] = ()
    signing_key: Path | None = None
    publish_heads: tuple[str, ...] = ()
    publish_every_s: float = PUBLISH_EVERY_S
    issuers: tuple[IssuerSettings, ...] = ()
    insecure: bool = False
    approve_hosts: bool = False
    transport: TransportSettings = NO_TRANSPORT
    secret_retention_s: float = SECRET_RETENTION_S
    master_key_command: tuple[str, ...] = ()
    rates: RateTerms = DEFAULT_RATES
    security_log: Path | None = None
    metrics: bool = True
    trace_to: str = ""
    trace_ratio: float = 0.0
    http: HttpSettings | None = None
    log: LogSettings = DEFAULT_LOG
    images: ImageSettings | None = None
    image_sources: SourceSettings = NO_SOURCES

    @property
    def keys(self) -> Path | None:
        """The directory of keys; None for a ledger that ends with the process."""
        return None if self.store == "memory:" else self.home.expanduser() / "keys"

    @property
    def image_settings(self) -> ImageSettings:
        return self.images or ImageSettings(image_folder(self.store, self.home))


class Deadline(NamedTuple):
    """How long a step may take, in seconds."""

    step: str
    seconds: float


def store_at(store: str | None, home: Path) -> str:
    """The URL of the ledger: the one in `home` where none is named."""
    return store or f"sqlite:///{home.expanduser() / 'ledger.db'}"


def socket_at(text: str | None, home: Path) -> Path | None:
    """The local socket: the one in `home` where none is named, and none for `none`."""
    if text == NO_SOCKET:
        return None
    return Path(text) if text else home.expanduser().absolute() / SOCKET_NAME


def file_at(text: str | None, default: Path) -> Path | None:
    """A file: the default where none is named, and none for `none`."""
    return None if text == NO_FILE else Path(text) if text else default


def images_at(bounded: ImageSettings, folder: Path | None, store: str, home: Path) -> ImageSettings | None:
    """Where images are kept, as `bounded` has it; None with a ledger that is not kept, where no option differs."""
    if folder is None and store == "memory:" and bounded == ImageSettings(bounded.folder):
        return None
    chosen = folder.expanduser().absolute() if folder else image_folder(store, home)
    return replace(bounded, folder=chosen)


def image_folder(store: str, home: Path) -> Path:
    """Of one ledger alone, which knows what is needed of it: beside its file, or in `home` by its database's name."""
    if store.startswith("sqlite:///"):
        return Path(f"{store.removeprefix('sqlite:///')}.images").absolute()
    return home.expanduser().absolute() / f"{urlsplit(store).path.rpartition('/')[2]}.images"


def parse_number(text: str) -> int:
    """A whole number, 0 included. Raises ValueError."""
    return 0 if text == "0" else parse_count(text)


def parse_bytes(text: str) -> float:
    """A number of bytes, 0 included. Raises ValueError."""
    if not (text.isascii() and text.isdigit() and int(text) <= LARGEST_RATE):
        raise ValueError(f"{text!r}: must be a whole number up to {LARGEST_RATE}")
    return float(text)


def parse_ratio(text: str) -> float:
    """From 0 to 1. Raises ValueError."""
    return _within(text, 0.0, 1.0, "a number from 0 to 1")


def parse_address(text: str) -> str:
    """HOST:PORT. Raises ValueError."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"{text}: must be HOST:PORT")
    return text


def parse_deadline(text: str) -> Deadline:
    """STEP=SECONDS. Raises ValueError."""
    step, _, amount = text.partition("=")
    if step not in DEFAULT_LIMITS:
        raise ValueError(f"{text}: {step} is not one of {', '.join(sorted(DEFAULT_LIMITS))}")
    try:
        seconds = float(amount)
    except ValueError:
        raise ValueError(f"{text}: {amount!r} is not a number of seconds") from None
    if not seconds > 0:
        raise ValueError(f"{text}: must be above 0")
    return Deadline(step, seconds)


def parse_spare_rule(text: str) -> SpareRule:
    """Such as `survive=1,within=rack,zone=eu-1a`. Raises ValueError."""
    try:
        return parse_rule(text)
    except BadSpareRule as error:
        raise ValueError(str(error)) from None


def parse_target(text: str) -> str:
    """Where heads are published. Raises ValueError."""
    target_of(text)
    return text


def parse_vkey(text: str) -> Vkey:
    """NAME+ID+KEY. Raises ValueError."""
    try:
        return vkey_of(text)
    except NotProven as error:
        raise ValueError(str(error)) from None


def parse_count(text: str) -> int:
    """A whole number from 1 to LARGEST_COUNT. Raises ValueError."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= LARGEST_COUNT):
        raise ValueError(f"{text!r}: must be a whole number from 1 to {LARGEST_COUNT}")
    return int(text)


def parse_seconds(text: str) -> float:
    """0 or more seconds. Raises ValueError."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < LARGEST_COUNT:
        raise ValueError(f"{text!r}: must be a number of seconds, or 0")
    return seconds


def parse_timeout(text: str) -> float:
    """Seconds, from 1 to a week. Raises ValueError."""
    return _seconds_within(text, 1.0, LONGEST_TIMEOUT_S)


def parse_at_once(text: str) -> int:
    """How many at once: 1 to MOST_AT_ONCE. Raises ValueError."""
    count = parse_count(text)
    if count > MOST_AT_ONCE:
        raise ValueError(f"{text!r}: must be 1 to {MOST_AT_ONCE}")
    return count


def parse_lease(text: str) -> float:
    """Seconds, from SHORTEST_LEASE_S to LONGEST_LEASE_S. Raises ValueError."""
    return _seconds_within(text, SHORTEST_LEASE_S, LONGEST_LEASE_S)


def parse_grace(text: str) -> float:
    """Seconds, up to LONGEST_GRACE_S. Raises ValueError."""
    return _seconds_within(text, 0.0, LONGEST_GRACE_S)


def parse_program(text: str) -> tuple[str, ...]:
    """A program and its arguments, as a shell would take them apart. Raises ValueError."""
    return tuple(shlex.split(text))


def parse_retention(text: str) -> float:
    """Seconds, or days as in `30d`, up to ten years. Raises ValueError."""
    days = text.endswith("d")
    seconds = _seconds_within(text.removesuffix("d"), 0.0, LONGEST_RETENTION_S / (86_400.0 if days else 1.0))
    return seconds * 86_400.0 if days else seconds


def _seconds_within(text: str, least: float, most: float) -> float:
    return _within(text, least, most, f"a number of seconds from {least:g} to {most:g}")


def _within(text: str, least: float, most: float, words: str) -> float:
    """Raises ValueError. No bound is below 0."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not least <= number <= most:
        raise ValueError(f"{text!r}: must be {words}")
    return number
