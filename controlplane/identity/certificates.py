"""The server's certificates: read from files, checked, and read again when they change, without a restart."""

import asyncio
import datetime
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Protocol, cast

import grpc
from cryptography import x509

from controlplane.identity.pki import Pki, cluster_of, same_key
from controlplane.identity.transport_settings import TransportSettings

log = logging.getLogger(__name__)
EVERY_S = 2.0
# A certificate that is not renewed so long before its end is an alarm.
ENDS_SOON = datetime.timedelta(days=14)
FILES_ALARM = "tls_files"
END_ALARM = "tls_certificate_ends"
# Of the life of a certificate of our own, when the next one is made.
RENEWED_AT = 2 / 3


class Alarms(Protocol):
    """Where operators see it: see runtime.system_alarms."""

    def begin(self, kind: str, detail: str) -> bool: ...

    def end(self, kind: str) -> bool: ...


class Loaded(NamedTuple):
    """Certificates that fit together. `roots` are those of clients: PEM, empty where there are none."""

    key: bytes
    chain: bytes
    roots: bytes
    ca: x509.Certificate | None

    @property
    def leaf(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.chain)

    @property
    def pair(self) -> tuple[bytes, bytes]:
        return (self.key, self.chain)


class Certificates:
    """What the listeners have now. Raises OSError and ValueError when made, where the files are of no use."""

    def __init__(self, settings: TransportSettings, alarms: Alarms) -> None:
        self._alarms = alarms
        self.pki = Pki(settings.pki) if settings.pki and Pki(settings.pki).exists else None
        if bool(settings.certificate) != bool(settings.key):
            raise ValueError("--tls-cert needs --tls-key, and --tls-key needs --tls-cert")
        self._is_ours = settings.certificate is None
        self._certificate = settings.certificate or (self.pki.certificate_file if self.pki else None)
        self._key = settings.key or (self.pki.key_file if self.pki else None)
        self._more_roots = settings.client_ca
        self._listeners: list[_Listener] = []
        self._followers: list[Callable[[Loaded], None]] = []
        self._seen = self._stamps()
        self.loaded = self._read() if self._certificate else None
        self.cluster = cluster_of(self.loaded.ca) if self.loaded and self.loaded.ca else ""

    def credentials(self, *, with_client_certificate: bool) -> grpc.ServerCredentials:
        """Of one listener. Each new connection has the certificates as they are then; open ones go on."""
        if self.loaded is None:
            raise ValueError("there is no certificate")
        listener = _Listener(self.loaded, with_client_certificate)
        self._listeners.append(listener)
        return grpc.dynamic_ssl_server_credentials(
            listener.configuration, cast("Any", listener.fetch), with_client_certificate
        )

    def on_new(self, follow: Callable[[Loaded], None]) -> None:
        """Of a listener that is not gRPC's: it is called with certificates that take the place of those before."""
        self._followers.append(follow)

    async def run(self) -> None:
        """Follows the files until cancelled."""
        while self.loaded:
            await asyncio.to_thread(self._watch_end)
            await asyncio.sleep(EVERY_S)
            stamps = await asyncio.to_thread(self._stamps)
            if stamps != self._seen:
                # Files that belong together are written one after the other: wait until none changes any more.
                await asyncio.sleep(EVERY_S / 4)
                if stamps == await asyncio.to_thread(self._stamps):
                    self._seen = stamps
                    await self.reload()

    async def reload(self) -> None:
        """Takes the files as they are now; if they are of no use, the old ones are kept, and it is an alarm."""
        try:
            loaded = await asyncio.to_thread(self._read)
        except (OSError, ValueError) as error:
            if self._alarms.begin(FILES_ALARM, f"the certificates before them are kept: {error}"):
                log.error("certificates are of no use, those before them are kept: %s", error)
            return
        self._alarms.end(FILES_ALARM)
        log.info("new certificates: %s", loaded.leaf.subject.rfc4514_string())
        self.loaded = loaded
        for listener in self._listeners:
            listener.renew(loaded)
        for follow in self._followers:
            follow(loaded)

    def _paths(self) -> list[Path]:
        ca = self.pki.ca_file if self.pki else None
        return [each for each in (self._certificate, self._key, self._more_roots, ca) if each]

    def _stamps(self) -> list[tuple[int, int, int] | None]:
        return [_stamp(each) for each in self._paths()]

    def _read(self) -> Loaded:
        if not self._certificate or not self._key:
            raise ValueError("there is no certificate")
        chain, key = self._certificate.read_bytes(), self._key.read_bytes()
        leaf = _parsed(self._certificate, chain)[0]
        try:
            fits = same_key(leaf, key)
        except (ValueError, TypeError) as error:
            raise ValueError(f"{self._key} is no private key in PEM without a password") from error
        if not fits:
            raise ValueError(f"{self._key} is not the key of {self._certificate}")
        roots = self._more_roots.read_bytes() if self._more_roots else b""
        if self._more_roots:
            _parsed(self._more_roots, roots)
        ca = self.pki.ca_file.read_bytes() if self.pki else b""
        parsed = _parsed(self.pki.ca_file, ca)[0] if self.pki else None
        return Loaded(key, chain, b"\n".join(each for each in (ca, roots) if each), parsed)

    def _watch_end(self) -> None:
        """Renews a certificate that is our own, and says of others in time that they end."""
        if not self.loaded:
            return
        leaf, now = self.loaded.leaf, datetime.datetime.now(datetime.UTC)
        begin, end = leaf.not_valid_before_utc, leaf.not_valid_after_utc
        if self._is_ours and self.pki and self.pki.ca_key_file.exists() and now > begin + RENEWED_AT * (end - begin):
            try:
                self.pki.renew()
            except (OSError, ValueError) as error:
                log.warning("the server's certificate could not be renewed: %s", error)
        if now > end - ENDS_SOON and end - begin > ENDS_SOON:
            self._alarms.begin(END_ALARM, f"the server's certificate ends at {end:%Y-%m-%d %H:%M} UTC: renew it")
        else:
            self._alarms.end(END_ALARM)


class _Listener:
    """What one listener hands to gRPC, which looks at every handshake, on threads of its own."""

    def __init__(self, loaded: Loaded, with_client_certificate: bool) -> None:
        self._with_client_certificate = with_client_certificate
        self.configuration = self._of(loaded)
        self._fresh: grpc.ServerCertificateConfiguration | None = None
        self.fetch: Callable[[], grpc.ServerCertificateConfiguration | None] = self._taken

    def renew(self, loaded: Loaded) -> None:
        self._fresh = self._of(loaded)

    def _of(self, loaded: Loaded) -> grpc.ServerCertificateConfiguration:
        roots = loaded.roots if self._with_client_certificate else None
        return grpc.ssl_server_certificate_configuration([loaded.pair], roots)

    def _taken(self) -> grpc.ServerCertificateConfiguration | None:
        fresh, self._fresh = self._fresh, None
        return fresh


def _parsed(path: Path, pem: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise ValueError(f"{path} has no certificate in PEM") from error


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_ino, found.st_mtime_ns, found.st_size)
