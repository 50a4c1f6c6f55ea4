"""The command line of `chronovisord`: its commands, and what each runs. Loads what a command needs when it runs."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import click
from chronovisor.log_options import log_options
from chronovisor.logs import LevelRule, LogFormat, LogSettings
from chronovisor.notes import Vkey
from chronovisor.option_sources import Command, DefaultGroup, Option, Parsed, Tables
from chronovisor.tracing import parse_collector

from controlplane.config import (
    CHECK_EVERY_S,
    DEFAULT_HOME,
    DEFAULT_LEASES,
    DEFAULT_LISTEN,
    DEFAULT_RATES,
    DEFAULT_TRACE_RATIO,
    GOALS,
    MOST_WAITING,
    NEVER,
    PUBLISH_EVERY_S,
    SECRET_RETENTION_S,
    SECURITY_LOG,
    Deadline,
    LeaseTerms,
    Limits,
    RateTerms,
    Schedule,
    Settings,
    StrayPolicy,
    file_at,
    images_at,
    parse_address,
    parse_at_once,
    parse_bytes,
    parse_count,
    parse_deadline,
    parse_grace,
    parse_lease,
    parse_number,
    parse_program,
    parse_ratio,
    parse_retention,
    parse_seconds,
    parse_spare_rule,
    parse_target,
    parse_timeout,
    parse_vkey,
    socket_at,
    store_at,
)
from controlplane.domain.placement.spare_capacity import SpareRule
from controlplane.fencers.parameters import FencerSettings, parse_fencers
from controlplane.gateway.settings import DEFAULT_HTTP, http_at, parse_http, parse_origin
from controlplane.gateway.shares import DEFAULT_PERCENT
from controlplane.identity.oidc.parameters import IssuerSettings, parse_issuers
from controlplane.identity.tls_bolt import require_tls
from controlplane.identity.transport_settings import (
    DEFAULT_AGENT_LISTEN,
    PKI_NAME,
    SOCKET_NAME,
    LeastTls,
    TransportSettings,
)
from controlplane.images.settings import (
    DEFAULT_CHECK_S,
    DEFAULT_IMPORTS,
    DEFAULT_LARGEST_GIB,
    DEFAULT_LONGEST_IMPORT_S,
    DEFAULT_SILENCE_S,
    DEFAULT_UPLOADS,
    ImageSettings,
)
from controlplane.images.sources import Network, parse_network, parse_prefix, sources_of
from controlplane.queries.audit import Expected

ON, OFF = "on", "off"
DRIVERS = ("auto", "libvirt", "simulated")


def commands() -> DefaultGroup:
    """`serve`, which is the default, and what is done while a ledger is not served."""
    serve = Command("serve", help="Serve until SIGTERM or Ctrl-C (the default).", callback=_serve)
    serve.params = [
        Option(
            "--listen",
            type=Parsed(parse_address),
            default=DEFAULT_LISTEN,
            metavar="HOST:PORT",
            help="where to listen for people and programs, with TLS",
        ),
        *_of_transport(),
        Option(
            "--http",
            type=Parsed(parse_http),
            metavar="HOST:PORT",
            help=f"console and HTTP API; default {DEFAULT_HTTP}; with TLS where not on loopback; none: there is none",
        ),
        Option(
            "--http-allow-origin",
            type=Parsed(parse_origin),
            multiple=True,
            metavar="ORIGIN",
            help="pages of another origin, such as https://console.example.com, that may call the HTTP API, too",
        ),
        Option(
            "--http-address-share",
            type=click.IntRange(1, 100),
            default=DEFAULT_PERCENT,
            metavar="PERCENT",
            help="the most that one address may have of all HTTP connections and calls; 100 behind a reverse proxy",
        ),
        _store(),
        _home(),
        Option(
            "--deadline",
            "deadlines",
            type=Parsed(parse_deadline),
            multiple=True,
            metavar="STEP=SECONDS",
            help="how long a step may take",
        ),
        Option(
            "--most-waiting",
            type=Parsed(parse_count),
            default=MOST_WAITING,
            metavar="COMMANDS",
            help="with more in the queue, the next is refused with a time to retry",
        ),
        Option(
            "--check-every",
            type=Parsed(parse_seconds),
            default=CHECK_EVERY_S,
            metavar="SECONDS",
            help="compare all totals with the ledger so often, at most; 0: never",
        ),
        *log_options(),
        Tables("fencers", parse_fencers, help="what powers hosts off, by a selector of hosts"),
        Option(
            "--security-log",
            metavar="FILE",
            help="refusals, and sensitive reads, as JSON lines; default HOME/security.log; none: there is none",
        ),
        Option(
            "--metrics",
            type=click.Choice([ON, OFF]),
            default=ON,
            help="whether there are metrics for Prometheus: MetricsService, and /metrics over HTTP",
        ),
        Option(
            "--trace-to",
            type=Parsed(parse_collector),
            metavar="URL",
            help="send spans to this OTLP collector, http://HOST:PORT; needs the extra `tracing`",
        ),
        Option(
            "--trace-ratio",
            type=Parsed(parse_ratio),
            default=DEFAULT_TRACE_RATIO,
            metavar="RATIO",
            help="of calls that are in no trace yet, so many are traced: from 0 to 1",
        ),
        Option(
            "--most-calls",
            type=Parsed(parse_seconds),
            default=DEFAULT_RATES.calls_a_second,
            metavar="NUMBER",
            help="calls and commands a second of one principal; 0: any number",
        ),
        Option(
            "--most-bytes",
            type=Parsed(parse_bytes),
            default=DEFAULT_RATES.bytes_a_second,
            metavar="NUMBER",
            help="bytes a second that one principal may send; 0: any number",
        ),
        Option(
            "--most-streams",
            type=Parsed(parse_number),
            default=DEFAULT_RATES.most_streams,
            metavar="NUMBER",
            help="streams that one principal may have open; 0: any number",
        ),
        Tables("issuers", parse_issuers, help="OpenID Connect issuers, whose tokens are taken"),
        Option(
            "--spare-capacity",
            "spare_capacity",
            type=Parsed(parse_spare_rule),
            multiple=True,
            metavar="survive=N,within=KEY[,zone=ZONE]",
            help="refuse starts after which VMs would have no place were N domains (host, zone, or a label) to fail",
        ),
        Option(
            "--lease",
            type=Parsed(parse_lease),
            default=DEFAULT_LEASES.lease_s,
            metavar="SECONDS",
            help="a host is lost when its agent was not heard for so long, from 3 to 3600",
        ),
        Option(
            "--lease-grace",
            type=Parsed(parse_grace),
            default=DEFAULT_LEASES.grace_s,
            metavar="SECONDS",
            help="after a start, no host is lost sooner than this, up to 86400; at least as long as --lease",
        ),
        Option(
            "--stray-policy",
            type=click.Choice([each.value for each in StrayPolicy]),
            default=StrayPolicy.REPORT.value,
            help="what becomes of guests of VMs that run where the ledger does not expect them; stop keeps their disks",
        ),
        Option(
            "--rebalance-every",
            type=Parsed(parse_seconds),
            default=NEVER.every_s,
            metavar="SECONDS",
            help="plan migrations so often, and carry them out; 0: never",
        ),
        Option(
            "--rebalance-goal",
            type=click.Choice([*GOALS]),
            default="used",
            help="what for: hosts without VMs, rules that are obeyed, or machines that are about as busy",
        ),
        Option(
            "--rebalance-cooldown",
            type=Parsed(parse_seconds),
            default=NEVER.cooldown_s,
            metavar="SECONDS",
            help="so long a VM that was moved is not moved by its use again",
        ),
        Option(
            "--auto-fence-after",
            type=Parsed(parse_seconds),
            default=0.0,
            metavar="SECONDS",
            help="fence a host that has been lost for so long, if it has a fencer or a watchdog's promise; 0: never",
        ),
        Option(
            "--image-dir",
            type=click.Path(path_type=Path),
            metavar="DIR",
            help="where the bytes of images are kept, of this ledger alone; default HOME/ledger.db.images",
        ),
        Option(
            "--image-source",
            "image_sources",
            type=Parsed(parse_prefix),
            multiple=True,
            metavar="URL",
            help="images may be imported from what begins so: https://..., http://... or file:///DIRECTORY",
        ),
        Option(
            "--image-source-network",
            "image_networks",
            type=Parsed(parse_network),
            multiple=True,
            metavar="CIDR",
            help="names in --image-source may have addresses in this network, too, and not public ones alone",
        ),
        Option(
            "--largest-image",
            type=Parsed(parse_count),
            default=DEFAULT_LARGEST_GIB,
            metavar="GIB",
            help="no image's disk is larger than this",
        ),
        Option(
            "--image-imports",
            type=Parsed(parse_at_once),
            default=DEFAULT_IMPORTS,
            metavar="COUNT",
            help="so many images are imported from sources and of VMs at once; others wait",
        ),
        Option(
            "--image-uploads",
            type=Parsed(parse_at_once),
            default=DEFAULT_UPLOADS,
            metavar="COUNT",
            help="so many images are uploaded at once; others are refused with RATE_LIMITED",
        ),
        Option(
            "--image-import-timeout",
            type=Parsed(parse_timeout),
            default=DEFAULT_LONGEST_IMPORT_S,
            metavar="SECONDS",
            help="an import from a source, or of a VM, fails after so long",
        ),
        Option(
            "--image-silence",
            type=Parsed(parse_timeout),
            default=DEFAULT_SILENCE_S,
            metavar="SECONDS",
            help="whoever sends an image may send nothing for so long: a client, a source, or an agent",
        ),
        Option(
            "--image-check-timeout",
            type=Parsed(parse_timeout),
            default=DEFAULT_CHECK_S,
            metavar="SECONDS",
            help="an image is refused where qemu-img looks at it for longer",
        ),
        Option(
            "--secret-retention",
            type=Parsed(parse_retention),
            default=f"{SECRET_RETENTION_S / 86_400:g}d",
            metavar="SECONDS|DAYSd",
            help="so long after a VM is destroyed, the key of its secrets is, and nobody can read them any more",
        ),
        Option(
            "--master-key-command",
            type=Parsed(parse_program),
            default="",
            metavar="COMMAND",
            help="wraps and unwraps keys for a KMS, instead of HOME/keys/master: see docs/how-to/secrets.md",
        ),
        _signing_key(),
        Option(
            "--publish-heads",
            type=Parsed(parse_target),
            multiple=True,
            metavar="URL|PATH",
            help="where signed heads go: a file, a directory (dir/), a URL, or a witness's (.../add-checkpoint)",
        ),
        Option(
            "--publish-every",
            type=Parsed(parse_seconds),
            default=PUBLISH_EVERY_S,
            metavar="SECONDS",
            help="from one published head to the next, at least",
        ),
        Option("--dev", is_flag=True, show_default=False, help="also run an agent for this machine"),
        Option(
            "--dev-driver",
            type=click.Choice(DRIVERS),
            default="auto",
            help="the agent's driver with --dev; auto is libvirt where it answers",
        ),
    ]
    group = DefaultGroup(
        default=serve, help="The Chronovisor control plane, and the care of its ledger while it is not served."
    )
    expect = Option("--expect", type=Parsed(_seal), metavar="BATCH:HASH", help="a seal noted before, elsewhere")
    against = Option(
        "--against", type=click.Path(path_type=Path), metavar="FILE", help="a signed head that was kept elsewhere"
    )
    key = Option(
        "--key",
        "keys",
        type=Parsed(parse_vkey),
        multiple=True,
        metavar="VKEY",
        help="the control plane's key, as `key show` prints it: every signature is checked, and no other key is taken",
    )
    _add(group, "verify", _verify, "Walk the ledger, its seals and its rules.", expect, against, key)
    _add(
        group,
        "accept",
        _accept,
        "Take a ledger that failed its check as it is.",
        Option("--seal", type=Parsed(_seal), metavar="BATCH:HASH", help="its last seal; without, it is only shown"),
        Option("--actor", default="user:operator", metavar="user:NAME", help="who decides it"),
        _reason("why, for whoever reads the ledger later"),
        _signing_key(),
    )
    to = Option("--to", type=click.Path(path_type=Path), required=True, metavar="FILE", help="the copy")
    _add(group, "backup", _backup, "Copy the ledger, also while it is in use.", to)
    source = Option(
        "--from", "source", type=click.Path(path_type=Path), required=True, metavar="FILE", help="the backup"
    )
    help_ = "Put a backup in place of a ledger that is not there."
    _add(group, "restore", _restore, help_, source, _reason(), _signing_key())
    after = Option(
        "--after",
        type=int,
        default=0,
        show_default=False,
        metavar="POSITION",
        help="the last position that it was restored with, where it has been served since; default: its last",
    )
    help_ = "Begin another history, before a store that other means restored is served."
    _add(group, "fork", _fork, help_, _reason(), after, _signing_key())
    group.add_command(_pki())
    projections = click.Group("projections", help="The read models, which the ledger alone can make again.")
    _add(projections, "rebuild", _rebuild, "Fold them anew, also while the ledger is in use, then switch.")
    _add(projections, "verify", _compare, "Compare them with the ledger, row by row.")
    group.add_command(projections)
    keys = click.Group("key", help="The key that signs the ledger's seals and heads.")
    _add(keys, "show", _show_key, "Print its public half, by which anyone can verify them.", _signing_key())
    group.add_command(keys)
    return group


def _of_transport() -> list[Option]:
    file = click.Path(path_type=Path)
    return [
        Option(
            "--agent-listen",
            type=Parsed(parse_address),
            default=DEFAULT_AGENT_LISTEN,
            metavar="HOST:PORT",
            help="where to listen for agents and machines that have certificates, once there is an authority for them",
        ),
        Option(
            "--socket",
            metavar="PATH",
            help=f"the local socket, for its user and group; default HOME/{SOCKET_NAME}; none: there is none",
        ),
        Option("--tls-cert", type=file, metavar="FILE", help="the server's certificate chain, PEM; default HOME/pki's"),
        Option("--tls-key", type=file, metavar="FILE", help="its private key, PEM"),
        Option("--client-ca", type=file, metavar="FILE", help="authorities of machines' certificates, PEM"),
        Option(
            "--tls-min",
            type=click.Choice([each.value for each in LeastTls]),
            default=LeastTls.V1_3.value,
            help="the oldest TLS that is taken",
        ),
        Option(
            "--approve-hosts",
            is_flag=True,
            show_default=False,
            help="new hosts take VMs once they are uncordoned; what a host has more than before counts by UpdateHost",
        ),
        Option(
            "--insecure",
            is_flag=True,
            show_default=False,
            help="plain text, on loopback alone, and callers are believed who they are",
        ),
    ]


def _pki() -> click.Group:
    name = Option(
        "--name",
        "names",
        multiple=True,
        metavar="NAME",
        help="a DNS name or an address of this server; default this machine's name; loopback always is one",
    )
    cluster = Option(
        "--cluster", default="", show_default=False, metavar="NAME", help="the cluster's; default a new one"
    )
    ca = Option("--ca", is_flag=True, show_default=False, help="print the authority's certificate, which is no secret")
    group = click.Group("pki", help="The control plane's own certificates, in HOME/pki.")
    for command, callback, help_, options in (
        ("init", _pki_init, "Make a certificate authority, and the server's certificate.", (name, cluster)),
        ("show", _pki_show, "What there is, and the authority's hash, by which hosts know it.", (ca,)),
        ("renew", _pki_renew, "A new certificate of the server, which takes it up by itself.", (name,)),
    ):
        group.add_command(Command(command, callback=callback, help=help_, params=[_home(), *options]))
    return group


def _add(group: click.Group, name: str, callback: Callable[..., int], help_: str, *options: Option) -> None:
    group.add_command(Command(name, callback=callback, help=help_, params=[_store(), _home(), *options]))


def _store() -> Option:
    kinds = "sqlite:///PATH, postgresql://USER@HOST/DATABASE or memory:; default HOME/ledger.db"
    return Option("--store", metavar="URL", help=f"the ledger: {kinds}")


def _home() -> Option:
    return Option(
        "--home",
        type=click.Path(path_type=Path),
        envvar="CHRONOVISOR_HOME",
        default=DEFAULT_HOME,
        metavar="DIR",
        help="where files are that no option places",
    )


def _signing_key() -> Option:
    return Option(
        "--signing-key",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="what signs seals and heads; default HOME/keys/signing.key, made at the first start",
    )


def _reason(help_: str = "why, for the audit") -> Option:
    return Option("--reason", default="", show_default=False, metavar="TEXT", help=help_)


def _seal(text: str) -> Expected:
    batch, _, hash_ = text.partition(":")
    try:
        return Expected(int(batch), bytes.fromhex(hash_))
    except ValueError:
        raise ValueError(f"{text}: must be BATCH:HASH") from None


def _serve(
    listen: str,
    agent_listen: str,
    socket: str | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    client_ca: Path | None,
    tls_min: str,
    approve_hosts: bool,
    insecure: bool,
    http: str | None,
    http_allow_origin: Sequence[str],
    http_address_share: int,
    store: str | None,
    home: Path,
    deadlines: Sequence[Deadline],
    most_waiting: int,
    check_every: float,
    lease: float,
    lease_grace: float,
    auto_fence_after: float,
    fencers: tuple[FencerSettings, ...],
    issuers: tuple[IssuerSettings, ...],
    security_log: str | None,
    metrics: str,
    trace_to: str | None,
    trace_ratio: float,
    most_calls: float,
    most_bytes: float,
    most_streams: int,
    spare_capacity: Sequence[SpareRule],
    stray_policy: str,
    rebalance_every: float,
    rebalance_goal: str,
    rebalance_cooldown: float,
    image_dir: Path | None,
    image_sources: Sequence[str],
    image_networks: Sequence[Network],
    largest_image: int,
    image_imports: int,
    image_uploads: int,
    image_import_timeout: float,
    image_silence: float,
    image_check_timeout: float,
    secret_retention: float,
    master_key_command: tuple[str, ...],
    signing_key: Path | None,
    publish_heads: Sequence[str],
    publish_every: float,
    log_format: str,
    log_levels: Sequence[LevelRule],
    dev: bool,
    dev_driver: str,
) -> int:
    transport = TransportSettings(
        socket_at(socket, home),
        home.expanduser() / PKI_NAME,
        tls_cert,
        tls_key,
        client_ca,
        agent_listen,
        LeastTls(tls_min),
    )
    require_tls(transport)
    from controlplane import daemon  # noqa: PLC0415 - the whole server

    images = ImageSettings(
        home,
        largest_image,
        longest_import_s=image_import_timeout,
        silence_s=image_silence,
        check_s=image_check_timeout,
        most_imports=image_imports,
        most_uploads=image_uploads,
    )
    limits, place = Limits(**dict(deadlines)).keeping(tuple(spare_capacity)), home.expanduser()
    return daemon.run(
        Settings(
            listen,
            store_at(store, place),
            place,
            limits,
            dev,
            dev_driver,
            most_waiting,
            check_every,
            fencers=fencers,
            issuers=issuers,
            rates=RateTerms(most_calls, most_bytes, most_streams),
            security_log=file_at(security_log, place / SECURITY_LOG),
            metrics=metrics == ON,
            trace_to=trace_to or "",
            trace_ratio=trace_ratio,
            leases=LeaseTerms(lease, lease_grace),
            stray_policy=StrayPolicy(stray_policy),
            rebalance=Schedule(rebalance_every, GOALS[rebalance_goal], rebalance_cooldown),
            auto_fence_after_s=auto_fence_after,
            insecure=insecure,
            approve_hosts=approve_hosts,
            transport=transport,
            images=images_at(images, image_dir, store_at(store, place), place),
            image_sources=sources_of(image_sources, image_networks, image_silence),
            secret_retention_s=secret_retention,
            master_key_command=master_key_command,
            signing_key=signing_key,
            publish_heads=tuple(publish_heads),
            publish_every_s=publish_every,
            http=http_at(http, tuple(http_allow_origin), http_address_share),
            log=LogSettings(LogFormat(log_format), log_levels),
        )
    )


def _pki_init(home: Path, names: Sequence[str], cluster: str) -> int:
    return _pki_commands().init(home.expanduser() / PKI_NAME, cluster, names)


def _pki_show(home: Path, ca: bool) -> int:
    return _pki_commands().show(home.expanduser() / PKI_NAME, ca=ca)


def _pki_renew(home: Path, names: Sequence[str]) -> int:
    return _pki_commands().renew(home.expanduser() / PKI_NAME, names)


def _pki_commands():
    from controlplane.identity import pki_commands  # noqa: PLC0415 - cryptography

    return pki_commands


def _verify(store: str | None, home: Path, expect: Expected | None, against: Path | None, keys: Sequence[Vkey]) -> int:
    maintenance = _maintenance()
    work = partial(maintenance.verify, store_at(store, home), expect, against, tuple(keys))
    return maintenance.carried_out("verify", work)


def _accept(
    store: str | None, home: Path, seal: Expected | None, actor: str, reason: str, signing_key: Path | None
) -> int:
    maintenance = _maintenance()
    signer = maintenance.Signing(home, signing_key)
    work = partial(maintenance.accept, store_at(store, home), seal, actor, reason, signer)
    return maintenance.carried_out("accept", work)


def _backup(store: str | None, home: Path, to: Path) -> int:
    maintenance = _maintenance()
    return maintenance.carried_out("backup", partial(maintenance.backup, store_at(store, home), to))


def _restore(store: str | None, home: Path, source: Path, reason: str, signing_key: Path | None) -> int:
    maintenance = _maintenance()
    signer = maintenance.Signing(home, signing_key)
    work = partial(maintenance.restore, source, store_at(store, home), reason, signer)
    return maintenance.carried_out("restore", work)


def _fork(store: str | None, home: Path, reason: str, after: int, signing_key: Path | None) -> int:
    maintenance = _maintenance()
    signer = maintenance.Signing(home, signing_key)
    work = partial(maintenance.fork_history, store_at(store, home), reason, after, signer)
    return maintenance.carried_out("fork", work)


def _show_key(store: str | None, home: Path, signing_key: Path | None) -> int:
    maintenance = _maintenance()
    signer = maintenance.Signing(home, signing_key)
    return maintenance.carried_out("key show", partial(maintenance.show_key, store_at(store, home), signer))


def _rebuild(store: str | None, home: Path) -> int:
    maintenance = _maintenance()
    return maintenance.carried_out("projections", partial(maintenance.rebuild_rows, store_at(store, home)))


def _compare(store: str | None, home: Path) -> int:
    maintenance = _maintenance()
    return maintenance.carried_out("projections", partial(maintenance.compare_rows, store_at(store, home)))


def _maintenance():
    from controlplane import maintenance  # noqa: PLC0415 - the ledger and its read models

    return maintenance
