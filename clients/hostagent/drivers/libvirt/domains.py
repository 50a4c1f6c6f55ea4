"""What is done to a domain, blocking, on a connection's thread. Each function ensures an outcome, and may run twice."""

import dataclasses
from collections.abc import Callable
from xml.etree import ElementTree

import libvirt

from hostagent.drivers.base import (
    NO_LIMITS,
    Guest,
    GuestChanged,
    GuestRef,
    GuestSpec,
    Limits,
    Power,
    StepFailed,
    VmUid,
)
from hostagent.drivers.isolation import Isolation
from hostagent.drivers.libvirt import limits, metadata
from hostagent.drivers.libvirt.domain_xml import DISK, domain_name
from hostagent.drivers.libvirt.metadata import GuestMetadata
from hostagent.drivers.libvirt.states import is_arrival, power_of

_NO_FLAGS_KNOWN = (libvirt.VIR_ERR_INVALID_ARG, libvirt.VIR_ERR_NO_SUPPORT)


def read_guest(domain: libvirt.virDomain) -> Guest | None:
    """Returns None for a domain that is not the agent's, or is gone by now."""
    try:
        ours = metadata.read(domain)
        if ours is None:
            return _unreadable(domain)
        state, reason = domain.state()
        arrives = _is_arriving(domain)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
            return None
        raise
    if arrives:
        # It has not run here, and is forgotten when it never comes to that.
        arriving = Guest(ours.vm_uid, ours.vm_name, ours.incarnation, Power.ARRIVING, False, ours.reboots, "migration")
        return dataclasses.replace(arriving, limits=None)
    power, detail = power_of(state, reason)
    if not ours.started and not power.is_active:
        power = Power.SHUTOFF  # A failed start is no crash of a guest that ran.
    leaving = bool(ours.leaving) and power.is_active
    return Guest(
        ours.vm_uid,
        ours.vm_name,
        ours.incarnation,
        power,
        ours.started,
        ours.reboots,
        detail,
        leaving,
        ours.limits,
        ours.cards,
    )


def _unreadable(domain: libvirt.virDomain) -> Guest | None:
    """A domain that has the agent's name for it, and has lost its metadata: still there, whatever became of it."""
    vm_uid = VmUid(domain.UUIDString())
    if domain.name() != domain_name(vm_uid):
        return None
    detail = "its metadata cannot be read"
    return Guest(vm_uid, "", incarnation=0, power=Power.UNREADABLE, started=False, detail=detail)


def list_guests(connection: libvirt.virConnect) -> list[Guest]:
    found = [read_guest(domain) for domain in connection.listAllDomains()]
    return [guest for guest in found if guest is not None]


def get_guest(connection: libvirt.virConnect, vm_uid: VmUid) -> Guest | None:
    domain = _domain(connection, vm_uid)
    return read_guest(domain) if domain is not None else None


def define(connection: libvirt.virConnect, spec: GuestSpec, xml: str) -> None:
    domain = _domain(connection, spec.vm_uid)
    if domain is not None:
        ours = metadata.read(domain)
        if ours is None:
            raise StepFailed(f"the metadata of domain {domain.name()} with this VM's UUID cannot be read")
        if ours.incarnation == spec.incarnation:
            return
        if ours.incarnation > spec.incarnation or domain.isActive():
            raise GuestChanged(f"incarnation {ours.incarnation} is there")
        if not spec.machine.tpm and _has_tpm(domain):
            # Its state would be nobody's.
            undefine(connection, GuestRef(spec.vm_uid, ours.incarnation))
    connection.defineXML(xml)


def _has_tpm(domain: libvirt.virDomain) -> bool:
    return ElementTree.fromstring(domain.XMLDesc()).find("devices/tpm") is not None


def start(
    connection: libvirt.virConnect, ref: GuestRef, *, paused: bool, reboots: int, possible: frozenset[Isolation]
) -> None:
    domain, ours = current(connection, ref)
    _refuse_arriving(domain)
    if ours.started:
        return
    if not domain.isActive():
        _create_paused(domain)
    limits.confine(domain, ours.limits or NO_LIMITS, possible)
    # Between create and resume: a guest without this mark never ran an instruction, whenever the agent was killed.
    metadata.write(domain, dataclasses.replace(ours, started=True, reboots=reboots))
    _ensure(Power.PAUSED if paused else Power.RUNNING, domain)


def limit(connection: libvirt.virConnect, ref: GuestRef, given: Limits, possible: frozenset[Isolation]) -> None:
    domain, ours = current(connection, ref)
    if not domain.isActive():
        raise StepFailed("the guest is not running")
    _refuse_arriving(domain)
    limits.change(domain, given, possible)
    # Last: a guest with this mark has them.
    metadata.write(domain, dataclasses.replace(ours, limits=given))


def change_power(connection: libvirt.virConnect, ref: GuestRef, power: Power) -> None:
    _ensure(power, current(connection, ref)[0])


def press_power_button(connection: libvirt.virConnect, ref: GuestRef) -> bool:
    """Sends the guest the power-off signal. Returns False when it is off already, or has not arrived yet."""
    domain = current(connection, ref)[0]
    if not domain.isActive() or _is_arriving(domain):
        return False
    _ensure(Power.RUNNING, domain)  # A paused guest would never notice.
    return _unless_ended(domain, domain.shutdown)


def destroy(connection: libvirt.virConnect, ref: GuestRef) -> None:
    domain = current(connection, ref)[0]
    if domain.isActive():
        _unless_ended(domain, domain.destroy)


def ask_to_reboot(connection: libvirt.virConnect, ref: GuestRef) -> None:
    domain = current(connection, ref)[0]
    _ensure(Power.RUNNING, domain)
    domain.reboot()


def reset(connection: libvirt.virConnect, ref: GuestRef) -> None:
    current(connection, ref)[0].reset()


def count_reboots(connection: libvirt.virConnect, ref: GuestRef, reboots: int) -> None:
    domain, ours = current(connection, ref)
    metadata.write(domain, dataclasses.replace(ours, reboots=reboots))


def end_for_deletion(connection: libvirt.virConnect, ref: GuestRef) -> None:
    """Ensures that the domain does not run, if there is one."""
    domain = _deletable(connection, ref)
    if domain is not None and domain.isActive():
        _unless_ended(domain, domain.destroy)


def undefine(connection: libvirt.virConnect, ref: GuestRef) -> None:
    domain = _deletable(connection, ref)
    if domain is None:
        return
    flags = (
        libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
        | libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
        | libvirt.VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA
        # The agent's own file, beside the disk: it is removed with that.
        | libvirt.VIR_DOMAIN_UNDEFINE_KEEP_NVRAM
        | libvirt.VIR_DOMAIN_UNDEFINE_TPM
    )
    try:
        domain.undefineFlags(flags)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
            return
        if error.get_error_code() not in _NO_FLAGS_KNOWN:
            raise
        domain.undefine()


def _domain(connection: libvirt.virConnect, vm_uid: VmUid) -> libvirt.virDomain | None:
    try:
        return connection.lookupByUUIDString(vm_uid)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
            return None
        raise


def current(connection: libvirt.virConnect, ref: GuestRef) -> tuple[libvirt.virDomain, GuestMetadata]:
    """Returns the domain of exactly this incarnation. Raises GuestChanged."""
    domain = _domain(connection, ref.vm_uid)
    ours = metadata.read(domain) if domain is not None else None
    if domain is None or ours is None or ours.incarnation != ref.incarnation:
        raise GuestChanged(f"incarnation {ref.incarnation} is not there")
    return domain, ours


def _deletable(connection: libvirt.virConnect, ref: GuestRef) -> libvirt.virDomain | None:
    domain = _domain(connection, ref.vm_uid)
    if domain is None:
        return None
    ours = metadata.read(domain)
    if ours is None:
        # Its disk may be in use: not to be taken for a guest that is gone.
        raise StepFailed(f"the metadata of domain {domain.name()} with this VM's UUID cannot be read")
    if ours.incarnation > ref.incarnation:
        raise GuestChanged(f"incarnation {ours.incarnation} is there")
    return domain


def make_room(connection: libvirt.virConnect, ref: GuestRef) -> bool:
    """Ensures that no older incarnation is in the way of this one. Returns False when it is there itself."""
    domain = _domain(connection, ref.vm_uid)
    if domain is None:
        return True
    ours = metadata.read(domain)
    if ours is None:
        raise StepFailed(f"the metadata of domain {domain.name()} with this VM's UUID cannot be read")
    if ours.incarnation == ref.incarnation:
        return False
    if ours.incarnation > ref.incarnation or domain.isActive():
        raise GuestChanged(f"incarnation {ours.incarnation} is there")
    undefine(connection, ref)
    return True


def grow_disk(connection: libvirt.virConnect, ref: GuestRef, size: int) -> bool:
    """Ensures that the disk of an active guest has so many bytes. Returns False where only its file can grow."""
    domain, _ = current(connection, ref)
    if not domain.isActive():
        return False
    try:
        # libvirt would shrink it as well.
        if domain.blockInfo(DISK)[0] < size:
            domain.blockResize(DISK, size, libvirt.VIR_DOMAIN_BLOCK_RESIZE_BYTES)
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_SUPPORT:
            raise
        return False  # libvirt's test driver: nothing has the file open.
    return True


def _is_arriving(domain: libvirt.virDomain) -> bool:
    """A domain that is a migration's copy becomes persistent when it is complete."""
    state, reason = domain.state()
    return is_arrival(state, reason) and not domain.isPersistent()


def _refuse_arriving(domain: libvirt.virDomain) -> None:
    # It is locked by its migration, and libvirt would wait half a minute for that.
    if _is_arriving(domain):
        raise StepFailed("the guest is still arriving")


def _create_paused(domain: libvirt.virDomain) -> None:
    try:
        domain.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
    except libvirt.libvirtError as error:
        if error.get_error_code() not in _NO_FLAGS_KNOWN:
            raise
        domain.createWithFlags(0)  # libvirt's test driver: its guests have no instructions to run.


def _ensure(power: Power, domain: libvirt.virDomain) -> None:
    _refuse_arriving(domain)
    state, reason = domain.state()
    before, _ = power_of(state, reason)
    if before is power:
        return
    if not before.is_active:
        raise GuestChanged("the guest is not running")
    try:
        if power is Power.PAUSED:
            domain.suspend()
        else:
            domain.resume()
    except libvirt.libvirtError:
        # Somebody else may have been faster: libvirt resumes by itself a guest whose migration has failed.
        if power_of(*domain.state())[0] is not power:
            raise


def _unless_ended(domain: libvirt.virDomain, act: Callable[[], int]) -> bool:
    """Returns False when the guest ended by itself while it was acted upon."""
    try:
        act()
    except libvirt.libvirtError:
        if domain.isActive():
            raise
        return False
    return True
