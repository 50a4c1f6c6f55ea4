"""Networks, who reaches whom, and images: their pages, as of any moment, and what can be done there."""

import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.clients.console import stage
from tests.clients.console.conftest import Served, Stage
from tests.clients.console.test_change_verbs import opened, shown
from tests.clients.console.test_forms import fill, line_of, unfold
from tests.clients.console.test_pages import violations
from tests.clients.console.test_roles_and_hosts import button
from tests.clients.console.test_verbs import close, confirm
from tests.support.images import qcow2

pytestmark = pytest.mark.slow

SHOP = "projects/shop"
VM_OF_AGENT = "shop/imaged"


@pytest.fixture(scope="module")
def networked(served: Served, browser: Browser) -> Stage:
    """`front-1` and `front-2` reach `store` at 5432 over the network `front`."""
    command = served.server.command
    command("network", "create", "shop/front", "--ipv4", "10.7.0.0/24")
    command("security-group", "create", "shop/front", "--allow", "tcp:80")
    command("security-group", "create", "shop/store", "--allow", "tcp:5432:group=front")
    for host in ("node-1", "node-12", "node-24", "node-33"):
        command("host", "update", host, "--trait", "network.vxlan", "--trait", "image.fetch")
    size = ("--vcpus", "1", "--memory", "64MiB", "--disk", "1GiB", "--image", "tiny.qcow2", "--start")
    for name, group in (("front-1", "front"), ("front-2", "front"), ("store", "store")):
        command("vm", "create", f"shop/{name}", *size, "--network", f"front,group={group}")
    return Stage(served.server, served.fleet, browser)


def place_of(collection: str, id_: str) -> str:
    return f"/{collection}/shop/{id_}"


def cells(table: Locator) -> list[list[str]]:
    return [row.locator("td").all_inner_texts() for row in table.locator("tbody tr").all()]


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def test_who_reaches_whom_is_drawn_and_in_a_table(window: stage.Window, networked: Stage, axe: str) -> None:
    page = window.open("/networks")
    page.get_by_role("link", name="front", exact=True).click()
    expect(page.locator("main h1")).to_contain_text("front")
    tab(page, "Who reaches whom")
    picture = page.get_by_role("img", name="3 VMs, of which 6 pairs")
    expect(picture.locator("path.reach-edge")).to_have_count(6)
    table = page.locator("main table")
    assert cells(table) == [
        ["front-2", "front-1", "tcp:80", "front"],
        ["store", "front-1", "tcp:80", "front"],
        ["front-1", "front-2", "tcp:80", "front"],
        ["store", "front-2", "tcp:80", "front"],
        ["front-1", "store", "tcp:5432", "store"],
        ["front-2", "store", "tcp:5432", "store"],
    ]
    assert violations(page, axe) == []
    page.locator("[name='port']").fill("5432")
    expect(table.locator("tbody tr")).to_have_count(2)
    tab(page, "Addresses")
    expect(page.get_by_role("table", name="Addresses")).to_contain_text("10.7.0.2")


def test_the_slider_shows_what_was_open(window: stage.Window, networked: Stage) -> None:
    command = networked.server.command
    position = command("network", "list", "--project", "shop")["position"]
    command("security-group", "update", "shop/store", "--no-allow")
    page = window.open(place_of("networks", "front"))
    tab(page, "Who reaches whom")
    expect(page.locator("main tbody tr").filter(has_text="5432")).to_have_count(0)
    page = window.open(f"{place_of('networks', 'front')}?at={position}")
    tab(page, "Who reaches whom")
    expect(page.locator("main tbody tr").filter(has_text="5432")).to_have_count(2)
    command("security-group", "update", "shop/store", "--allow", "tcp:5432:group=front")


def test_a_vms_cards_lead_to_its_network_and_groups(window: stage.Window, networked: Stage, axe: str) -> None:
    page = window.open(place_of("vms", "store"))
    cards = page.locator("main section", has_text="Network cards").locator("table")
    expect(cards.locator("tbody tr")).to_have_count(1)
    (row,) = cells(cards)
    assert row[0] == "front"
    assert row[1].startswith("10.7.0.")
    assert row[2].startswith("02:00:")
    assert row[3] == "store"
    assert violations(page, axe) == []
    cards.get_by_role("link", name="store").click()
    expect(page.locator("main")).to_contain_text("tcp:5432:group=front")


def test_a_network_and_a_group_are_made_changed_and_ended(window: stage.Window, networked: Stage, axe: str) -> None:
    page = window.open("/networks")
    dialog = opened(page, "Create a network")
    fill(dialog, project="shop", id="made", ipv4_cidr="10.8.0.1/24")
    expect(dialog.locator(".field-box:has([aria-invalid=true])")).to_contain_text(["IPv4 addresses"])
    fill(dialog, ipv4_cidr="10.8.0.0/24", reserved_ranges="10.8.0.2-10.8.0.9")
    assert violations(page, axe) == []
    line = line_of(dialog)
    assert line == ["network", "create", "shop/made", "--ipv4", "10.8.0.0/24", "--reserve", "10.8.0.2-10.8.0.9"]
    confirm(page, "Create a network")
    close(page)
    assert shown(networked, "network", "shop/made")["reserved_ranges"] == ["10.8.0.2-10.8.0.9"]
    dialog = opened(page, "Change")
    fill(dialog, reserved_ranges="", description="a try")
    confirm(page, "Change")
    close(page)
    found = shown(networked, "network", "shop/made")
    assert (found["reserved_ranges"], found["description"]) == ([], "a try")
    opened(page, "Delete")
    confirm(page, "Delete")
    close(page)
    page = window.open("/networks")
    dialog = opened(page, "Create a security group")
    fill(dialog, project="shop", id="made", rules="tcp:443\nall:group=front")
    confirm(page, "Create a security group")
    close(page)
    found = shown(networked, "security-group", "shop/made")
    assert [each.get("remote_group", "") for each in found["rules"]] == ["", f"{SHOP}/securityGroups/front"]
    dialog = opened(page, "Change")
    fill(dialog, rules="")
    confirm(page, "Change")
    close(page)
    assert shown(networked, "security-group", "shop/made")["rules"] == []


def test_whoever_may_in_one_project_alone_makes_a_group_there(networked: Stage) -> None:
    command, account = networked.server.command, "projects/shop/serviceAccounts/maker"
    command("service-account", "create", account)
    token = command("service-account", "token", "create", account)["token"]
    command("access", "grant", "serviceAccount:shop/maker", "operator", SHOP)
    with stage.window(networked.browser, networked.url, token=token) as window:
        page = window.open("/networks")
        dialog = opened(page, "Create a security group")
        expect(dialog.locator("[name='project']")).to_have_value("shop")
        fill(dialog, id="by-maker", rules="tcp:8443")
        confirm(page, "Create a security group")
        close(page)
        expect(page.locator("main h1")).to_contain_text("by-maker")
        page = window.open("/projects/projects%2Fshop")
        dialog = opened(page, "Create a network")
        fill(dialog, id="of-maker", ipv4_cidr="10.9.0.0/24")
        confirm(page, "Create a network")
        close(page)
        expect(page.locator("main h1")).to_contain_text("of-maker")
    assert shown(networked, "network", "shop/of-maker")["ipv4_cidr"] == "10.9.0.0/24"


def test_why_a_group_is_as_it_is_is_drawn(window: stage.Window, networked: Stage) -> None:
    page = window.open(place_of("securityGroups", "front"))
    tab(page, "Why")
    expect(page.locator(".causes li").first).to_contain_text("created")


def test_a_vm_is_made_from_an_image_on_a_network(
    window: stage.Window, networked: Stage, axe: str, tmp_path: Path
) -> None:
    file = tmp_path / "disk.qcow2"
    qcow2(file)
    networked.server.command("image", "import", str(file), "--name", "shop/disk")
    page = window.open("/images")
    page.get_by_role("link", name="disk", exact=True).click()
    expect(page.locator("main")).to_contain_text("SHA-256")
    assert violations(page, axe) == []
    page = window.open("/vms")
    dialog = opened(page, "Create a VM")
    fill(dialog, project="shop", id="from-disk", spec__boot__image__image="disk")
    unfold(dialog, "Networks")
    fill(dialog, spec__network_interfaces="front,group=store")
    dialog.get_by_label("start it, too").uncheck()
    confirm(page, "Create a VM")
    close(page)
    spec = shown(networked, "vm", f"{SHOP}/vms/from-disk")["spec"]
    assert spec["boot"]["image"]["image"] == f"{SHOP}/images/disk"
    assert spec["network_interfaces"][0]["network"] == f"{SHOP}/networks/front"
    assert spec["network_interfaces"][0]["security_groups"] == [f"{SHOP}/securityGroups/store"]
    page = window.open(place_of("images", "disk"))
    tab(page, "VMs")
    expect(page.get_by_role("link", name="from-disk")).to_be_visible()
    dialog = opened(page, "Deprecate")
    fill(dialog, instead="disk-2")
    confirm(page, "Deprecate")
    close(page)
    found = shown(networked, "image", "shop/disk")
    assert (found["state"], found["replacement"]) == ("IMAGE_STATE_DEPRECATED", f"{SHOP}/images/disk-2")
    expect(button(page.locator("main"), "Deprecate")).to_have_count(0)


def test_pages_are_a_key_away(window: stage.Window, looked_at: Stage) -> None:
    page = window.open("/vms")
    for key, title in (("n", "Networks"), ("i", "Images")):
        page.keyboard.press("g")
        page.keyboard.press(key)
        expect(page.locator("main h1")).to_contain_text(title)


@pytest.fixture
def agent(networked: Stage, tmp_path: Path) -> Generator[None]:
    """VM_OF_AGENT runs on a host of the agent itself, which can send disks."""
    words = ("--server", networked.server.address, "--host-id", "imaging", "--driver", "simulated")
    program = [sys.executable, "-m", "hostagent.main", *words, "--state-dir", str(tmp_path / "agent")]
    process = subprocess.Popen(program, stderr=subprocess.DEVNULL)
    try:
        stage.wait_until(lambda: "hosts/imaging" in str(networked.server.command("host", "list")))
        size = ("--vcpus", "1", "--memory", "64MiB", "--disk", "1GiB", "--image", "any", "--on-host", "imaging")
        networked.server.command("vm", "create", VM_OF_AGENT, *size, "--start")
        yield
    finally:
        process.terminate()
        process.wait()


@pytest.mark.usefixtures("agent")
def test_whoever_may_in_one_project_alone_makes_images_there(networked: Stage) -> None:
    command, account = networked.server.command, "projects/shop/serviceAccounts/imager"
    command("service-account", "create", account)
    token = command("service-account", "token", "create", account)["token"]
    command("access", "grant", "serviceAccount:shop/imager", "project-admin", SHOP)
    command("vm", "stop", "shop/front-2", "--grace", "0s")
    command("vm", "stop", VM_OF_AGENT, "--grace", "0s")
    with stage.window(networked.browser, networked.url, token=token) as window:
        page = window.open("/images")
        dialog = opened(page, "Import an image")
        expect(dialog.locator("[name='project']")).to_have_value("shop")
        page.keyboard.press("Escape")
        page = window.open("/vms/projects%2Fshop%2Fvms%2Fimaged")
        dialog = opened(page, "Create image")
        fill(dialog, id="of-agent", family="agents")
        line = line_of(dialog)
        assert line[:3] == ["image", "create", "shop/of-agent"]
        assert line[line.index("--from-vm") + 1] in (VM_OF_AGENT, f"{SHOP}/vms/imaged")
        confirm(page, "Create image")
        close(page)
        expect(page.locator("main h1")).to_contain_text("of-agent")
        expect(page.locator("main")).to_contain_text("imaged")
        # Of a host that sends no disks, there is nothing to go to.
        page = window.open("/vms/projects%2Fshop%2Fvms%2Ffront-2")
        dialog = opened(page, "Create image")
        fill(dialog, id="of-front")
        confirm(page, "Create image")
        expect(dialog.get_by_text("It was accepted, and then it failed.")).to_be_visible()
        expect(dialog).to_contain_text("sends no disks")
        page.keyboard.press("Escape")
        expect(page.locator("main h1")).to_contain_text("front-2")
    found = shown(networked, "image", "shop/of-agent")
    assert (found["family"], found["source_vm"]) == ("agents", f"{SHOP}/vms/imaged")
