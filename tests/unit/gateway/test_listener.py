"""Where the gateway listens: what is an error, what is a notice, and for which names requests are."""

import socket
from pathlib import Path

import pytest

from controlplane.gateway.listener import HttpListener
from controlplane.gateway.settings import (
    DEFAULT_HTTP,
    HttpSettings,
    Pair,
    ProcessSettings,
    SignInIssuer,
    http_at,
    parse_http,
    parse_origin,
)
from controlplane.identity.certificates import Certificates
from controlplane.identity.pki import Pki
from controlplane.identity.transport_settings import TransportSettings
from controlplane.runtime.clock import Clock
from controlplane.runtime.system_alarms import SystemAlarms

ISSUER = SignInIssuer("https://issuer.example", "console", "urn:chronovisor")


def test_the_usual_address_is_left_to_whoever_has_it_and_one_that_was_given_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        notice = HttpListener(HttpSettings(address, requested=False), has_tls=False).bind()
        assert notice == (f"no console and no HTTP API: {address} is taken; --http names another address, or none")
        with pytest.raises(OSError, match=f"cannot listen on {address} for HTTP"):
            HttpListener(HttpSettings(address), has_tls=False).bind()


def test_plain_text_is_for_loopback_alone() -> None:
    for address in ("0.0.0.0:1", "192.0.2.1:1", "[::]:1", "cp.example:1"):
        with pytest.raises(ValueError, match="plain text is for loopback alone"):
            HttpListener(HttpSettings(address), has_tls=False)
        assert HttpListener(HttpSettings(address), has_tls=True).is_secure
    for address in ("127.0.0.1:1", "[::1]:1", "localhost:1"):
        assert not HttpListener(HttpSettings(address), has_tls=True).is_secure


def test_requests_are_for_its_address_loopback_and_the_names_of_its_certificate(tmp_path: Path) -> None:
    Pki(tmp_path).create("test", ["cp.example", "192.0.2.7"])
    loaded = Certificates(TransportSettings(pki=tmp_path), SystemAlarms(Clock())).loaded
    names = HttpListener(HttpSettings("0.0.0.0:1"), has_tls=True).names(loaded)
    assert {"cp.example", "192.0.2.7", "localhost", "127.0.0.1", "::1"} <= set(names)
    assert "0.0.0.0" not in names
    assert "cp.example" in HttpListener(HttpSettings("cp.example:1"), has_tls=True).names(None)


def test_settings_reach_the_process_as_they_are() -> None:
    given = ProcessSettings(
        1, 2, "unix:/a", "key", ("a", "b"), ("https://c",), Pair("chain\n", "key\n"), "00", (ISSUER,)
    )
    assert ProcessSettings.from_line(given.to_line()) == given
    assert http_at("none") is None
    assert http_at(None) == HttpSettings(DEFAULT_HTTP, requested=False)


def test_addresses_and_origins_that_are_none_are_refused_with_the_rule() -> None:
    for text in ("", "7462", "host:", "host:99999", ":1", "host:x"):
        with pytest.raises(ValueError, match="must be HOST:PORT, or none"):
            parse_http(text)
    for text in ("*", "console.example", "ftp://a", "https://a/b", "https://*.a", "https://", "https://a b", "null"):
        with pytest.raises(ValueError, match="must be an origin"):
            parse_origin(text)
    assert parse_origin("https://Console.example:8443") == "https://console.example:8443"
