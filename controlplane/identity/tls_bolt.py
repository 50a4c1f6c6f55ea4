"""No TLS 1.2: gRPC has no option for it, so it is given a cipher of 1.2 that the server's key cannot do.

What it lets through is refused by the version that the peer speaks: see peers.
"""

import os

from controlplane.identity.transport_settings import LeastTls, TransportSettings

VARIABLE = "GRPC_SSL_CIPHER_SUITES"
# By the kind of key that they are of no use with.
_OF_NO_USE_TO_EC = "ECDHE-RSA-AES256-GCM-SHA384"
_OF_NO_USE_TO_RSA = "ECDHE-ECDSA-AES256-GCM-SHA384"


def require_tls(settings: TransportSettings) -> None:
    """Before gRPC is loaded, which reads the variable then."""
    if settings.least_tls is LeastTls.V1_3:
        os.environ.setdefault(VARIABLE, _OF_NO_USE_TO_RSA if _has_rsa(settings) else _OF_NO_USE_TO_EC)


def _has_rsa(settings: TransportSettings) -> bool:
    if settings.certificate is None:
        # Ours are of an elliptic curve.
        return False
    from cryptography import x509  # noqa: PLC0415 - only where it is needed
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415 - the same

    try:
        key = x509.load_pem_x509_certificate(settings.certificate.read_bytes()).public_key()
    except (OSError, ValueError):
        # The listener says so when it is made.
        return False
    return isinstance(key, RSAPublicKey)
