"""How far a host is with its networks, as its agent reported. One stream's: forgotten at its end."""

import logging

from chronovisor.v1 import agent_networks_pb2 as api

from controlplane.domain.text import bounded
from controlplane.queries.network_view import NetworkView
from controlplane.rpc.agent.guest_reports import MOST_ERROR

log = logging.getLogger(__name__)
# Of a host's message.
MOST_SHOWN = 20


class NetworkReports:
    """Of networks that there are; what is reported of others is of no account."""

    def __init__(self, view: NetworkView, host: str) -> None:
        self._view = view
        self._host = host
        # Why not, by the uids of those that are not as desired.
        self._failures: dict[str, str] = {}

    def take(self, report: api.NetworkReport) -> None:
        network = self._view.network(report.network_uid)
        if network is None:
            return
        failure = bounded(report.failure, MOST_ERROR)
        before = self._failures.pop(network.uid, "")
        if failure:
            self._failures[network.uid] = failure
        if failure and failure != before:
            log.warning("%s has not %s as desired: %s", self._host, network.name, failure)
        elif before and not failure:
            log.info("%s has %s as desired now", self._host, network.name)

    def failures(self, host_uid: str) -> list[str]:
        """A sentence for each network that the host is to have, and has not as desired."""
        if not self._failures:
            return []
        failed = sorted(self._failures.keys() & self._view.networks_of_host(host_uid))
        networks = {uid: network for uid in failed if (network := self._view.network(uid))}
        return [f"{network.name}: {self._failures[uid]}" for uid, network in networks.items()][:MOST_SHOWN]
