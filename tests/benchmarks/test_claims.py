"""Without OpenStack Placement the benchmark of claims says so, and leaves nothing half made."""

from pathlib import Path

import pytest

from tests.benchmarks.claims import installed


async def test_it_is_not_installed_without_a_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await installed(tmp_path / "there", install=False) is None
    assert "not installed" in capsys.readouterr().err
    assert not (tmp_path / "there").exists()


async def test_an_installation_that_fails_is_reported_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    # pip looks nowhere.
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    assert await installed(tmp_path / "there", install=True) is None
    assert "failed: ours is measured alone" in capfd.readouterr().err
    assert not (tmp_path / "there").exists()


async def test_what_is_ready_is_used(tmp_path: Path) -> None:
    (tmp_path / "ready").touch()
    assert await installed(tmp_path, install=False) == tmp_path / "bin" / "python"
