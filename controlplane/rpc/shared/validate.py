"""The rules that a request must obey before any state is looked at. Collects every violation before it refuses."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import lru_cache

from chronovisor.v1 import resources_pb2, vm_pb2
from google.protobuf.descriptor import EnumDescriptor

from controlplane.domain import text
from controlplane.domain.errors import FieldViolation, InvalidField
from controlplane.domain.resource_kinds import IMAGES, RESOURCE_KINDS
from controlplane.domain.resources import BASE_CLASSES, PROJECT_CLASSES, ClassInventory, Resources
from controlplane.domain.time import SECOND, micros_in
from controlplane.domain.vm.aggregate import Spec
from controlplane.domain.vm.guest_limits import CpuPolicy, IoLimits
from controlplane.domain.vm.images import RESOURCE

_ID = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_HOST_ID = re.compile(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?")
CPU_MODEL = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,46}[a-z0-9])?")
FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_CLASS = re.compile(r"(?=.{3,63}\Z)[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
_LABEL = re.compile(r"[a-z0-9]([A-Za-z0-9_./-]{0,61}[A-Za-z0-9])?")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# Parts of names that may be uids instead of ids.
_BY_UID = frozenset({"{project}", "{vm}", *(f"{{{kind.name}}}" for kind in RESOURCE_KINDS.values())})
# No name that obeys its pattern is longer.
LONGEST_NAME = 200
ID_RULE = "must be 1 to 63 of a-z, 0-9 and '-', starting with a letter and not ending with '-'"
HOST_ID_RULE = "must be 1 to 63 of a-z, 0-9, '-' and '.', starting and ending with a letter or digit"
CPU_MODEL_RULE = "must be the name of a CPU model: 1 to 48 of a-z, 0-9, '.', '_' and '-', as hosts have it in a trait"
FILE_RULE = "must be a file name of 1 to 128 of A-Z, a-z, 0-9, '.', '_' and '-', not a path"
LABEL_RULE = "a key is 1 to 63 of A-Z, a-z, 0-9 and '_./-', starting with a-z or 0-9 and ending with a letter or digit"
CLASS_RULE = "must be a class such as vcpus or gpu.a100, of at most 63 characters"
MOST_VCPUS = 1024
LEAST_MEMORY_MIB = 16
LARGEST_AMOUNT = 1 << 40
# The least and the most that a limit can be.
IOPS = (1, 1_000_000)
BYTES_A_SECOND = (1024, 1 << 40)
MOST_LABELS = 64
LONGEST_LABEL = 255
# Of extended classes, named by one VM, and by a host or a quota.
MOST_VM_CLASSES = 16
MOST_CLASSES = 64
LONGEST_REASON = 512
LONGEST_CMDLINE = 2048
LONGEST_LIFETIME_DAYS = 3650


@lru_cache(maxsize=4096)
def _is_named(value: str, pattern: str) -> bool:
    """Callers name few projects, and the same VM more than once."""
    parts, expected = value.split("/"), pattern.split("/")
    return len(parts) == len(expected) and all(
        bool((_HOST_ID if want == "{host}" else _ID).fullmatch(part) or (want in _BY_UID and _UUID.fullmatch(part)))
        if want.startswith("{")
        else part == want
        for part, want in zip(parts, expected, strict=True)
    )


class FieldRules:
    """Collects violations; `done` refuses when there are any."""

    def __init__(self) -> None:
        self.violations: list[FieldViolation] = []

    def check(self, holds: object, field: str, rule: str) -> bool:
        if not holds:
            self.violations.append(FieldViolation(field, rule))
        return bool(holds)

    def done(self) -> None:
        """Raises InvalidField, naming each field and its rule."""
        if self.violations:
            raise InvalidField(self.violations)

    def id(self, value: str, field: str) -> None:
        self.check(_ID.fullmatch(value), field, ID_RULE)

    def host_id(self, value: str, field: str) -> None:
        self.check(_HOST_ID.fullmatch(value), field, HOST_ID_RULE)

    def name(self, value: str, pattern: str, field: str) -> None:
        """`pattern` is such as `projects/{project}/vms/{vm}`; each part is checked as an id, a host's as a host id."""
        self.check(len(value) <= LONGEST_NAME and _is_named(value, pattern), field, f"must be {pattern}")

    def mutation(self, request_id: str, reason: str) -> None:
        if request_id:
            # All zeros is what a UUID is that nobody has set: see AIP-155.
            rule = "must be a UUID, and not all zeros"
            self.check(_UUID.fullmatch(request_id) and request_id.strip("0-"), "request_id", rule)
        if reason:
            self.text(reason, "reason", LONGEST_REASON, prose=True)

    def text(self, value: str, field: str, longest: int, *, prose: bool = False) -> None:
        """Free text: see `domain.text`."""
        if rule := text.flaw(value, longest, prose=prose):
            self.check(False, field, rule)

    def labels(self, labels: Mapping[str, str], field: str, known: Mapping[str, str] | None = None) -> None:
        """`known` are recorded already, perhaps before there was some rule: they may stay."""
        self.check(len(labels) <= MOST_LABELS, field, f"must have at most {MOST_LABELS} entries")
        for key, value in labels.items():
            if known and known.get(key) == value:
                continue
            self.label_key(key, f"{field}[{key[:63]}]")
            if value and (rule := text.flaw(value, LONGEST_LABEL)):
                self.check(False, f"{field}[{key[:63]}]", f"a value {rule}")

    def label_key(self, key: str, field: str) -> None:
        self.check(_LABEL.fullmatch(key), field, LABEL_RULE)

    def known(self, number: int, enum: EnumDescriptor, field: str) -> bool:
        """A value of an enumeration, or none."""
        names = ", ".join(each.name for each in enum.values if each.number)
        return self.check(number in enum.values_by_number, field, f"must be {names}, or not set, not {number}")

    def resource_class(self, name: str, field: str) -> None:
        """Any class, one of the base classes included."""
        self.check(name in (*BASE_CLASSES, *PROJECT_CLASSES) or _CLASS.fullmatch(name), field, CLASS_RULE)

    def amount(self, amount: int, field: str, least: int = 0) -> bool:
        """How much there is, or is requested, of a class."""
        low = amount < least
        rule = f"must be {least} or more, not {amount}" if low else f"must be at most {LARGEST_AMOUNT}, not {amount}"
        return self.check(not low and amount <= LARGEST_AMOUNT, field, rule)

    def resources(self, size: resources_pb2.Resources, field: str) -> Resources:
        """What a VM requests."""
        self.check(1 <= size.vcpus <= MOST_VCPUS, f"{field}.vcpus", f"must be 1 to {MOST_VCPUS}, not {size.vcpus}")
        self.amount(size.memory_mib, f"{field}.memory_mib", LEAST_MEMORY_MIB)
        self.amount(size.disk_gib, f"{field}.disk_gib")
        return self.amounts(size, field, MOST_VM_CLASSES)

    def quota(self, quota: resources_pb2.Resources, field: str) -> Resources:
        """The most that a project may hold, of its own classes, too. 0: not limited."""
        return self.amounts(quota, field, known_classes=PROJECT_CLASSES)

    def amounts(
        self,
        size: resources_pb2.Resources,
        field: str,
        most_classes: int = MOST_CLASSES,
        known_classes: Collection[str] = (),
    ) -> Resources:
        """Amounts that may be 0. `known_classes`: extended ones that are not named as those of hosts."""
        extended = size.extended
        rule = f"must have at most {most_classes} entries"
        self.check(len(extended) <= most_classes, f"{field}.extended", rule)
        for name, value in (
            ("vcpus", size.vcpus),
            ("memory_mib", size.memory_mib),
            ("disk_gib", size.disk_gib),
        ):
            if not any(each.field == f"{field}.{name}" for each in self.violations):
                self.amount(value, f"{field}.{name}")
        for name, amount in extended.items():
            is_class = name in known_classes or _CLASS.fullmatch(name)
            self.check(is_class, f"{field}.extended[{name[:63]}]", "a class is named such as gpu.a100")
            self.amount(amount, f"{field}.extended[{name[:63]}]", 1)
        more = tuple(sorted(extended.items())) if extended else ()
        return Resources(size.vcpus, size.memory_mib, size.disk_gib, more)

    def spec(self, spec: vm_pb2.VmSpec, field: str) -> Spec:
        resources = self.resources(spec.resources, f"{field}.resources")
        model = spec.cpu_model
        self.check(not model or CPU_MODEL.fullmatch(model), f"{field}.cpu_model", CPU_MODEL_RULE)
        policy, limits = self._cpu_policy(spec.cpu_policy, field), self._io_limits(spec.io_limits, f"{field}.io_limits")
        return replace(self._boot(spec.boot, resources, field), cpu_model=model, cpu_policy=policy, io_limits=limits)

    def _cpu_policy(self, policy: int, field: str) -> CpuPolicy:
        known = self.known(policy, vm_pb2.CpuPolicy.DESCRIPTOR, f"{field}.cpu_policy")
        return CpuPolicy(policy or CpuPolicy.SHARE) if known else CpuPolicy.SHARE

    def _io_limits(self, limits: vm_pb2.IoLimits, field: str) -> IoLimits:
        found = IoLimits(**{name: getattr(limits, name) for name in IoLimits._fields})
        for name, limit in found._asdict().items():
            least, most = IOPS if name.endswith("_iops") else BYTES_A_SECOND
            rule = f"must be {least} to {most} a second, or 0 for no limit, not {limit}"
            self.check(not limit or least <= limit <= most, f"{field}.{name}", rule)
        return found

    def _boot(self, boot: vm_pb2.BootSource, resources: Resources, field: str) -> Spec:
        match boot.WhichOneof("source"):
            case "image":
                path = f"{field}.boot.image.image"
                if boot.image.image.startswith(RESOURCE):
                    # Which one that is, and whether the disk has room for it, is found with the VM.
                    self.name(boot.image.image, IMAGES.pattern, path)
                    return Spec(resources, image=boot.image.image)
                self.check(FILE.fullmatch(boot.image.image), path, FILE_RULE)
                disk = f"{field}.resources.disk_gib"
                self.check(resources.disk_gib, disk, "must be 1 or more to boot from an image: the disk is its clone")
                return Spec(resources, image=boot.image.image)
            case "kernel":
                kernel = boot.kernel
                self.check(FILE.fullmatch(kernel.kernel), f"{field}.boot.kernel.kernel", FILE_RULE)
                self.check(FILE.fullmatch(kernel.initramfs), f"{field}.boot.kernel.initramfs", FILE_RULE)
                rule = f"must be at most {LONGEST_CMDLINE} printable characters"
                fits = len(kernel.cmdline) <= LONGEST_CMDLINE and (kernel.cmdline.isprintable())
                self.check(fits, f"{field}.boot.kernel.cmdline", rule)
                return Spec(resources, "", kernel.kernel, kernel.initramfs, kernel.cmdline)
            case _:
                self.check(False, f"{field}.boot", "must have an image, or a kernel with its initramfs")
                return Spec(resources)

    def lifetime(self, vm: vm_pb2.Vm, field: str) -> int:
        """How long it is expected to run, in microseconds; 0 when it is not set."""
        if not vm.HasField("expected_lifetime"):
            return 0
        lifetime = micros_in(vm.expected_lifetime)
        rule = f"must be more than 0 and at most {LONGEST_LIFETIME_DAYS} days, not {lifetime / SECOND:g} s"
        self.check(0 < lifetime <= LONGEST_LIFETIME_DAYS * 86400 * SECOND, field, rule)
        return lifetime

    def inventory(
        self, classes: Mapping[str, resources_pb2.ResourceInventory], field: str
    ) -> dict[str, ClassInventory]:
        for name in BASE_CLASSES:
            self.check(name in classes, f"{field}[{name}]", "is required")
        self.check(len(classes) <= MOST_CLASSES, field, f"must have at most {MOST_CLASSES} entries")
        inventory: dict[str, ClassInventory] = {}
        for name, each in sorted(classes.items()):
            path = f"{field}[{name[:63]}]"
            self.check(name in BASE_CLASSES or _CLASS.fullmatch(name), path, "is not a class such as vcpus or gpu.a100")
            ratio = each.allocation_ratio if each.HasField("allocation_ratio") else 1.0
            total = self.amount(each.total, f"{path}.total")
            rule = f"must be 0 to total, not {each.reserved}"
            self.check(not total or 0 <= each.reserved <= each.total, f"{path}.reserved", rule)
            self.check(
                0 < ratio <= 1000, f"{path}.allocation_ratio", f"must be above 0 and at most 1000, not {ratio:g}"
            )
            self._units(each, path)
            inventory[name] = ClassInventory(
                each.total, each.reserved, ratio, each.min_unit, each.max_unit, each.step_size
            )
        return inventory

    def _units(self, inventory: resources_pb2.ResourceInventory, path: str) -> None:
        """What one VM may take."""
        least, most, step = inventory.min_unit, inventory.max_unit, inventory.step_size
        each = {"min_unit": least, "max_unit": most, "step_size": step}
        # Each is checked, also after one that is refused.
        hold = [self.amount(amount, f"{path}.{name}") for name, amount in each.items()]
        if not all(hold) or not most:
            return
        if self.check(least <= most, f"{path}.min_unit", f"must be at most max_unit of {most}, not {least}"):
            steps = most // (step or 1) * (step or 1)
            rule = f"no multiple of it is {max(least, 1)} to {most}, as min_unit and max_unit want"
            self.check(steps >= max(least, 1), f"{path}.step_size", rule)


def named(value: str, pattern: str, field: str = "name") -> None:
    """Raises InvalidField when `value` is not such as `pattern`."""
    rules = FieldRules()
    rules.name(value, pattern, field)
    rules.done()


def check_scope(scope: str) -> None:
    """Raises InvalidField for a scope of utilization that no row can have."""
    rules = FieldRules()
    rules.text(scope, "scope", LONGEST_NAME)
    rules.done()
