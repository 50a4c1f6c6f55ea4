"""The agent of a host that has joined: its certificate is renewed while it works, and another join is taken up."""

import asyncio
from pathlib import Path

import pytest
from chronovisor.v1 import host_credentials_pb2 as api
from chronovisor.v1 import host_service_pb2
from hostagent import join
from hostagent.agent import Agent
from hostagent.control.identity import IdentityFiles
from hostagent.drivers.simulated.behaviour import Behaviour
from hostagent.drivers.simulated.driver import SimulatedDriver

from tests.integration.identity.secured import Secured, secured
from tests.support.waiting import WAIT_S, until

pytestmark = pytest.mark.slow


async def _join(plane: Secured, state_dir: Path, host_id: str = "node-1", **wrong: str) -> None:
    token = await plane.token(host_id)
    proof = {"--token": token.token, "--ca-sha256": token.ca_sha256, "--host-id": host_id} | wrong
    where = ["--server", plane.control_plane.listeners.bound.people, "--state-dir", str(state_dir)]
    words = [*where, *(word for pair in proof.items() for word in pair)]
    await asyncio.to_thread(join.main, words, host_id, state_dir)


async def _is_connected(plane: Secured) -> bool:
    listed = await plane.hosts.ListHosts(host_service_pb2.ListHostsRequest())
    return any(host.agent_connected for host in listed.hosts)


async def _issued(plane: Secured) -> int:
    found = await plane.hosts.GetHostCredentials(api.GetHostCredentialsRequest(name="hosts/node-1"))
    return len(found.certificates)


def _agent(plane: Secured, files: IdentityFiles) -> Agent:
    server = plane.control_plane.listeners.bound.agents
    return Agent(server, "node-1", SimulatedDriver(Behaviour()), sample_every_s=3600.0, files=files)


async def test_an_agent_renews_its_certificate_and_is_heard_all_the_while(tmp_path: Path) -> None:
    async with secured(tmp_path, life_s=6.0) as plane:
        await _join(plane, tmp_path / "state")
        files = IdentityFiles(tmp_path / "state")
        first = files.load()
        running = asyncio.create_task(_agent(plane, files).run())
        try:
            await until(lambda: _is_connected(plane))

            async def twice_renewed() -> bool:
                return await _issued(plane) >= 3

            await until(twice_renewed)
            await until(lambda: _is_connected(plane))
            newest = files.load()
            assert first
            assert newest
            assert newest.key != first.key
            assert newest.ends > first.ends
            kinds = await plane.events("", "HostLost")
            assert kinds == []
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_an_agent_that_was_revoked_goes_on_once_its_host_has_joined_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with secured(tmp_path) as plane:
        await _join(plane, tmp_path / "state")
        running = asyncio.create_task(_agent(plane, IdentityFiles(tmp_path / "state")).run())
        try:
            await until(lambda: _is_connected(plane))
            await plane.hosts.RevokeHostCredentials(api.RevokeHostCredentialsRequest(name="hosts/node-1"))

            async def says_so() -> bool:
                return "were revoked" in caplog.text or "was revoked" in caplog.text

            await until(says_so)
            await _join(plane, tmp_path / "state")
            await until(lambda: _is_connected(plane), 2 * WAIT_S)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_what_is_wrong_with_joining_is_one_sentence_and_leaves_no_key(tmp_path: Path) -> None:
    async with secured(tmp_path) as plane:
        state = tmp_path / "state"
        with pytest.raises(join.CannotJoin, match="is not the control plane of that token"):
            await _join(plane, state, **{"--ca-sha256": "0" * 64})
        with pytest.raises(join.CannotJoin, match="the token is unknown, used, revoked, expired"):
            await _join(plane, state, **{"--token": "cvht_none"})
        with pytest.raises(join.CannotJoin, match="give --ca-sha256"):
            await _join(plane, state, **{"--ca-sha256": ""})
        assert IdentityFiles(state).load() is None
