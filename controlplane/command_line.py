"""The command line of `chronovisord`: its commands, and what each runs. Loads what a command needs when it runs."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import click
from chronovisor.option_sources import Command, DefaultGroup, Option, Parsed

from controlplane.config import (
    CHECK_EVERY_S,
    DEFAULT_HOME,
    DEFAULT_LISTEN,
    MOST_WAITING,
    Deadline,
    Limits,
    Settings,
    parse_address,
    parse_count,
    parse_deadline,
    parse_seconds,
    store_at,
)
from controlplane.queries.audit import Expected

DRIVERS = ("auto", "libvirt", "simulated")


def commands() -> DefaultGroup:
    """`serve`, which is the default, and what is done while a ledger is not served."""
    serve = Command("serve", help="Serve until SIGTERM or Ctrl-C (the default).", callback=_serve)
    serve.params = [
        Option(
            "--listen", type=Parsed(parse_address), default=DEFAULT_LISTEN, metavar="HOST:PORT", help="where to listen"
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
    _add(group, "verify", _verify, "Walk the ledger, its seals and its rules.", expect)
    _add(
        group,
        "accept",
        _accept,
        "Take a ledger that failed its check as it is.",
        Option("--seal", type=Parsed(_seal), metavar="BATCH:HASH", help="its last seal; without, it is only shown"),
        Option("--actor", default="user:operator", metavar="user:NAME", help="who decides it"),
        _reason("why, for whoever reads the ledger later"),
    )
    to = Option("--to", type=click.Path(path_type=Path), required=True, metavar="FILE", help="the copy")
    _add(group, "backup", _backup, "Copy the ledger, also while it is in use.", to)
    source = Option(
        "--from", "source", type=click.Path(path_type=Path), required=True, metavar="FILE", help="the backup"
    )
    _add(group, "restore", _restore, "Put a backup in place of a ledger that is not there.", source, _reason())
    after = Option(
        "--after",
        type=int,
        default=0,
        show_default=False,
        metavar="POSITION",
        help="the last position that it was restored with, where it has been served since; default: its last",
    )
    help_ = "Begin another history, before a store that other means restored is served."
    _add(group, "fork", _fork, help_, _reason(), after)
    projections = click.Group("projections", help="The read models, which the ledger alone can make again.")
    _add(projections, "rebuild", _rebuild, "Fold them anew, also while the ledger is in use, then switch.")
    _add(projections, "verify", _compare, "Compare them with the ledger, row by row.")
    group.add_command(projections)
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
    store: str | None,
    home: Path,
    deadlines: Sequence[Deadline],
    most_waiting: int,
    check_every: float,
    dev: bool,
    dev_driver: str,
) -> int:
    from controlplane import daemon  # noqa: PLC0415 - the whole server

    limits, place = Limits(**dict(deadlines)), home.expanduser()
    return daemon.run(
        Settings(listen, store_at(store, place), place, limits, dev, dev_driver, most_waiting, check_every)
    )


def _verify(store: str | None, home: Path, expect: Expected | None) -> int:
    maintenance = _maintenance()
    return maintenance.carried_out("verify", partial(maintenance.verify, store_at(store, home), expect))


def _accept(store: str | None, home: Path, seal: Expected | None, actor: str, reason: str) -> int:
    maintenance = _maintenance()
    return maintenance.carried_out("accept", partial(maintenance.accept, store_at(store, home), seal, actor, reason))


def _backup(store: str | None, home: Path, to: Path) -> int:
    maintenance = _maintenance()
    return maintenance.carried_out("backup", partial(maintenance.backup, store_at(store, home), to))


def _restore(store: str | None, home: Path, source: Path, reason: str) -> int:
    maintenance = _maintenance()
    return maintenance.carried_out("restore", partial(maintenance.restore, source, store_at(store, home), reason))


def _fork(store: str | None, home: Path, reason: str, after: int) -> int:
    maintenance = _maintenance()
    return maintenance.carried_out("fork", partial(maintenance.fork_history, store_at(store, home), reason, after))


def _rebuild(store: str | None, home: Path) -> int:
    maintenance = _maintenance()
    return maintenance.carried_out("projections", partial(maintenance.rebuild_rows, store_at(store, home)))


def _compare(store: str | None, home: Path) -> int:
    maintenance = _maintenance()
    return maintenance.carried_out("projections", partial(maintenance.compare_rows, store_at(store, home)))


def _maintenance():
    from controlplane import maintenance  # noqa: PLC0415 - the ledger and its read models

    return maintenance
