"""Why a VM is, or would be, on its host: explanations as messages. Looks nothing up."""

from chronovisor.v1 import vm_service_pb2 as api

from controlplane.domain.errors import NoCapacity
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.time import timestamp_if_known
from controlplane.domain.vm.terms import Placed


def of_placed(placed: Placed) -> api.PlacementExplanation:
    """Where a VM would go."""
    return api.PlacementExplanation(
        policy=placed.policy,
        host=placed.host,
        hosts_considered=placed.hosts_considered,
        turned_down=placed.turned_down,
        score=placed.score,
        alternatives=[api.ScoredHost(host=host, score=score) for host, score in placed.alternatives],
        numa_nodes=[part.node for part in placed.parts],
        expected_end=timestamp_if_known(placed.expected_end),
        host_expected_end=timestamp_if_known(placed.host_expected_end),
        image_hosts=placed.image_hosts,
    )


def of_refusal(refused: NoCapacity) -> api.PlacementExplanation:
    """Why a VM would go nowhere."""
    return api.PlacementExplanation(
        hosts_considered=refused.hosts_considered,
        turned_down=refused.turned_down,
        nearest=[api.NearMiss(host=each.host, rule=each.rule, missing=each.missing) for each in refused.nearest],
    )


def of_recorded(started: RecordedEvent) -> api.PlacementExplanation:
    """Why a VM went where it did, as it was recorded then."""
    requested = started.event.vm_start_requested
    placement = requested.placement
    return api.PlacementExplanation(
        policy=placement.policy,
        host=requested.host,
        hosts_considered=placement.hosts_considered,
        turned_down=placement.turned_down,
        score=placement.score,
        alternatives=[api.ScoredHost(host=each.host, score=each.score) for each in placement.alternatives],
        numa_nodes=placement.numa_nodes,
        position=started.position,
        decide_time=started.event.commit_time,
        expected_end=placement.expected_end if placement.HasField("expected_end") else None,
        image_hosts=placement.image_hosts,
        host_expected_end=placement.host_expected_end if placement.HasField("host_expected_end") else None,
    )
