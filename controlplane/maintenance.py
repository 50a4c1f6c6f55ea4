"""What `chronovisord` does without serving: verify, back up, restore and fork a ledger, make its read models anew."""

import argparse
import getpass
import os
import sys
from collections.abc import Callable
from pathlib import Path

from chronovisor.one_line_parser import OneLineParser
from chronovisor.program import why
from eventsourcing.persistence import PersistenceError
from sqlalchemy.exc import SQLAlchemyError
from uuid_utils import uuid7

from controlplane.consistency.accept_command import accepted
from controlplane.consistency.stores import judged
from controlplane.domain.errors import DomainError
from controlplane.domain.history import Fork
from controlplane.domain.unit_of_work import CommandContext
from controlplane.ledger.forks import CannotFork, fork
from controlplane.ledger.read_only import NoLedger
from controlplane.ledger.sqlite.backup import CannotCopy, copy, sqlite_path, user_of
from controlplane.ledger.sqlite.file_guard import LOGS, beside
from controlplane.ledger.store import Ledger
from controlplane.ledger.store_url import shown
from controlplane.projections.history.read_database import SUFFIX
from controlplane.projections.projector.rebuild import differences, rebuild
from controlplane.queries.audit import Expected
from controlplane.runtime.clock import clock

# Of the rows that are not as they should be.
MOST_SHOWN = 20

COMMANDS = ("verify", "accept", "backup", "restore", "fork", "projections")


class NotWhole(Exception):
    """A ledger whose check failed; the message is the verdict."""


def main(arguments: list[str]) -> int:
    """The exit code: 0 done and whole, 1 not whole or not done."""
    parser = OneLineParser(prog="chronovisord", description="The Chronovisor control plane, not serving.")
    commands = parser.add_subparsers(dest="command", required=True)
    _verify_options(commands.add_parser("verify", help="walk the ledger, its seals and its rules"))
    _accept_options(commands.add_parser("accept", help="take a ledger that failed its check as it is"))
    backup = commands.add_parser("backup", help="copy the ledger, also while it is in use")
    _store_option(backup)
    backup.add_argument("--to", type=Path, required=True, metavar="FILE")
    restore = commands.add_parser("restore", help="put a backup in place of a ledger that is not there")
    restore.add_argument("--from", dest="source", type=Path, required=True, metavar="FILE")
    _store_option(restore)
    _reason_option(restore)
    forking = commands.add_parser(
        "fork", help="begin another history, for a store that was restored by other means, before it is served"
    )
    _store_option(forking)
    _reason_option(forking)
    forking.add_argument(
        "--after",
        type=int,
        default=0,
        metavar="POSITION",
        help="the last position that it was restored with, where it has been served since; default: its last",
    )
    read = commands.add_parser("projections", help="the read models, which the ledger alone can make again")
    doing = read.add_subparsers(dest="doing", required=True)
    _store_option(doing.add_parser("rebuild", help="fold them anew, also while the ledger is in use, then switch"))
    _store_option(doing.add_parser("verify", help="compare them with the ledger, row by row"))
    given = parser.parse_args(arguments)
    try:
        match given.command:
            case "verify":
                return _verify(given.store, _seal(parser, "--expect", given.expect))
            case "accept":
                seal = _seal(parser, "--seal", given.seal)
                return accepted(given.store, seal, given.actor, given.reason)
            case "backup":
                return _backup(given.store, given.to)
            case "projections":
                return _rebuild(given.store) if given.doing == "rebuild" else _compare(given.store)
            case "fork":
                return _fork(given.store, given.reason, given.after)
            case _:
                return _restore(given.source, given.store, given.reason)
    except NotWhole as error:
        print(error)
        return 1
    except (
        CannotCopy,
        CannotFork,
        NoLedger,
        DomainError,
        PersistenceError,
        SQLAlchemyError,
        OSError,
        ValueError,
    ) as error:
        print(f"chronovisord {given.command}: {why(error)}", file=sys.stderr)
        return 1


def _store_option(parser: argparse.ArgumentParser) -> None:
    home = Path(os.environ.get("CHRONOVISOR_HOME", "~/.local/state/chronovisor")).expanduser()
    parser.add_argument("--store", default=f"sqlite:///{home / 'ledger.db'}", metavar="URL", help="default %(default)s")


def _reason_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", default="", metavar="TEXT", help="why, for the audit")


def _verify_options(parser: argparse.ArgumentParser) -> None:
    _store_option(parser)
    parser.add_argument("--expect", default="", metavar="BATCH:HASH", help="a seal noted before, elsewhere")


def _accept_options(parser: argparse.ArgumentParser) -> None:
    _store_option(parser)
    parser.add_argument("--seal", default="", metavar="BATCH:HASH", help="its last seal; without, it is only shown")
    parser.add_argument("--actor", default="user:operator", help="who decides it: user:NAME; default %(default)s")
    parser.add_argument("--reason", default="", help="why, for whoever reads the ledger later")


def _seal(parser: argparse.ArgumentParser, option: str, text: str) -> Expected | None:
    if not text:
        return None
    batch, _, hash_ = text.partition(":")
    try:
        return Expected(int(batch), bytes.fromhex(hash_))
    except ValueError:
        parser.error(f"{option} {text}: must be BATCH:HASH")


def _verify(store: str, expected: Expected | None) -> int:
    verdict = judged(store, expected)
    print(verdict.text)
    return 1 if verdict.problem else 0


def _existing(store: str) -> Ledger:
    """Raises CannotCopy where there is no ledger: none is made."""
    if store.startswith("sqlite:///") and not sqlite_path(store).is_file():
        raise CannotCopy(f"{sqlite_path(store)} does not exist")
    return Ledger(store, snapshots=False)


def _told(done: str) -> Callable[[int], None]:
    """A line that moves, where somebody looks on."""
    return lambda position: print(f"\r{done} up to position {position}", end="", file=sys.stderr, flush=True)


def _quiet(_position: int) -> None:
    pass


def _require_whole(store: str) -> None:
    """Raises NotWhole for a ledger that cannot be folded, or should not be."""
    if (verdict := judged(store)).problem:
        raise NotWhole(verdict.text)


def _rebuild(store: str) -> int:
    _require_whole(store)
    with _existing(store) as ledger:
        position = rebuild(ledger, _told("folded") if sys.stderr.isatty() else _quiet)
    print(f"{shown(store)}: the read models were folded anew, up to position {position}, and are in use.")
    return 0


def _compare(store: str) -> int:
    _require_whole(store)
    with _existing(store) as ledger:
        found = 0
        progress = _told("folded") if sys.stderr.isatty() else _quiet
        for found, difference in enumerate(differences(ledger, progress), 1):
            if found <= MOST_SHOWN:
                print(difference)
    if found:
        print(f"{shown(store)}: {found} rows of the read models are NOT as the ledger tells. Make them anew: rebuild.")
        return 1
    print(f"{shown(store)}: every row of the read models is as the ledger tells.")
    return 0


def _backup(store: str, target: Path) -> int:
    copy(sqlite_path(store), target)
    return _verify(f"sqlite:///{target.absolute()}", None)


def _restore(source: Path, store: str, reason: str) -> int:
    target = sqlite_path(store)
    if not source.is_file():
        raise CannotCopy(f"{source} does not exist")
    if code := _verify(f"sqlite:///{source.absolute()}", None):
        return code
    if not (target.exists() and target.stat().st_size):
        # What was left beside the lost ledger is not of the restored one: SQLite would read its log into it.
        _forget_leftovers(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    copy(source, target, lambda partial: _begin_history(f"sqlite:///{partial}", reason or f"restored from {source}"))
    print(f"restored to {target}")
    return 0


def _fork(store: str, reason: str, after: int) -> int:
    if not reason:
        raise CannotFork("--reason TEXT: say why, for the audit")
    with _existing(store) as ledger:
        forked = fork(ledger, _origin(reason), clock(), after)
    print(f"{shown(store)}: {_of_history(forked)}")
    return 0


def _begin_history(store: str, reason: str) -> None:
    """A ledger that goes on from here is another history than the one that its backup was taken of."""
    with Ledger(store, snapshots=False) as ledger:
        if not ledger.head():
            return
        print(_of_history(fork(ledger, _origin(reason), clock())))


def _origin(reason: str) -> CommandContext:
    return CommandContext(f"user:{getpass.getuser()}", str(uuid7()), reason=reason)


def _of_history(forked: Fork) -> str:
    return (
        f"It goes on as history {forked.history_id}. Positions up to {forked.position} are as they were; the next is "
        f"{forked.floor + 1}. VMs start again once the agents of their hosts are back: chronovisor host reconcile."
    )


def _forget_leftovers(ledger: Path) -> None:
    """Raises CannotCopy while a server has the ledger open: then these are in use, whatever became of the file."""
    if user := user_of(ledger):
        raise CannotCopy(f"process {user} has {ledger} open, or what lies beside it: stop it first")
    caches = (".snapshots", SUFFIX)
    for suffix in (*LOGS, *caches, *(f"{cache}{each}" for cache in caches for each in LOGS)):
        beside(ledger, suffix).unlink(missing_ok=True)
