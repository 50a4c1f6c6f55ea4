"""Checks of TLS between here and the control plane: certificates and when they end, versions, plain text."""

import socket
import ssl
import warnings
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509

from chronovisor.cli.doctor.findings import Finding, fine, problem, skipped, warning
from chronovisor.cli.doctor.server_checks import SOON_S
from chronovisor.cli.doctor.set_up import ANSWER_S, SetUp
from chronovisor.endpoints import Endpoint
from chronovisor.program import why

# What nobody should speak any more, and servers can be configured to take.
_OLD = ssl.TLSVersion.TLSv1_1
_RENEW = "renew it; a control plane with its own authority: chronovisord pki --help"


def tls(set_up: SetUp) -> Iterator[Finding]:
    for each in set_up.endpoints:
        if each.address.startswith("unix:"):
            yield fine(f"{each.address} needs none: the kernel says who calls")
        elif each.tls is None and each.is_local:
            yield fine(f"{each.address} is plain text that stays on this machine")
        elif each.tls is None:
            yield problem(
                f"{each.address} is plain text: everybody between reads and changes what is sent",
                "connect by TLS: --ca-file FILE, with the authority of its certificate",
            )
        else:
            yield from _of_server(set_up, each)
    settings = set_up.settings
    for file, what in ((settings.ca_file, "authority"), (settings.cert_file, "your certificate")):
        if file:
            yield from _of_file(Path(file), what, set_up.machine.now())


def _of_server(set_up: SetUp, endpoint: Endpoint) -> Iterator[Finding]:
    host, _, port = endpoint.address.rpartition(":")
    address = (host.strip("[]"), int(port)) if port.isdigit() else None
    if address is None:
        yield skipped(f"{endpoint.address} is a name of gRPC's own")
        return
    try:
        version, certificate = _handshake(set_up, address)
    except OSError as error:
        yield problem(f"{endpoint.address}: no TLS handshake: {why(error)}", "does it listen there, and speak TLS?")
        return
    yield from _ending(certificate, f"the server's certificate, by {version}", set_up.machine.now())
    if _takes_old(set_up, address):
        yield problem(
            f"{endpoint.address} takes TLS 1.1, which is broken",
            "have what ends TLS there take 1.2 and newer: chronovisord --tls-min 1.3",
        )


def _handshake(set_up: SetUp, address: tuple[str, int], most: ssl.TLSVersion | None = None) -> tuple[str, bytes]:
    """The version that both speak, and the server's certificate. Whom to trust, gRPC has checked. Raises OSError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    if set_up.settings.cert_file:
        context.load_cert_chain(set_up.settings.cert_file, set_up.settings.key_file)
    if most:
        with warnings.catch_warnings():
            # It is old: that is what is looked for.
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, most
        context.set_ciphers("ALL:@SECLEVEL=0")
    with (
        socket.create_connection(address, timeout=ANSWER_S) as raw,
        context.wrap_socket(raw, server_hostname=address[0]) as secured,
    ):
        return secured.version() or "TLS", secured.getpeercert(binary_form=True) or b""


def _takes_old(set_up: SetUp, address: tuple[str, int]) -> bool:
    try:
        _handshake(set_up, address, _OLD)
    except OSError:
        return False
    return True


def _of_file(file: Path, what: str, now: float) -> Iterator[Finding]:
    try:
        chain = x509.load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError) as error:
        yield problem(f"{file}, {what}: {why(error)}", "give a file of PEM certificates that you may read")
        return
    ends = min(each.not_valid_after_utc for each in chain)
    yield _by_end(ends.timestamp(), f"{ends:%Y-%m-%d %H:%M} UTC", f"{what} {file}", now)


def _ending(certificate: bytes, what: str, now: float) -> Iterator[Finding]:
    ends = x509.load_der_x509_certificate(certificate).not_valid_after_utc
    yield _by_end(ends.timestamp(), f"{ends:%Y-%m-%d %H:%M} UTC", what, now)


def _by_end(ends: float, text: str, what: str, now: float) -> Finding:
    if ends < now:
        return problem(f"{what}, ended at {text}", _RENEW)
    if ends - now < SOON_S:
        return warning(f"{what}, ends at {text}", _RENEW)
    return fine(f"{what}, holds until {text}")
