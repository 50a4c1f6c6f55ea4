"""What libvirt and the operating system say of the host. Decides only which answer to believe."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import libvirt

from hostagent.drivers.base import NumaNode
from hostagent.drivers.libvirt.domain_xml import MACHINES, Platform
from hostagent.drivers.libvirt.machine_traits import MACHINE, machine_traits
from hostagent.drivers.libvirt.topology import cpu_traits, numa_nodes
from hostagent.drivers.libvirt.user_network import USER_NETWORK, has_user_network

_GIB = 1 << 30
_NAMES = {"QEMU": "QEMU", "TEST": "libvirt's test driver", "LXC": "LXC"}


@dataclass(frozen=True, slots=True)
class Hypervisor:
    """What is on the other end of a connection."""

    # As libvirt names it: `QEMU`, `TEST`, ...
    kind: str
    # Such as `QEMU 7.2.17, libvirt 9.0.0`.
    version: str
    architecture: str
    cpu_model: str
    vcpus: int
    memory_mib: int
    traits: tuple[str, ...]
    numa_nodes: tuple[NumaNode, ...]
    # By domain type (`kvm`, `qemu`): the program that runs guests.
    emulators: dict[str, str]
    # Versions of the machine type that guests get, such as `pc-q35-7.2`.
    machines: tuple[str, ...] = ()
    # What libvirt can label guests with, such as `apparmor`.
    security_models: tuple[str, ...] = ()


def read_platform(connection: libvirt.virConnect, hypervisor: Hypervisor, virt_type: str) -> Platform:
    """What guests of this type can have. Raises libvirtError."""
    architecture = hypervisor.architecture
    capabilities = _domain_capabilities(connection, architecture, virt_type)
    if capabilities is None:
        return Platform(virt_type, architecture)
    models = capabilities.findall("cpu/mode[@name='custom']/model[@usable='yes']")
    by_name = {model.text.lower(): model.text for model in models if model.text}
    machines = {f"{MACHINE}{name}" for name in hypervisor.machines}
    if hypervisor.kind == "QEMU" and has_user_network(hypervisor.emulators.get(virt_type, "")):
        machines.add(USER_NETWORK)
    return Platform(virt_type, architecture, by_name, machine_traits(capabilities).union(machines))


def _domain_capabilities(
    connection: libvirt.virConnect, architecture: str, virt_type: str
) -> ElementTree.Element | None:
    """None where the hypervisor knows of none."""
    try:
        xml = connection.getDomainCapabilities(None, architecture, MACHINES.get(architecture), virt_type)
    except libvirt.libvirtError as error:
        if error.get_error_code() not in (libvirt.VIR_ERR_NO_SUPPORT, libvirt.VIR_ERR_INVALID_ARG):
            raise
        return None
    return ElementTree.fromstring(xml)


def capability_traits(platform: Platform) -> tuple[str, ...]:
    """The traits for what a guest must find on every host that it is on."""
    return (*(f"cpu.model.{name}" for name in sorted(platform.cpu_models)), *sorted(platform.offered))


def read_hypervisor(connection: libvirt.virConnect) -> Hypervisor:
    """Raises libvirtError."""
    capabilities = ElementTree.fromstring(connection.getCapabilities())
    architecture = capabilities.findtext("host/cpu/arch") or ""
    kind = connection.getType()
    name = f"{_NAMES.get(kind, kind)} {_version(connection.getVersion())}"
    vcpus, memory_mib = connection.getInfo()[2], _memory_mib(connection)
    return Hypervisor(
        kind=kind,
        version=f"{name}, libvirt {_version(connection.getLibVersion())}",
        architecture=architecture,
        cpu_model=capabilities.findtext("host/cpu/model") or "",
        vcpus=vcpus,
        memory_mib=memory_mib,
        traits=cpu_traits(_cpu(connection, capabilities)),
        numa_nodes=numa_nodes(capabilities, vcpus, memory_mib),
        emulators=_emulators(capabilities, architecture),
        machines=_machines(capabilities, architecture),
        security_models=tuple(model.text or "" for model in capabilities.findall("host/secmodel/model")),
    )


def _cpu(connection: libvirt.virConnect, capabilities: ElementTree.Element) -> ElementTree.Element | None:
    """The host's CPU with all its features, those that its model implies among them."""
    cpu = capabilities.find("host/cpu")
    if cpu is None or cpu.find("model") is None:
        return cpu
    try:
        baseline = connection.baselineCPU(
            [ElementTree.tostring(cpu, encoding="unicode")], libvirt.VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES
        )
    except libvirt.libvirtError:
        # Some drivers and some CPUs cannot: then only what is beyond the model is known.
        return cpu
    return ElementTree.fromstring(baseline)


def disk_gib(folder: Path) -> int:
    """The size of the file system that guests' disks are on."""
    return shutil.disk_usage(folder).total // _GIB


def _version(number: int) -> str:
    return f"{number // 1_000_000}.{number // 1000 % 1000}.{number % 1000}"


def _memory_mib(connection: libvirt.virConnect) -> int:
    try:
        # getInfo can be far off in containers.
        return connection.getMemoryStats(-1)["total"] // 1024
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_SUPPORT:
            raise
        return connection.getInfo()[1]


def _machines(capabilities: ElementTree.Element, architecture: str) -> tuple[str, ...]:
    """All of the family that guests are of, without its alias for the newest."""
    found = [machine.text or "" for machine in capabilities.findall(f"guest/arch[@name='{architecture}']/machine")]
    family = MACHINES.get(architecture)
    return tuple(sorted({name for name in found if family and f"{family}-" in name}))


def _emulators(capabilities: ElementTree.Element, architecture: str) -> dict[str, str]:
    arch = capabilities.find(f"guest/arch[@name='{architecture}']")
    if arch is None:
        return {}
    usual = arch.findtext("emulator") or ""
    domains = arch.findall("domain")
    return {domain.get("type", ""): domain.findtext("emulator") or usual for domain in domains}
