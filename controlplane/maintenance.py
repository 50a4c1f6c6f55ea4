"""What `chronovisord` does without serving: verify, back up, restore and fork a ledger, make its read models anew."""

import getpass
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from chronovisor.notes import Vkey, kept_head
from chronovisor.program import why
from chronovisor.tree import NotProven
from eventsourcing.persistence import PersistenceError
from sqlalchemy.exc import SQLAlchemyError
from uuid_utils import uuid7

from controlplane.consistency.store_commands import accept_store, verdict_on
from controlplane.domain.command import CommandContext
from controlplane.domain.errors import DomainError
from controlplane.domain.history import Fork
from controlplane.heads.signing_key import SigningKey, key_file, load, load_or_make
from controlplane.ledger.forks import CannotFork, fork
from controlplane.ledger.read_only import NoLedger
from controlplane.ledger.sqlite.backup import CannotCopy, copy, sqlite_path, user_of
from controlplane.ledger.sqlite.file_guard import LOGS, beside
from controlplane.ledger.store import Ledger
from controlplane.ledger.store_url import shown
from controlplane.projections.history.read_database import SUFFIX
from controlplane.projections.projector.rebuild import differences, rebuild
from controlplane.queries.audit import Expected
from controlplane.queries.tree_walk import Known
from controlplane.runtime.clock import clock

# Of the rows that are not as they should be.
MOST_SHOWN = 20


class NotWhole(Exception):
    """A ledger whose check failed; the message is the verdict."""


def carried_out(command: str, work: Callable[[], int]) -> int:
    """The exit code of `work`: 0 done and whole, 1 not whole or not done. What it raises is one sentence."""
    try:
        return work()
    except NotWhole as error:
        print(error)
    except NotProven as error:
        print(f"chronovisord {command}: {error}", file=sys.stderr)
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
        print(f"chronovisord {command}: {why(error)}", file=sys.stderr)
    return 1


class Signing(NamedTuple):
    """Where the key is that signs what a command appends: in `home`, unless a file is named."""

    home: Path
    file: Path | None

    def key(self) -> SigningKey:
        """Made, where there is none in `home` yet. Raises BadSigningKey, OSError."""
        return load_or_make(self.home.expanduser(), self.file)


def verify(store: str, expected: Expected | None, against: Path | None = None, keys: tuple[Vkey, ...] = ()) -> int:
    kept = kept_head(against.read_text("utf-8"), keys).head if against else None
    verdict = verdict_on(store, expected, Known(kept, tuple(each.public_key for each in keys)))
    print(verdict.text)
    return 1 if verdict.problem else 0


def accept(store: str, seal: Expected | None, actor: str, reason: str, signing: Signing) -> int:
    return accept_store(store, seal, actor, reason, signing.key())


def show_key(store: str, signing: Signing) -> int:
    """Names it as the log of the ledger's present history is named."""
    key = load(key_file(signing.home, signing.file))
    with _existing(store) as ledger:
        history = ledger.lineage().history_id
    if not history:
        raise CannotCopy(f"{shown(store)} is empty: its log has a name, and so the key one, from the first start on")
    print(key.vkey(history))
    return 0


def _existing(store: str, key: SigningKey | None = None) -> Ledger:
    """Raises CannotCopy where there is no ledger: none is made."""
    if store.startswith("sqlite:///") and not sqlite_path(store).is_file():
        raise CannotCopy(f"{sqlite_path(store)} does not exist")
    return Ledger(store, snapshots=False, signer=key)


def _progress(done: str) -> Callable[[int], None]:
    """A line that moves, where somebody looks on."""
    return lambda position: print(f"\r{done} up to position {position}", end="", file=sys.stderr, flush=True)


def _quiet(_position: int) -> None:
    pass


def _require_whole(store: str) -> None:
    """Raises NotWhole for a ledger that cannot be folded, or should not be."""
    if (verdict := verdict_on(store)).problem:
        raise NotWhole(verdict.text)


def rebuild_rows(store: str) -> int:
    _require_whole(store)
    with _existing(store) as ledger:
        position = rebuild(ledger, _progress("folded") if sys.stderr.isatty() else _quiet)
    print(f"{shown(store)}: the read models were folded anew, up to position {position}, and are in use.")
    return 0


def compare_rows(store: str) -> int:
    _require_whole(store)
    with _existing(store) as ledger:
        found = 0
        progress = _progress("folded") if sys.stderr.isatty() else _quiet
        for found, difference in enumerate(differences(ledger, progress), 1):
            if found <= MOST_SHOWN:
                print(difference)
    if found:
        print(
            f"{shown(store)}: {found} rows of the read models do NOT follow from the ledger. Make them anew: rebuild."
        )
        return 1
    print(f"{shown(store)}: every row of the read models follows from the ledger.")
    return 0


def backup(store: str, target: Path) -> int:
    copy(sqlite_path(store), target)
    return verify(f"sqlite:///{target.absolute()}", None)


def restore(source: Path, store: str, reason: str, signing: Signing) -> int:
    target = sqlite_path(store)
    if not source.is_file():
        raise CannotCopy(f"{source} does not exist")
    if code := verify(f"sqlite:///{source.absolute()}", None):
        return code
    if not (target.exists() and target.stat().st_size):
        # What was left beside the lost ledger is not of the restored one: SQLite would read its log into it.
        _forget_leftovers(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    key, reason = signing.key(), reason or f"restored from {source}"
    copy(source, target, lambda partial: _begin_history(f"sqlite:///{partial}", reason, key))
    print(f"restored to {target}")
    return 0


def fork_history(store: str, reason: str, after: int, signing: Signing) -> int:
    if not reason:
        raise CannotFork("--reason TEXT: say why, for the audit")
    with _existing(store, signing.key()) as ledger:
        forked = fork(ledger, _origin(reason), clock(), after)
    print(f"{shown(store)}: {_of_history(forked)}")
    return 0


def _begin_history(store: str, reason: str, key: SigningKey) -> None:
    """A ledger that goes on from here is another history than the one that its backup was taken of."""
    with Ledger(store, snapshots=False, signer=key) as ledger:
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
    caches = (".snapshots", ".tree", SUFFIX)
    for suffix in (*LOGS, *caches, *(f"{cache}{each}" for cache in caches for each in LOGS)):
        beside(ledger, suffix).unlink(missing_ok=True)
