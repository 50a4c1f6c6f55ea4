"""A language's runner as a process: JSON, one object a line. What it says is in clients/conformance/README.md."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

Json = dict[str, Any]
# A JVM on a busy machine; a runner that is not built yet takes as long as its compiler.
ANSWER_S = 300.0
END_S = 20.0


class RunnerFailed(Exception):
    """The runner ended, hung, or wrote what is no answer; the message has the end of its log."""


class Runner:
    """One process that carries scenarios out. `log` gets what it writes on its standard error."""

    def __init__(self, command: Sequence[str], server: str, log: Path) -> None:
        self._log = log
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True
            )
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        assert self._process.stdout
        threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True).start()
        self._write({"hello": {"server": server}})

    def carry_out(self, name: str, steps: Sequence[Json], do: Callable[[Any], Json], within_s: float = ANSWER_S) -> str:
        """Why the scenario failed; empty when it did not. Raises RunnerFailed."""
        self._write({"scenario": {"name": name, "steps": steps}})
        deadline = time.monotonic() + within_s
        while True:
            line = self._line(deadline - time.monotonic())
            if "do" in line:
                self._write(do(line["do"]))
                continue
            result = line.get("result")
            if not isinstance(result, dict) or result.get("scenario") != name:  # pyright: ignore[reportUnknownMemberType]
                raise RunnerFailed(f"it wrote {line} where the result of {name} was to come")
            return "" if result.get("ok") else str(result.get("why") or "it does not say why")  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]

    def close(self) -> None:
        """Lets it end, and ends it when it does not."""
        with contextlib.suppress(OSError, RunnerFailed):
            self._write({"bye": {}})
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe:
                    pipe.close()

    def _line(self, within_s: float) -> Json:
        try:
            text = self._lines.get(timeout=max(within_s, 0.0))
        except queue.Empty:
            raise RunnerFailed(f"no answer in time{self._end_of_log()}") from None
        if not text:
            raise RunnerFailed(f"the runner ended{self._end_of_log()}")
        try:
            line = json.loads(text)
        except ValueError:
            line = None
        if not isinstance(line, dict):
            raise RunnerFailed(f"it wrote what is no JSON object: {text[:300]!r}")
        return line  # pyright: ignore[reportUnknownVariableType]

    def _write(self, message: Json) -> None:
        assert self._process.stdin
        try:
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()
        except (OSError, ValueError):
            raise RunnerFailed(f"the runner ended{self._end_of_log()}") from None

    def _read(self, output: IO[str]) -> None:
        with contextlib.suppress(ValueError, OSError):
            for line in output:
                self._lines.put(line)
        self._lines.put("")

    def _end_of_log(self) -> str:
        text = self._log.read_text(errors="replace").strip()
        return f"; the end of its log: {text[-1500:]}" if text else ""
