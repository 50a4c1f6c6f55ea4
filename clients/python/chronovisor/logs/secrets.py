"""Secrets in text that is to be logged: what looks like one is left out. The last guard: nothing should log any."""

import re

LEFT_OUT = "[left out]"
# What stands before the secret stays: it says where one was.
_PATTERNS = (
    # Private keys: as a whole, or what there is of one.
    re.compile(r"(?P<kept>-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    # Tokens of service accounts and hosts, and tokens of issuers.
    re.compile(r"(?P<kept>\bcv[a-z]{2}_)[0-9A-Za-z_-]{16,}"),
    re.compile(r"(?P<kept>\b)eyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{8,}(?:\.[0-9A-Za-z_-]*)?"),
    re.compile(r"(?P<kept>\b(?:bearer|basic)\s+)[0-9A-Za-z._~+/=-]{8,}", re.IGNORECASE),
    # Of a store's address.
    re.compile(r"(?P<kept>://[^\s:/@]+:)[^\s@/]+(?=@)"),
    # Of a message's text form, a mapping's, a query's and an option's: a name that says so, and what follows.
    re.compile(
        r"(?P<kept>\b(?:[a-z_]*password|passwd|passphrase|user_data|userdata|private_key|client_secret|secret|api_key"
        r"|authorization|refresh_token|access_token|id_token|token)[\"']?\s*[:=]\s*)"
        # Of a text within a text, backslashes are several: rather too much is left out than too little.
        r"(?:b?\"(?:[^\"\\]|\\+.)*\"|b?'(?:[^'\\]|\\+.)*'|[^\s,;&)}\]]+)",
        re.IGNORECASE,
    ),
)


def without_secrets(text: str) -> str:
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<kept>{LEFT_OUT}", text)
    return text
