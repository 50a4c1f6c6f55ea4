"""The newest signed head of a ledger: signed once for each size, on whichever thread it is needed. Blocks."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from chronovisor.notes import SignedNote, Vkey, note_of
from chronovisor.tree import Head

from controlplane.domain.errors import LedgerUntrusted, NotFound
from controlplane.heads.signing_key import SigningKey
from controlplane.ledger.store import Ledger

COSIGNED = Path("heads") / "cosigned.note"


class HeadNow(NamedTuple):
    """A head, its note, and the key that it is to be verified by. `position` is that of the last row."""

    head: Head
    position: int
    note: SignedNote
    vkey: Vkey


class SignedHeads:
    """`cosigned` is the newest note that a witness has cosigned, with all its cosignatures; empty before the first."""

    def __init__(
        self,
        ledger: Ledger,
        key: SigningKey,
        untrusted: Callable[[], LedgerUntrusted | None],
        path: Path | None = None,
    ) -> None:
        """Nothing is signed while the ledger is `untrusted`. `path`: where cosigned notes outlive the process."""
        self._ledger = ledger
        self._key = key
        self._untrusted = untrusted
        self._lock = threading.Lock()
        self._newest: HeadNow | None = None
        self._path = path
        self.cosigned = path.read_text("utf-8") if path and path.exists() else ""

    def newest(self) -> HeadNow:
        """Raises NotFound while the ledger is empty, LedgerUntrusted, and what reading raises."""
        if untrusted := self._untrusted():
            raise untrusted
        reached = self._ledger.tree_head()
        if not reached.head.size:
            raise NotFound("seal", "a seal: the ledger is empty")
        with self._lock:
            known = self._newest
            if known is None or known.head != reached.head:
                history = self._ledger.lineage().history_id
                note = self._key.signed(history, reached.head)
                known = self._newest = HeadNow(reached.head, reached.position, note, self._key.vkey(history))
            return known

    def keep(self, cosigned: SignedNote) -> None:
        """Keeps a cosigned note, with what other witnesses have signed of the same text."""
        with self._lock:
            known = note_of(self.cosigned).signatures if self._is_of(cosigned.text) else ()
            signatures = (*cosigned.signatures, *(each for each in known if each not in cosigned.signatures))
            self.cosigned = str(SignedNote(cosigned.text, signatures))
            if self._path:
                _write(self._path, self.cosigned)

    def _is_of(self, text: str) -> bool:
        return self.cosigned.startswith(f"{text}\n")

    def consistency(self, before: int, size: int) -> list[bytes]:
        """Raises TreeSizeAhead, and what reading raises."""
        return self._ledger.tree.consistency(before, size)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}")
    partial.write_text(text, "utf-8")
    partial.replace(path)
