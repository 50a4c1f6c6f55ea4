"""Who this host is to the control plane: its key and certificate, in files for the agent's user alone."""

import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

DIRECTORY = "identity"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a host has once it has joined. PEM; `server` is where agents connect."""

    host_id: str
    server: str
    key: bytes
    chain: bytes
    ca: bytes

    @property
    def begins(self) -> datetime:
        return x509.load_pem_x509_certificate(self.chain).not_valid_before_utc

    @property
    def ends(self) -> datetime:
        return x509.load_pem_x509_certificate(self.chain).not_valid_after_utc

    def credentials(self) -> grpc.ChannelCredentials:
        return grpc.ssl_channel_credentials(self.ca, self.key, self.chain)


class IdentityFiles:
    """An identity on disk. Key and certificate are one file: one is never there with another's other."""

    def __init__(self, state_dir: Path) -> None:
        self.directory = state_dir / DIRECTORY
        self._pair = self.directory / "host.pem"
        self._ca = self.directory / "ca.crt"
        self._server = self.directory / "server"
        self._host = self.directory / "host-id"

    def stamp(self) -> int:
        """Changes with the files; 0 where there are none."""
        try:
            return self._pair.stat().st_mtime_ns
        except OSError:
            return 0

    def load(self) -> Identity | None:
        """None where the host has not joined. Raises OSError and ValueError for files that are of no use."""
        if not self.stamp():
            return None
        pair = self._pair.read_bytes()
        key, mark, chain = pair.partition(b"-----BEGIN CERTIFICATE-----")
        if not mark:
            raise ValueError(f"{self._pair} has no certificate: join again")
        host, server = self._host.read_text().strip(), self._server.read_text().strip()
        return Identity(host, server, key, mark + chain, self._ca.read_bytes())

    def store(self, identity: Identity) -> None:
        """The pair comes last: it is what counts."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.directory.chmod(0o700)
        _write(self._host, identity.host_id.encode())
        _write(self._server, identity.server.encode())
        _write(self._ca, identity.ca)
        _write(self._pair, identity.key.rstrip(b"\n") + b"\n" + identity.chain)


def new_key() -> tuple[bytes, bytes]:
    """A private key, which never leaves this host, and a certificate signing request of it: PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    csr = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private, csr.public_bytes(Encoding.PEM)


def _write(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
