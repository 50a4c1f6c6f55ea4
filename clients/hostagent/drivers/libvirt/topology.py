"""NUMA nodes and CPU of a host, by its capabilities. Reads XML; calls nothing."""

from xml.etree import ElementTree

from hostagent.drivers.base import NumaNode

# What placement rules require in practice, by libvirt's names: each becomes the trait `cpu.NAME`. The rest is left out:
# a host has tens of traits and not hundreds.
FEATURES = frozenset(
    {
        *("sse4.2", "aes", "sha-ni", "vaes", "pclmuldq", "fma", "f16c", "bmi2"),
        *("avx", "avx2", "avx512f", "avx512bw", "avx512vl", "avx512vnni", "avx512-bf16", "avx512-fp16", "avx-vnni"),
        *("amx-tile", "amx-int8", "amx-bf16"),
        *("vmx", "svm", "sgx", "rtm", "invtsc", "pdpe1gb", "rdrand", "rdseed"),
    }
)
_KIB = {"b": 1 / 1024, "bytes": 1 / 1024, "KiB": 1, "k": 1, "MiB": 1024, "M": 1024, "GiB": 1 << 20, "G": 1 << 20}


def cpu_traits(cpu: ElementTree.Element | None) -> tuple[str, ...]:
    """The traits of a `<cpu>` element, of those that are worth a trait."""
    names = {feature.get("name", "") for feature in cpu.findall("feature")} if cpu is not None else set[str]()
    return tuple(sorted(f"cpu.{name}" for name in names & FEATURES))


def numa_nodes(capabilities: ElementTree.Element, vcpus: int, memory_mib: int) -> tuple[NumaNode, ...]:
    """The host's nodes. None where it reports none, or more than the whole host has: either happens in containers."""
    nodes = tuple(_node(cell) for cell in capabilities.findall("host/topology/cells/cell"))
    if len(nodes) == 1:
        # The only node is the host: rounding must not make it smaller.
        return (NumaNode(vcpus, memory_mib),)
    fits = sum(node.vcpus for node in nodes) <= vcpus and sum(node.memory_mib for node in nodes) <= memory_mib
    return nodes if fits else ()


def _node(cell: ElementTree.Element) -> NumaNode:
    memory, cpus = cell.find("memory"), cell.find("cpus")
    kib = float(memory.text or 0) * _KIB.get(memory.get("unit", "KiB"), 1) if memory is not None else 0.0
    return NumaNode(int(cpus.get("num", "0")) if cpus is not None else 0, int(kib // 1024))
