"""The checkout that the tests are in: its root, and the files that are or will be committed."""

import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@cache
def project_files(*patterns: str) -> tuple[Path, ...]:
    """Tracked files and new ones that are not ignored. Skips the test where there is no git checkout."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = (ROOT / name for name in listed.split("\0") if name)
    # Deleted, and not committed yet.
    return tuple(path for path in paths if path.is_file())
