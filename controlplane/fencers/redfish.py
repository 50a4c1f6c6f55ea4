"""The kind `redfish`: power over the machine's Redfish service, by OpenStack's sushy; read back from `PowerState`."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from controlplane.fencers.fencer import FencerError, FenceTarget
from controlplane.fencers.templates import filled

if TYPE_CHECKING:
    from sushy import System

T = TypeVar("T")
# One request, in seconds; the attempt as a whole has its own limit. sushy counts a request's tries and waits this way.
_CONNECT_S, _ANSWER_S = 5.0, 20.0
_TRIES, _BETWEEN_S = 1, 1
_OFF = "Off"


@dataclass(frozen=True, slots=True)
class RedfishPower:
    """The power of one system of a Redfish service: the only one there, where `system` is empty."""

    target: FenceTarget
    address: str
    system: str = ""
    username: str = ""
    password_file: str = ""
    auth: str = "basic"
    ca_file: str = ""
    verify_tls: bool = True

    async def read(self) -> str:
        state, path = await self._called(self._read)
        return f"redfish: {path} of {self._url} reads PowerState {_OFF}" if state == _OFF else ""

    async def turn_off(self) -> None:
        await self._called(self._turn_off)

    @property
    def _url(self) -> str:
        return filled(self.address, self.target)

    def _read(self) -> tuple[str, str]:
        with self._opened() as system:
            # The document itself: what sushy does not know of a state is no state to it.
            return str(system.json.get("PowerState")), system.path

    def _turn_off(self) -> None:
        import sushy  # noqa: PLC0415 - of the extra `fencing`

        with self._opened() as system:
            system.reset_system(sushy.ResetType.FORCE_OFF)

    @contextlib.contextmanager
    def _opened(self) -> "Generator[System]":
        """The system as it is now. A session ends with it: controllers have room for few."""
        import sushy  # noqa: PLC0415
        from sushy import auth  # noqa: PLC0415

        kind = auth.SessionAuth if self.auth == "session" else auth.BasicAuth
        password = Path(self.password_file).read_text().rstrip("\r\n") if self.password_file else None
        with kind(self.username or None, password) as identity:
            service = sushy.Sushy(
                self._url,
                auth=identity,
                verify=self.ca_file or self.verify_tls,
                server_side_retries=_TRIES,
                server_side_retries_delay=_BETWEEN_S,
                read_timeout=_ANSWER_S,
                connect_timeout=_CONNECT_S,
            )
            yield service.get_system(filled(self.system, self.target) or None)

    async def _called(self, work: Callable[[], T]) -> T:
        from sushy.exceptions import SushyError  # noqa: PLC0415

        try:
            return await _in_thread(work)
        except (SushyError, OSError, ValueError) as error:
            raise FencerError(f"the Redfish service at {self._url}: {_sentence(error)}") from error


async def _in_thread(work: Callable[[], T]) -> T:
    """Blocking work on a thread that the end of this process does not wait for: a controller may trickle for ever."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()

    def settle(set_outcome: Callable[[Any], None], value: object) -> None:
        if not outcome.done():
            set_outcome(value)

    def report(set_outcome: Callable[[Any], None], value: object) -> None:
        # The loop may have ended before the controller answered.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, set_outcome, value)

    def body() -> None:
        try:
            found = work()
        except Exception as error:  # noqa: BLE001 - it is raised where it is awaited
            report(outcome.set_exception, error)
        else:
            report(outcome.set_result, found)

    threading.Thread(target=body, name="redfish", daemon=True).start()
    return await outcome


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
