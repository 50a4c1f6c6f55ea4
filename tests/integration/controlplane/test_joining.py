"""How hosts join, stay and are turned away, by a client that is not the project's agent."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any, cast

import grpc
import pytest
from chronovisor.v1 import agent_service_pb2 as agents
from chronovisor.v1 import agent_service_pb2_grpc, host_pb2, host_service_pb2, host_service_pb2_grpc
from chronovisor.v1 import host_credentials_pb2 as api
from google.protobuf.field_mask_pb2 import FieldMask
from grpc import aio

from controlplane.domain.time import Micros
from tests.integration.controlplane.plane import Refusal, refused, running
from tests.integration.identity.rig import key_and_csr
from tests.integration.identity.secured import Certified, Secured, hello, secured, talking
from tests.support.waiting import WAIT_S, patient, until

pytestmark = pytest.mark.slow


@pytest.fixture
async def plane(tmp_path: Path) -> AsyncIterator[Secured]:
    async with secured(tmp_path) as made:
        yield made


class Stream:
    """One agent's stream."""

    def __init__(
        self, channel: aio.Channel, *messages: agents.ConnectRequest, then: Iterable[agents.ConnectRequest] = ()
    ) -> None:
        stub = agent_service_pb2_grpc.AgentServiceStub(channel)
        self.call: Any = stub.OpenSession(talking(itertools.chain(messages, then)))

    async def welcomed(self) -> str:
        first = await asyncio.wait_for(self.call.read(), WAIT_S)
        return first.welcome.host

    async def drain(self) -> None:
        eof: Any = cast("Any", aio).EOF
        while await self.call.read() is not eof:
            pass

    async def ended(self) -> Refusal:
        return await refused(self.drain())


async def _refused(plane: Secured, certified: Certified, *messages: agents.ConnectRequest) -> Refusal:
    async def call() -> None:
        while True:
            async with plane.agent(certified) as channel:
                try:
                    return await Stream(channel, *messages).drain()
                except aio.AioRpcError as error:
                    # gRPC's own fault: refused while its first message is sent, a call may lose the refusal.
                    if error.details() != "Internal error from Core":
                        raise

    return await refused(call())


@pytest.mark.covers("HostService.CreateHostToken", "AgentService.EnrollHost", "HostService.GetHostCredentials")
async def test_a_host_joins_by_a_token_and_is_that_host_alone(plane: Secured) -> None:
    token = await plane.token("node-1")
    assert token.token.startswith("cvht_")
    assert len(token.ca_sha256) == 64
    certified = await plane.enroll(token.token, "node-1")
    async with plane.agent(certified) as channel:
        assert await Stream(channel, hello("node-1")).welcomed() == "hosts/node-1"
        other = await Stream(channel, hello("node-2")).ended()
        assert (other.code, other.reason) == (grpc.StatusCode.PERMISSION_DENIED, "NOT_YOURS")
    shown = await plane.hosts.GetHostCredentials(api.GetHostCredentialsRequest(name="hosts/node-1"))
    assert [each.HasField("use_time") for each in shown.tokens] == [True]
    assert [each.token for each in shown.tokens] == [""]
    assert [each.HasField("revoke_time") for each in shown.certificates] == [False]
    kinds = await plane.events("", "HostTokenCreated", "HostTokenUsed", "HostCertificateIssued")
    assert kinds == ["host_token_created", "host_token_used", "host_certificate_issued"]


@pytest.mark.provokes("HOST_TOKEN_INVALID")
async def test_a_token_is_of_use_once_for_one_host_and_in_time(plane: Secured) -> None:
    token = (await plane.token("node-1")).token
    for wrong in (
        plane.enroll(token, "node-2"),
        plane.enroll(token + "x", "node-1"),
        plane.enroll("cvht_", "node-1"),
    ):
        found = await refused(wrong)
        assert (found.code, found.reason) == (grpc.StatusCode.UNAUTHENTICATED, "HOST_TOKEN_INVALID")
    await plane.enroll(token, "node-1")
    assert (await refused(plane.enroll(token, "node-1"))).reason == "HOST_TOKEN_INVALID"
    revoked = await plane.token("node-1")
    id_ = revoked.name.rpartition("/")[2]
    await plane.hosts.RevokeHostCredentials(api.RevokeHostCredentialsRequest(name="hosts/node-1", token_id=id_))
    assert (await refused(plane.enroll(revoked.token, "node-1"))).reason == "HOST_TOKEN_INVALID"


async def test_of_one_token_that_comes_twice_at_once_one_joins(plane: Secured) -> None:
    token = (await plane.token("node-1")).token
    found = await asyncio.gather(*(plane.enroll(token) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(each, Certified) for each in found) == 1


async def test_the_same_request_for_a_token_is_answered_without_it(plane: Secured) -> None:
    request_id = "2f0c5cde-21b6-4f93-9f0b-0f3a5c1d2e3f"
    first = await plane.hosts.CreateHostToken(api.CreateHostTokenRequest(host_id="n", request_id=request_id))
    again = await plane.hosts.CreateHostToken(api.CreateHostTokenRequest(host_id="n", request_id=request_id))
    assert first.token
    assert (again.name, again.token) == (first.name, "")


@pytest.mark.covers("HostService.RevokeHostCredentials")
@pytest.mark.provokes("CERTIFICATE_REVOKED")
async def test_a_host_that_is_revoked_is_turned_away_at_once(plane: Secured) -> None:
    certified = await plane.joined()
    async with plane.agent(certified) as channel:
        stream = Stream(channel, hello())
        await stream.welcomed()
        ended = asyncio.create_task(stream.ended())
        await plane.hosts.RevokeHostCredentials(api.RevokeHostCredentialsRequest(name="hosts/node-1", reason="stolen"))
        assert (await asyncio.wait_for(ended, 5.0)).reason == "CERTIFICATE_REVOKED"
        # On the connection that is open, and on a new one.
        assert (await Stream(channel, hello()).ended()).reason == "CERTIFICATE_REVOKED"
    assert (await refused(plane.renew(certified))).reason == "CERTIFICATE_REVOKED"
    joined_again = await plane.joined()
    async with plane.agent(joined_again) as channel:
        assert await Stream(channel, hello()).welcomed() == "hosts/node-1"


async def test_a_host_that_is_decommissioned_has_no_certificate_any_more(plane: Secured) -> None:
    certified = await plane.joined()
    async with plane.agent(certified) as channel:
        stream = Stream(channel, hello())
        await stream.welcomed()
        await plane.hosts.CordonHost(host_service_pb2.CordonHostRequest(name="hosts/node-1"))
        ended = asyncio.create_task(stream.ended())
        await plane.hosts.DecommissionHost(host_service_pb2.DecommissionHostRequest(name="hosts/node-1"))
        assert (await ended).reason in ("CERTIFICATE_REVOKED", "HOST_DECOMMISSIONED")
        assert (await Stream(channel, hello()).ended()).reason == "CERTIFICATE_REVOKED"
    assert (await refused(plane.token())).reason == "HOST_DECOMMISSIONED"


@pytest.mark.covers("AgentService.RenewHostCertificate")
async def test_a_renewed_certificate_takes_the_stream_over_and_older_ones_are_of_no_use(plane: Secured) -> None:
    first = await plane.joined()
    async with plane.agent(first) as channel:
        stream = Stream(channel, hello())
        await stream.welcomed()
        second = await plane.renew(first)
        async with plane.agent(second) as other:
            assert await Stream(other, hello()).welcomed() == "hosts/node-1"
            assert (await stream.ended()).reason == "AGENT_SUPERSEDED"
    third = await plane.renew(second)
    replayed = await _refused(plane, first, hello())
    assert replayed.reason == "CERTIFICATE_REVOKED"
    async with plane.agent(third) as channel:
        assert await Stream(channel, hello(instance="two")).welcomed() == "hosts/node-1"


@pytest.mark.provokes("CERTIFICATE_EXPIRED")
async def test_a_stream_ends_with_the_certificate_that_opened_it(tmp_path: Path) -> None:
    async with secured(tmp_path, life_s=2.0) as plane:
        certified = await plane.joined()
        async with plane.agent(certified) as channel:
            stream = Stream(channel, hello())
            await stream.welcomed()
            assert (await asyncio.wait_for(stream.ended(), WAIT_S)).reason == "CERTIFICATE_EXPIRED"
            # The connection is still there: TLS looks at the certificate in its beginning alone.
            assert (await Stream(channel, hello()).ended()).reason == "CERTIFICATE_EXPIRED"


@pytest.mark.provokes("CERTIFICATE_REQUIRED")
async def test_nobody_is_an_agent_without_a_certificate(plane: Secured) -> None:
    async with plane.people() as channel:
        stub = agent_service_pb2_grpc.AgentServiceStub(channel)
        assert (await Stream(channel, hello()).ended()).reason == "NO_CREDENTIAL"
        request = api.RenewHostCertificateRequest(csr=key_and_csr()[1])
        assert (await refused(stub.RenewHostCertificate(request))).reason == "NO_CREDENTIAL"
    # Who owns the machine may do everything, and has none all the same.
    stub = agent_service_pb2_grpc.AgentServiceStub(plane.channel)
    assert (await refused(stub.RenewHostCertificate(request))).reason == "CERTIFICATE_REQUIRED"


async def test_a_host_s_certificate_is_for_its_agent_s_own_methods(plane: Secured) -> None:
    async with plane.agent(await plane.joined()) as channel:
        stub = host_service_pb2_grpc.HostServiceStub(channel)
        assert (await refused(stub.ListHosts(host_service_pb2.ListHostsRequest()))).reason == "ACCESS_DENIED"
        token = api.CreateHostTokenRequest(host_id="node-2")
        assert (await refused(stub.CreateHostToken(token))).reason == "ACCESS_DENIED"


async def test_an_agent_that_floods_is_turned_away(plane: Secured) -> None:
    certified = await plane.joined()
    beat = agents.ConnectRequest(heartbeat=agents.AgentHeartbeat())
    huge = agents.ConnectRequest(
        inventory=agents.GuestInventory(guests=[agents.GuestReport(vm_uid=str(number)) for number in range(20_001)])
    )
    async with plane.agent(certified) as channel:

        async def is_quarantined() -> bool:
            host = await plane.hosts.GetHost(host_service_pb2.GetHostRequest(name="hosts/node-1"))
            return host.refused_agent.reason == "AGENT_QUARANTINED"

        # However slow the machine is, it is a flood in the end if it goes on.
        for flood in (itertools.repeat(beat), [huge]):
            # What such a client hears of it is up to its gRPC: it is in the middle of sending.
            with pytest.raises(aio.AioRpcError):
                await asyncio.wait_for(Stream(channel, hello(), then=flood).drain(), patient(60.0))
            await until(is_quarantined, WAIT_S)
            assert (await Stream(channel, hello()).ended()).reason == "AGENT_QUARANTINED"
            plane.control_plane._agents._quarantined.clear()  # pyright: ignore[reportPrivateUsage]
            plane.control_plane._agents.refusals.forget("hosts/node-1")  # pyright: ignore[reportPrivateUsage]
        # Others are not harmed.
        async with plane.agent(await plane.joined("node-2")) as other:
            assert await Stream(other, hello("node-2", machine="b")).welcomed() == "hosts/node-2"


async def test_the_owner_of_the_machine_may_speak_for_any_host(plane: Secured) -> None:
    assert await Stream(plane.channel, hello("node-9")).welcomed() == "hosts/node-9"


async def test_of_a_signing_request_the_key_alone_is_taken(plane: Secured) -> None:
    token = (await plane.token()).token
    async with plane.people() as channel:
        stub = agent_service_pb2_grpc.AgentServiceStub(channel)
        found = await refused(stub.EnrollHost(api.EnrollHostRequest(host_id="node-1", token=token, csr=b"nonsense")))
        assert (found.reason, found.fields) == ("INVALID_FIELD", ["csr"])
    # The rig's requests say that they are a CA, root, and another host.
    certified = await plane.enroll(token)
    assert (await _refused(plane, certified, hello("other"))).reason == "NOT_YOURS"


async def test_what_was_revoked_is_so_after_a_restart(tmp_path: Path) -> None:
    async with secured(tmp_path) as plane:
        revoked, good = await plane.joined("node-1"), await plane.joined("node-2")
        await plane.hosts.RevokeHostCredentials(api.RevokeHostCredentialsRequest(name="hosts/node-1"))
    async with secured(tmp_path) as plane:
        assert (await _refused(plane, revoked, hello("node-1"))).reason == "CERTIFICATE_REVOKED"
        async with plane.agent(good) as channel:
            assert await Stream(channel, hello("node-2")).welcomed() == "hosts/node-2"


async def test_a_token_that_has_expired_is_of_no_use(tmp_path: Path) -> None:
    async with secured(tmp_path) as plane:
        token = await plane.token(ttl_s=60)
        plane.control_plane.clock.not_before(Micros(token.expire_time.ToMicroseconds() + 1))
        assert (await refused(plane.enroll(token.token))).reason == "HOST_TOKEN_INVALID"


@pytest.mark.provokes("NO_CERTIFICATE_AUTHORITY")
async def test_without_an_authority_of_its_own_a_control_plane_has_no_hosts_join() -> None:
    async with running() as plane:
        found = await refused(plane.hosts.CreateHostToken(api.CreateHostTokenRequest(host_id="node-1")))
        assert (found.code, found.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "NO_CERTIFICATE_AUTHORITY")


async def test_what_is_not_known_is_not_found(plane: Secured) -> None:
    request = api.GetHostCredentialsRequest(name="hosts/none")
    assert (await refused(plane.hosts.GetHostCredentials(request))).reason == "HOST_NOT_FOUND"
    revoke = api.RevokeHostCredentialsRequest(name="hosts/none")
    assert (await refused(plane.hosts.RevokeHostCredentials(revoke))).reason == "HOST_NOT_FOUND"
    await plane.token("none")
    revoke.token_id = "0a"
    assert (await refused(plane.hosts.RevokeHostCredentials(revoke))).reason == "HOST_NOT_FOUND"


async def test_a_host_can_have_ten_tokens_that_are_not_used(plane: Secured) -> None:
    for _ in range(10):
        await plane.token()
    assert (await refused(plane.token())).fields == ["host_id"]


async def test_a_new_host_and_what_it_has_more_count_once_an_administrator_says_so(tmp_path: Path) -> None:
    async def host(plane: Secured) -> host_pb2.Host:
        return await plane.hosts.GetHost(host_service_pb2.GetHostRequest(name="hosts/node-1"))

    async with secured(tmp_path, approve_hosts=True) as plane:
        certified = await plane.joined()
        async with plane.agent(certified) as channel:
            await Stream(channel, hello(vcpus=4)).welcomed()
            assert (await host(plane)).state == host_pb2.HOST_STATE_CORDONED
            await plane.hosts.UncordonHost(host_service_pb2.UncordonHostRequest(name="hosts/node-1", reason="ours"))
        async with plane.agent(certified) as channel:
            await Stream(channel, hello(vcpus=4000, memory_mib=1 << 40)).welcomed()
            found = await host(plane)
            assert found.state == host_pb2.HOST_STATE_ACTIVE
            assert (found.capacity.vcpus, found.capacity.memory_mib) == (4, 4096)
            # As much of it as an administrator believes.
            found.inventory["vcpus"].total = 8
            await plane.hosts.UpdateHost(
                host_service_pb2.UpdateHostRequest(host=found, update_mask=FieldMask(paths=["inventory"]))
            )
        async with plane.agent(certified) as channel:
            await Stream(channel, hello(vcpus=4000)).welcomed()
            assert (await host(plane)).capacity.vcpus == 8
            # Less always counts.
            await Stream(channel, hello(vcpus=2)).welcomed()
            assert (await host(plane)).capacity.vcpus == 2
