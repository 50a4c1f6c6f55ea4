"""What agents say in their own words is cleaned and bounded where it comes in: it is never a reason to refuse them."""

from chronovisor.v1 import agent_service_pb2 as api
from chronovisor.v1 import history_service_pb2, host_service_pb2, vm_pb2

from tests.integration.controlplane.fake_agent import connected, guest
from tests.integration.controlplane.plane import Plane, a_host, vm_of

HOSTILE = "\x1b[2Jno\0 disk\r\n\u202e\uffff" + "é" * 5000
FIELDS = ("architecture", "cpu_model", "hypervisor", "virt_type", "agent_version")


async def test_a_machine_with_odd_names_is_known_all_the_same(plane: Plane) -> None:
    host = a_host(images=["tiny", "a b", "\x1b[31m", "../etc", "x" * 200, *(f"i{n}" for n in range(5000))])
    host.traits.extend(["ssd", "Not A Trait", "\0"])
    for field in FIELDS:
        setattr(host.platform, field, HOSTILE)
    async with connected(plane, host=host):
        found = await plane.hosts.GetHost(host_service_pb2.GetHostRequest(name="hosts/node-1"))
    assert list(found.traits) == ["ssd"]
    assert len(found.platform.images) == 4096
    assert all(image.isascii() and image.isalnum() for image in found.platform.images)
    for field in FIELDS:
        text = getattr(found.platform, field)
        assert text.isprintable()
        assert len(text.encode()) <= 255
        assert text.startswith("\\x1b[2Jno\\x00 disk")


async def test_a_hypervisors_words_are_one_line_everywhere(plane: Plane) -> None:
    async with connected(plane) as agent:
        uid = vm_of(await plane.create()).uid
        operation = await plane.start()
        await agent.until_desired(uid, api.DESIRED_POWER_RUNNING)
        await agent.send(report=guest("\0" * 3, 1, vm_pb2.GUEST_STATE_RUNNING))
        await agent.fail(uid, "start", HOSTILE, permanent=True)
        failed = await plane.wait(operation)
    vm = await plane.get()
    events = (await plane.history.ListEvents(history_service_pb2.ListEventsRequest())).events
    texts = [failed.error.message, vm.failure.message, vm.observed.detail]
    texts += [each.vm_start_failed.error for each in events if each.HasField("vm_start_failed")]
    assert any("no\\x00 disk" in text for text in texts)
    assert all(text.isprintable() and len(text.encode()) < 2500 for text in texts), texts


async def test_an_inventory_with_guests_of_odd_names_is_read(plane: Plane) -> None:
    odd = [guest(uid, 1, vm_pb2.GUEST_STATE_RUNNING) for uid in ("", "\0", "é", "x" * 5000, "\x1b[31m")]
    async with connected(plane, guests=odd) as agent:
        assert agent.snapshots == 1
