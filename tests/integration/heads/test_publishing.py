"""Signed heads get to files, directories, endpoints and witnesses; what fails is tried again, and becomes an alarm."""

import asyncio
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from chronovisor.notes import COSIGNATURE, SignedNote, Vkey, checkpoint_of, cosignature_by, note_of, signed_head
from chronovisor.tree import Head, NotProven, check_consistency
from chronovisor.v1 import signed_head_pb2 as pb
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.time import Micros
from controlplane.heads.publisher import ALARM, HeadPublisher
from controlplane.heads.signed_heads import SignedHeads
from controlplane.heads.signing_key import generated
from controlplane.heads.targets import Target, target_of
from controlplane.ledger.store import Ledger
from controlplane.runtime.system_alarms import SystemAlarms
from tests.clients.python.test_notes import cosigned
from tests.integration.controlplane.plane import running
from tests.support.waiting import until

KEY = generated()


class Witness:
    """The rules of C2SP tlog-witness, by hand."""

    def __init__(self) -> None:
        self._private = Ed25519PrivateKey.generate()
        self.key = Vkey("witness.example", COSIGNATURE, self._private.public_key().public_bytes_raw())
        self.head = Head(0, b"")
        self.bodies: list[str] = []

    def add(self, body: str) -> tuple[int, str]:
        self.bodies.append(body)
        lines, _, text = body.partition("\n\n")
        old, *hashes = lines.split("\n")
        note = note_of(text)
        after = checkpoint_of(note.text).head
        before = int(old.removeprefix("old "))
        if before > after.size:
            return 400, "old is larger\n"
        if before != self.head.size:
            return 409, f"{self.head.size}\n"
        try:
            if before:
                check_consistency(self.head, after, [b64decode(each) for each in hashes])
        except NotProven as error:
            return 422, f"{error}\n"
        self.head = after
        return 200, f"{cosigned(note.text, self._private, self.key)}\n"


class Endpoint:
    """Answers by HTTP, or does not."""

    def __init__(self) -> None:
        self.witness = Witness()
        self.put: list[str] = []
        self.is_down = False
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self, status: int, text: str) -> None:
                self.send_response(503 if endpoint.is_down else status)
                self.end_headers()
                self.wfile.write(text.encode())

            def _body(self) -> str:
                return self.rfile.read(int(self.headers["Content-Length"])).decode()

            def do_POST(self) -> None:
                body = self._body()
                self._answer(*((503, "down\n") if endpoint.is_down else endpoint.witness.add(body)))

            def do_PUT(self) -> None:
                body = self._body()
                if not endpoint.is_down:
                    endpoint.put.append(body)
                self._answer(200, "")

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    endpoint = Endpoint()
    yield endpoint
    endpoint.close()


def grow(ledger: Ledger, batches: int = 1) -> None:
    for _ in range(batches):
        link = ledger.link()
        ledger.append([], link, "leader", Micros(1_700_000_000_000_000 + link.batch))


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with Ledger("memory:", signer=KEY) as ledger:
        grow(ledger, 3)
        yield ledger


def published(ledger: Ledger, target: Target) -> SignedNote:
    """One head, at once."""
    heads = SignedHeads(ledger, KEY, lambda: None)
    now = heads.newest()
    target.publish(now, lambda before: heads.consistency(before, now.head.size))
    return now.note


def test_a_file_has_the_newest_head_and_a_directory_all(ledger: Ledger, tmp_path: Path) -> None:
    file, directory = target_of(str(tmp_path / "head")), target_of(f"{tmp_path}/heads/")
    for size in range(3, 6):
        for target in (file, directory):
            note = published(ledger, target)
            assert checkpoint_of(note.text).head.size == size
        assert _size_in(tmp_path / "head") == size
        grow(ledger)
    assert sorted(each.name for each in (tmp_path / "heads").iterdir()) == [
        f"head-{size:012d}.note" for size in (3, 4, 5)
    ]


def test_an_endpoint_gets_each_head(ledger: Ledger, endpoint: Endpoint) -> None:
    note = published(ledger, target_of(f"{endpoint.url}/heads"))
    assert endpoint.put == [str(note)]


def test_a_witness_is_shown_that_the_ledger_goes_on(ledger: Ledger, endpoint: Endpoint) -> None:
    target = target_of(f"{endpoint.url}/add-checkpoint")
    for _ in range(4):
        published(ledger, target)
        grow(ledger, 7)
    assert endpoint.witness.head.size == 24
    # Another process knows nothing of it, and learns what the witness has seen.
    published(ledger, target_of(f"{endpoint.url}/add-checkpoint"))
    assert endpoint.witness.head.size == 31
    assert [each.partition("\n")[0] for each in endpoint.witness.bodies] == [
        f"old {size}" for size in (0, 3, 10, 17, 0, 24)
    ]


@pytest.mark.parametrize("text", ["ftp://example.com/heads", "s3://bucket"])
def test_other_targets_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        target_of(text)


async def seen(holds: Callable[[], object]) -> None:
    async def held() -> bool:
        return bool(holds())

    await until(held)


class Publishing:
    """A publisher that is in a hurry."""

    def __init__(self, ledger: Ledger, *targets: str, alarm_after_s: float = 300.0) -> None:
        self.ledger = ledger
        self.alarms = SystemAlarms(lambda: Micros(0))
        self.heads = SignedHeads(ledger, KEY, lambda: None)
        made = [target_of(each) for each in targets]
        self.publisher = HeadPublisher(self.heads, made, self.alarms, every_s=0.0, alarm_after_s=alarm_after_s)
        self._task = asyncio.create_task(self.publisher.run())

    def grow(self) -> None:
        grow(self.ledger)
        self.publisher.follow([RecordedEvent("", 0, None)])  # pyright: ignore[reportArgumentType] it is not looked at

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.publisher.close()


async def alarmed(publishing: Publishing, words: str) -> None:
    await seen(lambda: any(each.kind == ALARM and words in each.detail for each in publishing.alarms.open))


async def test_what_fails_is_tried_again_and_is_an_alarm_meanwhile(ledger: Ledger, endpoint: Endpoint) -> None:
    endpoint.is_down = True
    publishing = Publishing(ledger, f"{endpoint.url}/heads", f"{endpoint.url}/add-checkpoint", alarm_after_s=0.0)
    await alarmed(publishing, "503")
    endpoint.is_down = False
    await seen(lambda: not publishing.alarms.open and bool(endpoint.put))
    assert [each.kind for each in publishing.alarms.over] == [ALARM]
    await publishing.close()


async def test_a_witness_that_has_seen_another_ledger_is_an_alarm_at_once(endpoint: Endpoint) -> None:
    for others, words in (("fork", "422"), ("rollback", "it was rolled back")):
        endpoint.witness = Witness()
        with Ledger("memory:", signer=KEY) as earlier, Ledger("memory:", signer=KEY) as forged:
            grow(earlier, 9)
            published(earlier, target_of(f"{endpoint.url}/add-checkpoint"))
            link = forged.link()
            forged.append([], link, "another", Micros(1_700_000_000_000_000))
            grow(forged, 20 if others == "fork" else 3)
            publishing = Publishing(forged, f"{endpoint.url}/add-checkpoint")
            await alarmed(publishing, words)
            await publishing.close()


async def test_a_target_that_fails_keeps_no_other_waiting(ledger: Ledger, endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.is_down = True
    publishing = Publishing(ledger, f"{endpoint.url}/heads", str(tmp_path / "head"))
    for _ in range(5):
        publishing.grow()
        size = ledger.tree_head().head.size
        await seen(lambda size=size: _size_in(tmp_path / "head") == size)
    await publishing.close()


def _size_in(path: Path) -> int:
    return checkpoint_of(note_of(path.read_text()).text).head.size if path.exists() else 0


async def test_a_control_plane_publishes_and_keeps_what_witnesses_signed(endpoint: Endpoint, tmp_path: Path) -> None:
    targets = (str(tmp_path / "head"), f"{endpoint.url}/add-checkpoint")
    store = f"sqlite:///{tmp_path / 'ledger.db'}"
    async with running(store, publish_heads=targets) as plane:
        await plane.create("web")
        await seen(lambda: plane.control_plane.heads.cosigned)
        found = await plane.history.GetSignedHead(pb.GetSignedHeadRequest())
        note = note_of(found.cosigned_note)
        assert cosignature_by(note, endpoint.witness.key)
        await plane.create("db")
    # The last head was published at the end.
    async with running(store) as plane:
        found = await plane.history.GetSignedHead(pb.GetSignedHeadRequest())
    assert signed_head((tmp_path / "head").read_text(), []).head.size == found.tree_size
