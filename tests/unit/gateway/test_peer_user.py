"""Whose a TCP connection is, by lines of the kernel."""

import os
import socket
from contextlib import closing

from controlplane.gateway.peer_user import Ends, uid_in, user_at
from controlplane.identity.forwarding import NOBODY

# sl, local, remote, state, queues, timer, retransmits, uid, timeout, inode
LINE = "   0: {} {} {} 00000000:00000000 00:00000000 00000000 {:>5}        0 {} 1 0000000000000000 20 4 30 10 -1"
CLIENT, SERVER = "0100007F:B2F4", "0100007F:1D26"
ENDS = Ends(("127.0.0.1", 0xB2F4), ("127.0.0.1", 0x1D26))


def line(local: str = CLIENT, remote: str = SERVER, state: str = "01", uid: int = 1000, inode: int = 7) -> str:
    return LINE.format(local, remote, state, uid, inode)


def test_the_user_is_that_of_the_clients_end() -> None:
    lines = [line(SERVER, CLIENT, uid=0), line(uid=1000), line("0100007F:0001", uid=3)]
    assert uid_in(iter(lines), ENDS) == 1000
    assert uid_in(iter(lines[:1]), ENDS) == NOBODY


def test_an_end_that_no_process_has_is_nobodys_though_the_kernel_says_root() -> None:
    for state in ("06", "08", "0A", "02", "03"):
        assert uid_in(iter([line(state=state, uid=0)]), ENDS) == NOBODY
    for state in ("01", "04", "05"):
        assert uid_in(iter([line(state=state, uid=0, inode=0)]), ENDS) == NOBODY
        assert uid_in(iter([line(state=state)]), ENDS) == 1000


def test_addresses_of_ipv6_and_of_ipv4_within_it_are_found() -> None:
    mapped = "0000000000000000FFFF00000100007F"
    assert uid_in(iter([line(f"{mapped}:B2F4", f"{mapped}:1D26")]), ENDS) == 1000
    six = "00000000000000000000000001000000"
    ends = Ends(("::1", 0xB2F4), ("::1", 0x1D26))
    assert uid_in(iter([line(f"{six}:B2F4", f"{six}:1D26")]), ends) == 1000


def test_lines_that_are_cut_short_are_passed_over() -> None:
    assert uid_in(iter(["", "0: x", line()]), ENDS) == 1000


def test_a_connection_of_this_process_is_of_its_user_until_it_ends() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        client = socket.create_connection(listening.getsockname())
        server, _ = listening.accept()
        with closing(server):
            assert user_at(server) == os.geteuid()
            # It sends no more, and reads on.
            client.shutdown(socket.SHUT_WR)
            assert user_at(server) == os.geteuid()
            client.close()
            assert server.recv(1) == b""
            # Another may have the client's port by now.
            assert user_at(server) == NOBODY
