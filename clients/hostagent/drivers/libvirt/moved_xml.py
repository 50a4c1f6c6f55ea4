"""A guest's domain XML as it is to be at the destination of a migration, and where that is. Calls nothing."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from hostagent.drivers.base import Endpoint, GuestRefused
from hostagent.drivers.libvirt.domain_xml import DISK, SEED
from hostagent.drivers.libvirt.metadata import LIMITS, NAMESPACE

KIND = "libvirt"


@dataclass(frozen=True, slots=True)
class Place:
    """A libvirt that guests can go to, and the files that a guest has there. Empty: it has none."""

    # Of the libvirt, as other hosts reach it.
    uri: str
    console: str
    disk: str = ""
    kernel: str = ""
    initramfs: str = ""
    seed: str = ""
    nvram: str = ""

    @classmethod
    def of(cls, endpoint: Endpoint) -> "Place":
        """Raises GuestRefused for another kind of hypervisor's."""
        address = endpoint.address
        if address.get("kind") != KIND or not address.get("uri") or not address.get("console"):
            raise GuestRefused("the destination is not one of libvirt's")
        names = ("uri", "console", "disk", "kernel", "initramfs", "seed", "nvram")
        return cls(**{name: address[name] for name in names if name in address})

    def endpoint(self) -> Endpoint:
        return Endpoint({"kind": KIND} | {name: value for name, value in asdict(self).items() if value})

    @property
    def is_encrypted(self) -> bool:
        return urlsplit(self.uri).scheme.endswith("+tls")

    @property
    def migrate_uri(self) -> str:
        """Where its hypervisor takes memory and disks: at the libvirt's own address, at a port that it chooses."""
        host = urlsplit(self.uri).hostname or ""
        return f"tcp://[{host}]" if ":" in host else f"tcp://{host}"


def moved_xml(xml: str, place: Place, incarnation: int) -> str:
    """The same machine with other files, as another incarnation, without limits that the other host may not know."""
    domain = ElementTree.fromstring(xml)
    for guest in domain.iterfind(f"metadata/{{{NAMESPACE}}}guest"):
        guest.set("incarnation", str(incarnation))
        guest.attrib.pop("leaving", None)
        # Who has it there gives it its limits: it runs nothing before.
        guest.attrib.pop(LIMITS, None)
    for name in ("cputune", "memtune"):
        for limits in domain.findall(name):
            domain.remove(limits)
    _set_text(domain.find("os/kernel"), place.kernel)
    _set_text(domain.find("os/initrd"), place.initramfs)
    # Its content comes with the guest's memory.
    _set_text(domain.find("os/nvram"), place.nvram)
    for console, attribute in _consoles(domain):
        console.set(attribute, place.console)
    files = {DISK: place.disk, SEED: place.seed}
    for disk in domain.iterfind("devices/disk"):
        target, source = disk.find("target"), disk.find("source")
        file = files.get(target.get("dev", "")) if target is not None else ""
        if source is not None and file:
            source.attrib.clear()
            source.set("file", file)
            # What it is based on is read from the file itself, over there.
            for backing in disk.findall("backingStore"):
                disk.remove(backing)
    return ElementTree.tostring(domain, encoding="unicode")


def _consoles(domain: Element) -> Iterator[tuple[Element, str]]:
    """What has the path of the console's log, and in which attribute: guests of older agents write it as a file."""
    for device in ("serial", "console"):
        for source in domain.iterfind(f"devices/{device}[@type='file']/source"):
            yield source, "path"
        for log in domain.iterfind(f"devices/{device}/log"):
            yield log, "file"


def _set_text(element: Element | None, text: str) -> None:
    if element is not None and text:
        element.text = text
