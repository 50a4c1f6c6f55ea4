"""The tools of transparency logs take our heads and proofs: Go's note, transparency-dev's, a real witness."""

import asyncio
import base64
import json
import os
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from chronovisor.notes import COSIGNATURE, Vkey, cosignature_by, note_of
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from controlplane.domain.time import Micros
from controlplane.heads.signed_heads import SignedHeads
from controlplane.heads.signing_key import generated
from controlplane.heads.targets import PublishFailed, target_of
from controlplane.ledger.store import Ledger
from controlplane.queries import log_proofs
from tests.support.waiting import patient, wait_until

KEY = generated()
PROGRAM = Path(__file__).parent / "go"
# `go install github.com/transparency-dev/witness/cmd/omniwitness@latest` takes minutes: who has it names it.
OMNIWITNESS = "CHRONOVISOR_TEST_OMNIWITNESS"


def grow(ledger: Ledger, batches: int) -> None:
    for _ in range(batches):
        link = ledger.link()
        ledger.append([], link, "leader", Micros(1_700_000_000_000_000 + link.batch))


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Go program, built."""
    if not shutil.which("go"):
        pytest.skip("Go is not installed")
    program = tmp_path_factory.mktemp("go") / "verify"
    built = subprocess.run(
        ["go", "build", "-o", program, "."],
        cwd=PROGRAM,
        capture_output=True,
        check=False,
        text=True,
        timeout=patient(120),
    )
    if built.returncode and ("dial tcp" in built.stderr or "proxy" in built.stderr or "download" in built.stderr):
        pytest.skip(f"the Go modules cannot be fetched: {built.stderr.splitlines()[0]}")
    assert built.returncode == 0, built.stderr
    return program


def evidence(before: int, batches: int) -> dict[str, Any]:
    with Ledger("memory:", signer=KEY) as ledger:
        heads = SignedHeads(ledger, KEY, lambda: None)
        grow(ledger, before)
        earlier = heads.newest()
        grow(ledger, batches - before)
        later = heads.newest()
        consistency = log_proofs.consistency(ledger, earlier.head.size, later.head.size)
        inclusion = log_proofs.inclusion(ledger, before, later.head.size)
    return {
        "key": str(later.vkey),
        "origin": later.vkey.name,
        "before": str(earlier.note),
        "after": str(later.note),
        "consistency": encoded(consistency.path),
        "leaf": base64.b64encode(inclusion.leaf).decode(),
        "leaf_index": inclusion.leaf_index,
        "inclusion": encoded(inclusion.path),
    }


def encoded(hashes: list[bytes]) -> list[str]:
    return [base64.b64encode(each).decode() for each in hashes]


def judged(verifier: Path, found: dict[str, Any]) -> str:
    ran = subprocess.run([verifier], input=json.dumps(found), capture_output=True, check=False, text=True)
    return ran.stdout.strip()


@pytest.mark.parametrize(("before", "batches"), [(1, 2), (7, 8), (8, 8), (100, 701), (256, 1000), (700, 1025)])
def test_go_takes_heads_and_proofs(verifier: Path, before: int, batches: int) -> None:
    found = evidence(before, batches)
    assert judged(verifier, found) == "verified"
    other = evidence(before, batches)
    if before < batches:
        assert judged(verifier, found | {"consistency": other["consistency"][:-1]}).startswith("consistency:")
    assert judged(verifier, found | {"leaf": base64.b64encode(b"another").decode()}).startswith("inclusion:")
    assert judged(verifier, found | {"before": found["before"].replace("\n", "\n1", 1)}).startswith("earlier head:")


@contextmanager
def omniwitness(directory: Path, key: Vkey) -> Generator[tuple[str, Vkey]]:
    """A witness that knows one log: its URL and key."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    named = Vkey("witness.example", COSIGNATURE, public)
    signing = Vkey("witness.example", 1, public)
    secret = base64.b64encode(b"\x01" + private.private_bytes_raw()).decode()
    (directory / "key").write_text(f"PRIVATE+KEY+{signing.name}+{signing.id.hex()}+{secret}")
    log = f"Logs:\n  - Origin: {key.name}\n    URL: http://localhost/\n    PublicKey: {key}\n    Feeder: none\n"
    (directory / "logs.yaml").write_text(log)
    arguments = ["--private_key_path", directory / "key", "--additional_logs", directory / "logs.yaml"]
    address = f"127.0.0.1:{20_000 + os.getpid() % 10_000}"
    with (directory / "output").open("w") as output:
        process = subprocess.Popen(
            [os.environ[OMNIWITNESS], *arguments, "--db_file", directory / "db", "--listen", address],
            stdout=output,
            stderr=output,
        )
        try:
            wait_until(lambda: _answers(address) or process.poll() is not None)
            assert process.poll() is None, (directory / "output").read_text()
            yield f"http://{address}/add-checkpoint", named
        finally:
            process.kill()
            process.wait()


def _answers(address: str) -> bool:
    async def connected() -> bool:
        try:
            _, writer = await asyncio.open_connection(*address.split(":"))
        except OSError:
            return False
        writer.close()
        return True

    return asyncio.run(connected())


@pytest.mark.skipif(OMNIWITNESS not in os.environ, reason=f"{OMNIWITNESS} does not name an omniwitness")
def test_a_real_witness_cosigns_what_goes_on_and_nothing_else(tmp_path: Path) -> None:
    with Ledger("memory:", signer=KEY) as ledger, Ledger("memory:", signer=KEY) as forged:
        grow(ledger, 5)
        heads = SignedHeads(ledger, KEY, lambda: None)
        key = heads.newest().vkey
        with omniwitness(tmp_path, key) as (url, witness):
            target = target_of(url)
            for _ in range(3):
                now = heads.newest()
                lines = target.publish(now, lambda before, size=now.head.size: heads.consistency(before, size))
                note = note_of(f"{now.note.text}\n{''.join(f'{each}' + chr(10) for each in lines)}")
                assert cosignature_by(note, witness)
                grow(ledger, 300)
            # The same log's name and key, and other events.
            forged.append([], forged.link(), "another", Micros(1_700_000_000_000_000))
            grow(forged, 2_000)
            now = heads.newest()
            head = forged.tree_head().head
            fork = now._replace(head=head, note=KEY.signed(key.name.partition("/")[2], head))
            with pytest.raises(PublishFailed) as refused:
                target.publish(fork, lambda before: forged.tree.consistency(before, head.size))
            assert refused.value.is_final
            with pytest.raises(PublishFailed, match="rolled back"):
                target.publish(now._replace(head=now.head._replace(size=3)), lambda _before: [])
