"""What of a request goes on as metadata, and whose word counts for who calls."""

import pytest

from controlplane.gateway import calls
from controlplane.identity.forwarding import FORWARDED, KEY, NOBODY, GatewayKey, Origin, parse_origin, peer_name

ORIGIN = Origin("ipv4:127.0.0.1:5", 1000)


def test_what_a_caller_may_say_goes_on_and_nothing_else() -> None:
    headers = [
        (b"authorization", b" Bearer x "),
        (b"Chronovisor-Actor", b"user:a"),
        (b"traceparent", b"00-1"),
        (b"cookie", b"a=b"),
        (b"x-forwarded-for", b"1.2.3.4"),
        (b"te", b"trailers"),
        (b"grpc-timeout", b"1S"),
        (b"chronovisor-odd-bin", b"!"),
        (KEY.encode(), b"guess"),
        (FORWARDED.encode(), b"ipv4:1.2.3.4:5 uid 0"),
        (FORWARDED.upper().encode(), b"ipv4:1.2.3.4:5 uid 0"),
    ]
    found = calls.metadata_of(headers, "key", ORIGIN)
    assert found == (
        ("authorization", "Bearer x"),
        ("chronovisor-actor", "user:a"),
        ("traceparent", "00-1"),
        (KEY, "key"),
        (FORWARDED, "ipv4:127.0.0.1:5 uid 1000"),
    )


def test_an_origin_is_believed_with_the_key_of_the_gateway_that_runs_alone() -> None:
    key = GatewayKey()
    text = str(ORIGIN)
    assert key.origin({KEY: "", FORWARDED: text}) is None
    key.value = "secret"
    assert key.origin({KEY: "secret", FORWARDED: text}) == ORIGIN
    for wrong in ("", "Secret", "secret ", "sécret", b"secre\xff"):
        assert key.origin({KEY: wrong, FORWARDED: text}) is None
    assert key.origin({FORWARDED: text}) is None
    assert key.origin({KEY: "secret", FORWARDED: text.encode()}) is None
    key.value = ""
    assert key.origin({KEY: "secret", FORWARDED: text}) is None


@pytest.mark.parametrize(
    "text", ["", "uid 0", "ipv4:1.2.3.4:5", "ipv4:1.2.3.4:5 uid ", "unix: uid 0", "ipv4:1 uid 0\n", "ipv4:1 uid -2"]
)
def test_what_the_gateway_does_not_write_is_no_origin(text: str) -> None:
    assert parse_origin(text) is None


def test_an_origin_is_read_as_it_was_written() -> None:
    for host in ("127.0.0.1", "::1", "fe80::1%eth0"):
        for uid in (NOBODY, 0, 4294967294):
            origin = Origin(peer_name(host, 443), uid)
            assert parse_origin(str(origin)) == origin
