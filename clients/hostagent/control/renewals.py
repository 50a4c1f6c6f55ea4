"""The lease as one connection renews it: what was sent when, and which of it the control plane has answered."""

from chronovisor.v1 import agent_service_pb2 as pb

from hostagent.metrics.watch import UNWATCHED, AgentWatch
from hostagent.watchdog.watchdog import Watchdog


class Renewals:
    """Of the present connection; answers of an earlier one are no longer there to come."""

    def __init__(self, watchdog: Watchdog, watch: AgentWatch = UNWATCHED) -> None:
        self._watchdog = watchdog
        self._watch = watch
        self._hello_at = 0.0
        # When each heartbeat was sent, by the time that it has in it.
        self._sent: dict[int, float] = {}

    def sent(self, message: pb.ConnectRequest) -> None:
        self._watch.sent(message.WhichOneof("message") or "")
        match message.WhichOneof("message"):
            case "hello":
                self._hello_at = self._watchdog.now()
                self._sent.clear()
            case "heartbeat":
                # Of two with one time, as after a clock was set back, the older: an answer renews for less, not more.
                self._sent.setdefault(message.heartbeat.send_time.ToNanoseconds(), self._watchdog.now())
            case _:
                return

    def welcomed(self, welcome: pb.AgentWelcome) -> None:
        length_s = welcome.lease_duration.ToTimedelta().total_seconds()
        self._watch.lease_renewed(length_s)
        self._watchdog.granted(length_s, self._hello_at)

    def renewed(self, renewal: pb.LeaseRenewal) -> None:
        at = self._sent.pop(renewal.heartbeat_time.ToNanoseconds(), None)
        if at is None:
            return
        self._watch.lease_renewed()
        # Answers come in order: what was sent before is answered, too.
        self._sent = {time: sent for time, sent in self._sent.items() if sent > at}
        self._watchdog.renewed(at)
