"""The data of the Huawei benchmark are read, their mistakes named, and its checker finds every kind of violation."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.benchmarks.huawei import ours, rows_in
from tests.benchmarks.huawei_trace import (
    AFFINITY,
    ANTI_AFFINITY,
    FAULT_DOMAIN,
    BadData,
    Choice,
    Node,
    Request,
    best_fit,
    read_requests,
    read_servers,
    violations,
    wrongly_refused,
)

Place = Callable[[Sequence[Sequence[Node]], Sequence[Request]], list[Choice | None]]
HEADER = "flavor_vcpus,flavor_ram,numa,strategy,group,domain\n"
SERVERS = [(Node(8, 16), Node(8, 16)), (Node(8, 16), Node(8, 16))]


def request(strategy: str = "", domain: str = "", *, vcpus: int = 2, numa: int = 1) -> Request:
    return Request(vcpus, 2 * vcpus, numa, strategy, "0" if strategy else "", domain)


@pytest.mark.parametrize(
    ("requests", "chosen", "violation"),
    [
        ([request(AFFINITY)] * 2, [Choice(0, (0,)), Choice(1, (0,))], "affinity 0: on 2 servers"),
        ([request(ANTI_AFFINITY)] * 2, [Choice(0, (0,)), Choice(0, (1,))], "anti-affinity 0: 2 on server 0"),
        (
            [request(FAULT_DOMAIN, "1"), request(FAULT_DOMAIN, "2")],
            [Choice(0, (0,)), Choice(0, (1,))],
            "fault_domain 0: domains ['1', '2'] on server 0",
        ),
        ([request(vcpus=8)] * 2, [Choice(0, (0,)), Choice(0, (0,))], "node 0 of server 0 holds more than it has"),
        ([request(numa=2)], [Choice(0, (1,))], "request 0 requests 2 nodes and has (1,)"),
        ([request(numa=2)], [Choice(0, (1, 1))], "request 0 requests 2 nodes and has (1, 1)"),
    ],
)
def test_the_checker_finds_it(requests: list[Request], chosen: list[Choice], violation: str) -> None:
    assert violations(SERVERS, requests, chosen) == [violation]


@pytest.mark.parametrize("place", [ours, best_fit])
def test_domains_of_a_group_are_on_different_servers_and_one_domain_may_be_on_one(
    place: Place,
) -> None:
    requests = [request(FAULT_DOMAIN, domain) for domain in ("1", "1", "2", "2", "3")]
    chosen = place(SERVERS, requests)
    assert [choice and choice.server for choice in chosen] == [0, 0, 1, 1, None]
    assert not violations(SERVERS, requests, chosen)


def test_groups_of_different_strategies_have_nothing_to_do_with_each_other() -> None:
    requests = [request(ANTI_AFFINITY), request(AFFINITY), request(ANTI_AFFINITY), request(AFFINITY)]
    chosen = ours(SERVERS, requests)
    assert None not in chosen
    assert not violations(SERVERS, requests, chosen)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("2,4,1,,,\n2,x,1,,,", "line 3, column flavor_ram: must be 1 or more, not 'x'"),
        ("2,4,0,,,", "line 2, column numa: must be 1 or more, not '0'"),
        ("2,4,1,near,0,", "line 2, column strategy: must be one of"),
        ("2,4,1,affinity,,", "line 2, column group: must be there with a strategy"),
        ("2,4,1,affinity,0,1", "line 2, column domain: must be there with fault_domain"),
        ("2", "line 2, column flavor_ram: must be 1 or more, not ''"),
    ],
)
def test_a_bad_line_is_reported_with_its_column_and_rule(tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "requests.csv"
    path.write_text(HEADER + line)
    with pytest.raises(BadData, match=complaint):
        read_requests(path)


def test_a_directory_is_measured_and_an_empty_one_is_skipped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rows_in(tmp_path) == []
    assert "skipped" in capsys.readouterr().err
    (tmp_path / "huawei_topo_PM_res.csv").write_text("CPU1,RAM1,CPU2,RAM2\n8,16,8,16\n")
    (tmp_path / "huawei_topo_VM_data_C9.csv").write_text(HEADER + "8,16,1,,,\n8,16,2,,,\n4,8,1,affinity,0,\n")
    assert read_servers(tmp_path / "huawei_topo_PM_res.csv") == [(Node(8, 16), Node(8, 16))]
    first, in_all, obeyed, refused = rows_in(tmp_path)
    assert (first.ours, in_all.ours, obeyed.ours) == (1, 2, 2)
    assert obeyed.met
    assert refused.met


def test_a_refusal_is_wrong_when_a_server_has_room_and_obeys_the_rule() -> None:
    requests = [request(ANTI_AFFINITY)] * 3
    # Two servers: the second has a place, the third does not.
    assert wrongly_refused(SERVERS, requests, [Choice(0, (0,)), None, None]) == [1, 2]
    assert wrongly_refused(SERVERS, requests, [Choice(0, (0,)), Choice(1, (0,)), None]) == []
