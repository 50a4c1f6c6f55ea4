"""Pages of VMs, hosts, projects and what else these have, as they were at one position.

It is the first page's, which every page token keeps.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from controlplane.domain.errors import NotFound, invalid
from controlplane.domain.fleet import Aggregate
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.states import HostState
from controlplane.domain.network.aggregate import Network
from controlplane.domain.project.aggregate import Project
from controlplane.domain.resource_kinds import R, ResourceKind
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import VmState
from controlplane.projections.history.history_view import HistoryView
from controlplane.projections.history.page_query import Comparison, Count, PageQuery, among, containing
from controlplane.queries import filters, page_tokens, visible
from controlplane.queries.filters import Fields
from controlplane.queries.identity import project_then

T = TypeVar("T", bound=Aggregate)
ALL_PROJECTS = "projects/-"
# What page tokens of held addresses are of.
ADDRESSES = "addresses"
VM_FIELDS: Fields = {"state": [each.name for each in VmState], "host": (), "name": (), "uid": ()}
HOST_FIELDS: Fields = {"state": [each.name for each in HostState], "zone": (), "name": (), "uid": ()}
PROJECT_FIELDS: Fields = {"name": (), "uid": ()}
RESOURCE_FIELDS: Fields = PROJECT_FIELDS
# Where no index counts by itself, no more than these are found: one read of many may not keep the others waiting.
MOST_COUNTED = 10_000
# What a list can be ordered by, and the column that has it.
ORDERS = {"name": "name", "create_time": "created_us"}


@dataclass(frozen=True, slots=True)
class Listing:
    """A list's request. `read` is as of when, in the request's own words: a page token is good for them alone.

    `counted`: with how many there are in all.

    Raises InvalidField for an order that there is not.
    """

    parent: str = ""
    filter: str = ""
    order_by: str = ""
    size: int = 0
    token: str = ""
    ended: bool = False
    read: str = ""
    counted: bool = False

    def __post_init__(self) -> None:
        order_of(self.order_by)

    @property
    def bound_to(self) -> str:
        return "\n".join((self.parent, self.filter, self.order_by, str(self.ended), self.read))


@dataclass(frozen=True, slots=True)
class PinnedPage(Generic[T]):
    """Some of the answer, where the rest begins (empty: there is no more), and the position that it is all of.

    `total` is how many there are in all; None where that was not requested.
    """

    items: Sequence[T]
    next_page_token: str
    position: int
    total: Count | None = None


def order_of(text: str) -> tuple[str, bool]:
    """The column, and whether downwards. Raises InvalidField."""
    name, _, direction = (text or "name").partition(" ")
    if name not in ORDERS or direction not in ("", "asc", "desc"):
        raise invalid("order_by", f"must be one of {', '.join(ORDERS)}, with ' desc' to reverse")
    return ORDERS[name], direction == "desc"


def pinned(listing: Listing, kind: str) -> int:
    """The position that the token of the page before keeps; 0 without a token. Raises InvalidField."""
    return int((page_tokens.last_of(listing.token, f"{kind}\n{listing.bound_to}") or "0").partition("\n")[0])


def vms(view: HistoryView, listing: Listing) -> PinnedPage[Vm]:
    """The VMs of `projects/{project}`, or of all with `projects/-`."""
    return _of_projects(view, view.vms, listing, "vms", VM_FIELDS)


def resources(view: HistoryView, kind: ResourceKind[R], listing: Listing) -> PinnedPage[R]:
    """Those of `projects/{project}`, or of all with `projects/-`. Raises InvalidField for another order."""
    _require_order_of_names(listing)
    return _of_projects(view, partial(view.resources, kind), listing, kind.collection, RESOURCE_FIELDS)


def _of_projects(
    view: HistoryView, read: Callable[[PageQuery], list[T]], listing: Listing, collection: str, fields: Fields
) -> PinnedPage[T]:
    if listing.parent == ALL_PROJECTS:
        return _page(view, read, listing, (collection, "projects/", fields), _visible("project_uid"))
    project = project_then(view, listing.parent)
    # What a deleted project had is listed where deleted resources are requested.
    if project.is_deleted and not listing.ended:
        raise NotFound("project", listing.parent)
    # What lives and has a name that begins so is of this project; what has ended may be of another that had its name.
    within = [Comparison("project_uid", True, project.uid)] if listing.ended else []
    return _page(view, read, listing, (collection, f"{project.name}/{collection}/", fields), within)


def vms_on(view: HistoryView, network: Network, listing: Listing) -> PinnedPage[Vm]:
    """The VMs with a card that holds addresses of a network. One that only has its uid in some text is none."""
    within = [containing("rest", network.uid)]
    page = _page(view, view.vms, listing, (ADDRESSES, f"{network.project}/vms/", {}), within)
    vms = [vm for vm in page.items if any(card.network_uid == network.uid for card in vm.cards)]
    return PinnedPage(vms, page.next_page_token, page.position)


def hosts(view: HistoryView, listing: Listing) -> PinnedPage[Host]:
    """All hosts."""
    return _page(view, view.hosts, listing, ("hosts", "hosts/", HOST_FIELDS))


def projects(view: HistoryView, listing: Listing) -> PinnedPage[Project]:
    """All projects. Raises InvalidField for an order but that of names."""
    _require_order_of_names(listing)
    return _page(view, view.projects, listing, ("projects", "projects/", PROJECT_FIELDS), _visible("uid"))


def _require_order_of_names(listing: Listing) -> None:
    if order_of(listing.order_by)[0] != "name":
        raise invalid("order_by", "must be name, with ' desc' to reverse")


def _visible(column: str) -> list[Comparison]:
    """What is of the projects that the call may see."""
    projects = visible.projects()
    return [] if projects is None else [among(column, projects)]


def _page(
    view: HistoryView,
    read: Callable[[PageQuery], list[T]],
    listing: Listing,
    of_kind: tuple[str, str, Fields],
    within: Sequence[Comparison] = (),
) -> PinnedPage[T]:
    kind, prefix, fields = of_kind
    order, descending = order_of(listing.order_by)
    terms = [Comparison(each.field, each.equal, each.value) for each in filters.parse(listing.filter, fields)]
    terms += within
    size = page_tokens.size_of(listing.size)
    bound_to = f"{kind}\n{listing.bound_to}"
    after: tuple[str | int, str, str] | None = None
    if last := page_tokens.last_of(listing.token, bound_to):
        _, key, name, uid = last.split("\n")
        after = (key if order == "name" else int(key), name, uid)
    # One more than the page shows whether there is another.
    query = PageQuery(prefix, size + 1, terms, order, descending, after, listing.ended)
    found = read(query)
    is_all = len(found) <= size
    total = None
    if listing.counted:
        total = Count(len(found), False) if is_all and not after else view.count(kind, query, MOST_COUNTED)
    if is_all:
        return PinnedPage(found, "", view.position, total)
    last_one = found[size - 1]
    key = last_one.name if order == "name" else last_one.created
    token = page_tokens.token_for(f"{view.position}\n{key}\n{last_one.name}\n{last_one.uid}", bound_to)
    return PinnedPage(found[:size], token, view.position, total)
