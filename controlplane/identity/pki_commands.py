"""`chronovisord pki`: makes, shows and renews the control plane's own certificates. Prints no key."""

import secrets
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from controlplane.identity.pki import Pki, fingerprint, names_of

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


def init(directory: Path, cluster: str, names: Sequence[str]) -> int:
    def work() -> None:
        Pki(directory).create(cluster or _cluster_here(), _with_local(names))
        _print(Pki(directory))

    return _carried_out("init", work)


def show(directory: Path, *, ca: bool) -> int:
    def work() -> None:
        pki = _there(directory)
        if ca:
            print(pki.ca().public_bytes(Encoding.PEM).decode(), end="")
        else:
            _print(pki)

    return _carried_out("show", work)


def renew(directory: Path, names: Sequence[str]) -> int:
    def work() -> None:
        pki = _there(directory)
        pki.renew(_with_local(names) if names else ())
        _print(pki)

    return _carried_out("renew", work)


def _print(pki: Pki) -> None:
    ca, server = pki.ca(), pki.server()
    print(f"cluster    {pki.cluster()}")
    print(f"authority  {pki.ca_file}, until {ca.not_valid_after_utc:%Y-%m-%d}")
    print(f"server     {pki.certificate_file}, until {server.not_valid_after_utc:%Y-%m-%d}")
    print(f"names      {', '.join(names_of(server))}")
    print(f"ca-sha256  {fingerprint(ca)}")


def _there(directory: Path) -> Pki:
    pki = Pki(directory)
    if not pki.exists:
        raise FileNotFoundError(f"{directory} has no certificate authority: `chronovisord pki init` makes one")
    return pki


def _with_local(names: Sequence[str]) -> list[str]:
    """This machine's name where none is given, and always those by which it reaches itself."""
    given = [*names] or [socket.gethostname().lower()]
    return [*given, *(each for each in LOCAL_NAMES if each not in given)]


def _cluster_here() -> str:
    """One that no other cluster has."""
    return f"cluster-{secrets.token_hex(4)}"


def _carried_out(command: str, work: Callable[[], None]) -> int:
    try:
        work()
    except (OSError, ValueError) as error:
        print(f"chronovisord pki {command}: {error}", file=sys.stderr)
        return 1
    return 0
