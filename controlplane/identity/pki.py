"""The control plane's own small certificate authority: files in one directory, and what it signs.

Its CA's name has the cluster's as a SPIFFE id, `spiffe://CLUSTER`. What it signs for a host is for `spiffe://CLUSTER/hosts/NAME`.
"""

import datetime
import ipaddress
import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_LIFE = datetime.timedelta(days=3650)
SERVER_LIFE = datetime.timedelta(days=365)
# Clocks of hosts may be behind ours.
BACKDATED = datetime.timedelta(minutes=5)
CLUSTER = re.compile(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?")
_DNS = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
_DIGITAL_SIGNATURE = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)
_CERT_SIGN = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


class BadRequest(ValueError):
    """A certificate signing request that is none, or that its key did not sign."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A host's certificate. `chain` is PEM, the certificate first."""

    chain: bytes
    serial: str
    fingerprint: str
    # In seconds since 1970.
    not_after: float


def fingerprint(certificate: x509.Certificate) -> str:
    """The SHA-256 of a certificate, in hex."""
    return certificate.fingerprint(hashes.SHA256()).hex()


class Pki:
    """The directory of a certificate authority. Everything in it is its owner's alone."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.ca_file = directory / "ca.crt"
        self.ca_key_file = directory / "ca.key"
        self.certificate_file = directory / "server.crt"
        self.key_file = directory / "server.key"

    @property
    def exists(self) -> bool:
        return self.ca_file.exists()

    def create(self, cluster: str, names: Sequence[str]) -> None:
        """Makes a CA and the server's certificate for these DNS names and addresses.

        Raises FileExistsError where there is one: its certificates would be of no use with another. ValueError for
        names that cannot be in a certificate.
        """
        if not CLUSTER.fullmatch(cluster):
            raise ValueError(f"{cluster!r}: a cluster's name is lower-case letters, digits, dots and dashes")
        alternatives = [alternative_name(each) for each in names]
        if self.exists:
            raise FileExistsError(f"{self.directory} has a certificate authority; `pki renew` renews the server's")
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.directory.chmod(0o700)
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Chronovisor CA {cluster}"[:64])])
        ca = (
            _builder(name, name, key.public_key(), CA_LIFE)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_CERT_SIGN, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.SubjectAlternativeName([x509.UniformResourceIdentifier(f"spiffe://{cluster}")]), critical=False
            )
            .sign(key, hashes.SHA256())
        )
        _write(self.ca_key_file, _private(key))
        _write(self.ca_file, ca.public_bytes(Encoding.PEM))
        self._sign_server(ca, key, alternatives)

    def renew(self, names: Sequence[str] = ()) -> None:
        """A new key and certificate of the server, for the names of the one before unless others are given."""
        given = [alternative_name(each) for each in names] or list(_alternatives(self.server()))
        self._sign_server(self.ca(), self._ca_key(), given)

    def ca(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.ca_file.read_bytes())

    def server(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.certificate_file.read_bytes())

    def cluster(self) -> str:
        return cluster_of(self.ca())

    def sign_host(self, csr: bytes, host_id: str, life_s: float) -> Issued:
        """A certificate for a host, of the key in `csr` (PEM), and of nothing else in it. Raises BadRequest."""
        ca = self.ca()
        public = _public_key(csr)
        life = datetime.timedelta(seconds=life_s)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host_id[:64])])
        uri = x509.UniformResourceIdentifier(f"spiffe://{cluster_of(ca)}/hosts/{host_id}")
        made = (
            _leaf(_builder(name, ca.subject, public, life), ca, [ExtendedKeyUsageOID.CLIENT_AUTH])
            .add_extension(x509.SubjectAlternativeName([uri]), critical=False)
            .sign(self._ca_key(), hashes.SHA256())
        )
        chain = made.public_bytes(Encoding.PEM)
        until = made.not_valid_after_utc.timestamp()
        return Issued(chain, f"{made.serial_number:x}", fingerprint(made), until)

    def _sign_server(
        self, ca: x509.Certificate, ca_key: ec.EllipticCurvePrivateKey, names: Sequence[x509.GeneralName]
    ) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "chronovisord")])
        made = (
            _leaf(_builder(name, ca.subject, key.public_key(), SERVER_LIFE), ca, [ExtendedKeyUsageOID.SERVER_AUTH])
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(ca_key, hashes.SHA256())
        )
        # The CA goes with it: a host that joins knows only its hash.
        chain = made.public_bytes(Encoding.PEM) + ca.public_bytes(Encoding.PEM)
        _write(self.key_file, _private(key))
        _write(self.certificate_file, chain)

    def _ca_key(self) -> ec.EllipticCurvePrivateKey:
        key = load_pem_private_key(self.ca_key_file.read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{self.ca_key_file} is no key of an elliptic curve")
        return key


def names_of(certificate: x509.Certificate) -> list[str]:
    """The DNS names and addresses that a server's certificate is for."""
    return [str(each.value) for each in _alternatives(certificate)]


def cluster_of(ca: x509.Certificate) -> str:
    """Raises ValueError for a CA that is not of `pki init`."""
    for each in _alternatives(ca):
        if isinstance(each, x509.UniformResourceIdentifier) and each.value.startswith("spiffe://"):
            return each.value.removeprefix("spiffe://")
    raise ValueError("the CA has no name of a cluster: it was not made by `chronovisord pki init`")


def alternative_name(text: str) -> x509.GeneralName:
    """A DNS name, or an address. Raises ValueError."""
    try:
        return x509.IPAddress(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        pass
    if not _DNS.fullmatch(text.lower()):
        raise ValueError(f"{text!r} is neither a DNS name nor an address")
    return x509.DNSName(text.lower())


def _alternatives(certificate: x509.Certificate) -> x509.SubjectAlternativeName | tuple[()]:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()


def _public_key(csr: bytes) -> ec.EllipticCurvePublicKey:
    try:
        request = x509.load_pem_x509_csr(csr)
        key = request.public_key()
        signed = request.is_signature_valid
    except (ValueError, TypeError) as error:
        raise BadRequest("it is no certificate signing request in PEM") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BadRequest("its key must be one of the curve P-256")
    if not signed:
        raise BadRequest("it is not signed by its own key")
    return key


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, life: datetime.timedelta
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + life)
    )


def _leaf(
    builder: x509.CertificateBuilder, ca: x509.Certificate, usages: Sequence[x509.ObjectIdentifier]
) -> x509.CertificateBuilder:
    issuer = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_DIGITAL_SIGNATURE, critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer),
            critical=False,
        )
    )


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, content: bytes) -> None:
    """As a whole or not at all, for its owner alone."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def same_key(certificate: x509.Certificate, key_pem: bytes) -> bool:
    """Whether a private key is the certificate's."""
    encoding = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    public = load_pem_private_key(key_pem, None).public_key()
    return public.public_bytes(*encoding) == certificate.public_key().public_bytes(*encoding)
