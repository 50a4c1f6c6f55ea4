"""`chronovisor-agent join`: this host's first certificate, by a one-time token. The key never leaves the host."""

import hashlib
import os
import socket
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import click
import grpc
from chronovisor.addresses import address
from chronovisor.option_sources import Command, Option, Parsed, invoke
from chronovisor.v1 import agent_service_pb2_grpc as rpc
from chronovisor.v1 import host_credentials_pb2 as api

from hostagent.control.identity import Identity, IdentityFiles, new_key

NAME = "chronovisor-agent join"
TIMEOUT_S = 30.0
# Of the public method, which Python 3.13 has first, and of what it is made of before.
_DER = 2


class CannotJoin(Exception):
    """The message says why, and what to do."""


def main(arguments: Sequence[str], host_id: str, state_dir: Path) -> None:
    """`host_id` and `state_dir` are the agent's defaults. Raises CannotJoin, OSError, ValueError."""
    invoke(command(host_id, state_dir), NAME, arguments)


def command(host_id: str, state_dir: Path) -> Command:
    return Command(
        NAME,
        help="Joins a control plane as one host, with a token of `chronovisor host token create`.",
        callback=_join,
        params=[
            Option(
                "--server",
                type=Parsed(address),
                required=True,
                metavar="HOST:PORT",
                help="where people connect, such as cp.example:7460",
            ),
            Option("--host-id", default=host_id, metavar="NAME", help="the host that the token is for"),
            Option("--token", required=True, metavar="TOKEN", help="the one-time token"),
            Option(
                "--ca-sha256", default="", show_default=False, metavar="HEX", help="the CA's hash, beside the token"
            ),
            Option("--ca", type=click.Path(path_type=Path), metavar="FILE", help="the CA itself, PEM, instead"),
            Option(
                "--state-dir",
                type=click.Path(path_type=Path),
                default=state_dir,
                metavar="DIR",
                help="where the agent keeps what it must not lose",
            ),
        ],
    )


def _join(server: str, host_id: str, token: str, ca_sha256: str, ca: Path | None, state_dir: Path) -> None:
    files = IdentityFiles(state_dir.absolute())
    root = ca.read_bytes() if ca else _root_at(server, ca_sha256.lower().replace(":", ""))
    key, csr = new_key()
    # Whether it can be kept is found out before the token is used.
    files.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.access(files.directory, os.W_OK):
        raise CannotJoin(f"cannot write to {files.directory}: run as the agent's user, or give another --state-dir")
    answer = _enrolled(server, root, api.EnrollHostRequest(host_id=host_id, token=token, csr=csr))
    agents = f"{server.rpartition(':')[0]}:{answer.agent_port}"
    files.store(Identity(host_id, agents, key, answer.certificate_chain, answer.ca_certificate))
    until = answer.expire_time.ToDatetime()
    print(f"{host_id} has joined. Its certificate is in {files.directory}, until {until:%Y-%m-%d %H:%M} UTC;")
    print(f"the agent renews it, and connects to {agents}: chronovisor-agent --state-dir {state_dir}")


def _enrolled(server: str, root: bytes, request: api.EnrollHostRequest) -> api.EnrollHostResponse:
    with grpc.secure_channel(server, grpc.ssl_channel_credentials(root)) as channel:
        try:
            return rpc.AgentServiceStub(channel).EnrollHost(request, timeout=TIMEOUT_S)
        except grpc.RpcError as error:
            call = cast("grpc.Call", error)
            if call.code() is grpc.StatusCode.UNAVAILABLE:
                raise CannotJoin(
                    f"{server} cannot be reached by TLS ({call.details()}): is it where people connect, and is the "
                    "server's certificate for this name?"
                ) from error
            raise CannotJoin(call.details() or call.code().name) from error


def _root_at(server: str, sha256: str) -> bytes:
    """The CA that the server shows, believed for its hash alone. Raises CannotJoin."""
    if not sha256:
        raise CannotJoin("give --ca-sha256, which stands beside the token, or --ca FILE: who is the control plane?")
    host, _, port = server.rpartition(":")
    context = ssl.create_default_context()
    # Nothing is believed, and nothing is sent: what is shown is looked for by its hash.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((host.strip("[]"), int(port)), timeout=TIMEOUT_S) as raw,
            context.wrap_socket(raw, server_hostname=host.strip("[]")) as tls,
        ):
            chain = _chain_of(tls)
    except OSError as error:
        raise CannotJoin(f"{server} cannot be reached by TLS: {error}") from error
    for each in chain:
        if hashlib.sha256(each).hexdigest() == sha256:
            return ssl.DER_cert_to_PEM_cert(each).encode()
    raise CannotJoin(f"{server} is not the control plane of that token: it shows no certificate authority of this hash")


def _chain_of(tls: ssl.SSLSocket) -> list[bytes]:
    """All certificates that the other side has sent, DER."""
    anyhow = cast("Any", tls)
    if hasattr(tls, "get_unverified_chain"):
        return list(anyhow.get_unverified_chain())
    return [each.public_bytes(_DER) for each in anyhow._sslobj.get_unverified_chain() or ()]
