"""Between the stream and the host's networks: what is desired goes in, how far the host is comes out."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from chronovisor.v1 import agent_networks_pb2 as networks_pb
from chronovisor.v1 import agent_service_pb2 as pb

from hostagent.control.desired_networks import BadNetwork, group_of, network_of
from hostagent.control.reporter import LONGEST_ERROR, Outbox
from hostagent.control.wire_text import wire_text
from hostagent.network.host_networks import HostNetworks

log = logging.getLogger(__name__)
M = TypeVar("M")
T = TypeVar("T")


class NetworkLink:
    """Writes into the outbox of the present connection. What cannot be read of one network harms no other."""

    def __init__(self) -> None:
        self._outbox: Outbox | None = None
        self._networks: HostNetworks | None = None

    def begin(self, networks: HostNetworks) -> None:
        self._networks = networks

    def connected(self, outbox: Outbox) -> None:
        self._outbox = outbox
        if self._networks:
            self._networks.report_anew()

    def disconnected(self) -> None:
        self._outbox = None

    def report(self, network_uid: str, version: int, failure: str) -> None:
        if self._outbox is not None:
            text = wire_text(failure, LONGEST_ERROR)
            report = networks_pb.NetworkReport(network_uid=network_uid, version=version, failure=text)
            self._outbox.put_nowait(pb.ConnectRequest(network_report=report))

    def desired_networks(self, message: networks_pb.DesiredNetworks) -> None:
        if self._networks:
            self._networks.desire_all(
                _understood(network_of, (each for each in message.networks if not each.absent)),
                _understood(group_of, (each for each in message.address_groups if not each.absent)),
                continues=message.continues,
            )

    def desired_network(self, message: networks_pb.DesiredNetwork) -> None:
        if self._networks and message.absent:
            self._networks.drop(message.network_uid)
        elif self._networks:
            for network in _understood(network_of, [message]):
                self._networks.desire(network)

    def desired_address_group(self, message: networks_pb.DesiredAddressGroup) -> None:
        if self._networks and message.absent:
            self._networks.drop_group(message.group_uid)
        elif self._networks:
            for group in _understood(group_of, [message]):
                self._networks.desire_group(group)


def _understood(meaning: Callable[[M], T], messages: Iterable[M]) -> list[T]:
    found = list[T]()
    for message in messages:
        try:
            found.append(meaning(message))
        except BadNetwork as error:
            log.warning("ignored: of networks, %s; is the control plane newer than this agent?", error)
    return found
