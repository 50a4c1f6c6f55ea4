"""What guests are given at their first boot: NoCloud seeds, which cloud-init finds by their label. All are secrets.

A seed is a file for the agent's user alone, and for the guest that libvirt hands it to. It goes with its guest.
"""

import asyncio
import io
import os
from pathlib import Path

from hostagent.drivers.base import StepFailed

LABEL = "cidata"


class Seeds:
    """The seeds of one host's guests, as ISO images in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, vm_uid: str) -> Path:
        return self._folder / f"{vm_uid}.seed.iso"

    async def ensure(self, vm_uid: str, vm_name: str, user_data: bytes) -> None:
        """Has a seed with this user data, or none where there is none. Raises StepFailed."""
        if user_data:
            await asyncio.to_thread(self._write, self.path(vm_uid), vm_uid, vm_name, user_data)
        else:
            self.remove(vm_uid)

    def remove(self, vm_uid: str) -> None:
        for leftover in (self.path(vm_uid), self._unit(self.path(vm_uid))):
            leftover.unlink(missing_ok=True)

    def _write(self, path: Path, vm_uid: str, vm_name: str, user_data: bytes) -> None:
        unit = self._unit(path)
        try:
            unit.unlink(missing_ok=True)
            descriptor = os.open(unit, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(seed(vm_uid, vm_name.rpartition("/")[2], user_data))
            unit.replace(path)
        except OSError as error:
            raise StepFailed(f"the guest's seed cannot be written: {error.strerror}") from None

    def _unit(self, path: Path) -> Path:
        return path.with_suffix(".new")


def seed(instance_id: str, hostname: str, user_data: bytes) -> bytes:
    """An ISO image with `user-data` and `meta-data`. One instance is one VM, however often it is started anew."""
    # Loaded where a guest has user data alone.
    import pycdlib  # noqa: PLC0415

    meta_data = f"instance-id: {instance_id}\nlocal-hostname: {hostname}\n".encode()
    image = pycdlib.PyCdlib()
    image.new(interchange_level=3, joliet=3, rock_ridge="1.09", vol_ident=LABEL)
    for name, content in (("user-data", user_data), ("meta-data", meta_data)):
        short = f"/{name.replace('-', '').upper()}.;1"
        image.add_fp(io.BytesIO(content), len(content), short, rr_name=name, joliet_path=f"/{name}")
    made = io.BytesIO()
    image.write_fp(made)
    image.close()
    return made.getvalue()
