"""Every kind of a project's resources is whole: whatever derives from its row finds all that it needs."""

from typing import Any, get_args

import pytest
from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.snapshots.v1 import snapshot_pb2

from controlplane.domain.errors import ResourceName
from controlplane.domain.fleet import Fleet
from controlplane.domain.reasons import Reason
from controlplane.domain.resource_kinds import RESOURCE_KINDS, ProjectResource, ResourceKind
from controlplane.ledger.snapshots.resource_codecs import CODECS
from controlplane.projections.live.inventory import Inventory
from controlplane.rpc.shared.resource_messages import MESSAGES

every_kind = pytest.mark.parametrize("kind", RESOURCE_KINDS.values(), ids=RESOURCE_KINDS)


def created(kind: ResourceKind[Any]) -> ev.Event:
    """The first event of one, with what every kind's has."""
    event = ev.Event()
    payload = getattr(event, kind.created_field)
    payload.uid, payload.name, payload.project_uid = "u", f"projects/shop/{kind.collection}/one", "p"
    return event


def resource_in(fleet: Fleet, kind: ResourceKind[Any]) -> ProjectResource:
    fleet.apply(kind.stream("u"), None, created(kind))
    return fleet.of(kind)["u"]


def test_each_name_of_a_kind_has_its_row_in_every_table() -> None:
    names = {kind.name for kind in RESOURCE_KINDS.values()}
    assert names == set(get_args(ResourceName))
    assert RESOURCE_KINDS.keys() == CODECS.keys() == MESSAGES.keys()


@every_kind
def test_it_has_its_reasons_and_its_place_in_snapshots(kind: ResourceKind[Any]) -> None:
    assert {Reason(f"{kind.name.upper()}_NOT_FOUND"), Reason(f"{kind.name.upper()}_ALREADY_EXISTS")}
    state, field = CODECS[kind.collection].state, snapshot_pb2.FleetChunk.DESCRIPTOR.fields_by_name[kind.plural]
    assert field.message_type == state.DESCRIPTOR


@every_kind
def test_the_fleet_and_the_inventory_follow_its_life(kind: ResourceKind[Any]) -> None:
    fleet, inventory = Fleet(), Inventory()
    begun = fleet.apply(kind.stream("u"), None, created(kind))
    assert begun.after is fleet.resource_named(kind, f"projects/shop/{kind.collection}/one")
    assert fleet.count(kind.collection, "p") == 1
    inventory.apply([begun])
    assert inventory.of(kind) == fleet.of(kind)
    last, mark = ev.Event(), fleet.mark()
    getattr(last, kind.deleted_field).SetInParent()
    ended = fleet.apply(kind.stream("u"), None, last)
    inventory.apply([ended])
    assert (dict(fleet.of(kind)), fleet.count(kind.collection, "p")) == ({}, 0)
    assert fleet.tombstones == inventory.tombstones == {f"projects/shop/{kind.collection}/one": "u"}
    fleet.undo(mark)
    assert (dict(fleet.of(kind)), fleet.count(kind.collection, "p")) == ({"u": begun.after}, 1)


@every_kind
def test_a_row_of_one_and_a_captured_fleet_say_what_it_is(kind: ResourceKind[Any]) -> None:
    fleet, again = Fleet(), Fleet()
    resource = resource_in(fleet, kind)
    codec = CODECS[kind.collection]
    assert codec.decoded(codec.encoded(resource)) == resource
    assert kind.deleted(resource).is_deleted
    again.restore(fleet.captured(1, resource.created))
    assert again.of(kind) == fleet.of(kind)
    assert again.count(kind.collection, "p") == 1
    assert again.named(kind.collection, resource.name) == resource


@every_kind
def test_its_message_of_the_api_has_its_name(kind: ResourceKind[Any]) -> None:
    resource = resource_in(Fleet(), kind)
    message: Any = MESSAGES[kind.collection](resource)
    assert (message.name, message.uid) == (resource.name, "u")
