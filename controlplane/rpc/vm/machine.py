"""What a VM's machine has and what its guest finds at its first boot, as requests have it: their rules."""

import base64
import binascii
import re
import struct

from chronovisor.v1 import vm_pb2

from controlplane.domain import text
from controlplane.domain.vm.machine import NO_FIRST_BOOT, Firmware, FirstBoot, Machine
from controlplane.rpc.shared.validate import FieldRules

_MACHINE_TYPE = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,46}[a-z0-9])?")
_KEY_TYPE = re.compile(r"[a-z0-9](?:[A-Za-z0-9@.-]{0,62}[a-z0-9])")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
MACHINE_TYPE_RULE = (
    "must be the name of a machine type: 1 to 48 of a-z, 0-9, '.', '_' and '-', as hosts have it in a trait"
)
KEY_RULE = "must be a public key as OpenSSH writes it, on one line, without options: ssh-ed25519 AAAA... alice@laptop"
PRIVATE_RULE = "must be a public key: this is a private one, which belongs to nobody but its owner"
HOSTNAME_RULE = (
    "must be a host name of at most 253 characters, each part 1 to 63 of A-Z, a-z, 0-9 and '-', as RFC 1123 has it"
)
# OVMF falls back to another way for a kernel that is not signed: it was started, in a test.
SECURE_KERNEL_RULE = (
    "must be another one, or the VM boot from an image: a kernel that is given to it is started whoever signed it"
)
MOST_KEYS = 64
LONGEST_KEY = 4096
MOST_KEY_TEXT = 16 << 10
LONGEST_HOSTNAME = 253


def checked_machine(rules: FieldRules, spec: vm_pb2.VmSpec, field: str) -> Machine:
    known = rules.known(spec.firmware, vm_pb2.Firmware.DESCRIPTOR, f"{field}.firmware")
    name = spec.machine_type
    rules.check(not name or _MACHINE_TYPE.fullmatch(name), f"{field}.machine_type", MACHINE_TYPE_RULE)
    firmware = Firmware(spec.firmware) if known else Firmware.DEFAULT
    checks_nothing = firmware is Firmware.UEFI_SECURE_BOOT and spec.boot.HasField("kernel")
    rules.check(not checks_nothing, f"{field}.firmware", SECURE_KERNEL_RULE)
    return Machine(firmware, spec.tpm, name, spec.rng, spec.guest_agent, spec.screen)


def checked_first_boot(rules: FieldRules, spec: vm_pb2.VmSpec, field: str) -> FirstBoot:
    given = spec.first_boot
    if not given.ByteSize():
        return NO_FIRST_BOOT
    keys, hostname = given.ssh_authorized_keys, given.hostname
    below = f"{field}.first_boot.ssh_authorized_keys"
    if rules.check(len(keys) <= MOST_KEYS, below, f"must have at most {MOST_KEYS} entries, not {len(keys)}"):
        for number, key in enumerate(keys):
            if rule := key_flaw(key):
                rules.check(False, f"{below}[{number}]", rule)
        size = sum(map(len, keys))
        rules.check(size <= MOST_KEY_TEXT, below, f"must have at most {MOST_KEY_TEXT} characters in all, not {size}")
    rules.check(not hostname or is_hostname(hostname), f"{field}.first_boot.hostname", HOSTNAME_RULE)
    return FirstBoot(tuple(keys), hostname)


def is_hostname(name: str) -> bool:
    """A name of RFC 1123: labels with dots between them."""
    return len(name) <= LONGEST_HOSTNAME and all(_LABEL.fullmatch(part) for part in name.split("."))


def key_flaw(key: str) -> str:
    """The rule that a public key breaks; empty for a good one. What is encoded must be of the type that it says."""
    if "PRIVATE KEY" in key:
        return PRIVATE_RULE
    if len(key) > LONGEST_KEY:
        return f"must be at most {LONGEST_KEY} characters"
    kind, _, rest = key.partition(" ")
    blob, _, comment = rest.partition(" ")
    if not _KEY_TYPE.fullmatch(kind) or _type_of(blob) != kind.encode():
        return KEY_RULE
    if comment and (rule := text.flaw(comment, LONGEST_KEY)):
        return f"its comment {rule}"
    return ""


def _type_of(blob: str) -> bytes:
    """The type that a key's bytes begin with, by RFC 4253; empty where they are no key's."""
    try:
        decoded = base64.b64decode(blob.encode("ascii"), validate=True)
        (length,) = struct.unpack_from(">I", decoded)
    except (binascii.Error, UnicodeEncodeError, struct.error):
        return b""
    # A type alone is no key.
    return decoded[4 : 4 + length] if 0 < length < len(decoded) - 4 else b""
