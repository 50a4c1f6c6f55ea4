"""Bytecode of what the tests run: kept, also where the environment forbids to write it, as images of containers do.

Without it, each of the many programs that tests begin compiles hundreds of modules again: a second of CPU time.
"""

import os
from pathlib import Path

FORBIDDEN, ELSEWHERE = "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"


def keep() -> None:
    """For processes that begin from now on. Where it was forbidden, it is in a cache, and not in the checkout."""
    if os.environ.pop(FORBIDDEN, ""):
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        os.environ.setdefault(ELSEWHERE, str(cache / "chronovisor" / "bytecode"))
