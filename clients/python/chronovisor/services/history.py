"""History: events, past states, what changed, and the proof that none of it was altered."""

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar, Unpack

from chronovisor import names
from chronovisor.services.base import OnStatus, Service
from chronovisor.streams import requests
from chronovisor.v1 import history_service_pb2 as pb
from chronovisor.v1.ledger_check_pb2 import GetLedgerCheckRequest
from chronovisor.v1.signed_head_pb2 import (
    GetConsistencyProofRequest,
    GetInclusionProofRequest,
    GetSignedHeadRequest,
    SignedHead,
)
from chronovisor.v1.timeline_pb2 import GetTimelineRequest
from chronovisor.v1.what_if_pb2 import MoreHosts, WhatIfRequest
from chronovisor.values import Moment, Options, put_moment, texts
from chronovisor.verify import check_head, check_inclusion

Events = TypeVar("Events")
EventWatch = TypeVar("EventWatch")
Replay = TypeVar("Replay")
Changes = TypeVar("Changes")
Time = TypeVar("Time")
OneSeal = TypeVar("OneSeal")
Verdict = TypeVar("Verdict")
Check = TypeVar("Check")
Proven = TypeVar("Proven")
OneHead = TypeVar("OneHead")
Consistent = TypeVar("Consistent")
Included = TypeVar("Included")
WhatIf = TypeVar("WhatIf")


class HistoryCalls(
    Service,
    Generic[
        Events,
        EventWatch,
        Replay,
        Changes,
        Time,
        OneSeal,
        Verdict,
        Check,
        Proven,
        OneHead,
        Consistent,
        Included,
        WhatIf,
    ],
):
    """The methods of HistoryService.

    What events are of is a VM such as `shop/web-1`, a host `hosts/{id}`, a project `projects/{id}`, or, empty, all.
    """

    def events(
        self,
        of: str = "",
        *,
        after: Moment | None = None,
        to: Moment | None = None,
        types: Sequence[str] | str = (),
        actor: str = "",
        request_id: str = "",
        chain_of: str = "",
        trace_id: str = "",
        newest_first: bool = False,
        page_size: int = 0,
        **options: Unpack[Options],
    ) -> Events:
        """Events in their order, after one position or time and up to another.

        types: such as `VmStarted`. actor: such as `user:alice`. request_id: what the command of that id recorded.
        chain_of: all that led to the event `{stream}@{version}`, and what it led to.
        trace_id: what was recorded in that trace. Raises NotFound, OutOfRange.
        """
        request = pb.ListEventsRequest(
            parent=self._resource(of),
            event_types=texts(types),
            actor=actor,
            of_request_id=request_id,
            chain_of=chain_of,
            of_trace_id=trace_id,
            newest_first=newest_first,
            page_size=page_size,
        )
        put_moment(request, after, "after_position", "after_time")
        put_moment(request, to, "to_position", "to_time")
        return self._list(request, options, lambda page: page.events)

    def watch(
        self,
        of: str = "",
        *,
        types: Sequence[str] | str = (),
        after: int | None = None,
        on_status: OnStatus = None,
    ) -> EventWatch:
        """Events as they are committed, each once and in order, over every interruption.

        after: a position, 0 for the first event on, None for what comes next.
        """
        return self.resumed(requests.events_request(self._resource(of), texts(types), after), on_status)

    def replay(self, vm: str, *, at: Moment | None = None, page_size: int = 0, **options: Unpack[Options]) -> Replay:
        """A VM's life, event by event: the VM before and after each, and what changed. Raises NotFound."""
        request = pb.ReplayVmRequest(name=self._vm(vm), page_size=page_size)
        put_moment(request, at, "at_position", "read_time")
        return self._list(request, options, lambda page: page.steps)

    def diff(
        self,
        of: str = "",
        *,
        start: Moment | None = None,
        end: Moment | None = None,
        page_size: int = 0,
        **options: Unpack[Options],
    ) -> Changes:
        """What differs between two positions or times: by default all from before the first event until now."""
        request = pb.DiffStateRequest(scope=self._resource(of), page_size=page_size)
        put_moment(request, start, "from_position", "from_time")
        put_moment(request, end, "to_position", "to_time")
        return self._list(request, options, lambda page: page.changes)

    def timeline(
        self,
        of: str = "",
        *,
        start: Moment | None = None,
        end: Moment | None = None,
        buckets: int = 0,
        max_marks: int = 0,
        at: Moment | None = None,
        min_position: int = 0,
        **options: Unpack[Options],
    ) -> Time:
        """How many events came when, by category, in buckets of equal time; and up to so many that matter most.

        Between two positions or times: by default from the first event until now, or `at` a moment. Raises NotFound.
        """
        request = GetTimelineRequest(
            name=self._resource(of), buckets=buckets, max_marks=max_marks, min_position=min_position
        )
        put_moment(request, start, "from_position", "from_time")
        put_moment(request, end, "to_position", "to_time")
        put_moment(request, at, "at_position", "read_time")
        return self._send(request, options)

    def seal(self, position: int = 0, **options: Unpack[Options]) -> OneSeal:
        """The seal over a position, by default the last. Check it with `chronovisor.verify`. Raises NotFound."""
        return self._send(pb.GetSealRequest(position=position), options)

    def verify(
        self,
        *,
        start: int = 0,
        end: int = 0,
        expected_batch: int = 0,
        expected_hash: bytes = b"",
        **options: Unpack[Options],
    ) -> Verdict:
        """Lets the server check its seals between two positions, and one whose hash is known from elsewhere.

        A long ledger takes minutes: give it a `timeout`.
        """
        request = pb.VerifyLedgerRequest(
            from_position=start, to_position=end, expected_batch=expected_batch, expected_hash=expected_hash
        )
        return self._send(request, options)

    def check(self, **options: Unpack[Options]) -> Check:
        """What the server's own check of its ledger has found."""
        return self._send(GetLedgerCheckRequest(), options)

    def prove(self, position: int, **options: Unpack[Options]) -> Proven:
        """The event at a position as it is stored, once its proof was checked here, and not by the server.

        Raises NotProven when the event is not what its seal covers, and NotFound.
        """
        return self._send(pb.ProveEventRequest(position=position), options, check_inclusion)

    def signed_head(self, **options: Unpack[Options]) -> OneHead:
        """The whole ledger as one signed value, once its signature was checked here, by the key that it names.

        Keep its `note` elsewhere, and compare that key with the one that the operator gives out. Raises NotProven.
        """
        return self._send(GetSignedHeadRequest(), options, _checked)

    def consistency(self, from_size: int, to_size: int = 0, **options: Unpack[Options]) -> Consistent:
        """That the ledger of one head is the beginning of another's: `chronovisor.verify.check_kept` checks it."""
        return self._send(GetConsistencyProofRequest(from_size=from_size, to_size=to_size), options)

    def inclusion(self, position: int, tree_size: int = 0, **options: Unpack[Options]) -> Included:
        """That an event is in the ledger of a head: `chronovisor.verify.check_in_head` checks it. Raises NotFound."""
        return self._send(GetInclusionProofRequest(position=position, tree_size=tree_size), options)

    def what_if(
        self,
        *,
        start: Moment | None = None,
        end: Moment | None = None,
        placement_policy: str = "",
        allocation_ratios: Mapping[str, float] | None = None,
        without_hosts: Sequence[str] | str = (),
        add_hosts: Sequence[MoreHosts] = (),
        replace_fleet: bool = False,
        max_points: int = 0,
    ) -> WhatIf:
        """Plays the record again over another fleet or by other rules: progress, points, and a summary at the end."""
        request = WhatIfRequest(
            placement_policy=placement_policy,
            allocation_ratios=allocation_ratios,
            without_hosts=[names.host_name(each) for each in texts(without_hosts)],
            add_hosts=add_hosts,
            replace_fleet=replace_fleet,
            max_points=max_points,
        )
        put_moment(request, start, "from_position", "from_time")
        put_moment(request, end, "to_position", "to_time")
        return self._method(request)(request)


def _checked(found: SignedHead) -> SignedHead:
    check_head(found)
    return found
