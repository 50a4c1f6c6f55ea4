"""The fleet as it is, as far as a plan needs it: messages of the API, and the same as terms. Changes nothing."""

from collections.abc import Iterator, Sequence
from typing import Any

from chronovisor.cli.apply.kinds import actual_of, short, whole
from chronovisor.cli.apply.model import Actual, Declared, Kind
from chronovisor.client import Client
from chronovisor.paging import pages
from chronovisor.v1.host_service_pb2 import GetHostRequest, ListHostsRequest
from chronovisor.v1.project_service_pb2 import GetProjectRequest, ListProjectsRequest
from chronovisor.v1.vm_service_pb2 import VM_VIEW_FULL, GetVmRequest, ListVmsRequest

Key = tuple[Kind, str]
ALL_PROJECTS = "projects/-"
_PAGE = 1000


class Fleet:
    """Resources by kind and name. Those that are changed are read again by `reread`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.messages: dict[Key, Any] = {}

    def read(self, kinds: Sequence[Kind], parents: Sequence[str] = (ALL_PROJECTS,)) -> None:
        """All of these kinds; of VMs, those of the projects `parents`."""
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
            case Kind.VM:
                for parent in parents:
                    request = ListVmsRequest(parent=parent, page_size=_PAGE, view=VM_VIEW_FULL)
                    for page in pages(client.vms.ListVms, request):
                        yield from page.vms

    def reread(self, key: Key) -> Any:
        """One as it is now. Raises NotFound."""
        kind, name = key
        full = whole(kind, name)
        match kind:
            case Kind.PROJECT:
                message: Any = self._client.projects.GetProject(GetProjectRequest(name=full))
            case Kind.HOST:
                message = self._client.hosts.GetHost(GetHostRequest(name=full))
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
    if prunes:
        fleet.read([Kind.VM])
    elif Kind.VM in kinds:
        ids = sorted({each.name.partition("/")[0] for each in declared if each.kind is Kind.VM})
        fleet.read([Kind.VM], [f"projects/{each}" for each in ids if (Kind.PROJECT, each) in fleet.messages])
    return fleet
