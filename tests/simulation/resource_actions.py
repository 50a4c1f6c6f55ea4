"""What steps of a plan do to networks, images and the network cards of VMs."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

from controlplane.commands.image import CreateImage, DeleteImage, DeprecateImage, FinishImport
from controlplane.commands.network import CreateNetwork, DeleteNetwork, UpdateNetwork
from controlplane.commands.project import UpdateProject
from controlplane.commands.vm import Definition, UpdateVm
from controlplane.domain.image.aggregate import Expected, ImageTerms
from controlplane.domain.image.content import ImageContent, ImageFormat
from controlplane.domain.image.states import ImageState
from controlplane.domain.network.aggregate import Connection, Network, NetworkTerms
from controlplane.domain.project.aggregate import Project, ProjectTerms
from controlplane.domain.resource_kinds import IMAGES
from controlplane.domain.resources import some_of
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.interfaces import Interface
from tests.simulation.plan import Step
from tests.simulation.world import PROJECT, World

CIDRS = {"wide": "10.0.0.0/28", "slim": "10.0.0.0/30"}
RESERVED = ("10.0.0.2-10.0.0.4",)
DIGEST = sha256(b"simulated").digest()


def interfaces(words: str) -> tuple[Interface, ...]:
    """Network cards from words such as `wide slim` or `wide as 10.0.0.3`."""
    networks, _, address = words.partition(" as ")
    return tuple(Interface(f"{PROJECT}/networks/{name}", "", ipv4_address=address) for name in networks.split())


def _change_cards(world: World, step: Step) -> None:
    def change(vm: Vm) -> Definition:
        spec = replace(vm.spec, interfaces=interfaces(step.word.removeprefix("on ")))
        return Definition(spec, vm.labels, vm.expected_lifetime_us, vm.availability)

    world.call(step, UpdateVm(f"{PROJECT}/vms/{step.subject}", "", change))


def _create_network(world: World, step: Step) -> None:
    connection = Connection(ipv4_cidr=CIDRS[step.subject], ipv4_gateway="10.0.0.1")
    uid, name = world.new_uid(step.subject), f"{PROJECT}/networks/{step.subject}"
    world.call(step, CreateNetwork(uid, PROJECT, name, connection, NetworkTerms()))


def _reserve_addresses(world: World, step: Step) -> None:
    def change(network: Network) -> NetworkTerms:
        return network.terms._replace(reserved_ranges=() if network.terms.reserved_ranges else RESERVED)

    world.call(step, UpdateNetwork(f"{PROJECT}/networks/{step.subject}", "", change))


def _delete_network(world: World, step: Step) -> None:
    world.call(step, DeleteNetwork(f"{PROJECT}/networks/{step.subject}"))


def _create_image(world: World, step: Step) -> None:
    uid, name = world.new_uid(step.subject), f"{PROJECT}/images/{step.subject}"
    world.call(step, CreateImage(uid, PROJECT, name, ImageTerms(), Expected()))


def _import_image(world: World, step: Step) -> None:
    name = f"{PROJECT}/images/{step.subject}"
    image = next((image for image in world.checks.resources.of(IMAGES) if image.name == name), None)
    if image is not None:
        content = ImageContent(image.uid, DIGEST, ImageFormat.QCOW2, 1 << 30, 1 << 20)
        world.call(step, FinishImport(image.uid, name, content))


def _deprecate_image(world: World, step: Step) -> None:
    state = (ImageState.READY, ImageState.DEPRECATED, ImageState.OBSOLETE)[step.number % 3]
    world.call(step, DeprecateImage(f"{PROJECT}/images/{step.subject}", state))


def _delete_image(world: World, step: Step) -> None:
    world.call(step, DeleteImage(f"{PROJECT}/images/{step.subject}"))


def _set_quota(world: World, step: Step) -> None:
    def change(project: Project) -> ProjectTerms:
        return project.terms._replace(quota=some_of(step.subject, round(step.amount)))

    world.call(step, UpdateProject(PROJECT, "", change))


RESOURCE_ACTIONS: dict[str, Callable[[World, Step], None]] = {
    "change_cards": _change_cards,
    "create_network": _create_network,
    "reserve_addresses": _reserve_addresses,
    "delete_network": _delete_network,
    "create_image": _create_image,
    "import_image": _import_image,
    "deprecate_image": _deprecate_image,
    "delete_image": _delete_image,
    "set_quota": _set_quota,
}
