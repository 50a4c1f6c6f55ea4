"""The fleet as it is, as far as a plan needs it: messages of the API, and the same as terms. Changes nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from chronovisor.cli.apply.kinds import COLLECTIONS, actual_of, short, whole
from chronovisor.cli.apply.model import Actual, Declared, Kind
from chronovisor.cli.options.images import named_image
from chronovisor.client import Client
from chronovisor.paging import pages
from chronovisor.v1.host_service_pb2 import GetHostRequest, ListHostsRequest
from chronovisor.v1.image_service_pb2 import GetImageRequest, ListImagesRequest
from chronovisor.v1.network_service_pb2 import (
    GetNetworkRequest,
    GetSecurityGroupRequest,
    ListNetworksRequest,
    ListSecurityGroupsRequest,
)
from chronovisor.v1.project_service_pb2 import GetProjectRequest, ListProjectsRequest
from chronovisor.v1.vm_service_pb2 import VM_VIEW_FULL, GetVmRequest, ListVmsRequest

Key = tuple[Kind, str]
ALL_PROJECTS = "projects/-"
IMAGE, DISK = ("spec", "image"), ("spec", "disk")
_PAGE = 1000


# What is in projects: the service, its method, the request and the field of its answer.
_LISTS: Mapping[Kind, tuple[str, str, Callable[..., Any], str]] = {
    Kind.SECURITY_GROUP: ("networks", "ListSecurityGroups", ListSecurityGroupsRequest, "security_groups"),
    Kind.NETWORK: ("networks", "ListNetworks", ListNetworksRequest, "networks"),
    Kind.IMAGE: ("images", "ListImages", ListImagesRequest, "images"),
    Kind.VM: ("vms", "ListVms", partial(ListVmsRequest, view=VM_VIEW_FULL), "vms"),
}


class Fleet:
    """Resources by kind and name. Those that are changed are read again by `reread`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.messages: dict[Key, Any] = {}

    def read(self, kinds: Sequence[Kind], parents: Sequence[str] = (ALL_PROJECTS,)) -> None:
        """All of these kinds; of what is in projects, that of `parents`."""
        for kind in kinds:
            for message in self._listed(kind, parents):
                self.messages[kind, short(message.name)] = message

    def _listed(self, kind: Kind, parents: Sequence[str]) -> Iterator[Any]:
        client = self._client
        match kind:
            case Kind.PROJECT:
                for page in pages(client.projects.ListProjects, ListProjectsRequest(page_size=_PAGE)):
                    yield from page.projects
            case Kind.HOST:
                for page in pages(client.hosts.ListHosts, ListHostsRequest(page_size=_PAGE)):
                    yield from page.hosts
            case _:
                service, method, request, items = _LISTS[kind]
                for parent in parents:
                    listed = request(parent=parent, page_size=_PAGE)
                    for page in pages(getattr(getattr(client, service), method), listed):
                        yield from getattr(page, items)

    def reread(self, key: Key) -> Any:
        """One as it is now. Raises NotFound."""
        kind, name = key
        full = whole(kind, name)
        match kind:
            case Kind.PROJECT:
                message: Any = self._client.projects.GetProject(GetProjectRequest(name=full))
            case Kind.HOST:
                message = self._client.hosts.GetHost(GetHostRequest(name=full))
            case Kind.SECURITY_GROUP:
                message = self._client.networks.GetSecurityGroup(GetSecurityGroupRequest(name=full))
            case Kind.NETWORK:
                message = self._client.networks.GetNetwork(GetNetworkRequest(name=full))
            case Kind.IMAGE:
                message = self._client.images.GetImage(GetImageRequest(name=full))
            case Kind.VM:
                message = self._client.vms.GetVm(GetVmRequest(name=full))
        self.messages[key] = message
        return message

    def actual(self) -> list[Actual]:
        """All that was read."""
        return [actual_of(message) for message in self.messages.values()]


def fleet_for(client: Client, declared: Sequence[Declared], *, prunes: bool) -> Fleet:
    """What is declared as far as it is there; to prune, everything."""
    fleet = Fleet(client)
    fleet.read([Kind.PROJECT])
    kinds = {each.kind for each in declared}
    if prunes or Kind.HOST in kinds:
        fleet.read([Kind.HOST])
    for kind in COLLECTIONS:
        if prunes:
            fleet.read([kind])
        elif kind in kinds:
            ids = sorted({each.name.partition("/")[0] for each in declared if each.kind is kind})
            fleet.read([kind], [f"projects/{each}" for each in ids if (Kind.PROJECT, each) in fleet.messages])
    return fleet


def with_images(client: Client, fleet: Fleet, declared: Sequence[Declared]) -> list[Declared]:
    """What is declared, with whole names of images of projects. A VM without a disk keeps that of its image."""
    # Those that are declared, too, may come first.
    names = {
        (f"projects/{project}", image): whole(Kind.IMAGE, each.name)
        for each in declared
        if each.kind is Kind.IMAGE
        for project, _, image in [each.name.partition("/")]
    }
    found: list[Declared] = []
    for each in declared:
        given, parent = each.terms.get(IMAGE), f"projects/{each.name.partition('/')[0]}"
        if each.kind is not Kind.VM or not isinstance(given, str):
            found.append(each)
            continue
        if (parent, given) not in names:
            names[parent, given] = named_image(client, given, parent)
        terms = {**each.terms, IMAGE: names[parent, given]}
        message = fleet.messages.get((Kind.VM, each.name))
        if "/" in names[parent, given] and DISK not in terms and message is not None:
            terms[DISK] = message.spec.resources.disk_gib
        found.append(replace(each, terms=terms))
    return found
