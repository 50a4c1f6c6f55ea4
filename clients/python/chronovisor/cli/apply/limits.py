"""What a VM may use of its host, as terms of a file: `cpu_policy` and `io_limits` of a spec. Pure."""

from collections.abc import Iterator
from typing import cast

from chronovisor.cli.apply.model import Path, Value
from chronovisor.cli.options.limits import FIELDS, CpuPolicyChoice, most_text, parse_most, policy_text
from chronovisor.v1.vm_pb2 import CpuPolicy, VmSpec

POLICY, LIMITS = "cpu_policy", "io_limits"
# Keys of files, as other keys of files are.
KEYS = {name.replace("-", "_"): name for name in FIELDS}


def parse_policy(text: str) -> str:
    """Raises ValueError. The default is as if it were not there."""
    if text not in [each.value for each in CpuPolicyChoice]:
        raise ValueError(f"{text!r} is none of {', '.join(each.value for each in CpuPolicyChoice)}")
    return "" if text == CpuPolicyChoice.SHARE.value else text


def parse(key: str, text: str) -> int:
    """Raises ValueError."""
    return parse_most(KEYS[key], text)


def terms(spec: VmSpec) -> Iterator[tuple[Path, Value]]:
    """Those that are not as by default."""
    yield ("spec", POLICY), policy_text(spec.cpu_policy)
    for key, name in KEYS.items():
        yield ("spec", LIMITS, key), getattr(spec.io_limits, FIELDS[name])


def write_policy(spec: VmSpec, value: Value | None) -> None:
    name = cast("str", value or CpuPolicyChoice.SHARE.value).upper()
    spec.cpu_policy = CpuPolicy.Value(f"CPU_POLICY_{name}")


def write(spec: VmSpec, key: str, value: Value | None) -> None:
    """Sets a limit, or takes it away."""
    setattr(spec.io_limits, FIELDS[KEYS[key]], value or 0)
    if not spec.io_limits.ByteSize():
        spec.ClearField("io_limits")


def text(key: str, value: int) -> str:
    """As it is written into a file."""
    return most_text(KEYS[key], value)
