"""The order in which VMs that are owed a start are started."""

from controlplane.domain.time import SECOND, Micros
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.availability import Availability, Restart
from controlplane.domain.vm.restart_order import LONGEST_WAIT_US, RestartOrder, restart_order
from controlplane.domain.vm.states import VmState
from tests.support.controlplane import NOW, spec


def vm(name: str, *, due: float = 0, priority: int = 0, after: str = "", project: str = "uid-default") -> Vm:
    """One that is owed a start, `due` seconds from NOW, and has its name for a label."""
    return Vm(
        uid=f"uid-{name}",
        name=f"projects/default/vms/{name}",
        project_uid=project,
        spec=spec(),
        labels=(("app", name.partition("-")[0]),),
        created=NOW,
        updated=NOW,
        state=VmState.FAILED,
        availability=Availability(priority=priority, after=after),
        restart=Restart(1, Micros(NOW + round(due * SECOND))),
    )


def starting(name: str, project: str = "uid-default") -> Vm:
    return vm(name, project=project)._replace(restart=None, state=VmState.STARTING)


def order_of(*owed: Vm, under_way: tuple[Vm, ...] = (), now: Micros = NOW) -> RestartOrder:
    return restart_order(owed, under_way, now)


def names(order: RestartOrder) -> list[str]:
    return [each.uid.removeprefix("uid-") for each in order.ready]


def test_the_highest_priority_comes_first_then_the_earliest() -> None:
    order = order_of(
        vm("late", due=-1), vm("early", due=-2), vm("urgent", priority=5), vm("least", priority=-5, due=-9)
    )
    assert names(order) == ["urgent", "early", "late", "least"]


def test_a_start_that_is_not_due_is_looked_at_again_then() -> None:
    order = order_of(vm("now"), vm("later", due=30), vm("much-later", due=60))
    assert names(order) == ["now"]
    assert order.again == NOW + 30 * SECOND


def test_a_vm_comes_after_those_that_it_selects_whatever_its_priority() -> None:
    order = order_of(vm("web", after="app=db", priority=9), vm("db"))
    assert names(order) == ["db"]
    assert order.waiting == {"uid-web": {"uid-db"}}


def test_a_vm_waits_for_one_that_starts_and_for_one_that_is_not_due_yet() -> None:
    assert names(order_of(vm("web", after="app=db"), under_way=(starting("db"),))) == []
    assert names(order_of(vm("web", after="app=db"), vm("db", due=60))) == []


def test_vms_of_other_projects_are_not_waited_for() -> None:
    assert names(order_of(vm("web", after="app=db"), under_way=(starting("db", "uid-other"),))) == ["web"]


def test_others_are_waited_for_five_minutes_at_most() -> None:
    web, db = vm("web", after="app=db"), starting("db")
    assert order_of(web, under_way=(db,)).again == NOW + LONGEST_WAIT_US
    assert names(order_of(web, under_way=(db,), now=Micros(NOW + LONGEST_WAIT_US - 1))) == []
    assert names(order_of(web, under_way=(db,), now=Micros(NOW + LONGEST_WAIT_US))) == ["web"]


def test_a_chain_is_started_link_by_link() -> None:
    chain = [vm("web", after="app=api"), vm("api", after="app=db"), vm("db")]
    assert names(order_of(*chain)) == ["db"]
    assert names(order_of(*chain[:2])) == ["api"]


def test_of_a_circle_the_first_by_priority_goes_and_the_others_after_it() -> None:
    a, b = vm("a", after="app=b"), vm("b", after="app=a", priority=1)
    assert names(order_of(a, b)) == ["b"]
    assert names(order_of(a, under_way=(starting("b"),))) == []
    assert names(order_of(a)) == ["a"]


def test_whoever_only_waits_for_a_circle_does_not_break_it() -> None:
    a, b = vm("a", after="app=b"), vm("b", after="app=a")
    assert names(order_of(a, b, vm("web", after="app=a", priority=9))) == ["a"]


def test_a_circle_does_not_wait_for_what_only_others_wait_for() -> None:
    a, b = vm("a", after="app=b"), vm("b", after="app=a")
    order = order_of(a, b, vm("web", after="app=db"), under_way=(starting("db"),))
    assert names(order) == ["a"]


def test_a_circle_of_three_and_one_that_waits_for_itself_alone() -> None:
    three = [vm("a", after="app=b"), vm("b", after="app=c"), vm("c", after="app=a")]
    assert names(order_of(*three)) == ["a"]
    assert names(order_of(vm("solo", after="app=solo"))) == ["solo"]


def test_peers_that_come_after_each_other_go_one_by_one() -> None:
    peers = [vm(f"node-{number}", after="app=node") for number in range(3)]
    assert names(order_of(*peers)) == ["node-0"]


def test_thousands_that_come_after_one_are_put_in_order_at_once() -> None:
    many = [vm(f"web-{number}", after="app in (db,web)") for number in range(3000)]
    assert names(order_of(*many, vm("db"))) == ["db"]
