"""Freezes the protos of a release, once: protos/releases/VERSION.binpb. `--check` compares them with every release.

The version is the one in pyproject.toml.
"""

import argparse
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RELEASES = ROOT / "protos" / "releases"


def buf(*arguments: str) -> int:
    """Runs buf beside this interpreter, or the one on the path. Its exit code."""
    beside = Path(sys.executable).with_name("buf")
    return subprocess.run([str(beside) if beside.exists() else "buf", *arguments], cwd=ROOT, check=False).returncode


def check() -> int:
    """How many releases the protos are not compatible with. Imports are others' own."""
    releases = sorted(RELEASES.glob("*.binpb"))
    assert releases, f"{RELEASES} has no release"
    return sum(buf("breaking", "protos", "--against", str(each), "--exclude-imports") != 0 for each in releases)


def freeze(version: str) -> int:
    path = RELEASES / f"{version}.binpb"
    if path.exists():
        print(f"{path.relative_to(ROOT)} is there: a release is frozen once", file=sys.stderr)
        return 1
    return buf("build", "--path", "protos/chronovisor", "--exclude-source-info", "-o", str(path))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the protos break a release")
    if parser.parse_args().check:
        return int(check() > 0)
    return freeze(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])


if __name__ == "__main__":
    sys.exit(main())
