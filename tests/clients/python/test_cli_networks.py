"""`chronovisor network` and `security-group`: what is sent, what is shown, and how it ends."""

from tests.clients.python.conftest import Cli

VM = ("--vcpus", "1", "--memory", "64", "--disk", "1", "--image", "tiny")


def rows(out: str) -> list[list[str]]:
    return [line.split() for line in out.splitlines()[1:]]


def test_a_network_is_created_shown_changed_and_deleted(cli: Cli) -> None:
    created = cli(
        "network", "create", "web", "--ipv4", "10.1.0.0/24", "--reserve", "10.1.0.2-10.1.0.9", "--label", "a=b"
    )
    assert (created.code, created.out) == (0, "web is created.\n")
    (row,) = rows(cli("network", "list").out)
    assert row[:3] == ["web", "nat", "10.1.0.0/24"]
    shown = cli("network", "show", "web").out
    for words in ("10.1.0.1", "10.1.0.2-10.1.0.9", "web.default.internal", "a=b"):
        assert words in shown
    assert cli("network", "update", "web", "--no-reserve", "--description", "of the web").out == "web is updated.\n"
    found = cli("network", "show", "default/web", "-o", "json").json
    assert (found["reserved_ranges"], found["description"], found["labels"]) == ([], "of the web", {"a": "b"})
    assert cli("network", "addresses", "web").out == "No VM holds an address of web.\n"
    assert cli("network", "delete", "web").out == "web is deleted.\n"
    gone = cli("network", "show", "web")
    assert (gone.code, "See what there is: chronovisor network list." in gone.err) == (3, True)


def test_a_bad_field_is_named_by_its_option(cli: Cli) -> None:
    found = cli("network", "create", "web", "--ipv4", "8.8.8.0/24", "--vlan", "3", "--reserve", "10.9.0.1")
    assert found.code == 2
    for option in ("--ipv4", "--vlan", "--reserve"):
        assert option in found.err
    found = cli("security-group", "create", "web", "--allow", "tcp:80:10.0.0.1/8")
    assert (found.code, "--allow" in found.err) == (2, True)
    found = cli("security-group", "create", "web", "--allow", "http")
    assert (found.code, "'http' is no rule" in found.err) == (2, True)


def test_a_group_is_created_shown_changed_and_deleted(cli: Cli) -> None:
    rules = ("--allow", "tcp:80", "--allow", "tcp:22:10.0.0.0/8 admins", "--allow", "all:group=web")
    assert cli("security-group", "create", "web", *rules).out == "web is created.\n"
    (row,) = rows(cli("security-group", "list", "--columns", "name,rules").out)
    assert row == ["web", "tcp:80,", "tcp:22:10.0.0.0/8", "admins,", "all:group=web"]
    found = cli("security-group", "show", "web", "-o", "json").json
    assert found["rules"][2]["remote_group"] == "projects/default/securityGroups/web"
    assert cli("security-group", "update", "web", "--allow", "egress:udp:53").out == "web is updated.\n"
    assert "egress:udp:53" in cli("security-group", "show", "web").out
    assert cli("security-group", "update", "web", "--no-allow").code == 0
    assert cli("security-group", "delete", "web").out == "web is deleted.\n"


def test_what_was_is_shown_as_it_was(cli: Cli) -> None:
    cli("security-group", "create", "web", "--allow", "tcp:80")
    cli("network", "create", "web", "--ipv4", "10.1.0.0/24")
    position = cli("network", "list", "-o", "json").json["position"]
    cli("security-group", "update", "web", "--allow", "tcp:443")
    cli("network", "delete", "web")
    assert "tcp:80" in cli("at", str(position), "security-group", "show", "web").out
    assert cli("at", str(position), "network", "list", "-o", "name").out == "projects/default/networks/web\n"
    assert "No VM holds an address" in cli("at", str(position), "network", "addresses", "web").out
    history = cli("history", "security-group", "web").out
    assert "created, allows tcp:80" in history
    assert "updated: allows tcp:443" in history
    assert "created: nat, 10.1.0.0/24" in cli("history", "network", "web").out


def test_why_they_are_as_they_are(cli: Cli) -> None:
    cli("security-group", "create", "web", "--allow", "tcp:80", "--reason", "the shop")
    cli("network", "create", "web", "--ipv4", "10.1.0.0/24")
    cli("security-group", "update", "web", "--allow", "tcp:443")
    found = cli("why", "security-group", "web").out
    assert found.startswith("web was created at ")
    assert "changed 1 time." in found
    assert 'created, allows tcp:80: "the shop"' in found
    whole = cli("why", "security-group", "default/web", "-o", "json").json
    assert [each["event"] for each in whole["story"]] == ["SecurityGroupCreated", "SecurityGroupUpdated"]
    before = str(cli("network", "list", "-o", "json").json["position"])
    cli("network", "delete", "web")
    assert " and deleted at " in cli("why", "network", "web").out
    begin = str(whole["story"][0]["position"])
    changed = cli("diff", "--from", begin, "securityGroups/web").out
    assert "1 resource changed" in changed
    assert "default" not in changed.splitlines()[1]
    assert "1 resource went" in cli("diff", "--from", before, "projects/default/networks/web").out


def test_who_holds_an_address_is_listed_and_why_a_network_stays(cli: Cli) -> None:
    cli("network", "create", "web", "--ipv4", "10.1.0.0/29")
    assert cli("host", "update", "node-1", "--trait", "network.vxlan").code == 0
    assert cli("vm", "create", "a", *VM, "--network", "web", "--start", "--no-wait").code == 0
    (row,) = rows(cli("network", "addresses", "web").out)
    assert row[:2] == ["a", "10.1.0.2"]
    found = cli("network", "delete", "web")
    assert (found.code, "NETWORK_IN_USE" in found.err) == (5, True)
    assert "chronovisor network show default/web" in found.err


def test_whether_one_reaches_another_is_answered_with_what_decides(cli: Cli) -> None:
    cli("network", "create", "web", "--ipv4", "10.1.0.0/29")
    cli("host", "update", "node-1", "--trait", "network.vxlan")
    cli("security-group", "create", "db", "--allow", "tcp:5432:group=db")
    for name in ("a", "b"):
        assert cli("vm", "create", name, *VM, "--network", "web,group=db", "--start", "--no-wait").code == 0
    open_ = cli("network", "reach", "a", "b", "--port", "5432")
    assert (open_.code, open_.out.splitlines()[-1]) == (0, "a reaches b.")
    assert "enters   yes: db has tcp:5432:group=db" in open_.out
    position = cli("network", "map", "web", "-o", "json").json["position"]
    assert rows(cli("network", "map", "web").out) == [
        ["b", "a", "tcp:5432", "by", "db"],
        ["a", "b", "tcp:5432", "by", "db"],
    ]
    assert cli("network", "map", "web", "--protocol", "icmp").out == "No VM reaches another over web.\n"
    cli("security-group", "update", "db", "--allow", "egress:tcp:443", "--allow", "icmp")
    shut = cli("network", "reach", "a", "b", "--port", "5432")
    assert (shut.code, shut.out.splitlines()[-1]) == (1, "a does not reach b.")
    assert shut.out.count("no: no rule of db allows it") == 2
    assert cli("network", "reach", "a", "b", "--port", "5432", "--at", str(position)).code == 0
    assert cli("at", str(position), "network", "reach", "a", "b", "--port", "5432").code == 0
    assert "no: web leads nowhere else" in cli("network", "reach", "192.0.2.0/24", "a").out
    assert "it is no VM's" in cli("network", "reach", "a", "192.0.2.1", "--port", "443").out
    found = cli("network", "reach", "a", "a")
    assert (found.code, "another than the source" in found.err) == (2, True)
