"""Signed heads at the command line: printed, kept, and compared with what the ledger is now."""

from pathlib import Path

import pytest
from chronovisor.cli.exit_codes import Exit
from chronovisor.notes import COSIGNATURE, kept_head, note_of, vkey_of

from controlplane.domain.time import Micros
from controlplane.heads.signed_heads import SignedHeads
from controlplane.heads.signing_key import generated
from controlplane.ledger.store import Ledger
from tests.clients.python.conftest import Cli
from tests.clients.python.test_cli import CREATE


def head_of_another(rows: int) -> str:
    """Of another ledger, with so many rows."""
    key = generated()
    with Ledger("memory:", signer=key) as ledger:
        for _ in range(rows):
            ledger.append([], ledger.link(), "leader", Micros(1_700_000_000_000_000))
        return str(SignedHeads(ledger, key, lambda: None).newest().note)


@pytest.fixture
def kept(cli: Cli, tmp_path: Path) -> str:
    """A head that was kept, before something happened."""
    file = tmp_path / "kept.note"
    file.write_text(cli("audit", "head").out)
    cli(*CREATE)
    return str(file)


def test_a_head_is_printed_as_a_note(cli: Cli) -> None:
    found = cli("audit", "head", "-o", "json").json
    assert note_of(cli("audit", "head").out).signatures
    assert vkey_of(found["verification_key"]).name == found["origin"]
    key = found["verification_key"]
    assert cli("audit", "head", "--key", key).code == Exit.OK
    other = str(generated().vkey("history"))
    ran = cli("audit", "head", "--key", other)
    assert ran.code == Exit.NOT_PROVEN
    assert "which is not the expected key" in ran.err
    assert cli("audit", "head", "--cosigned").code == Exit.NOT_PROVEN
    # Neither is a witness's key one that signs heads.
    witness = vkey_of(other)._replace(kind=COSIGNATURE)
    assert cli("audit", "head", "--key", str(witness)).code == Exit.NOT_PROVEN


def test_a_ledger_that_went_on_continues_the_head(cli: Cli, kept: str) -> None:
    key = cli("audit", "head", "-o", "json").json["verification_key"]
    for arguments in ((), ("--key", key)):
        ran = cli("audit", "verify", "--against", kept, *arguments)
        assert ran.code == Exit.OK, ran.err
        assert "It continues the head that was kept" in ran.out
    assert cli("audit", "prove", "1", "--in", kept).code == Exit.OK
    size = kept_head(Path(kept).read_text()).head.size
    assert f"under the head of {size} rows" in cli("audit", "prove", "1", "--in", kept).out
    # What happened later is not in it.
    assert cli("audit", "prove", str(size + 1), "--in", kept).code == Exit.NOT_FOUND


@pytest.mark.parametrize(("rows", "words"), [(5_000, "the ledger was rolled back"), (1, "was forked or rewritten")])
def test_a_ledger_that_is_not_the_one_of_the_head_is_found(
    cli: Cli, tmp_path: Path, kept: str, rows: int, words: str
) -> None:
    Path(kept).write_text(head_of_another(rows))
    ran = cli("audit", "verify", "--against", kept)
    assert ran.code == Exit.NOT_PROVEN
    assert words in ran.err
    assert "it is another log now" in ran.err


def test_a_head_by_another_key_is_found(cli: Cli, kept: str) -> None:
    """Whoever sealed all of it anew, with a key of their own."""
    found = cli("audit", "head", "-o", "json").json
    thief = generated()
    checkpoint = kept_head(Path(kept).read_text())
    history = found["origin"].partition("/")[2]
    Path(kept).write_text(str(thief.signed(history, checkpoint.head)))
    ran = cli("audit", "verify", "--against", kept)
    assert ran.code == Exit.NOT_PROVEN
    assert "not signed by the key that the server has now" in ran.err
    ran = cli("audit", "verify", "--against", kept, "--key", found["verification_key"])
    assert ran.code == Exit.NOT_PROVEN
    assert "is not signed by the expected key" in ran.err


def test_what_is_no_head_is_a_sentence(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("")
    assert cli("audit", "verify", "--against", str(tmp_path / "empty")).code == Exit.NOT_PROVEN
    assert cli("audit", "verify", "--against", str(tmp_path / "missing")).code == Exit.USAGE
    assert cli("audit", "verify", "--key", "no key").code == Exit.NOT_PROVEN
