"""What is read of a host's NUMA nodes and CPU."""

from xml.etree import ElementTree

import pytest
from hostagent.drivers.base import NumaNode
from hostagent.drivers.libvirt.topology import cpu_traits, numa_nodes


def with_cells(*cells: str) -> ElementTree.Element:
    topology = f"<topology><cells num='{len(cells)}'>{''.join(cells)}</cells></topology>"
    return ElementTree.fromstring(f"<capabilities><host>{topology}</host></capabilities>")


def cell(vcpus: int, memory: int, unit: str = "KiB") -> str:
    return f"<cell><memory unit='{unit}'>{memory}</memory><cpus num='{vcpus}'/></cell>"


def test_each_cell_is_a_node() -> None:
    capabilities = with_cells(cell(8, 2 << 20), cell(4, 4097))
    assert numa_nodes(capabilities, 16, 4096) == (NumaNode(8, 2048), NumaNode(4, 4))


def test_a_unit_of_memory_is_heeded() -> None:
    assert numa_nodes(with_cells(cell(1, 2, "GiB"), cell(1, 1 << 20, "b")), 2, 4096)[0] == NumaNode(1, 2048)


def test_the_only_node_is_the_whole_host() -> None:
    assert numa_nodes(with_cells(cell(4, 4095)), 4, 4) == (NumaNode(4, 4),)


@pytest.mark.parametrize(("vcpus", "memory_mib"), [(15, 8192), (16, 6143)])
def test_nodes_that_are_more_than_the_host_are_not_reported(vcpus: int, memory_mib: int) -> None:
    assert numa_nodes(with_cells(cell(8, 2 << 20), cell(8, 4 << 20)), vcpus, memory_mib) == ()


@pytest.mark.parametrize("cells", [(), ("<cell/>", "<cell><memory/></cell>")])
def test_a_host_that_reports_little_breaks_nothing(cells: tuple[str, ...]) -> None:
    assert set(numa_nodes(with_cells(*cells), 4, 4096)) <= {NumaNode(0, 0)}


def test_a_cpus_useful_features_are_traits() -> None:
    cpu = ElementTree.fromstring(
        "<cpu><model>EPYC</model><feature name='avx2'/><feature name='sse4.2'/><feature name='de'/></cpu>"
    )
    assert cpu_traits(cpu) == ("cpu.avx2", "cpu.sse4.2")
    assert cpu_traits(None) == ()
