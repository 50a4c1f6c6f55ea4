"""Tools that know nothing of Chronovisor call a control plane, as docs/how-to/other-tools.md says."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support.dev_server import daemon
from tests.support.waiting import patient
from tests.unit.project.checkout import ROOT

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs" / "how-to" / "other-tools.md"
TOOLS = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "chronovisor" / "tools" / "bin"
PATH = f"{Path(sys.executable).parent}:{TOOLS}:{os.environ['PATH']}"
# Of each command that does not print this and exit with 0: what it prints at the end, and its code.
WORDS = {
    "GetVm.*none|none.*GetVm": ("VM_NOT_FOUND", 69),
    "WatchEvents": ("vm_created", 68),
    "describe": ("GetUtilizationRequest", 0),
    " list$": ("chronovisor.v1.VmService", 0),
    "^grpcurl.*GetUtilization": ("memory_mib", 0),
    "CreateVm": ("operations/", 0),
    "GetVm": ("projects/default/vms/web-7", 0),
    "^grpc-health-probe": ("SERVING", 0),
    "^ghz": ("[OK]   200 responses", 0),
}


def commands() -> list[str]:
    return re.findall(r"^\$ (.+)$", PAGE.read_text(), re.MULTILINE)


@pytest.fixture
def address(tmp_path: Path) -> Generator[str, None, None]:
    with daemon(tmp_path) as address:
        yield address


def test_the_tools_of_the_page_work_as_it_says(address: str) -> None:
    """Those that are not on this machine are named: `deploy/setup/other_tools.sh` installs them where there is Go."""
    missing = {tool for each in commands() if not shutil.which(tool := each.partition(" ")[0], path=PATH)}
    run = 0
    for command in commands():
        words = shlex.split(command.replace("127.0.0.1:7460", address))
        if words[0] in missing:
            continue
        text, code = next(answer for pattern, answer in WORDS.items() if re.search(pattern, command))
        done = subprocess.run(
            words,
            cwd=ROOT,
            env=os.environ | {"PATH": PATH},
            capture_output=True,
            text=True,
            timeout=patient(60),
            check=False,
        )
        output = done.stdout + done.stderr
        assert text in output, f"$ {command}\n{output}"
        assert done.returncode == code, f"$ {command}\n{output}"
        run += 1
    # buf comes with the test extra.
    assert run
    if missing:
        print(f"not run, as it is not installed: {', '.join(sorted(missing))}")
