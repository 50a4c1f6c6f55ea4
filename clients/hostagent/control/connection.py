"""The channel to the control plane: in plain text to this machine, or by the host's certificate, which is renewed."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import grpc
import grpc.aio
from chronovisor.retry import Backoff
from chronovisor.v1 import agent_service_pb2 as pb
from chronovisor.v1 import agent_service_pb2_grpc as rpc
from chronovisor.v1 import host_credentials_pb2 as api

from hostagent.control.identity import Identity, IdentityFiles, new_key
from hostagent.control.image_fetcher import ImageCall
from hostagent.control.session import SessionCalls
from hostagent.control.tunnels import TunnelCall

log = logging.getLogger(__name__)
# Of the life of a certificate, when it is renewed: earlier by up to the jitter, so that hosts do not come all at once.
RENEWED_AT, JITTER = 2 / 3, 0.1
FIRST_RETRY_S, LONGEST_RETRY_S = 5.0, 600.0
CALL_S = 30.0
# Channels of other certificates never share a connection.
_OWN = (("grpc.use_local_subchannel_pool", 1),)


class SecureCalls:
    """Calls by the host's certificate. One that is new, by renewal or by another join, has a channel of its own."""

    def __init__(
        self, files: IdentityFiles, identity: Identity, server: str, options: Sequence[tuple[str, int]]
    ) -> None:
        self._files = files
        self._server = server
        self._options = (*options, *_OWN)
        self.identity = identity
        self._stamp: int = files.stamp()
        self._channel = self._opened(identity)
        self._calls = SessionCalls(self._channel)
        self._closing: set[asyncio.Task[None]] = set()

    def begin(self, messages: AsyncIterator[pb.ConnectRequest], actor: str) -> Any:
        self._take_up()
        return self._calls.begin(messages, actor)

    def try_other_name(self) -> bool:
        return self._calls.try_other_name()

    def open_tunnel(self, actor: str) -> TunnelCall:
        return self._calls.open_tunnel(actor)

    def fetch_image(self, request: pb.FetchImageRequest, actor: str) -> ImageCall:
        return self._calls.fetch_image(request, actor)

    async def keep_renewed(self, renewed: Callable[[], None]) -> None:
        """Renews the certificate in time, until cancelled. `renewed` is called once there is a newer one."""
        backoff = Backoff(first_s=FIRST_RETRY_S, most_s=LONGEST_RETRY_S)
        while True:
            self._take_up()
            await asyncio.sleep(_wait_s(self.identity, random.random()))
            if self._take_up():
                continue
            try:
                await self._renew()
            except (grpc.aio.AioRpcError, OSError, ValueError) as error:
                why = error.details() if isinstance(error, grpc.aio.AioRpcError) else error
                log.warning("the host's certificate, until %s, could not be renewed: %s", self.identity.ends, why)
                await asyncio.sleep(backoff.next_s())
                continue
            backoff.reset()
            log.info("the host's certificate is renewed, until %s", self.identity.ends)
            renewed()

    async def close(self) -> None:
        await asyncio.gather(*self._closing, return_exceptions=True)
        await self._channel.close(None)

    async def _renew(self) -> None:
        key, csr = await asyncio.to_thread(new_key)
        stub = rpc.AgentServiceStub(self._channel)
        answer = await stub.RenewHostCertificate(api.RenewHostCertificateRequest(csr=csr), timeout=CALL_S)
        newer = replace(self.identity, key=key, chain=answer.certificate_chain, ca=answer.ca_certificate)
        await asyncio.to_thread(self._files.store, newer)
        self._take_up()

    def _take_up(self) -> bool:
        """Takes what is in the files, where that is newer. Returns whether it was."""
        stamp = self._files.stamp()
        if stamp in (0, self._stamp):
            return False
        try:
            newer = self._files.load()
        except (OSError, ValueError) as error:
            log.warning("the host's certificate cannot be read: %s", error)
            return False
        if newer is None:
            return False
        before, self._channel = self._channel, self._opened(newer)
        self._calls, self.identity = SessionCalls(self._channel), newer
        self._stamp = stamp
        # A stream that is open on it is taken over first.
        closing = asyncio.create_task(_closed_later(before))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
        return True

    def _opened(self, identity: Identity) -> grpc.aio.Channel:
        return grpc.aio.secure_channel(self._server, identity.credentials(), options=self._options)


def _wait_s(identity: Identity, chance: float) -> float:
    """How long until the certificate is renewed, in seconds."""
    life = identity.ends - identity.begins
    at = identity.begins + life * (RENEWED_AT - JITTER * chance)
    return max(1.0, (at - datetime.now(UTC)).total_seconds())


async def _closed_later(channel: grpc.aio.Channel) -> None:
    await channel.close(10.0)
