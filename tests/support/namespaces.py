"""Network namespaces that stand in for hosts, guests and the world outside. All of it is removed at the end."""

import contextlib
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from hostagent.network import namespaces
from hostagent.network.namespaces import within

T = TypeVar("T")
_ETH_ALL = 3


def missing() -> str:
    """What of the machine is not there for networks, in words; empty when all is."""
    if os.geteuid() != 0 or 12 not in namespaces.capabilities():
        return "needs root, for network namespaces"
    programs = [each for each in ("ip", "nft", "dnsmasq", "nsenter") if shutil.which(each) is None]
    return f"needs {', '.join(programs)}: make setup" if programs else ""


@dataclass(frozen=True, slots=True)
class Namespace:
    """One, and what can be done in it."""

    path: Path

    def run(self, *command: str, check: bool = True) -> str:
        done = subprocess.run(
            [*namespaces.enter_command(self.path), *command], capture_output=True, text=True, check=False, timeout=30
        )
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout

    def ip(self, words: str) -> None:
        self.run("ip", *words.split())

    def call(self, call: Callable[[], T]) -> T:
        return within(self.path, call)

    def open(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        return self.call(lambda: socket.socket(family, kind, protocol))

    def links(self) -> list[str]:
        return [name for _, name in self.call(socket.if_nameindex)]

    def pings(self, address: str, timeout_s: float = 3.0) -> bool:
        """Whether it answers, to one of the requests within that time."""
        version6 = ":" in address
        family, protocol = (socket.AF_INET6, 58) if version6 else (socket.AF_INET, 1)
        request, answer = (128, 129) if version6 else (8, 0)
        body = struct.pack("!BBHHH", request, 0, 0, os.getpid() & 0xFFFF, 1) + b"chronovisor"
        if not version6:
            body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
        deadline = time.monotonic() + timeout_s
        with self.open(family, socket.SOCK_RAW, protocol) as made:
            made.settimeout(0.2)
            while time.monotonic() < deadline:
                with contextlib.suppress(OSError):
                    made.sendto(body, (address, 0))
                    while time.monotonic() < deadline:
                        packet, sender = made.recvfrom(2048)
                        kind = packet[0] if version6 else packet[(packet[0] & 15) * 4]
                        if kind == answer and sender[0].partition("%")[0] == address:
                            return True
        return False

    def connects(self, address: str, port: int, timeout_s: float = 1.5) -> bool:
        """Whether something there takes a connection, and sends what is sent to it."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with self.open(family, socket.SOCK_STREAM) as made:
            made.settimeout(timeout_s)
            try:
                made.connect((address, port))
                made.sendall(b"hello")
                return made.recv(5) == b"hello"
            except OSError:
                return False

    def hears(self, address: str, port: int, *, source: int = 0, timeout_s: float = 1.5) -> bool:
        """Whether a datagram to it comes back."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with self.open(family, socket.SOCK_DGRAM) as made:
            made.settimeout(timeout_s)
            made.bind(("", source))
            try:
                made.sendto(b"hello", (address, port))
                return made.recv(5) == b"hello"
            except OSError:
                return False

    @contextlib.contextmanager
    def echo(self, port: int, kind: int = socket.SOCK_STREAM) -> Generator[None]:
        """A server that sends back what it is sent, over IPv4 and IPv6."""
        made = self.open(socket.AF_INET6, kind)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("::", port))
        made.settimeout(0.1)
        over = threading.Event()
        if kind == socket.SOCK_STREAM:
            made.listen()
        thread = threading.Thread(target=_echo, args=(made, kind, over))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            made.close()

    def send_frame(self, link: str, frame: bytes) -> None:
        with self.open(socket.AF_PACKET, socket.SOCK_RAW) as made:
            made.bind((link, 0))
            made.send(frame)

    @contextlib.contextmanager
    def captured(self, link: str) -> "Generator[Capture]":
        made = self.open(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_ALL))
        made.bind((link, _ETH_ALL))
        made.setblocking(False)
        with made:
            yield Capture(made)


@dataclass(slots=True)
class Capture:
    """Frames that came to a link."""

    taken_from: socket.socket
    frames: list[bytes] = field(default_factory=list[bytes])

    def has(self, part: bytes, within_s: float) -> bool:
        """Whether a frame with this in it comes within that time."""
        deadline = time.monotonic() + within_s
        while True:
            with contextlib.suppress(BlockingIOError):
                while True:
                    self.frames.append(self.taken_from.recv(4096))
            if any(part in frame for frame in self.frames):
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)


def _echo(listener: socket.socket, kind: int, over: threading.Event) -> None:
    while not over.is_set():
        with contextlib.suppress(OSError):
            if kind == socket.SOCK_DGRAM:
                data, sender = listener.recvfrom(2048)
                listener.sendto(data, sender)
                continue
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(0.1)
                _send_back(connection, over)


def _send_back(connection: socket.socket, over: threading.Event) -> None:
    while not over.is_set():
        with contextlib.suppress(TimeoutError):
            if not (data := connection.recv(4096)):
                return
            connection.sendall(data)


def checksum(data: bytes) -> int:
    padded = data + b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


class Site:
    """Namespaces in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made: list[Path] = []

    def namespace(self, name: str) -> Namespace:
        path = self.folder / name
        namespaces.ensure(path)
        self._made.append(path)
        made = Namespace(path)
        made.ip("link set lo up")
        return made

    def join(self, one: Namespace, link: str, other: Namespace, other_link: str, mac: str = "") -> None:
        """A pair of links, up, one end in each."""
        address = f"address {mac} " if mac else ""
        one.ip(f"link add {link} type veth peer name {other_link} {address}netns {other.path}")
        one.ip(f"link set {link} up")
        other.ip(f"link set {other_link} up")

    def close(self) -> None:
        for path in self._made:
            namespaces.remove(path)


@contextlib.contextmanager
def site() -> Generator[Site]:
    folder = Path(tempfile.mkdtemp(prefix="site-"))
    # Servers that give up root read their files there.
    folder.chmod(0o755)
    made = Site(folder)
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(folder)


def ethernet(to: str, source: str, kind: int, payload: bytes) -> bytes:
    return bytes.fromhex(to.replace(":", "") + source.replace(":", "")) + struct.pack("!H", kind) + payload


def udp4(source: str, to: str, ports: Sequence[int], payload: bytes) -> bytes:
    """An IPv4 packet with a datagram, without a checksum of the latter."""
    length = 8 + len(payload)
    addresses = socket.inet_aton(source) + socket.inet_aton(to)
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, 7, 0, 64, 17, 0) + addresses
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    return header + struct.pack("!HHHH", *ports, length, 0) + payload


def udp6(source: str, to: str, ports: Sequence[int], payload: bytes) -> bytes:
    return ip6(source, to, 17, struct.pack("!HHHH", *ports, 8 + len(payload), 0) + payload)


def ip6(source: str, to: str, protocol: int, body: bytes) -> bytes:
    """An IPv6 packet, with the checksum where it is ICMPv6's or a datagram's."""
    ends = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, to)
    at = {58: 2, 17: 6}.get(protocol)
    if at is not None:
        sum_of = checksum(ends + struct.pack("!II", len(body), protocol) + body)
        body = body[:at] + struct.pack("!H", sum_of) + body[at + 2 :]
    return struct.pack("!IHBB", 6 << 28, len(body), protocol, 255) + ends + body


def arp(sender_mac: str, sender: str, target: str, operation: int = 2) -> bytes:
    mac = bytes.fromhex(sender_mac.replace(":", ""))
    return (
        struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation)
        + mac
        + socket.inet_aton(sender)
        + b"\0" * 6
        + socket.inet_aton(target)
    )
