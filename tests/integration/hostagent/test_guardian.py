"""A guardian as a process, on a machine without guests or with decoys: who takes over from whom, and who is killed."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator, Iterator
from pathlib import Path

import pytest
from hostagent.watchdog.guarded import Guarded, GuardianSettings
from hostagent.watchdog.lease import boottime
from hostagent.watchdog.place import Place
from hostagent.watchdog.processes import GuestProcess, GuestProcesses, pid_files_of
from hostagent.watchdog.watchdog import NoWatchdog, WatchdogError
from hostagent.watchdog.words import State, read_line

from tests.support.waiting import WAIT_S, until, wait_until

DOMAIN, OTHER = "cv-018f0000-0000-7000-8000-000000000001", "cv-018f0000-0000-7000-8000-000000000002"


@pytest.fixture
def settings(tmp_path: Path) -> GuardianSettings:
    # A path that is too long for a socket's name. No libvirt is there.
    state_dir = tmp_path / ("long" * 20)
    return GuardianSettings(f"qemu+unix:///system?socket={tmp_path}/libvirt-sock", state_dir, "node-1", 8.0)


@pytest.fixture
def place(settings: GuardianSettings) -> Iterator[Place]:
    yield settings.place
    with contextlib.suppress(OSError):
        settings.place.end()


@contextlib.asynccontextmanager
async def guarded(settings: GuardianSettings) -> AsyncGenerator[Guarded]:
    """An agent's side, which keeps its guardian."""
    made = Guarded(settings)
    await made.open()
    running = asyncio.create_task(made.run(lambda: None))
    try:
        yield made
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await made.close()


def state_of(place: Place) -> State:
    with place.connected() as found:
        found.settimeout(WAIT_S)
        found.sendall(b"{}\n")
        return State.parse(read_line(found))


async def another_than(place: Place, pid: int) -> State:
    found: list[State] = []

    async def is_another() -> bool:
        with contextlib.suppress(OSError, ValueError):
            found.append(state_of(place))
        return bool(found) and found[-1].pid != pid

    await until(is_another)
    return found[-1]


async def test_the_next_agent_has_a_guardian_of_its_own_that_counts_on(
    settings: GuardianSettings, place: Place
) -> None:
    async with guarded(settings) as agent:
        agent.granted(30, agent.now())
        agent.renewed(agent.now())
        before = state_of(place)
    async with guarded(settings):
        after = state_of(place)
    assert after.pid != before.pid
    assert after.expires_at == before.expires_at
    assert after.length_s == 30


async def test_restarting_agents_again_and_again_puts_nothing_off(settings: GuardianSettings, place: Place) -> None:
    async with guarded(settings):
        first = state_of(place)
    for _ in range(2):
        async with guarded(settings):
            pass
    assert state_of(place).expires_at == first.expires_at
    assert first.expires_at is not None
    assert first.expires_at <= boottime()


async def test_a_guardian_that_hangs_is_replaced(settings: GuardianSettings, place: Place) -> None:
    async with guarded(settings) as agent:
        agent.granted(30, agent.now())
        before = state_of(place)
    os.kill(before.pid, signal.SIGSTOP)
    async with guarded(settings):
        assert state_of(place).pid != before.pid
    wait_until(lambda: not Path(f"/proc/{before.pid}/cmdline").exists() or is_zombie(before.pid))


def is_zombie(pid: int) -> bool:
    """Nobody's child may wait some time for the machine's first process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


async def test_a_guardian_that_is_killed_is_replaced_with_all_that_it_knew(
    settings: GuardianSettings, place: Place
) -> None:
    async with guarded(settings) as agent:
        agent.granted(30, agent.now())
        before = state_of(place)
        os.kill(before.pid, signal.SIGKILL)
        assert agent.promised_s == 8
        after = await another_than(place, before.pid)
        assert after.expires_at == before.expires_at


async def test_two_agents_of_one_host_do_not_replace_each_others_guardians_for_ever(
    settings: GuardianSettings, place: Place
) -> None:
    async with guarded(settings) as one:
        before = state_of(place)
        async with guarded(settings) as other:
            after = await another_than(place, before.pid)

            async def both_have_one() -> bool:
                return one.promised_s == other.promised_s == 8

            await until(both_have_one)
            # Both are heard by the same.
            one.granted(100, one.now())
            other.granted(200, other.now())

            async def is_the_later() -> bool:
                return state_of(place).length_s in (100, 200)

            await until(is_the_later)
            assert state_of(place).pid == after.pid


async def test_nonsense_is_ignored(settings: GuardianSettings, place: Place) -> None:
    async with guarded(settings):
        with place.connected() as found:
            found.settimeout(WAIT_S)
            found.sendall(b"end\n[]\n{}\n")
            assert State.parse(read_line(found)).pid == state_of(place).pid


async def test_an_agent_without_a_promise_ends_it_and_starts_none(settings: GuardianSettings, place: Place) -> None:
    async with guarded(settings):
        pass
    NoWatchdog(place).granted(30, boottime())

    async def is_gone() -> bool:
        return not place.is_taken()

    await until(is_gone)


async def test_a_guardian_that_cannot_start_says_why(settings: GuardianSettings, tmp_path: Path) -> None:
    settings.state_dir.write_text("a file")
    with pytest.raises(WatchdogError, match="Not a directory"):
        await Guarded(settings).open()


@pytest.mark.parametrize(
    ("uri", "directory"),
    [
        ("qemu:///system", "/run/libvirt/qemu"),
        ("qemu+unix:///system?socket=/a/b/libvirt-sock", "/a/b/qemu"),
        ("qemu:///session", None),
        ("qemu+ssh://other/system", None),
        ("test:///default", None),
    ],
)
def test_pid_files_are_those_of_a_system_libvirt_on_this_machine(uri: str, directory: str | None) -> None:
    if directory:
        assert pid_files_of(uri) == Path(directory)
    else:
        with pytest.raises(ValueError, match="a watchdog needs the guests of qemu:///system on this machine"):
            pid_files_of(uri)


@contextlib.contextmanager
def process(*arguments: str) -> Generator[subprocess.Popen[bytes]]:
    """One that only sleeps, with these arguments on its command line."""
    script = "import time; print(flush=True); time.sleep(1000)"
    with subprocess.Popen([sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE) as made:
        assert made.stdout is not None
        made.stdout.readline()
        try:
            yield made
        finally:
            made.kill()


def test_a_guests_process_is_killed(tmp_path: Path) -> None:
    with process("-name", f"guest={DOMAIN},debug-threads=on") as guest:
        (tmp_path / f"{DOMAIN}.pid").write_text(f"{guest.pid}\n")
        guests = GuestProcesses(tmp_path)
        (found,) = guests.running()
        assert found == GuestProcess(guest.pid, DOMAIN)
        guests.kill(found)
        assert guest.wait(WAIT_S) == -signal.SIGKILL
        assert guests.running() == []
        # Once more is no error.
        guests.kill(found)


@pytest.mark.parametrize(
    ("file", "arguments"),
    [
        # Of a guest that has ended, and whose pid is another program's by now.
        (f"{DOMAIN}.pid", ("-name", "vim")),
        (f"{DOMAIN}.pid", ("-name", f"guest={OTHER},debug-threads=on")),
        (f"{DOMAIN}.pid", ("-name", f"guest={DOMAIN}-copy,debug-threads=on")),
        # Somebody else's domains.
        ("web.pid", ("-name", "guest=web,debug-threads=on")),
        ("cv-web.pid", ("-name", "guest=cv-web,debug-threads=on")),
    ],
)
def test_no_other_process_is_killed(tmp_path: Path, file: str, arguments: tuple[str, ...]) -> None:
    with process(*arguments) as other:
        (tmp_path / file).write_text(f"{other.pid}\n")
        guests = GuestProcesses(tmp_path)
        assert guests.running() == []
        guests.kill(GuestProcess(other.pid, file.removesuffix(".pid")))
        assert other.poll() is None


def test_pid_files_that_are_none_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / f"{DOMAIN}.pid").write_text("soon")
    assert GuestProcesses(tmp_path).running() == []
    assert GuestProcesses(tmp_path / "none").running() == []
