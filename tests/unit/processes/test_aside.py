"""Processes beside the server, where they may not do all that they would."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

REFUSED = """
import os
from controlplane import aside

def refused(_increment):
    raise PermissionError(1, "Operation not permitted")

os.nice = refused
aside.begin({parent})
print("begun")
"""


def test_one_that_may_not_be_nice_works_all_the_same() -> None:
    """As in the sandbox of the systemd unit, which lets nothing set priorities."""
    command = [sys.executable, "-c", REFUSED.format(parent=os.getpid())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "begun\n"), done.stderr


def test_one_whose_server_is_gone_ends() -> None:
    command = [sys.executable, "-c", "from controlplane import aside; aside.begin(1 << 30)"]
    assert subprocess.run(command, check=False).returncode == 1
