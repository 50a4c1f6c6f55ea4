"""What guests are given at their first boot: NoCloud seeds, which cloud-init finds by their label. All may be secrets.

A seed is a file for the agent's user alone, and for the guest that libvirt hands it to. It goes with its guest.
"""

import asyncio
import io
import json
import os
from pathlib import Path

from hostagent.drivers.base import FirstBoot, GuestSpec, Interface, StepFailed

LABEL = "cidata"


class Seeds:
    """The seeds of one host's guests, as ISO images in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, vm_uid: str) -> Path:
        return self._folder / f"{vm_uid}.seed.iso"

    async def ensure(self, spec: GuestSpec) -> None:
        """Has a seed with what the guest is given, or none where that is nothing. Raises StepFailed."""
        if spec.has_seed:
            await asyncio.to_thread(self._write, self.path(spec.vm_uid), spec)
        else:
            self.remove(spec.vm_uid)

    def remove(self, vm_uid: str) -> None:
        for leftover in (self.path(vm_uid), self._unit(self.path(vm_uid))):
            leftover.unlink(missing_ok=True)

    def _write(self, path: Path, spec: GuestSpec) -> None:
        unit = self._unit(path)
        try:
            unit.unlink(missing_ok=True)
            descriptor = os.open(unit, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(
                    seed(spec.user_data, meta_data(spec.vm_uid, spec.vm_name, spec.first_boot), network_config(spec))
                )
            unit.replace(path)
        except OSError as error:
            raise StepFailed(f"the guest's seed cannot be written: {error.strerror}") from None

    def _unit(self, path: Path) -> Path:
        return path.with_suffix(".new")


def meta_data(vm_uid: str, vm_name: str, given: FirstBoot) -> bytes:
    """In YAML, a line an entry. One instance is one VM, however often it is started anew, and whatever it is given."""
    hostname = given.hostname or vm_name.rpartition("/")[2]
    lines = [f"instance-id: {vm_uid}", f"local-hostname: {hostname}"]
    if given.ssh_authorized_keys:
        # JSON's strings are YAML's, and have no line ends.
        lines += ["public-keys:", *(f"  - {json.dumps(key, ensure_ascii=False)}" for key in given.ssh_authorized_keys)]
    return "".join(f"{line}\n" for line in lines).encode()


def network_config(spec: GuestSpec) -> bytes:
    """Version 2, by MAC addresses, in JSON, which is YAML. Empty without a card."""
    cards = {f"card{each.index}": _card(each) for each in spec.interfaces}
    return json.dumps({"version": 2, "ethernets": cards}).encode() if cards else b""


def _card(interface: Interface) -> dict[str, object]:
    card: dict[str, object] = {"match": {"macaddress": interface.mac}, "mtu": interface.mtu or 1500}
    addresses = [each for each in (interface.ipv4, interface.ipv6) if each]
    if interface.is_static and addresses:
        gateways = [each for each in (interface.ipv4_gateway, interface.ipv6_gateway) if each]
        # The first card leads out.
        routes = [{"to": "default", "via": each} for each in gateways] if interface.index == 0 else []
        return card | {"addresses": addresses, "routes": routes}
    by_dhcp: dict[str, object] = {"dhcp4": bool(interface.ipv4) or not addresses, "dhcp6": bool(interface.ipv6)}
    return card | by_dhcp | ({"dhcp4-overrides": {"use-routes": False}} if interface.index else {})


def seed(user_data: bytes, meta_data: bytes, network_config: bytes = b"") -> bytes:
    """An ISO image with `user-data` and `meta-data`: cloud-init needs both, though one may be empty."""
    # Loaded where a guest has a seed alone.
    import pycdlib  # noqa: PLC0415

    image = pycdlib.PyCdlib()
    image.new(interchange_level=3, joliet=3, rock_ridge="1.09", vol_ident=LABEL)
    files = {"user-data": user_data, "meta-data": meta_data}
    if network_config:
        files["network-config"] = network_config
    for name, content in files.items():
        short = f"/{name.replace('-', '').upper()}.;1"
        image.add_fp(io.BytesIO(content), len(content), short, rr_name=name, joliet_path=f"/{name}")
    made = io.BytesIO()
    image.write_fp(made)
    image.close()
    return made.getvalue()
