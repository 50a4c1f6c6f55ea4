"""An OpenID Connect issuer for a scenario: its keys over HTTP on loopback, and the tokens that a scenario requests."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey

AUDIENCE = "urn:chronovisor"
KID = "conformance"
ALGORITHM = "ES256"


class Issuer:
    """`settings` is a file for `chronovisord --config`."""

    def __init__(self, directory: Path) -> None:
        self._key = ECKey.generate_key("P-256")
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps(issuer.document(self.path)).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.settings = directory / "issuers.toml"
        self.settings.write_text(f'[[issuers]]\nissuer = "{self.address}"\naudience = "{AUDIENCE}"\n')

    def document(self, path: str) -> dict[str, Any]:
        if path == "/jwks":
            return {"keys": [{**self._key.as_dict(private=False), "kid": KID, "alg": ALGORITHM, "use": "sig"}]}
        return {"issuer": self.address, "jwks_uri": f"{self.address}/jwks"}

    def token(self, claims: dict[str, Any], ends_in_s: float, kind: str) -> str:
        """An access token, or one of another `kind` by its header's typ."""
        now = int(time.time())
        usual = {"iss": self.address, "aud": AUDIENCE, "sub": "alice", "iat": now, "exp": now + int(ends_in_s)}
        header = {"alg": ALGORITHM, "kid": KID, "typ": kind}
        return jws.serialize_compact(header, json.dumps(usual | claims), self._key)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
