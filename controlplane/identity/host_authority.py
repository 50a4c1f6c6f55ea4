"""The control plane's own CA as it signs for hosts, and what their agents are given with it."""

from cryptography.hazmat.primitives.serialization import Encoding

from controlplane.identity.listeners import Listeners
from controlplane.identity.pki import Issued, Pki, fingerprint


class HostAuthority:
    """Signs certificates of hosts for a time, with a CA whose private key is here."""

    def __init__(self, pki: Pki, listeners: Listeners, life_s: float) -> None:
        self._pki = pki
        self._listeners = listeners
        self._life_s = life_s

    @property
    def ca_pem(self) -> bytes:
        return self._pki.ca().public_bytes(Encoding.PEM)

    @property
    def ca_sha256(self) -> str:
        return fingerprint(self._pki.ca())

    @property
    def agent_port(self) -> int:
        return int(self._listeners.bound.agents.rpartition(":")[2] or 0)

    def sign(self, csr: bytes, host_id: str) -> Issued:
        """Raises ValueError for a request that cannot be signed. Blocks."""
        return self._pki.sign_host(csr, host_id, self._life_s)


def authority_of(listeners: Listeners, life_s: float) -> HostAuthority | None:
    """None where there is no CA of our own, or its key is not here."""
    pki = listeners.certificates.pki if listeners.certificates else None
    return HostAuthority(pki, listeners, life_s) if pki and pki.ca_key_file.exists() else None
