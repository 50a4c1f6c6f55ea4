"""`chronovisor audit`: that the ledger was not altered, has an event, and has the totals. Checks here what can be."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from chronovisor import verify
from chronovisor.cli import known_heads
from chronovisor.cli.exit_codes import Exit
from chronovisor.cli.output import console, local_time, say, show_facts, show_message
from chronovisor.cli.session import WALK_S, session
from chronovisor.cli.settings import Misused, settings_of
from chronovisor.cli.text.ledger_check import show_ledger_check, show_violations
from chronovisor.cli.text.totals import show_check
from chronovisor.cli.text.units import counted
from chronovisor.v1.history_service_pb2 import (
    GetSealRequest,
    ProveEventRequest,
    ProveEventResponse,
    Seal,
    VerifyLedgerRequest,
    VerifyLedgerResponse,
)
from chronovisor.v1.ledger_check_pb2 import GetLedgerCheckRequest, LedgerCheck
from chronovisor.v1.signed_head_pb2 import (
    ConsistencyProof,
    GetConsistencyProofRequest,
    GetInclusionProofRequest,
    GetSignedHeadRequest,
    InclusionProof,
)
from chronovisor.v1.utilization_check_pb2 import GetUtilizationCheckRequest

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.command("verify")
def verify_ledger(
    ctx: typer.Context,
    expect: Annotated[
        str,
        typer.Option(metavar="BATCH:HASH", help="A seal noted before, elsewhere. Default: the last seen from here."),
    ] = "",
    against: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A signed head that was kept, as `audit head` prints it.")
    ] = None,
    key: Annotated[
        str, typer.Option(metavar="VKEY", help="The control plane's key, as `chronovisord key show` prints it.")
    ] = "",
) -> None:
    """Walk the whole ledger: every event under its seal, every seal continuing the one before, and no rule broken.

    The last seal is remembered on this machine, so that the next walk notices a history that was cut or written anew.
    With --against, it is proven first, here, that the ledger continues the one that a head was signed over.
    """
    server = settings_of(ctx).server
    vkey = verify.vkey_of(key) if key else None
    shown = _compared(ctx, against, vkey) if against or vkey else ""
    batch, hash_ = _expected(expect) if expect else known_heads.last(server)
    with session(ctx, WALK_S) as client, _walking():
        found = client.history.VerifyLedger(VerifyLedgerRequest(expected_batch=batch, expected_hash=hash_))
    if found.valid and found.HasField("head"):
        verify.check_seal(found.head)
        known_heads.remember(server, found.head.batch, found.head.hash)
    if settings_of(ctx).is_data:
        show_message(ctx, found)
    else:
        say(_verdict(found, batch) + shown)
        show_violations(found)
    if not found.valid:
        raise typer.Exit(Exit.NOT_PROVEN)


def _compared(ctx: typer.Context, against: Path | None, key: verify.Vkey | None) -> str:
    """What is proven of a head that was kept. Raises NotProven."""
    kept = verify.kept_head(_read(against), [key] if key else ()) if against else None
    with session(ctx) as client:
        found = client.history.GetSignedHead(GetSignedHeadRequest())
        now = verify.check_head(found, key)
        if kept is None:
            return f" Its head is signed by {found.verification_key}."
        proof = ConsistencyProof()
        if kept.head.size <= now.head.size:
            request = GetConsistencyProofRequest(from_size=kept.head.size, to_size=now.head.size)
            proof = client.history.GetConsistencyProof(request)
    verify.check_kept(kept, now, proof.hashes)
    if key is None:
        verify.check_signer(_read(against) if against else "", verify.vkey_of(found.verification_key))
    return f" It continues the head that was kept: {kept.head.size} of its {now.head.size} rows are the same."


def _read(path: Path | None) -> str:
    try:
        return path.read_text("utf-8") if path else ""
    except (OSError, UnicodeDecodeError) as error:
        raise Misused(f"{path} cannot be read: {error}") from None


@contextmanager
def _walking() -> Generator[None]:
    """On a terminal, a line that moves while the server walks."""
    if not sys.stderr.isatty():
        yield
        return
    with console(sys.stderr).status("walking the ledger: about ten seconds for each million events"):
        yield


def _verdict(found: VerifyLedgerResponse, expected: int) -> str:
    if not found.valid:
        return f"NOT WHOLE at position {found.first_bad_position}: {found.problem}."
    since = f" It still has batch {expected}, as seen before." if expected else ""
    head = f" Note it elsewhere: {found.head.batch}:{found.head.hash.hex()}" if found.HasField("head") else ""
    rules = ", and as the rules allow" if found.rules_checked else ""
    return (
        f"Whole: {found.events_checked} events in {found.batches_checked} batches, all as sealed{rules}.{since}{head}"
    )


def _expected(text: str) -> tuple[int, bytes]:
    batch, _, hash_ = text.partition(":")
    try:
        return int(batch), bytes.fromhex(hash_)
    except ValueError:
        raise Misused(f"--expect {text}: must be BATCH:HASH, as `audit verify` prints it") from None


@app.command()
def prove(
    ctx: typer.Context,
    position: Annotated[int, typer.Argument(metavar="POSITION", help="As in `history`.")],
    in_head: Annotated[
        Path | None, typer.Option("--in", metavar="FILE", help="In the ledger of a signed head that was kept.")
    ] = None,
) -> None:
    """Prove that the event at a position is in the ledger: its audit path is checked here."""
    if in_head:
        _prove_in(ctx, position, verify.kept_head(_read(in_head)))
        return
    with session(ctx) as client:
        proof = client.history.ProveEvent(ProveEventRequest(position=position))
    row = verify.check_inclusion(proof)
    _show_proven(ctx, proof, row, f"the seal of batch {proof.seal.batch}", ("seal", proof.seal.hash.hex()))


def _prove_in(ctx: typer.Context, position: int, kept: verify.Checkpoint) -> None:
    with session(ctx) as client:
        request = GetInclusionProofRequest(position=position, tree_size=kept.head.size)
        proof = client.history.GetInclusionProof(request)
    row = verify.check_in_head(proof, kept.head)
    _show_proven(ctx, proof, row, f"the head of {kept.head.size} rows")


def _show_proven(
    ctx: typer.Context,
    proof: ProveEventResponse | InclusionProof,
    row: verify.Row,
    what: str,
    *more: tuple[str, str],
) -> None:
    """The event that a proof is of, and under `what` it is proven."""
    if settings_of(ctx).is_data:
        show_message(ctx, proof)
        return
    show_facts(
        [
            ("event", row.topic.rpartition(".")[2]),
            ("stream", f"{row.stream}, version {row.version}"),
            ("committed", local_time(row.event.commit_time)),
            ("who", row.event.actor),
            ("proven by", f"{counted(len(proof.audit_path), 'hash')}, under {what}"),
            *more,
        ]
    )


@app.command()
def head(
    ctx: typer.Context,
    key: Annotated[
        str, typer.Option(metavar="VKEY", help="The control plane's key, as `chronovisord key show` prints it.")
    ] = "",
    cosigned: Annotated[bool, typer.Option("--cosigned", help="The newest one that a witness has cosigned.")] = False,
) -> None:
    """Print the ledger's signed head: `chronovisor audit head > FILE`. Kept elsewhere, it vouches for all before it."""
    with session(ctx) as client:
        found = client.history.GetSignedHead(GetSignedHeadRequest())
    verify.check_head(found, verify.vkey_of(key) if key else None)
    if settings_of(ctx).is_data:
        show_message(ctx, found)
        return
    if cosigned and not found.cosigned_note:
        raise verify.NotProven("no head of the ledger has been cosigned by a witness yet")
    typer.echo(found.cosigned_note if cosigned else found.note, nl=False)


@app.command()
def seal(
    ctx: typer.Context,
    position: Annotated[int, typer.Argument(metavar="POSITION", help="Any under the seal. 0: the last seal.")] = 0,
) -> None:
    """Show the seal over a position. Its hash, noted elsewhere, vouches for everything before it."""
    with session(ctx) as client:
        found = client.history.GetSeal(GetSealRequest(position=position))
    verify.check_seal(found)
    if settings_of(ctx).is_data:
        show_message(ctx, found)
    else:
        _show_seal(found)


def _show_seal(found: Seal) -> None:
    show_facts(
        [
            ("batch", str(found.batch)),
            ("covers", f"positions {found.first_position} to {found.last_position}, {found.events} events"),
            ("sealed", local_time(found.seal_time)),
            ("epoch", str(found.epoch)),
            ("root", found.merkle_root.hex()),
            ("previous", found.previous_hash.hex()),
            ("hash", found.hash.hex()),
        ]
    )


@app.command()
def status(ctx: typer.Context) -> None:
    """Show what the control plane has found of its ledger by itself: its end at the start, then the whole.

    A finding, or a ledger that is read-only, is exit code 11. Before the whole was checked, or when it could not be,
    nothing is known (exit code 7).
    """
    with session(ctx) as client:
        found = client.history.GetLedgerCheck(GetLedgerCheckRequest())
    if settings_of(ctx).is_data:
        show_message(ctx, found)
    else:
        show_ledger_check(found)
    if found.findings or found.read_only:
        raise typer.Exit(Exit.NOT_PROVEN)
    if found.failure or found.state == LedgerCheck.STATE_CHECKING:
        raise typer.Exit(Exit.UNAVAILABLE)


@app.command()
def totals(ctx: typer.Context) -> None:
    """Show how all totals compared with the ledger when the control plane last checked them, in the background.

    A total that is not what the ledger says is an alarm, as is a server whose clock was set (exit code 11). Without a
    check, or when the last one failed, nothing is known (exit code 7).
    """
    with session(ctx) as client:
        found = client.utilization.GetUtilizationCheck(GetUtilizationCheckRequest())
    if settings_of(ctx).is_data:
        show_message(ctx, found)
    else:
        show_check(found)
    if found.alarms or found.system_alarms:
        raise typer.Exit(Exit.NOT_PROVEN)
    if found.failure or not found.position:
        raise typer.Exit(Exit.UNAVAILABLE)
