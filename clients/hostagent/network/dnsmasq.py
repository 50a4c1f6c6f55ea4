"""One router's dnsmasq: addresses, names and router advertisements. It outlives the agent, which finds it again."""

import contextlib
import os
import select
import signal
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from hostagent.network.desired import Network
from hostagent.network.names import LAN
from hostagent.network.namespaces import enter_command
from hostagent.network.netlink import NetworkFailed

_LEASE = "1h"
_TIMEOUT_S = 30.0


class Dnsmasq:
    """In a router's namespace, with its files in `folder`, which its own user must be able to read."""

    def __init__(self, namespace: Path, folder: Path, begins: Callable[[str], None]) -> None:
        """`begins` is called with words for each step, before it."""
        self._namespace = namespace
        self._begins = begins
        self._folder = folder
        # Whether one of an earlier agent has surely read its files.
        self._is_fresh = False

    def ensure(self, network: Network, resolvers: Iterable[str]) -> None:
        """Has one with these names and addresses. Raises NetworkFailed."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            is_same = self._write("dnsmasq.conf", config_text(network, self._folder, resolvers))
            read = [
                self._write("leases.hosts", leases_text(network)),
                self._write("names", names_text(network)),
            ]
        except OSError as error:
            raise NetworkFailed(f"the files of dnsmasq: {error.strerror}") from error
        pid = self.pid()
        if pid and not is_same:
            self.end()
            pid = None
        if pid is None:
            self._begins("starting dnsmasq")
            self._start()
        elif not all(read) or not self._is_fresh:
            self._begins("having dnsmasq read its files")
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGHUP)
        self._is_fresh = True

    def pid(self) -> int | None:
        """Of the one that runs with these files."""
        try:
            pid = int((self._folder / "pid").read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        return pid if self._option().encode() in command else None

    def end(self) -> None:
        """Leaves its files."""
        if pid := self.pid():
            with contextlib.suppress(ProcessLookupError):
                descriptor = os.pidfd_open(pid)
                try:
                    signal.pidfd_send_signal(descriptor, signal.SIGKILL)
                    # It has nothing to lose; its address is taken until it is gone.
                    select.select([descriptor], [], [], _TIMEOUT_S)
                finally:
                    os.close(descriptor)

    def _option(self) -> str:
        return f"--conf-file={self._folder / 'dnsmasq.conf'}"

    def _start(self) -> None:
        command = [*enter_command(self._namespace), "dnsmasq", self._option()]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=_TIMEOUT_S,
                check=False,
                start_new_session=True,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NetworkFailed(f"dnsmasq: {error}") from error
        if done.returncode:
            raise NetworkFailed(f"dnsmasq: {done.stderr.decode(errors='replace').strip() or 'failed'}")

    def _write(self, name: str, text: str) -> bool:
        """Returns whether it was so before. Raises OSError."""
        path = self._folder / name
        with contextlib.suppress(FileNotFoundError):
            if path.read_text() == text:
                return True
        self._begins(f"writing {name} of dnsmasq")
        # One that was read half written would name half of the guests.
        new = path.with_suffix(".new")
        new.write_text(text)
        new.chmod(0o644)
        new.replace(path)
        # Whatever reads it is to be notified, even by another agent.
        self._is_fresh = False
        return False


def config_text(network: Network, folder: Path, resolvers: Iterable[str]) -> str:
    """Of one network. Guests that it has no lease for get none."""
    lines = [
        f"interface={LAN}",
        "except-interface=lo",
        "bind-interfaces",
        "no-hosts",
        "no-resolv",
        "no-ping",
        "log-facility=/dev/null",
        f"pid-file={folder / 'pid'}",
        # Leases follow from what is desired: after a restart they are the same.
        "leasefile-ro",
        f"dhcp-hostsfile={folder / 'leases.hosts'}",
        f"addn-hosts={folder / 'names'}",
        "dhcp-authoritative",
        "dhcp-rapid-commit",
        "dhcp-no-override",
        "domain-needed",
        "bogus-priv",
        f"dhcp-option=option:mtu,{network.mtu}",
    ]
    if network.dns_domain:
        lines += [f"domain={network.dns_domain}", f"local=/{network.dns_domain}/", "expand-hosts"]
    if network.ipv4:
        lines.append(f"dhcp-range={network.ipv4.network.network_address},static,{network.ipv4.netmask},{_LEASE}")
        # Without one, it names itself.
        if not network.has_way_out:
            lines.append("dhcp-option=option:router")
    if network.ipv6:
        prefix = network.ipv6.network
        lines += [
            "enable-ra",
            f"dhcp-range={prefix.network_address},static,{prefix.prefixlen},{_LEASE}",
            # An advertisement every minute; without a way out, no router of anybody.
            f"ra-param={LAN},mtu:{network.mtu},60,{1800 if network.has_way_out else 0}",
        ]
    if network.has_way_out:
        lines += [f"server={each}" for each in resolvers]
    return "\n".join(lines) + "\n"


def leases_text(network: Network) -> str:
    lines = list[str]()
    for port in network.ports:
        addresses = [str(port.ipv4)] if port.ipv4 else []
        addresses += [f"[{port.ipv6}]"] if port.ipv6 else []
        if addresses:
            lines.append(",".join([port.mac, *addresses, *([port.hostname] if port.hostname else []), _LEASE]))
    return "".join(f"{line}\n" for line in sorted(lines))


def names_text(network: Network) -> str:
    lines = [
        f"{address} {each.hostname}"
        for each in network.neighbours
        if each.hostname
        for address in (each.ipv4, each.ipv6)
        if address
    ]
    return "".join(f"{line}\n" for line in sorted(lines))


def resolvers() -> tuple[str, ...]:
    """Those of the host that a router can reach: not one that listens on the host itself."""
    for path in (Path("/run/systemd/resolve/resolv.conf"), Path("/etc/resolv.conf")):
        try:
            words = [line.split() for line in path.read_text().splitlines()]
        except OSError:
            continue
        found = [each[1] for each in words if len(each) > 1 and each[0] == "nameserver"]
        return tuple(each for each in found if not each.startswith(("127.", "::1", "fe80:")))
    return ()
