"""`chronovisord accept`: an operator takes a ledger that failed its check as it is. Says what it did."""

import re
from contextlib import closing

from controlplane.consistency.acceptance import By, accept, last_seal
from controlplane.consistency.at_start import examined
from controlplane.consistency.stores import judged
from controlplane.ledger.seals import link_of
from controlplane.ledger.store import Ledger
from controlplane.ledger.store_url import shown
from controlplane.projections.projector.lineage import seen
from controlplane.queries.audit import Expected
from controlplane.runtime.clock import clock

_ACTOR = re.compile(r"user:[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}")


def accepted(store: str, seal: Expected | None, actor: str, reason: str) -> int:
    """The exit code: 0 accepted, or nothing to accept; 1 not accepted. Raises what opening and reading raise."""
    if not _ACTOR.fullmatch(actor):
        raise ValueError(f"--actor {actor[:140]}: must be user:NAME")
    verdict = judged(store)
    print(verdict.text)
    with closing(Ledger(store, snapshots=False)) as ledger:
        # What a start would find: read models of another ledger are no fault of this one.
        problem = verdict.problem or examined(ledger).problem
        if problem is None:
            print("There is nothing to accept.")
            return 0
        if verdict.problem is None:
            print(f"No server takes commands on it, because of position {problem.position}: {problem.text}.")
        last = last_seal(ledger, ledger.head())
        if last is None:
            print("It has no seal, so nothing can be accepted: restore a backup, or begin a new ledger elsewhere.")
            return 1
        link = link_of(last)
        shown_seal = f"{link.batch}:{link.hash.hex()}"
        if seal is None or (seal.batch, seal.hash) != (link.batch, link.hash) or not reason.strip():
            print(
                f"Nothing was changed. Its last seal is {shown_seal}. To take all up to it as it is: "
                f"chronovisord accept --store {shown(store)} --seal {shown_seal} --reason WHY"
            )
            return 1
        position = accept(ledger, last, problem, By(actor, reason.strip(), seen(store)), clock())
    print(f"Accepted, at position {position}. A server that is running takes commands again once it is restarted.")
    return 0
