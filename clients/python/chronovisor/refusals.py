"""Why no connection is made, in words: what gRPC says of TLS and sockets, and what to do. Changes nothing else."""

import re
from typing import NamedTuple

from chronovisor.errors import UNREACHABLE, ChronovisorError


class _Sentence(NamedTuple):
    """What is meant by a text of gRPC's, where the client speaks TLS (or not; None: either)."""

    text: re.Pattern[str]
    tls: bool | None
    sentence: str


# The first that fits. Before it, gRPC says `failed to connect`: once there is a connection, "closed" means an end.
_SENTENCES = (
    _Sentence(
        re.compile("WRONG_VERSION_NUMBER"),
        True,
        "the server at {address} speaks plain text: connect without TLS, or to its TLS address",
    ),
    _Sentence(
        re.compile("Hostname Verification Check failed"),
        True,
        "the certificate of the server is not for {address}: use a name that is in it, or give that as the server name",
    ),
    _Sentence(
        re.compile("certificate has expired|CERTIFICATE_EXPIRED"),
        True,
        "a certificate between here and {address} has expired: renew it",
    ),
    _Sentence(
        re.compile("CERTIFICATE_VERIFY_FAILED|BAD_SIGNATURE"),
        True,
        "the server at {address} has a certificate of an authority that is not trusted here: give that as the CA file",
    ),
    _Sentence(
        re.compile("Failed to create security handshaker"),
        True,
        "the client certificate and its key do not belong together, or are none: give those that were made as a pair",
    ),
    _Sentence(
        re.compile(
            "(Socket closed|[Cc]onnection reset|[Bb]roken pipe|CERTIFICATE_REQUIRED|UNKNOWN_CA|BAD_CERTIFICATE)"
        ),
        True,
        "the server at {address} ended the TLS handshake: it takes client certificates alone, of its own authority",
    ),
    _Sentence(
        re.compile("Permission denied"),
        False,
        "this user may not open {address}, which is for its owner and its group: be one of them, or use a TLS address",
    ),
    _Sentence(
        re.compile("(Socket closed|[Cc]onnection reset|[Bb]roken pipe)"),
        False,
        "the server at {address} took no plain text: where it speaks TLS, give its authority as the CA file",
    ),
)


def explained(error: ChronovisorError, address: str, *, tls: bool) -> ChronovisorError:
    """The error, whose message says what to do where it is known why no connection was made."""
    if error.reason == UNREACHABLE and error.message.startswith("failed to connect"):
        for each in _SENTENCES:
            if each.tls is tls and each.text.search(error.message):
                error.message = each.sentence.format(address=address)
                break
    return error


def is_explained(error: ChronovisorError) -> bool:
    """Whether its message is one of those here."""
    return error.reason == UNREACHABLE and any(
        error.message.startswith(each.sentence.partition("{")[0]) for each in _SENTENCES
    )
