"""The listeners of one server, over real connections: TLS, mutual TLS, the local socket, and plain text."""

import asyncio
import os
import socket
import ssl
import stat
import sys
from pathlib import Path

import grpc
import pytest
from grpc import aio

from controlplane.identity.certificates import FILES_ALARM
from controlplane.identity.listeners import Listeners
from controlplane.identity.local_socket import LocalSocket
from controlplane.identity.peers import Peers
from controlplane.identity.pki import Pki
from controlplane.identity.transport_settings import LeastTls, TransportSettings
from controlplane.runtime.clock import Clock
from controlplane.runtime.system_alarms import SystemAlarms
from tests.integration.identity.rig import Rig, calling, key_and_csr, leaf_at, rig
from tests.support.waiting import wait_until


async def _is_refused(made: Rig, address: str, credentials: grpc.ChannelCredentials | None) -> None:
    with pytest.raises(aio.AioRpcError) as caught:
        await made.call(address, credentials)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_people_come_by_tls_and_prove_nothing_by_it(tmp_path: Path) -> None:
    async with rig(tmp_path) as made:
        assert await made.call(made.listeners.bound.people, made.people()) == {"too_old": False}
        await _is_refused(made, made.listeners.bound.people, None)


async def test_an_agent_is_known_by_the_certificate_of_our_authority(tmp_path: Path) -> None:
    async with rig(tmp_path) as made:
        found = await made.call(made.listeners.bound.agents, made.host("node-1"))
        assert found["name"] == "agent:node-1"
        assert found["proof"][0] == "certificate"
        assert found["until"] > 0
        assert not found["owns_machine"]


async def test_without_a_certificate_of_an_authority_of_ours_no_connection_to_the_agents_port(tmp_path: Path) -> None:
    foreign = Pki(tmp_path / "foreign")
    foreign.create("test", ["localhost"])
    async with rig(tmp_path) as made:
        agents = made.listeners.bound.agents
        await _is_refused(made, agents, made.people())
        await _is_refused(made, agents, made.host("node-1", pki=foreign))
        await _is_refused(made, agents, made.host("node-1", life_s=-60.0))


async def test_another_authoritys_certificate_is_no_agent_whatever_it_says(tmp_path: Path) -> None:
    foreign = Pki(tmp_path / "foreign")
    foreign.create("test", ["localhost"])
    async with rig(tmp_path, client_ca=foreign.ca_file) as made:
        found = await made.call(made.listeners.bound.agents, made.host("node-1", pki=foreign))
        assert found["name"] == "certificate:spiffe://test/hosts/node-1"


async def test_a_certificate_that_ends_proves_nothing_on_the_connection_that_it_began(tmp_path: Path) -> None:
    async with rig(tmp_path) as made:
        channel = aio.secure_channel(made.listeners.bound.agents, made.host("node-1", life_s=1.5))
        async with channel:
            call = calling(channel)
            assert b"agent:node-1" in await call(b"")
            await asyncio.sleep(1.6)
            assert b"agent:node-1" not in await call(b"")


async def test_tls_1_2_is_known_and_taken_only_on_request(tmp_path: Path) -> None:
    async with rig(tmp_path) as made:
        host, _, port = made.listeners.bound.people.rpartition(":")
        context = ssl.create_default_context(cafile=str(made.pki.ca_file))
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["h2"])

        def version() -> str | None:
            with (
                socket.create_connection((host, int(port))) as raw,
                context.wrap_socket(raw, server_hostname=host) as s,
            ):
                return s.version()

        # gRPC itself takes it: what the peer speaks is known of each call.
        assert await asyncio.to_thread(version) == "TLSv1.2"
    old = {"ssl_tls_version": [b"TLSv1.2"]}
    assert Peers(None, None, LeastTls.V1_3).is_too_old(old)
    assert not Peers(None, None, LeastTls.V1_2).is_too_old(old)


async def test_new_certificates_are_taken_up_while_connections_go_on(tmp_path: Path) -> None:
    async with rig(tmp_path) as made:
        assert made.listeners.certificates
        people = made.listeners.bound.people
        async with aio.secure_channel(people, made.people()) as channel:
            await calling(channel)(b"")
            before = await asyncio.to_thread(leaf_at, people)
            made.pki.renew()
            await made.listeners.certificates.reload()
            assert (await asyncio.to_thread(leaf_at, people)).serial_number == made.pki.server().serial_number
            assert made.pki.server().serial_number != before.serial_number
            await calling(channel)(b"")


async def test_files_of_no_use_leave_the_certificates_as_they_are_and_are_an_alarm(tmp_path: Path) -> None:
    async with rig(tmp_path) as made:
        assert made.listeners.certificates
        people = made.listeners.bound.people
        before = await asyncio.to_thread(leaf_at, people)
        key = made.pki.key_file.read_bytes()
        for nonsense in (b"no key", key_and_csr()[0], b""):
            made.pki.key_file.write_bytes(nonsense)
            await made.listeners.certificates.reload()
            assert [each.kind for each in made.alarms.open] == [FILES_ALARM]
            assert (await asyncio.to_thread(leaf_at, people)).serial_number == before.serial_number
        made.pki.key_file.write_bytes(key)
        await made.listeners.certificates.reload()
        assert made.alarms.open == []


async def test_the_files_are_followed(tmp_path: Path) -> None:
    async with rig(tmp_path) as made:
        following = asyncio.create_task(made.listeners.run())
        made.pki.renew()
        renewed = made.pki.server().serial_number
        people = made.listeners.bound.people
        await asyncio.to_thread(wait_until, lambda: leaf_at(people).serial_number == renewed)
        following.cancel()


async def test_the_local_socket_says_which_user_of_the_machine_calls(tmp_path: Path) -> None:
    async with rig(tmp_path, with_pki=False) as made:
        path = tmp_path / "s"
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        found = await made.call(f"unix:{path}")
        assert found["name"].startswith("local:")
        assert found["proof"] == ["socket", f"uid {os.geteuid()}"]
        assert found["owns_machine"]
        # gRPC's own socket behind it is out of anybody's reach, and a name that only looks like one of ours is none.
        assert stat.S_IMODE((tmp_path / ".s").stat().st_mode) == 0o700
    assert not path.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
async def test_another_user_of_the_machine_is_who_the_kernel_says(tmp_path: Path) -> None:
    script = (
        # Python itself may be where only root can read: all of it that is needed is loaded before.
        "import os,sys,grpc\n"
        "grpc.insecure_channel('unix:/none').unary_unary('/a/b').future(b'').exception()\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "c = grpc.insecure_channel(sys.argv[1])\nprint(c.unary_unary('/test.Who/Are')(b'', timeout=10).decode())"
    )
    async with rig(tmp_path, with_pki=False) as made:
        path = tmp_path / "s"
        for directory in (tmp_path, *tmp_path.parents):
            directory.chmod(stat.S_IMODE(directory.stat().st_mode) | stat.S_IXOTH)

        async def of_nobody() -> str:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", script, f"unix:{path}"), stdout=-1, stderr=-1, env=os.environ
            )
            out, err = await process.communicate()
            return (out or err).decode()

        assert "UNAVAILABLE" in await of_nobody()
        # As if its group were let in, of which this user is not.
        path.chmod(0o666)
        assert '"name": "local:nobody"' in (answer := await of_nobody())
        assert '"owns_machine": false' in answer
        assert (await made.call(f"unix:{path}"))["owns_machine"]


async def test_large_messages_pass_the_local_socket_both_ways(tmp_path: Path) -> None:
    async with rig(tmp_path, with_pki=False) as made, aio.insecure_channel(made.listeners.bound.socket) as channel:
        call = calling(channel)
        await asyncio.gather(*(call(b"x" * 3_000_000, timeout=60) for _ in range(5)))


async def test_the_socket_of_a_process_that_is_gone_is_replaced_and_that_of_one_that_lives_is_not(
    tmp_path: Path,
) -> None:
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(tmp_path / "s"))
    async with rig(tmp_path, with_pki=False) as made:
        await made.call(made.listeners.bound.socket)
        with pytest.raises(OSError, match="another program does"):
            LocalSocket(tmp_path / "s").bind(aio.server())
        await made.call(made.listeners.bound.socket)


async def test_what_cannot_be_listened_on_is_refused_with_what_to_do(tmp_path: Path) -> None:
    alarms = SystemAlarms(Clock())

    def made(listen: str, *, insecure: bool = False, **more: Path | None) -> Listeners:
        return Listeners(listen, TransportSettings(**more), insecure=insecure, alarms=alarms)  # pyright: ignore[reportArgumentType]

    with pytest.raises(ValueError, match="--insecure is for loopback alone"):
        made("0.0.0.0:0", insecure=True)
    with pytest.raises(ValueError, match="nothing to listen on"):
        made("127.0.0.1:0")
    with pytest.raises(ValueError, match="--tls-cert needs --tls-key"):
        made("127.0.0.1:0", certificate=tmp_path / "x")
    with pytest.raises(ValueError, match="give no --tls-cert"):
        made("127.0.0.1:0", insecure=True, certificate=tmp_path / "x", key=tmp_path / "y")
    with pytest.raises(ValueError, match=r"too long by \d+ bytes"):
        LocalSocket(tmp_path / ("x" * 108))
    (tmp_path / "open").mkdir(mode=0o777)
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(OSError, match="chmod o-w"):
        LocalSocket(tmp_path / "open" / "s").bind(aio.server())
