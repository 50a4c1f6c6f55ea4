"""Which image a VM is made from: the one that has the name now, for as long as the VM is. Pure."""

from dataclasses import replace

from controlplane.domain.errors import FieldViolation, InvalidField, WrongState
from controlplane.domain.image.aggregate import Image
from controlplane.domain.image.states import USABLE
from controlplane.domain.vm.aggregate import Spec, Vm
from controlplane.domain.vm.errors import HasNoDisk
from controlplane.domain.vm.states import VmState

IMAGE_FIELD, DISK_FIELD = "vm.spec.boot.image.image", "vm.spec.resources.disk_gib"
# What a name begins with that is a resource's, and not a file's.
RESOURCE = "projects/"
CAPTURE = "CreateImage"


def made_from(spec: Spec, image: Image | None, before: Spec | None = None) -> Spec:
    """The spec with its image's content, and with a disk where it has none. `image` is what has the name now.

    Of one that was made from it `before`, it is what it was. Whether one of another project may be used was decided
    before any command. Raises InvalidField.
    """
    if not spec.image.startswith(RESOURCE):
        return spec
    if before is not None and before.content and before.image == spec.image:
        return _with_disk(replace(spec, content=before.content), before.content.disk_gib)
    if image is None:
        raise _refused(IMAGE_FIELD, f"{spec.image} does not exist")
    if image.state not in USABLE or image.content is None:
        raise _refused(IMAGE_FIELD, f"{spec.image} is {image.state.name}; VMs can be made of {_words()} ones")
    least = max(image.content.disk_gib, image.terms.min_disk_gib)
    return _with_disk(replace(spec, content=image.content), least)


def require_at_rest(vm: Vm) -> None:
    """Whether an image can be made of the VM's disk. Raises WrongState and HasNoDisk."""
    if vm.state is not VmState.STOPPED or vm.restart is not None:
        raise WrongState("vm", vm.name, vm.state.name, CAPTURE, ("StopVm",))
    if not vm.held or not vm.spec.resources.disk_gib:
        raise HasNoDisk(vm.name)


def _with_disk(spec: Spec, least_gib: int) -> Spec:
    disk_gib = spec.resources.disk_gib
    if not disk_gib:
        return replace(spec, resources=spec.resources.with_disk(least_gib))
    if disk_gib < least_gib:
        raise _refused(DISK_FIELD, f"must be {least_gib} or more, as the image has that much, not {disk_gib}")
    return spec


def _words() -> str:
    return " and ".join(state.name for state in USABLE)


def _refused(field: str, rule: str) -> InvalidField:
    return InvalidField([FieldViolation(field, rule)])
