"""`chronovisor vm ssh`: OpenSSH's client, with a way to a VM and the VM's host key found for it."""

import contextlib
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from chronovisor.cli.completion import complete_vm
from chronovisor.cli.output import say
from chronovisor.cli.session import session, short_name, vm_name
from chronovisor.cli.settings import Misused, Settings, named, settings_of
from chronovisor.names import last_part
from chronovisor.v1.network_pb2 import IP_PROTOCOL_TCP
from chronovisor.v1.vm_pb2 import Vm
from chronovisor.v1.vm_service_pb2 import GetVmRequest

SSH_PORT = 22
# A label of VMs: the user of its image.
USER_LABEL = "ssh-user"
_LOOPBACK = "127.0.0.1"
_PROGRAM = "chronovisor"
# Those that say how the control plane is reached, and by whom.
_CONNECTION_OPTIONS = {
    "server": "--server",
    "context": "--context",
    "actor": "--as",
    "ca_file": "--ca-file",
    "cert_file": "--cert-file",
    "key_file": "--key-file",
    "token_file": "--token-file",
}
# A VM's first host key is believed, as nobody knows it before; another one later is not.
_TRUST = ("StrictHostKeyChecking=accept-new",)


class Way(NamedTuple):
    """Where a VM's SSH server is reached: by `proxy`, what ssh is to run for the connection; empty: at the address."""

    address: str
    port: int = SSH_PORT
    proxy: tuple[str, ...] = ()


@named
def ssh(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            autocompletion=complete_vm, metavar="NAME", help="The VM: web-1, alice@web-1, or projects/shop/vms/web-1."
        ),
    ],
    command: Annotated[
        list[str] | None, typer.Argument(metavar="COMMAND...", help="What to run there, in place of a shell.")
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option("--ssh-option", metavar="NAME=VALUE", help="As ssh's -o takes it. Repeatable."),
    ] = None,
    identity: Annotated[str, typer.Option("--identity", metavar="FILE", help="The private key to log in by.")] = "",
    address: Annotated[
        str, typer.Option(metavar="ADDRESS[:PORT]", help="Where it is reached; by default through the control plane.")
    ] = "",
    direct: Annotated[
        bool, typer.Option("--direct", help="At a port that it publishes on this machine, else at its card's address.")
    ] = False,
    port: Annotated[int, typer.Option(metavar="PORT", help="Of its SSH server.")] = SSH_PORT,
    show: Annotated[bool, typer.Option("--print", help="Print the command instead of running it.")] = False,
) -> None:
    """Log in to a VM by SSH, from wherever the control plane is reached, as `vm port` does: the history has who.

    Its host key is kept under its UID: another VM of its name, or at its address, is not taken for it.
    """
    if address and direct:
        raise Misused("--address and --direct contradict each other")
    user, _, whole = name.rpartition("@")
    with session(ctx) as client:
        vm = client.vms.GetVm(GetVmRequest(name=vm_name(ctx, whole)))
    if address:
        way = _given(address, port)
    elif direct:
        way = way_to(vm, port)
    else:
        way = Way(last_part(vm.name), port, proxy_command(settings_of(ctx), vm, port))
    if way is None:
        raise Misused(f"{short_name(ctx, vm.name)} is reached nowhere: {_why(vm)}; give --address")
    arguments = ssh_command(vm, way, user, identity, option or [], command or [])
    if show:
        say(shlex.join(arguments))
        return
    program = shutil.which(arguments[0])
    if program is None:
        raise Misused("there is no ssh here: install OpenSSH's client, or give --print")
    # ssh makes the file, and no folder.
    with contextlib.suppress(OSError):
        known_hosts().parent.mkdir(parents=True, exist_ok=True)
    os.execv(program, arguments)


def proxy_command(settings: Settings, vm: Vm, port: int) -> tuple[str, ...]:
    """`chronovisor vm port`, with the options of this command line: its environment is handed on."""
    program = Path(sys.argv[0])
    words = [str(program.resolve()) if program.name == _PROGRAM and program.exists() else _PROGRAM]
    for name, option in _CONNECTION_OPTIONS.items():
        if (value := settings.given.get(name)) and name not in settings.of_environment:
            words += [option, str(value)]
    return (*words, "vm", "port", vm.name, str(port))


def _given(text: str, default_port: int) -> Way:
    """From `10.1.0.5`, `10.1.0.5:2222` or `[fd00::5]:2222`. Raises Misused."""
    host, colon, port = text.rpartition(":") if text.count(":") == 1 or text.startswith("[") else (text, "", "")
    if text.endswith("]"):
        host, colon, port = text, "", ""
    if colon and not (port.isdecimal() and 0 < int(port) < 1 << 16):
        raise Misused(f"{text!r} is no address such as 10.1.0.5 or 10.1.0.5:2222")
    return Way(host.strip("[]"), int(port) if colon else default_port)


def way_to(vm: Vm, to: int = SSH_PORT) -> Way | None:
    """A published port that leads there, else the first address that one of its cards holds. None: there is neither."""
    for card in vm.spec.network_interfaces:
        for port in card.published_ports:
            if port.guest_port == to and port.protocol == IP_PROTOCOL_TCP:
                return Way(_LOOPBACK, port.host_port)
    held = (address for each in vm.network_addresses for address in (each.ipv4_address, each.ipv6_address) if address)
    found = next(held, None)
    return Way(found, to) if found else None


def _escaped(words: tuple[str, ...]) -> str:
    """As ssh takes a command: % begins what it fills in."""
    return shlex.join(words).replace("%", "%%")


def known_hosts() -> Path:
    """Where VMs' host keys are kept: nothing of it is in the user's own file."""
    return Path(os.environ.get("CHRONOVISOR_HOME", "~/.local/state/chronovisor")).expanduser() / "known_hosts"


def _why(vm: Vm) -> str:
    if not vm.spec.network_interfaces:
        return "it has no network card"
    networks = ", ".join(last_part(each.network) for each in vm.spec.network_interfaces)
    return f"its card on {networks} holds no address yet, and it publishes no port for SSH"


def ssh_command(vm: Vm, way: Way, user: str, identity: str, options: list[str], command: list[str]) -> list[str]:
    """What is run. The user is the one given, else that of the VM's label, else ssh's own."""
    user = user or vm.labels.get(USER_LABEL, "")
    # Of an option that is given twice, ssh takes the first.
    proxy = [f"ProxyCommand={_escaped(way.proxy)}"] if way.proxy else []
    options = [*options, *proxy, f"HostKeyAlias=vm-{vm.uid}", f'UserKnownHostsFile="{known_hosts()}"', *_TRUST]
    words = ["ssh", "-p", str(way.port)]
    words += ["-i", identity, "-o", "IdentitiesOnly=yes"] if identity else []
    for each in options:
        words += ["-o", each]
    return [*words, "--", f"{user}@{way.address}" if user else way.address, *command]
