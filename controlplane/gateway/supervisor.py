"""Runs the gateway's process beside the server: starts it, and again when it dies, and ends it with the server."""

import asyncio
import contextlib
import json
import logging
import os
import secrets
import time
from typing import Any, NamedTuple, Protocol

from controlplane.gateway.listener import HttpListener
from controlplane.gateway.settings import Pair, ProcessSettings, SignInIssuer, line_of
from controlplane.identity.certificates import Alarms, Certificates, Loaded
from controlplane.identity.forwarding import GatewayKey
from controlplane.runtime import worker_process

log = logging.getLogger(__name__)
MODULE = "controlplane.gateway"
ALARM = "http_gateway_down"
# It is pinged so often. So many answers may be late: it has a low priority.
PING_EACH_S, MOST_SILENT = 5.0, 12
# Between its end and the next start: doubled each time, until it has lived for a while.
FIRST_WAIT_S, LONGEST_WAIT_S, LIVED_S = 0.2, 30.0, 60.0


class Refusals(Protocol):
    """The security log: see runtime.security_log."""

    def refused(self, principal: str, address: str, method: str, reason: str, detail: str) -> None: ...


class SignIn(NamedTuple):
    """How browsers sign in."""

    cookie_key: str
    issuers: tuple[SignInIssuer, ...] = ()


class GatewaySupervisor:
    """`upstream` is the address of the control plane, for the gateway alone; `key` is how that knows the gateway."""

    def __init__(
        self,
        listener: HttpListener,
        upstream: str,
        key: GatewayKey,
        certificates: Certificates | None,
        alarms: Alarms,
        refusals: Refusals,
        sign_in: SignIn,
    ) -> None:
        self.listener = listener
        self.upstream = upstream
        self._key = key
        self._certificates = certificates if listener.is_secure else None
        self._alarms = alarms
        self._refusals = refusals
        self._sign_in = sign_in
        self._process: asyncio.subprocess.Process | None = None
        self._watching: asyncio.Task[None] | None = None
        self._closing = False
        self._has_answered = False
        self.ping_each_s = PING_EACH_S
        self.starts = 0
        if self._certificates:
            self._certificates.on_new(self._renew)

    @property
    def pid(self) -> int:
        """Of the process that runs now; 0 while none does."""
        process = self._process
        return process.pid if process and process.returncode is None else 0

    def start(self) -> None:
        """Does not wait for the process: connections that come before it serves wait for it."""
        self._watching = asyncio.create_task(self._watch(), name="HTTP gateway")

    async def close(self, grace_s: float) -> None:
        """After the server has ended its streams: what is still sent to clients has the grace."""
        self._closing = True
        self._key.value = ""
        if self._process and self._process.stdin:
            # By which it knows. A signal may come to it, too, from whoever ends the server: it waits for the server.
            self._process.stdin.close()
        if self._watching:
            _, late = await asyncio.wait([self._watching], timeout=grace_s + 1.0)
            for each in late:
                # Which kills it.
                each.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await each
        self.listener.close()

    async def _watch(self) -> None:
        wait_s = FIRST_WAIT_S
        while not self._closing:
            began = time.monotonic()
            code = await self._run()
            self._key.value = ""
            if self._closing:
                return
            if time.monotonic() - began > LIVED_S:
                wait_s = FIRST_WAIT_S
            detail = f"its process ended with {code}, and is started again in {wait_s:g} s"
            if self._alarms.begin(ALARM, detail):
                log.error("the HTTP gateway: %s", detail)
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    async def _run(self) -> int:
        """One process, until it ends: its exit code."""
        listening = self.listener.socket
        assert listening is not None
        self.starts += 1
        process = self._process = await worker_process.start(MODULE, [listening.fileno()])
        assert process.stdin is not None
        assert process.stdout is not None
        pinging: asyncio.Task[None] | None = None
        try:
            key = secrets.token_urlsafe(32)
            self._key.value = key
            loaded = self._certificates.loaded if self._certificates else None
            settings = ProcessSettings(
                os.getpid(),
                listening.fileno(),
                self.upstream,
                key,
                self.listener.names(loaded),
                self.listener.settings.origins,
                _pair_of(loaded),
                self._sign_in.cookie_key,
                self._sign_in.issuers,
                self.listener.settings.address_share,
            )
            process.stdin.write(settings.to_line())
            pinging = asyncio.create_task(self._ping(process), name="HTTP gateway's pings")
            while line := await process.stdout.readline():
                self._take(json.loads(line))
        except (ValueError, ConnectionError) as error:
            log.error("the HTTP gateway does not work: %s", error)
            worker_process.kill(process)
        except asyncio.CancelledError:
            await worker_process.end(process)
            raise
        finally:
            if pinging:
                pinging.cancel()
        return await process.wait()

    async def _ping(self, process: asyncio.subprocess.Process) -> None:
        """Ends a process that is stuck, so that another is started: its connections would wait for ever."""
        assert process.stdin is not None
        silent = 0
        while silent < MOST_SILENT:
            self._has_answered = False
            process.stdin.write(line_of({"ping": True}))
            await asyncio.sleep(self.ping_each_s)
            silent = 0 if self._has_answered else silent + 1
        log.error("the HTTP gateway does not answer: its process is ended")
        worker_process.kill(process)

    def _take(self, message: dict[str, Any]) -> None:
        match message:
            case {"ready": True}:
                self._alarms.end(ALARM)
            case {"pong": True}:
                self._has_answered = True
            case {"refused": [str(address), str(path), str(reason), str(detail)]}:
                self._refusals.refused("", address, path, reason, detail)
            case _:
                raise ValueError(f"unknown message {str(message)[:100]}")

    def _renew(self, loaded: Loaded) -> None:
        process = self._process
        if self.pid and process and process.stdin:
            pair = _pair_of(loaded)
            process.stdin.write(line_of({"pair": pair, "names": self.listener.names(loaded)}))


def _pair_of(loaded: Loaded | None) -> Pair | None:
    return Pair(loaded.chain.decode("ascii"), loaded.key.decode("ascii")) if loaded else None
