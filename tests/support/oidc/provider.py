"""The certified `oidc-provider` of npm in a process of its own, and a browser that signs in at it by itself."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx

from tests.support.free_port import free_port
from tests.support.token_signer import Signer

VERSION = "9.13.3"
AUDIENCE = "urn:chronovisor"
CLIENT, CONSOLE = "chronovisor-cli", "chronovisor-console"
_HERE = Path(__file__).resolve().parent
_FORM = re.compile(r"<form[^>]*>.*?</form>", re.S)
_ACTION = re.compile(r'<form[^>]*action="([^"]*)"')
_INPUT = re.compile(r"<input[^>]*>")
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')


def folder() -> Path:
    """Where `deploy/setup/other_tools.sh` installs it."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    return cache / "chronovisor" / "tools" / f"oidc-provider-{VERSION}"


def why_not() -> str:
    """Why it cannot be used; empty where it can."""
    if not shutil.which("node"):
        return "needs Node (https://nodejs.org)"
    return "" if (folder() / "node_modules" / "oidc-provider").is_dir() else "run deploy/setup/other_tools.sh first"


class Provider:
    """One issuer on a free port. `restart` gives it other keys, which is how they are rotated."""

    def __init__(self, accounts: Mapping[str, list[str]], token_s: int = 3600) -> None:
        self._port = free_port()
        self._accounts = dict(accounts)
        self._token_s = token_s
        self._process: subprocess.Popen[str] | None = None
        self.issuer = f"http://127.0.0.1:{self._port}"

    def start(self, *signers: Signer) -> None:
        keys = [{**each.key.as_dict(private=True), "kid": each.kid, "alg": each.algorithm} for each in signers]
        settings = {
            "port": self._port,
            "keys": keys,
            "accounts": self._accounts,
            "tokenSeconds": self._token_s,
            "audience": AUDIENCE,
        }
        self._process = subprocess.Popen(
            ["node", str(_HERE / "provider.mjs"), json.dumps(settings)],
            env={**os.environ, "OIDC_PROVIDER_AT": str(folder()), "NODE_NO_WARNINGS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout
        assert "listening" in self._process.stdout.readline(), "oidc-provider does not start"

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def restart(self, *signers: Signer) -> None:
        self.stop()
        self.start(*signers)


class Browser:
    """Signs in as one account, and agrees to everything, as the provider's own pages for developers have it."""

    def __init__(self, account: str) -> None:
        self._account = account

    def open(self, address: str) -> str:
        """Goes on until there is no form any more. The last page."""
        with httpx.Client(trust_env=False, timeout=20) as http:
            return self._through(http, _followed(http, http.get(address)))

    def open_until(self, address: str, stops_at: str) -> str:
        """Goes on until it is led to an address that begins so, which it does not open: that address."""
        with httpx.Client(trust_env=False, timeout=20) as http:
            page = http.get(address)
            for _ in range(20):
                while page.is_redirect:
                    to = urljoin(str(page.url), page.headers["location"])
                    if to.startswith(stops_at):
                        return to
                    page = http.get(to)
                form = _FORM.search(page.text)
                assert form, page.text
                page = self._submitted(http, page, form.group())
        raise AssertionError(f"it is not led to {stops_at}")

    def enter(self, address: str, code: str) -> str:
        """Of the device flow, without the code in the address."""
        with httpx.Client(trust_env=False, timeout=20) as http:
            page = http.get(address)
            form = _FORM.search(page.text)
            assert form, page.text
            return self._through(http, _followed(http, self._submitted(http, page, form.group(), user_code=code)))

    def _through(self, http: httpx.Client, page: httpx.Response) -> str:
        for _ in range(10):
            form = _FORM.search(page.text)
            if not form:
                break
            page = _followed(http, self._submitted(http, page, form.group()))
        return page.text

    def _submitted(self, http: httpx.Client, page: httpx.Response, form: str, **more: str) -> httpx.Response:
        action = _ACTION.search(form)
        fields: dict[str, Any] = {}
        for each in _INPUT.findall(form):
            attributes = dict(_ATTRIBUTE.findall(each))
            if name := attributes.get("name"):
                fields[name] = unescape(attributes.get("value", ""))
        fields |= {name: self._account for name in ("login", "password") if name in fields} | more
        return http.post(urljoin(str(page.url), unescape(action.group(1)) if action else ""), data=fields)


def _followed(http: httpx.Client, response: httpx.Response) -> httpx.Response:
    while response.is_redirect:
        response = http.get(urljoin(str(response.url), response.headers["location"]))
    return response
