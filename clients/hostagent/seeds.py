"""What guests are given at their first boot: NoCloud seeds, which cloud-init finds by their label. All may be secrets.

A seed is a file for the agent's user alone, and for the guest that libvirt hands it to. It goes with its guest.
"""

import asyncio
import io
import json
import os
from pathlib import Path

from hostagent.drivers.base import FirstBoot, GuestSpec, StepFailed

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
                file.write(seed(spec.user_data, meta_data(spec.vm_uid, spec.vm_name, spec.first_boot)))
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


def seed(user_data: bytes, meta_data: bytes) -> bytes:
    """An ISO image with `user-data` and `meta-data`: cloud-init needs both, though one may be empty."""
    # Loaded where a guest has a seed alone.
    import pycdlib  # noqa: PLC0415

    image = pycdlib.PyCdlib()
    image.new(interchange_level=3, joliet=3, rock_ridge="1.09", vol_ident=LABEL)
    for name, content in (("user-data", user_data), ("meta-data", meta_data)):
        short = f"/{name.replace('-', '').upper()}.;1"
        image.add_fp(io.BytesIO(content), len(content), short, rr_name=name, joliet_path=f"/{name}")
    made = io.BytesIO()
    image.write_fp(made)
    image.close()
    return made.getvalue()
