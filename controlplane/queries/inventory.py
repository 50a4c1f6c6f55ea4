"""VMs, hosts and projects as they are now, one or a page of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from controlplane.domain import vm as vms
from controlplane.domain.errors import NotFound
from controlplane.domain.host import Host
from controlplane.domain.project import Project
from controlplane.domain.vm import Vm
from controlplane.ledger.store import Ledger
from controlplane.projections.inventory import Inventory, Names
from controlplane.queries import filters, pages

T = TypeVar("T")
VM_FIELDS = frozenset({"state", "host", "name", "uid"})
HOST_FIELDS = frozenset({"state", "zone", "name", "uid"})


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of the answer, and where the rest begins; an empty token says that there is no more."""

    items: list[T]
    next_page_token: str


def uid_of(inventory: Inventory, name: str) -> str:
    """The uid of a VM by name, by `projects/{project}/vms/{uid}`, or of the last one that had the name.

    Raises NotFound when no VM ever had that name; a uid is passed on without being looked up.
    """
    uid = inventory.vm_names.uids.get(name) or inventory.tombstones.get(name)
    if uid:
        return uid
    last = name.rpartition("/")[2]
    if len(last) == 36 and last.count("-") == 4:
        return last
    raise NotFound("vm", name)


def vm(inventory: Inventory, ledger: Ledger, name: str) -> Vm:
    """A VM by name, or by uid when it may be deleted: then it is folded from its history. Raises NotFound. Blocks."""
    live = inventory.vm_named(name)
    if live is not None:
        return live
    if inventory.tombstones.get(name):
        raise NotFound("vm", name)
    uid = uid_of(inventory, name)
    found = inventory.vms.get(uid) or _folded(ledger, uid)
    if found is None or found.project != name.partition("/vms/")[0]:
        raise NotFound("vm", name)
    return found


def _folded(ledger: Ledger, uid: str) -> Vm | None:
    state: Vm | None = None
    for recorded in ledger.whole_stream(f"vms/{uid}"):
        state = vms.evolve(state, recorded.event, recorded.version)
    return state


def host(inventory: Inventory, name: str) -> Host:
    """Raises NotFound."""
    found = inventory.host_named(name)
    if found is None:
        raise NotFound("host", name)
    return found


def project(inventory: Inventory, name: str) -> Project:
    """Raises NotFound."""
    found = inventory.project_named(name)
    if found is None:
        raise NotFound("project", name)
    return found


def list_vms(inventory: Inventory, parent: str, filter_: str, size: int, token: str) -> Page[Vm]:
    """A page of the VMs of `projects/{project}`, or of all with `projects/-`, by name."""
    if parent == "projects/-":
        prefix = "projects/"
    else:
        project(inventory, parent)
        prefix = f"{parent}/vms/"
    return _page(inventory.vm_names, inventory.vms, prefix, (filter_, VM_FIELDS, _vm_field), size, token)


def list_hosts(inventory: Inventory, filter_: str, size: int, token: str) -> Page[Host]:
    """A page of hosts, by name."""
    return _page(inventory.host_names, inventory.hosts, "hosts/", (filter_, HOST_FIELDS, _host_field), size, token)


def list_projects(inventory: Inventory, size: int, token: str) -> Page[Project]:
    """A page of projects, by name."""
    nothing: Callable[[Project, str], str] = lambda _project, _field: ""  # noqa: E731
    names = inventory.project_names
    return _page(names, inventory.projects, "projects/", ("", frozenset[str](), nothing), size, token)


def _page(
    names: Names,
    items: Mapping[str, T],
    prefix: str,
    chosen: tuple[str, frozenset[str], Callable[[T, str], str]],
    size: int,
    token: str,
) -> Page[T]:
    filter_, fields, value_of = chosen
    bound_to = f"{prefix}\n{filter_}"
    last = pages.last_of(token, bound_to)
    terms = filters.parse(filter_, fields)
    size = pages.size_of(size)
    page: list[T] = []
    for name in names.after(last, prefix):
        item = items[names.uids[name]]
        if not filters.matches(terms, lambda field, item=item: value_of(item, field)):
            continue
        if len(page) == size:
            return Page(page, pages.token_for(last, bound_to))
        page.append(item)
        last = name
    return Page(page, "")


def _vm_field(vm: Vm, field: str) -> str:
    match field:
        case "state":
            return vm.state.name
        case "host":
            return vm.host if vm.held else ""
        case "name":
            return vm.name
        case "uid":
            return vm.uid
        case _:
            return dict(vm.labels).get(field.removeprefix("labels."), "")


def _host_field(host: Host, field: str) -> str:
    match field:
        case "state":
            return host.state.name
        case "zone":
            return host.zone
        case "name":
            return host.name
        case "uid":
            return host.uid
        case _:
            return dict(host.labels).get(field.removeprefix("labels."), "")
