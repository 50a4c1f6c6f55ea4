"""Network namespaces: making and removing them, and calling a function within one. A thread enters, and ends there."""

import contextlib
import ctypes
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
_CLONE_NEWNET = 0x40000000
_MNT_DETACH = 2
_MS_BIND = 4096
_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    """Raises OSError."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def within(namespace: Path | None, call: Callable[[], T]) -> T:
    """`call` in a thread of that namespace; None: in this one, by the caller's own thread. Raises what it raises."""
    if namespace is None:
        return call()
    found: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            with namespace.open("rb") as file:
                _checked(_libc.setns(file.fileno(), _CLONE_NEWNET), f"entering {namespace}")
            found.append(call())
        except BaseException as error:  # noqa: BLE001 - the caller gets it
            failed.append(error)

    thread = threading.Thread(target=run, name=f"in {namespace.name}")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return found[0]


def exists(namespace: Path) -> bool:
    """Whether it is one: a file of its name may be left of a start before."""
    here = namespace.parent
    try:
        return namespace.stat().st_dev != here.stat().st_dev
    except FileNotFoundError:
        return False


def ensure(namespace: Path) -> None:
    """Raises OSError."""
    if exists(namespace):
        return
    namespace.parent.mkdir(parents=True, exist_ok=True)
    namespace.touch()

    def bind() -> None:
        _checked(_libc.unshare(_CLONE_NEWNET), "a new network namespace")
        source = f"/proc/self/task/{threading.get_native_id()}/ns/net".encode()
        _checked(_libc.mount(source, bytes(namespace), None, _MS_BIND, None), f"mounting {namespace}")

    _in_a_thread(bind)


def remove(namespace: Path) -> None:
    """What is in it goes with it, once no process is there any more."""
    with contextlib.suppress(OSError):
        while _libc.umount2(bytes(namespace), _MNT_DETACH) == 0:
            pass
    namespace.unlink(missing_ok=True)


def _in_a_thread(call: Callable[[], None]) -> None:
    failed: list[OSError] = []

    def run() -> None:
        try:
            call()
        except OSError as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


def enter_command(namespace: Path | None) -> list[str]:
    """What a command line begins with, so that the command runs there. Unlike `ip netns exec`, it keeps /sys."""
    return ["nsenter", f"--net={namespace}", "--"] if namespace else []


def capabilities() -> frozenset[int]:
    """The effective ones of this process, by their numbers."""
    text = Path("/proc/self/status").read_text()
    mask = int(next(line.split()[1] for line in text.splitlines() if line.startswith("CapEff:")), 16)
    return frozenset(number for number in range(64) if mask >> number & 1)
