"""A bare server with the listeners of a control plane, which answers each call with who its peer is."""

import contextlib
import dataclasses
import json
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from grpc import aio

from controlplane.domain.access.principal import Principal
from controlplane.domain.errors import Unauthenticated
from controlplane.identity.listeners import Listeners
from controlplane.identity.peers import Peers
from controlplane.identity.pki import Pki
from controlplane.identity.transport_settings import TransportSettings
from controlplane.runtime.clock import Clock
from controlplane.runtime.system_alarms import SystemAlarms

METHOD = "/test.Who/Are"
CLUSTER = "test"


@dataclass
class Rig:
    """One server, and how to call it."""

    listeners: Listeners
    alarms: SystemAlarms
    pki: Pki

    async def call(self, address: str, credentials: grpc.ChannelCredentials | None = None) -> dict[str, Any]:
        """Who the server says that we are. Raises AioRpcError."""
        options = (("grpc.use_local_subchannel_pool", 1),)
        if credentials is None:
            channel = aio.insecure_channel(address, options=options)
        else:
            channel = aio.secure_channel(address, credentials, options=options)
        async with channel:
            answer = await calling(channel)(b"", timeout=10)
            return json.loads(answer)

    def people(self) -> grpc.ChannelCredentials:
        return grpc.ssl_channel_credentials(self.pki.ca_file.read_bytes())

    def host(self, name: str = "node-1", life_s: float = 3600.0, pki: Pki | None = None) -> grpc.ChannelCredentials:
        """Credentials of a host that a CA, ours by default, has signed."""
        key, csr = key_and_csr()
        issued = (pki or self.pki).sign_host(csr, name, life_s)
        return grpc.ssl_channel_credentials(self.pki.ca_file.read_bytes(), key, issued.chain)


@asynccontextmanager
async def rig(directory: Path, *, with_pki: bool = True, insecure: bool = False, **more: Any) -> AsyncGenerator[Rig]:
    pki = Pki(directory / "pki")
    if with_pki:
        pki.create(CLUSTER, ["localhost", "127.0.0.1"])
    alarms = SystemAlarms(Clock())
    base = TransportSettings(socket=directory / "s", pki=directory / "pki", agent_listen="127.0.0.1:0")
    transport = dataclasses.replace(base, **more)
    listeners = Listeners("127.0.0.1:0", transport, insecure=insecure, alarms=alarms)
    peers = Peers(listeners.socket, listeners.certificates, transport.least_tls)
    server = aio.server()

    async def who(_request: bytes, context: Any) -> bytes:
        found: Principal | None = None
        with contextlib.suppress(Unauthenticated):
            found = peers.peer_principal(context.peer(), context.auth_context())
        facts = found._asdict() | {"groups": [], "proof": list(found.proof)} if found else {}
        return json.dumps(facts | {"too_old": peers.is_too_old(context.auth_context())}).encode()

    made: Any = grpc
    handlers = {"Are": made.unary_unary_rpc_method_handler(who)}
    server.add_generic_rpc_handlers([made.method_handlers_generic_handler("test.Who", handlers)])
    try:
        listeners.bind(server)
        await server.start()
        listeners.start()
        yield Rig(listeners, alarms, pki)
    finally:
        await server.stop(0)
        listeners.close()


def calling(channel: aio.Channel) -> Any:
    """The one method of the server: bytes to JSON."""
    return cast("Any", channel).unary_unary(METHOD)


def key_and_csr() -> tuple[bytes, bytes]:
    """Of a host that requests more than it may have."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root")])
    csr = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier(f"spiffe://{CLUSTER}/hosts/other")]), False
        )
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private, csr.public_bytes(Encoding.PEM)


def leaf_at(address: str) -> x509.Certificate:
    """The certificate that a new connection gets."""
    host, _, port = address.rpartition(":")
    return x509.load_pem_x509_certificate(ssl.get_server_certificate((host, int(port))).encode())
