"""The daemons and the benchmark end with one sentence after their name, and a code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.waiting import patient

pytestmark = pytest.mark.slow

PROGRAMS = {
    "chronovisord": "controlplane.__main__",
    "chronovisor-agent": "hostagent.main",
    "chronovisor-bench": "chronovisor.bench.entry",
}


def ended(name: str, *args: str, **env: str) -> tuple[int, str]:
    code = f"import sys; from {PROGRAMS[name]} import main; sys.exit(main())"
    ran = subprocess.run(
        [sys.executable, "-c", code, *args],
        env=os.environ | env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=patient(60),
        check=False,
    )
    return ran.returncode, ran.stderr


@pytest.mark.parametrize(
    ("name", "args", "code"),
    [
        ("chronovisord", ["--bogus"], 2),
        ("chronovisord", ["--listen", "nonsense"], 2),
        ("chronovisord", ["--listen", "127.0.0.1:" + "9" * 30], 2),
        ("chronovisord", ["--check-every", "1e400"], 2),
        ("chronovisord", ["--listen", "127.0.0.1:0", "--insecure", "--store", "nonsense:"], 1),
        ("chronovisord", ["--listen", "127.0.0.1:0", "--insecure", "--store", "sqlite:////proc/none/ledger.db"], 1),
        ("chronovisord", ["--listen", "127.0.0.1:0", "--insecure", "--store", "sqlite:////dev/full"], 1),
        ("chronovisord", ["--listen", "127.0.0.1:0", "--insecure", "--store", "postgresql://x@127.0.0.1:1/x"], 1),
        ("chronovisord", ["--listen", "999.1.1.1:1", "--insecure", "--store", "memory:"], 1),
        ("chronovisord", ["verify", "--store", "sqlite:////none"], 1),
        ("chronovisord", ["verify", "--store", "postgresql://x@127.0.0.1:1/x"], 1),
        ("chronovisord", ["verify", "--expect", "1:zz"], 2),
        ("chronovisord", ["projections"], 2),
        ("chronovisor-agent", ["--bogus"], 2),
        ("chronovisor-agent", ["--driver", "simulated", "--simulate", "nonsense"], 2),
        ("chronovisor-agent", ["--driver", "simulated", "--label", "A=b"], 2),
        ("chronovisor-agent", ["--driver", "simulated", "--label", "a=b\x1b[2J"], 2),
        ("chronovisor-bench", ["--bogus"], 2),
        ("chronovisor-bench", ["replay", "/none"], 1),
        ("chronovisor-bench", ["replay", "/dev/null", "--out", "/proc/x.png"], 1),
    ],
    ids=lambda each: str(each)[:50],
)
def test_what_cannot_be_is_one_sentence(name: str, args: list[str], code: int, tmp_path: Path) -> None:
    found, output = ended(name, *args, CHRONOVISOR_HOME=str(tmp_path / "home"))
    assert (found, output.count("\n")) == (code, 1), output
    assert output.startswith(name)
    assert output.rstrip("\n").isprintable()
