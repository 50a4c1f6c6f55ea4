"""What proves who a scenario's proxy and clients are: an authority, and files with what it signed. Starts nothing."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, as PEM."""

    certificate: bytes
    key: bytes


class Authority:
    """A certificate authority for a scenario."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        constraint = x509.BasicConstraints(ca=True, path_length=None)
        own = _builder(self._name, self._name, self._key).add_extension(constraint, critical=True)
        self.pem = own.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def pair(self, name: str) -> Pair:
        """For a server at `localhost`, or a client."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
        made = _builder(_name(name), self._name, key).add_extension(names, critical=False)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        certificate = made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        return Pair(certificate, private)


class Credentials:
    """Of one proxy: those of its server, and files for clients in `directory`."""

    def __init__(self, directory: Path, *, require_client: bool) -> None:
        authority, other = Authority("conformance"), Authority("another")
        server, client = authority.pair("proxy"), authority.pair("client")
        roots = authority.pem if require_client else None
        self.of_server = grpc.ssl_server_credentials([(server.key, server.certificate)], roots, require_client)
        self.files: dict[str, str] = {}
        contents = {
            "ca_file": authority.pem,
            "other_ca_file": other.pem,
            "cert_file": client.certificate,
            "key_file": client.key,
        }
        for name, pem in contents.items():
            path = directory / f"{name}.pem"
            path.write_bytes(pem)
            self.files[name] = str(path)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
    )
