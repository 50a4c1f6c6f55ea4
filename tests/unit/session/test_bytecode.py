"""Bytecode of the run: written, though the environment says that none is to be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.session import bytecode


def test_what_was_forbidden_is_written_into_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(bytecode.FORBIDDEN, "1")
    monkeypatch.setenv(bytecode.ELSEWHERE, "")
    monkeypatch.delenv(bytecode.ELSEWHERE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    bytecode.keep()
    subprocess.run([sys.executable, "-c", "import colorsys"], check=True)
    assert list((tmp_path / "chronovisor" / "bytecode").rglob("colorsys.*.pyc"))


def test_where_nothing_is_forbidden_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(bytecode.FORBIDDEN, "")
    monkeypatch.setenv(bytecode.ELSEWHERE, "/elsewhere")
    bytecode.keep()
    assert os.environ[bytecode.ELSEWHERE] == "/elsewhere"
