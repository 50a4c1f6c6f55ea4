"""Programs that a fencer runs: without a shell, in an environment of their own, and ended with all they began."""

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import Mapping, Sequence
from typing import IO, NamedTuple

from controlplane.fencers.fencer import FencerError

_KEPT = ("PATH", "LANG", "LC_ALL", "HOME")
_MOST_OUTPUT = 64 << 10
_LONGEST_WORDS = 300
_KILLED_S = 5.0


class Ended(NamedTuple):
    """How a program ended: its exit code, below 0 for a signal, and what it printed, both streams, its last 64 KiB."""

    code: int
    output: str

    @property
    def words(self) -> str:
        """Its last line, to be quoted."""
        lines = [line.strip() for line in self.output.splitlines() if line.strip()]
        shown = "".join(each if each.isprintable() else " " for each in lines[-1]) if lines else "it printed nothing"
        return shown[:_LONGEST_WORDS]


async def run(argv: Sequence[str], environment: Mapping[str, str] | None = None) -> Ended:
    """Waits for its end; cancelled, it kills it and what it started. Raises FencerError where it cannot be started."""
    given = {name: os.environ[name] for name in _KEPT if name in os.environ} | dict(environment or {})
    # A file, not a pipe: one that a child of it holds open would never end.
    with tempfile.TemporaryFile() as output:
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=given,
                start_new_session=True,
            )
        except OSError as error:
            raise FencerError(f"cannot run {argv[0]}: {error.strerror}") from error
        try:
            code = await process.wait()
        finally:
            # Whatever it left behind ends, too.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            # One that not even that ends, as while it waits for a dead disk, is left.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_KILLED_S):
                    await process.wait()
        return Ended(code, _tail(output))


def _tail(output: IO[bytes]) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - _MOST_OUTPUT))
    return output.read().decode(errors="replace")
