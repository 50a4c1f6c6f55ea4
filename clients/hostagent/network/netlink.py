"""Reads links, addresses and routes of one network namespace, and carries out steps there. Decides nothing."""

import errno
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, assert_never

from pyroute2 import IPRoute, NetlinkError

from hostagent.network.link_state import (
    AddLink,
    Address,
    AddRoute,
    DeleteLink,
    Forward,
    ForwardingEntry,
    Link,
    SetLink,
    State,
    Step,
    Switch,
)
from hostagent.network.names import GROUP
from hostagent.network.namespaces import within

_PROC = Path("/proc/sys")
_NTF_SELF = 2
_PERMANENT_NO_ARP = 0xC0
_IFA_F_NODAD = 2
_UP = 1


class NetworkFailed(Exception):
    """The kernel or a program refused a step. The message has its own words."""


class Netlink:
    """One namespace's links. None: the namespace of the agent."""

    def __init__(self, namespace: Path | None, begins: Callable[[str], None]) -> None:
        """`begins` is called with words for each step, before it is taken."""
        self._namespace = namespace
        self._begins = begins

    def read(self, switches: Iterable[str]) -> tuple[State, frozenset[str]]:
        """What is there, and the names of links that the agent has made. Raises NetworkFailed."""
        return within(self._namespace, lambda: _explained("reading links", lambda: _read(switches)))

    def take(self, steps: Iterable[Step]) -> None:
        """Raises NetworkFailed at the first that fails."""

        todo = list(steps)
        if not todo:
            return

        def call() -> None:
            with IPRoute() as route:
                for step in todo:
                    self._begins(_words(step))
                    _explained(_words(step), lambda step=step: _take(route, step))

        within(self._namespace, call)


def _explained(what: str, call: Callable[[], Any]) -> Any:
    try:
        return call()
    except NetlinkError as error:
        raise NetworkFailed(f"{what}: {error.args[1] if len(error.args) > 1 else error}") from error
    except OSError as error:
        raise NetworkFailed(f"{what}: {error.strerror or error}") from error


def _words(step: Step) -> str:
    match step:
        case AddLink(link) | SetLink(link):
            return f"{'adding' if isinstance(step, AddLink) else 'setting'} link {link.name}"
        case DeleteLink(name):
            return f"deleting link {name}"
        case Forward(name, entry):
            return f"forwarding {entry[0]} to {entry[1]} on {name}"
        case Address(name, address):
            return f"address {address} on {name}"
        case AddRoute(destination, _, link):
            return f"route to {destination} on {link}"
        case Switch(path):
            return f"setting {path}"
        case _:
            assert_never(step)


def _read(switches: Iterable[str]) -> tuple[State, frozenset[str]]:
    with IPRoute() as route:
        found = {message["index"]: message for message in route.get_links()}
        name_of = {index: str(message.get_attr("IFLA_IFNAME")) for index, message in found.items()}
        forwarding = _forwarding(route, found)
        links = {
            name_of[index]: _link(message, name_of, forwarding.get(index, frozenset()))
            for index, message in found.items()
        }
        addresses = {
            (name_of[each["index"]], f"{each.get_attr('IFA_ADDRESS')}/{each['prefixlen']}")
            for each in route.get_addr()
            if each["index"] in name_of
        }
        routes = set(_routes(route, name_of))
    ours = frozenset(name_of[index] for index, message in found.items() if message.get_attr("IFLA_GROUP") == GROUP)
    state = State(links, frozenset(addresses), frozenset(routes), _switches(switches))
    return state, ours


def _link(message: Any, name_of: dict[int, str], forwarding: frozenset[ForwardingEntry]) -> Link:
    kind = message.get_nested("IFLA_LINKINFO", "IFLA_INFO_KIND") or ""

    def data(name: str) -> Any:
        return message.get_nested("IFLA_LINKINFO", "IFLA_INFO_DATA", name)

    number = {"vxlan": "IFLA_VXLAN_ID", "vlan": "IFLA_VLAN_ID"}.get(kind)
    local = (data("IFLA_VXLAN_LOCAL") or data("IFLA_VXLAN_LOCAL6") or "") if kind == "vxlan" else ""
    return Link(
        str(message.get_attr("IFLA_IFNAME")),
        kind,
        mtu=message.get_attr("IFLA_MTU") or 0,
        master=name_of.get(message.get_attr("IFLA_MASTER") or 0, ""),
        mac=message.get_attr("IFLA_ADDRESS") or "",
        number=data(number) or 0 if number else 0,
        local=local,
        forwarding=forwarding,
        is_up=bool(message["flags"] & _UP),
    )


def _forwarding(route: IPRoute, found: dict[int, Any]) -> dict[int, frozenset[ForwardingEntry]]:
    tunnels = [
        index for index, message in found.items() if message.get_nested("IFLA_LINKINFO", "IFLA_INFO_KIND") == "vxlan"
    ]
    return {
        index: frozenset(
            (each.get_attr("NDA_LLADDR"), each.get_attr("NDA_DST"))
            for each in route.fdb("dump", ifindex=index)
            if each["ifindex"] == index and each.get_attr("NDA_DST")
        )
        for index in tunnels
    }


def _routes(route: IPRoute, name_of: dict[int, str]) -> Iterable[tuple[str, str, str]]:
    for family, any_address in ((2, "0.0.0.0"), (10, "::")):
        for each in route.get_routes(family=family):
            link = name_of.get(each.get_attr("RTA_OIF") or 0)
            if link and each["type"] == 1:
                destination = f"{each.get_attr('RTA_DST') or any_address}/{each['dst_len']}"
                yield destination, each.get_attr("RTA_GATEWAY") or "", link


def _switches(paths: Iterable[str]) -> dict[str, str]:
    found = dict[str, str]()
    for path in paths:
        try:
            found[path] = (_PROC / path).read_text().strip()
        except OSError:
            continue
    return found


def _take(route: IPRoute, step: Step) -> None:
    match step:
        case DeleteLink(name):
            _unless(errno.ENODEV, lambda: route.link("del", ifname=name))
        case AddLink(link):
            _add(route, link)
        case SetLink(link):
            _set(route, link)
        case Forward(name, (mac, to), is_gone):
            _forward(route, name, mac, to, is_gone=is_gone)
        case Address(name, address, is_gone):
            _address(route, name, address, is_gone=is_gone)
        case AddRoute(destination, gateway, link):
            more: dict[str, Any] = {"gateway": gateway} if gateway else {"scope": 253}
            if ":" in destination:
                more.pop("scope", None)
            route.route("replace", dst=destination, oif=_index(route, link), **more)
        case Switch(path, value):
            # One that the kernel does not have: without IPv6, for one.
            if (_PROC / path).exists():
                (_PROC / path).write_text(value)
        case _:
            assert_never(step)


def _unless(number: int, call: Callable[[], Any]) -> None:
    try:
        call()
    except NetlinkError as error:
        if error.code != number:
            raise


def _index(route: IPRoute, name: str) -> int:
    found = route.link_lookup(ifname=name)
    if not found:
        raise OSError(errno.ENODEV, f"there is no link {name}")
    return found[0]


def _add(route: IPRoute, link: Link) -> None:
    given: dict[str, Any] = {"ifname": link.name, "kind": link.kind, "group": GROUP}
    descriptor = -1
    try:
        match link.kind:
            case "vxlan":
                local = "vxlan_local6" if ":" in link.local else "vxlan_local"
                given |= {"vxlan_id": link.number, local: link.local, "vxlan_port": 4789, "vxlan_learning": False}
            case "vlan":
                given |= {"link": _index(route, link.below), "vlan_id": link.number}
            case "veth":
                if not link.peer:
                    raise OSError(errno.ENODEV, f"link {link.name} has lost its other end")
                peer: dict[str, Any] = {"ifname": link.peer, "group": GROUP}
                if link.peer_namespace:
                    descriptor = os.open(link.peer_namespace, os.O_RDONLY)
                    peer["net_ns_fd"] = descriptor
                given["peer"] = peer
            case "bridge":
                # Listeners to a group are not looked for: guests' neighbour discovery goes by multicast.
                given |= {"br_mcast_snooping": 0, "br_stp_state": 0}
            case _:
                raise OSError(errno.EINVAL, f"a link of kind {link.kind!r} cannot be made")
        # The other end of a pair is there once the first is.
        _unless(errno.EEXIST, lambda: route.link("add", **given))
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _set(route: IPRoute, link: Link) -> None:
    given: dict[str, Any] = {}
    if link.master:
        given["master"] = _index(route, link.master)
    if link.mtu:
        given["mtu"] = link.mtu
    if link.mac:
        given["address"] = link.mac
    index = _index(route, link.name)
    if given:
        route.link("set", index=index, **given)
    if link.is_up:
        route.link("set", index=index, state="up")


def _forward(route: IPRoute, name: str, mac: str, to: str, *, is_gone: bool) -> None:
    entry: dict[str, Any] = {"ifindex": _index(route, name), "lladdr": mac, "dst": to}
    if is_gone:
        _unless(errno.ENOENT, lambda: route.fdb("del", flags=_NTF_SELF, **entry))
    else:
        # Appended where there are several of one address; of a guest there is one, which may have moved.
        how = "append" if mac == "00:00:00:00:00:00" else "replace"
        _unless(errno.EEXIST, lambda: route.fdb(how, flags=_NTF_SELF, state=_PERMANENT_NO_ARP, **entry))


def _address(route: IPRoute, name: str, address: str, *, is_gone: bool) -> None:
    index = _index(route, name)
    if is_gone:
        _unless(errno.EADDRNOTAVAIL, lambda: route.addr("del", index=index, address=address))
        return
    flags = {"flags": _IFA_F_NODAD} if ":" in address else {}
    scope = {"scope": 253} if address.startswith("fe80:") else {}
    _unless(errno.EEXIST, lambda: route.addr("add", index=index, address=address, **flags, **scope))
