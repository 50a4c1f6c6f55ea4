"""TLS 1.2 at a real chronovisord: refused in the handshake, and taken on request."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from controlplane.identity.pki import Pki
from tests.integration.controlplane.daemon import daemon

pytestmark = pytest.mark.slow


async def _handshakes(tmp_path: Path, *options: str) -> AsyncIterator[str]:
    """The versions of TLS that a connection can be made with."""
    home = tmp_path / "home"
    pki = Pki(home / "pki")
    if not pki.exists:
        pki.create("test", ["127.0.0.1"])
    async with daemon(home, "--agent-listen", "127.0.0.1:0", *options, insecure=False) as running:
        host, _, port = running.address.rpartition(":")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = ssl.create_default_context(cafile=str(pki.ca_file))
            context.minimum_version = context.maximum_version = version
            context.set_alpn_protocols(["h2"])

            def shake(context: ssl.SSLContext = context) -> bool:
                try:
                    with socket.create_connection((host, int(port)), timeout=10) as raw:
                        context.wrap_socket(raw, server_hostname=host).close()
                except OSError:
                    return False
                return True

            if await asyncio.to_thread(shake):
                yield version.name


async def test_tls_1_2_is_refused_by_a_real_server_and_taken_on_request(tmp_path: Path) -> None:
    assert [each async for each in _handshakes(tmp_path)] == ["TLSv1_3"]
    assert [each async for each in _handshakes(tmp_path, "--tls-min", "1.2")] == ["TLSv1_2", "TLSv1_3"]
