"""docs/how-to/sign-in.md works as it stands there, at the certified provider of npm and over TLS."""

import os
import re
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.free_port import free_port
from tests.support.oidc.provider import Browser, Provider, why_not
from tests.support.token_signer import Signer
from tests.support.waiting import patient
from tests.unit.project.checkout import ROOT
from tests.unit.project.test_pages import Command, missing, steps

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(why_not()), reason=why_not())]

PAGE = ROOT / "docs" / "how-to" / "sign-in.md"
BIN = Path(sys.executable).parent


@contextmanager
def served(words: list[str], environment: dict[str, str], directory: Path) -> Generator[None]:
    """The control plane, for as long as the page goes on."""
    with subprocess.Popen(
        words, env=environment, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            assert server.stdout
            assert any("listens on" in line for line in server.stdout)
            yield
        finally:
            server.terminate()


def signed_in(typed: str, environment: dict[str, str], directory: Path) -> subprocess.CompletedProcess[str]:
    """`login`, while somebody opens the address that it shows."""
    words = ["bash", "-c", typed]
    with subprocess.Popen(
        words, env=environment, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        assert program.stderr
        first = program.stderr.readline()
        addresses = re.findall(r"http://\S+", first + program.stderr.readline() if "enter" in first else first)
        Browser("alice").open(addresses[-1].rstrip("."))
        out, err = program.communicate(timeout=patient(60))
    return subprocess.CompletedProcess(words, program.returncode, out, first + err)


def test_its_commands_work_one_after_the_other(tmp_path: Path) -> None:
    provider = Provider({"alice": ["ops"]})
    provider.start(Signer("one"))
    address = f"127.0.0.1:{free_port()}"
    home = tmp_path / "home"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CHRONOVISOR")},
        **{"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(home), "CHRONOVISOR_HOME": str(home)},
        **{
            "CHRONOVISOR_CONFIG": str(tmp_path / "config.toml"),
            "CHRONOVISOR_TOKEN_STORE": "file",
            "SSH_CONNECTION": "x",
        },
    }

    def here(text: str) -> str:
        text = text.replace("https://issuer.example.org", provider.issuer).replace("127.0.0.1:7460", address)
        return text.replace("--ca-file ca.crt", f"--ca-file {home / 'pki' / 'ca.crt'}")

    server = None
    try:
        for step in steps(PAGE):
            if not isinstance(step, Command):
                # No test is where another is.
                more = f'agent-listen = "127.0.0.1:{free_port()}"\n'
                (tmp_path / step[0]).write_text(more + here(step[1]))
                continue
            typed = here(step.typed)
            if typed.startswith("chronovisord --config"):
                server = served(typed.split(), environment, tmp_path)
                server.__enter__()
                continue
            if typed.startswith("chronovisor login"):
                done = signed_in(typed, environment, tmp_path)
            else:
                done = subprocess.run(
                    ["bash", "-c", typed], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
                )
            output = done.stdout + done.stderr
            assert done.returncode == step.code, f"$ {typed}\n{output}"
            assert not missing([here(each) for each in step.shown], output), f"$ {typed}\n{output}"
    finally:
        if server:
            server.__exit__(None, None, None)
        provider.stop()
