"""What a client is at an issuer, and the tokens that it has of it. Loads no HTTP."""

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, cast

DEFAULT_SCOPE = "openid offline_access"


@dataclass(frozen=True)
class Registration:
    """What a client is at an issuer: a public one, by its id. `audience`: whom its tokens are for."""

    issuer: str
    client_id: str
    audience: str = ""
    scope: str = DEFAULT_SCOPE
    ca_file: str = ""

    @property
    def key(self) -> str:
        """By which its tokens are kept."""
        return f"{self.issuer} {self.client_id} {self.audience} {self.scope}"


@dataclass(frozen=True)
class Tokens:
    """What an issuer gave. `ends_at` is in seconds since 1970, by this machine's clock."""

    access: str = field(repr=False)
    ends_at: float
    refresh: str = field(default="", repr=False)

    def text(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def of_text(text: str) -> "Tokens":
        """Raises ValueError."""
        try:
            found = json.loads(text)
            return Tokens(str(found["access"]), float(found["ends_at"]), str(found["refresh"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"no tokens: {error!r}") from None

    @property
    def claims(self) -> Mapping[str, Any]:
        """What the access token says, unverified, to show; empty where it is no JWT."""
        part = self.access.split(".")[1] if self.access.count(".") == 2 else ""
        try:
            found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        except ValueError:
            return {}
        return cast("Mapping[str, Any]", found) if isinstance(found, dict) else {}
