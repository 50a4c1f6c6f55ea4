"""The agent's own element in a domain's metadata: whose guest it is, which incarnation, how far it came."""

from dataclasses import asdict, astuple, dataclass
from xml.etree import ElementTree

import libvirt

from hostagent.drivers.base import CpuPolicy, GuestCard, GuestSpec, Limits, VmUid

NAMESPACE = "https://chronovisor.dev/xmlns/guest/1.0"
_PREFIX = "chronovisor"
LIMITS = "limits"
_CARDS = "cards"


@dataclass(frozen=True, slots=True)
class GuestMetadata:
    """All the state that the agent has. It lives and dies with the domain."""

    vm_uid: VmUid
    vm_name: str
    incarnation: int
    # Written when the guest exists but has not run an instruction: True exactly for those that ever could run one.
    started: bool = False
    reboots: int = 0
    # The incarnation that a migration is to make of it elsewhere, from before it begins until it has failed; 0: none.
    leaving: int = 0
    # Those that it has on this host. None: it came from another, or an agent that knew none made it.
    limits: Limits | None = None
    cards: tuple[GuestCard, ...] = ()

    @classmethod
    def of(cls, spec: GuestSpec) -> "GuestMetadata":
        return cls(spec.vm_uid, spec.vm_name, spec.incarnation, limits=spec.limits, cards=spec.cards)

    def element(self) -> ElementTree.Element:
        attributes = {
            "vm-uid": self.vm_uid,
            "vm-name": self.vm_name,
            "incarnation": str(self.incarnation),
            "started": "yes" if self.started else "no",
            "reboots": str(self.reboots),
        } | ({"leaving": str(self.leaving)} if self.leaving else {})
        if self.limits is not None:
            attributes[LIMITS] = limits_text(self.limits)
        if self.cards:
            attributes[_CARDS] = " ".join(",".join(map(str, astuple(card))) for card in self.cards)
        return ElementTree.Element(f"{{{NAMESPACE}}}guest", attributes)


def limits_text(limits: Limits) -> str:
    """`cpu=share disk_read_iops=500`."""
    values = asdict(limits)
    policy = values.pop("cpu").value
    return " ".join([f"cpu={policy}", *(f"{name}={most}" for name, most in values.items() if most)])


def limits_of(text: str | None) -> Limits | None:
    """None also for what another version of the agent wrote: the guest is given its limits again."""
    try:
        given = dict(word.split("=", 1) for word in (text or "").split())
        policy = CpuPolicy(given.pop("cpu"))
        return Limits(policy, **{name: int(most) for name, most in given.items()})
    except (KeyError, TypeError, ValueError):
        return None


def cards_of(text: str | None) -> tuple[GuestCard, ...]:
    """From `0,NETWORK_UID,MAC,IPV4,IPV6 1,...`. Nothing of what another version of the agent wrote."""
    try:
        given = [word.split(",") for word in (text or "").split()]
        return tuple(
            GuestCard(int(index), network_uid, mac, ipv4, ipv6) for index, network_uid, mac, ipv4, ipv6 in given
        )
    except ValueError:
        return ()


ElementTree.register_namespace(_PREFIX, NAMESPACE)


def read(domain: libvirt.virDomain) -> GuestMetadata | None:
    """Returns None for a domain that is not the agent's. Raises libvirtError."""
    try:
        xml = domain.metadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, NAMESPACE, libvirt.VIR_DOMAIN_AFFECT_CURRENT)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN_METADATA:
            return None
        raise
    # libvirt returns the element with or without its namespace, by version; the attributes are the same.
    found = ElementTree.fromstring(xml)
    try:
        return GuestMetadata(
            vm_uid=VmUid(found.attrib["vm-uid"]),
            vm_name=found.get("vm-name", ""),
            incarnation=int(found.attrib["incarnation"]),
            started=found.get("started") == "yes",
            reboots=int(found.get("reboots", "0")),
            leaving=int(found.get("leaving", "0")),
            limits=limits_of(found.get(LIMITS)),
            cards=cards_of(found.get(_CARDS)),
        )
    except (KeyError, ValueError):
        return None  # Someone else's, or spoilt by hand: not to be touched.


def write(domain: libvirt.virDomain, metadata: GuestMetadata) -> None:
    """Raises libvirtError."""
    element = metadata.element()
    element.tag = "guest"  # libvirt adds the prefix and the namespace itself.
    flags = libvirt.VIR_DOMAIN_AFFECT_LIVE if domain.isActive() else 0
    if domain.isPersistent():
        flags |= libvirt.VIR_DOMAIN_AFFECT_CONFIG
    xml = ElementTree.tostring(element, encoding="unicode")
    domain.setMetadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, xml, _PREFIX, NAMESPACE, flags)
