"""A DHCP client over frames, and a question to a name server: what a guest does first."""

import os
import socket
import struct
import time
from dataclasses import dataclass

from tests.support.namespaces import Namespace, ethernet, udp4

_ALL = "ff:ff:ff:ff:ff:ff"
_COOKIE = b"\x63\x82\x53\x63"


@dataclass(frozen=True, slots=True)
class Lease:
    address: str
    server: str
    options: dict[int, bytes]

    @property
    def router(self) -> str:
        return socket.inet_ntoa(self.options[3][:4]) if 3 in self.options else ""

    @property
    def mtu(self) -> int:
        return int.from_bytes(self.options.get(26, b"\0"))

    @property
    def hostname(self) -> str:
        return self.options.get(12, b"").decode()


def lease(guest: Namespace, link: str, mac: str, timeout_s: float = 10.0) -> Lease | None:
    """What a server gives; None where there is none that answers in time."""
    deadline = time.monotonic() + timeout_s
    with guest.open(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800)) as made:
        made.bind((link, 0x0800))
        offer = _exchange(made, mac, {53: b"\x01", 55: bytes((1, 3, 6, 12, 15, 26))}, deadline)
        if offer is None:
            return None
        chosen = {53: b"\x03", 50: socket.inet_aton(offer.address), 54: socket.inet_aton(offer.server)}
        return _exchange(made, mac, {**chosen, 55: bytes((1, 3, 6, 12, 15, 26))}, deadline)


def message(mac: str, options: dict[int, bytes], *, number: bytes, operation: int = 1, yours: str = "0.0.0.0") -> bytes:
    hardware = bytes.fromhex(mac.replace(":", ""))
    head = struct.pack("!BBBB4sHH4s4s4s4s", operation, 1, 6, 0, number, 0, 0x8000, *[b"\0" * 4] * 4)
    head = head[:16] + socket.inet_aton(yours) + head[20:]
    body = b"".join(bytes((code, len(value))) + value for code, value in options.items())
    return head + hardware + bytes(10) + bytes(192) + _COOKIE + body + b"\xff"


def _exchange(made: socket.socket, mac: str, options: dict[int, bytes], deadline: float) -> Lease | None:
    number = os.urandom(4)
    request = message(mac, options, number=number)
    frame = ethernet(_ALL, mac, 0x0800, udp4("0.0.0.0", "255.255.255.255", (68, 67), request))
    while time.monotonic() < deadline:
        made.send(frame)
        again = time.monotonic() + 0.5
        made.settimeout(0.1)
        while time.monotonic() < min(again, deadline):
            try:
                answer = made.recv(4096)[14 + 28 :]
            except TimeoutError:
                continue
            if answer[4:8] == number and answer[0] == 2:
                return _lease_of(answer)
    return None


def _lease_of(answer: bytes) -> Lease:
    options, rest = dict[int, bytes](), answer[240:]
    while rest and rest[0] != 255:
        if rest[0] == 0:
            rest = rest[1:]
            continue
        options[rest[0]] = rest[2 : 2 + rest[1]]
        rest = rest[2 + rest[1] :]
    return Lease(socket.inet_ntoa(answer[16:20]), socket.inet_ntoa(options[54]), options)


def resolve(guest: Namespace, server: str, name: str, kind: int = 1, timeout_s: float = 3.0) -> str | None:
    """The first address of that kind (1: IPv4, 28: IPv6); None where the server has none, or none answers."""
    labels = b"".join(bytes((len(each),)) + each.encode() for each in name.split("."))
    question = struct.pack("!HHHHHH", 7, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", kind, 1)
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with guest.open(family, socket.SOCK_DGRAM) as made:
        made.settimeout(timeout_s)
        try:
            made.sendto(question, (server, 53))
            answer = made.recv(2048)
        except OSError:
            return None
    if int.from_bytes(answer[6:8]) == 0:
        return None
    length = {1: 4, 28: 16}[kind]
    return socket.inet_ntop(socket.AF_INET if kind == 1 else socket.AF_INET6, answer[len(question) + 12 :][:length])
