"""How a program ends: unwritable streams, signals, and faults of its own, each as one sentence and a code."""

import contextlib
import errno
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TextIO, cast

# As shells have them: 128 and the signal's number.
INTERRUPTED, BROKEN_PIPE, TERMINATED = 130, 141, 143
# It was carried out, and what it had to say could not be written.
NOT_WRITTEN = 12
FAILED = 1
OWN_PACKAGES = ("chronovisor", "controlplane", "hostagent")
# In columns.
NARROWEST = 40
# With it set, a fault of ours is shown with its traceback.
DEBUG = "CHRONOVISOR_DEBUG"


class Terminated(KeyboardInterrupt):
    """SIGTERM came."""


class Ended(Exception):
    """A signal came while a command ran. `by` is what it raised."""

    def __init__(self, by: KeyboardInterrupt) -> None:
        super().__init__()
        self.by = by


class GuardedStream:
    """A stream of text that keeps the first error of writing, and drops what comes after it.

    What a command does must not end in its middle because its output has no room.
    """

    def __init__(self, stream: TextIO | None) -> None:
        # A stream that was closed when the program began is None.
        self._closed = OSError(errno.EBADF, "it is closed") if stream is None else None
        self._stream = stream or _nowhere()
        self.error: OSError | None = None
        with contextlib.suppress(AttributeError, ValueError, OSError):
            # What an encoding does not have is written as an escape.
            cast("Any", self._stream).reconfigure(errors="backslashreplace")

    def write(self, text: str) -> int:
        if text and self._closed:
            self.error = self._closed
        with self._kept():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with self._kept():
            self._stream.flush()

    @contextlib.contextmanager
    def _kept(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            self._fail(error)
        except ValueError as error:
            # Of a file that was closed meanwhile.
            self._fail(OSError(errno.EBADF, str(error)))

    def _fail(self, error: OSError) -> None:
        self.error = self.error or error
        broken, self._stream = self._stream, _nowhere()
        # What is left in its buffer goes nowhere, too: the interpreter would try again at its end.
        with contextlib.suppress(OSError, ValueError, AttributeError):
            os.dup2(self._stream.fileno(), broken.fileno())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


@contextlib.contextmanager
def guarded_streams() -> Generator[tuple[GuardedStream, GuardedStream]]:
    """stdout and stderr, guarded."""
    before = sys.stdout, sys.stderr
    out, err = GuardedStream(before[0]), GuardedStream(before[1])
    sys.stdout, sys.stderr = cast("TextIO", out), cast("TextIO", err)
    try:
        yield out, err
    finally:
        out.flush()
        err.flush()
        sys.stdout, sys.stderr = before


def is_output_lost() -> bool:
    """Whether nobody can read what is written to stdout: what goes on until it is ended may end."""
    return isinstance(sys.stdout, GuardedStream) and sys.stdout.error is not None


def output_code(out: GuardedStream, code: int, show: Callable[[str, str, str], None]) -> int:
    """The exit code, `code` being what the program itself came to. `show` takes a reason, a sentence and a hint."""
    out.flush()
    if out.error is None or code not in (0, INTERRUPTED):
        return code
    if out.error.errno == errno.EPIPE:
        # Whoever read our output has seen enough.
        return BROKEN_PIPE
    why = out.error.strerror or str(out.error)
    show("OUTPUT_NOT_WRITTEN", f"The command was carried out, and its output could not be written: {why}", "")
    return NOT_WRITTEN


def widen() -> None:
    """Of a terminal that says it is narrower than any word, what is shown is wider than it."""
    columns = os.environ.get("COLUMNS", "")
    if columns and not (columns.isdecimal() and int(columns) >= NARROWEST):
        os.environ["COLUMNS"] = str(NARROWEST)


def requests_json(arguments: Sequence[str]) -> bool:
    """Whether a command line requests a document, JSON or YAML, which JSON is, too; also one that makes no sense."""
    options = [each for each in arguments if each != "--"]
    pairs = zip(options, [*options[1:], ""], strict=True)
    joined = {f"{option}{kind}" for option in ("--output=", "-o", "-o=") for kind in ("json", "yaml")} | {"--json"}
    return any(each in joined or (each in ("-o", "--output") and value in ("json", "yaml")) for each, value in pairs)


def as_error(reason: str, sentence: str, hint: str = "") -> str:
    """The JSON object of an error."""
    return json.dumps({"error": {"reason": reason, "sentence": sentence, "hint": hint}})


def on_sigterm() -> None:
    """From now on SIGTERM ends the program as Ctrl-C does, with a code of its own."""

    def terminate(_number: int, _frame: FrameType | None) -> NoReturn:
        raise Terminated

    with contextlib.suppress(ValueError):
        # Of a thread that is not the first.
        signal.signal(signal.SIGTERM, terminate)


def why(error: BaseException) -> str:
    """An error in one line."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    text = " ".join(str(error).split())
    return text or type(error).__name__


def run(
    name: str,
    body: Callable[[], int | None],
    expected: tuple[type[Exception], ...] = (OSError, ValueError),
    *,
    extra: str = "",
    is_service: bool = False,
) -> int:
    """Runs a program, and returns its exit code. What it raises is one sentence after its name.

    Faults that are not `expected` are ours, and are printed with their traceback: a server's cannot be had again. Of a
    service, what it prints is not its result. `extra` is what to install where another project's package is missing.
    """

    def show(_reason: str, sentence: str, _hint: str) -> None:
        print(f"{name}: {_printable(sentence)}", file=sys.stderr)

    with guarded_streams() as (out, _):
        try:
            code = body() or 0
        except Terminated:
            show("", "ended by SIGTERM", "")
            code = TERMINATED
        except KeyboardInterrupt:
            show("", "interrupted", "")
            code = INTERRUPTED
        except SystemExit as ended:
            code = _code_of(ended, show)
        except ModuleNotFoundError as error:
            package = (error.name or "").partition(".")[0]
            if not extra or package in OWN_PACKAGES:
                raise
            show("", f"{error.name} is missing: pip install 'chronovisor[{extra}]'", "")
            code = FAILED
        except expected as error:
            if os.environ.get(DEBUG):
                traceback.print_exc()
            show("", why(error), "")
            code = FAILED
        except Exception as error:  # noqa: BLE001 the end of the process
            traceback.print_exc()
            show("", f"a fault of its own: {type(error).__name__}: {why(error)}", "")
            code = FAILED
        return code if is_service else output_code(out, code, show)


def _code_of(ended: SystemExit, show: Callable[[str, str, str], None]) -> int:
    if ended.code is None or isinstance(ended.code, int):
        return ended.code or 0
    text = str(ended.code)
    # argparse and others begin with the program's name themselves.
    print(_printable(text), file=sys.stderr) if ": " in text else show("", text, "")
    return FAILED


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
