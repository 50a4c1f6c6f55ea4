"""Resources as large as the rules of their fields let them be."""

import base64

from chronovisor.v1 import host_pb2, project_pb2, vm_pb2

from tests.integration.controlplane.plane import a_host, a_vm

WIDE = "\U0001f680"  # Four bytes in UTF-8, and one character.


def labels(number: int) -> dict[str, str]:
    return {f"k{place:02}{'x' * 60}": f"{number:05}{WIDE * 250}" for place in range(64)}


def selector(key: str) -> str:
    """1,024 characters at most, and two that its canonical form has more."""
    values = ",".join(f"{place:02}{'v' * 58}" for place in range(15))
    return f"{key} in ({values})"


def public_key(comment: str) -> str:
    """One that has no private half."""
    blob = base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + bytes(32)).decode()
    return f"ssh-ed25519 {blob} {comment}"


def largest_vm(number: int = 0, vcpus: int = 1) -> vm_pb2.Vm:
    vm = a_vm(vcpus=vcpus, memory_mib=16, disk_gib=0)
    vm.labels.update(labels(number))
    kernel = vm.spec.boot.kernel
    kernel.kernel, kernel.initramfs, kernel.cmdline = "k" * 128, "i" * 128, WIDE * 2048
    # As many as fit into the characters that all may have together.
    vm.spec.first_boot.ssh_authorized_keys.extend(
        public_key(WIDE * 200 + f"{number:05}{place:02}") for place in range(56)
    )
    vm.spec.first_boot.hostname = ".".join(["h" * 62] * 4)
    rules = vm.spec.placement
    rules.require = f"!absent{number}"
    for place in range(16):
        rules.prefer.add(selector=selector(f"k{place}"), weight=1)
        rules.groups.add(kind=vm_pb2.GroupRule.KIND_ANTI_AFFINITY, vms=selector(f"g{place}"), soft=True)
    rules.avoid_hosts.extend(f"hosts/{place:02}{'h' * 61}" for place in range(64))
    return vm


def largest_host(number: int = 0) -> host_pb2.Host:
    host = a_host(vcpus=1000, memory_mib=1 << 20, images=[f"{place:04}{'i' * 124}" for place in range(4094)])
    host.platform.images.extend(["k" * 128, "i" * 128])
    for place in range(60):
        host.inventory[f"c.{place:02}{'x' * 59}"].total = 1 << 40
    for field in ("architecture", "cpu_model", "hypervisor", "virt_type", "agent_version"):
        setattr(host.platform, field, WIDE * 255)
    host.labels.update(labels(number))
    host.traits.extend(f"{place:03}{'t' * 60}" for place in range(256))
    host.numa_nodes.extend(host_pb2.NumaNode(vcpus=15, memory_mib=1 << 14) for _ in range(64))
    return host


def largest_project(number: int = 0) -> project_pb2.Project:
    project = project_pb2.Project(display_name=WIDE * 255, labels=labels(number))
    for place in range(64):
        project.quota.extended[f"c.{place:02}{'x' * 59}"] = 1 << 40
        project.zone_policies[f"z{place:02}{'z' * 60}"] = "pack=1,spread=0.123456,balance=0.123456"
    return project
