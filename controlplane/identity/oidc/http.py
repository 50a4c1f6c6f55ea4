"""Bodies over HTTP, as an issuer gives them: bounded in size and time, without redirects."""

import ssl
from urllib.parse import urlsplit

import httpx

from controlplane.identity.oidc.key_source import FetchFailed
from controlplane.identity.oidc.parameters import is_loopback

MOST_BYTES = 512 * 1024
TIMEOUT_S = 5.0
OK = 200


class HttpFetch:
    """A client for one issuer, kept alive between calls. Raises ValueError for a `ca_file` that cannot be used."""

    def __init__(self, issuer: str, ca_file: str = "") -> None:
        try:
            verify = ssl.create_default_context(cafile=ca_file) if ca_file else True
        except OSError as error:
            raise ValueError(f"issuers, {issuer}, ca_file: {ca_file}: {error.strerror or error}") from None
        self._client = httpx.AsyncClient(
            verify=verify, timeout=TIMEOUT_S, follow_redirects=False, trust_env=not is_loopback(urlsplit(issuer))
        )

    async def __call__(self, url: str) -> bytes:
        """The body. Raises FetchFailed."""
        try:
            async with self._client.stream("GET", url, headers={"accept": "application/json"}) as answer:
                if answer.status_code != OK:
                    raise FetchFailed(f"{url} answered with status {answer.status_code}")
                body = bytearray()
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > MOST_BYTES:
                        raise FetchFailed(f"{url} answered with more than {MOST_BYTES} bytes")
                return bytes(body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise FetchFailed(f"{url}: {error or type(error).__name__}") from None

    async def close(self) -> None:
        await self._client.aclose()
