"""Host requests to commands: what is checked before any state is looked at."""

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from chronovisor.v1 import host_service_pb2 as api
from chronovisor.v1.host_pb2 import Host, HostPlatform, NumaNode
from google.protobuf.duration_pb2 import Duration
from uuid_utils import uuid7

from controlplane.commands.host import UPDATABLE, HostCommand, RegisterHost, ReplaceMachine, UpdateHost
from controlplane.domain.host.decisions import HostTerms
from controlplane.domain.host.numa import NumaCell
from controlplane.domain.host.states import HostVerb
from controlplane.domain.resources import ClassInventory
from controlplane.domain.text import bounded
from controlplane.domain.time import SECOND, micros_in
from controlplane.rpc.dependencies import Mutation
from controlplane.rpc.host.messages import platform_of
from controlplane.rpc.shared.validate import FILE, FILE_RULE, FieldRules

NAME = "hosts/{host}"
# A hypervisor knows some hundred models of CPUs, and as many machine types.
MOST_TRAITS = 1024
MOST_NODES = 64
MOST_MACHINE_IDS = 8
HELD_VMS = frozenset(api.ReplaceHostMachineRequest.HeldVms.values())
_MACHINE_ID = re.compile(r"[a-z0-9-]{1,32}:[0-9a-f]{64}")
MOST_IMAGES = 4096
# Stands for images of any name, on simulated hosts.
ANY_IMAGE = "*"
LONGEST_PLATFORM_TEXT = 255
SHORTEST_WATCHDOG_US, LONGEST_WATCHDOG_US = 5 * SECOND, 3600 * SECOND
PLATFORM_TEXTS = ("architecture", "cpu_model", "hypervisor", "virt_type", "agent_version")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TRAIT = re.compile(r"[a-z0-9]([a-z0-9_.-]{0,61}[a-z0-9])?")
TRAIT_RULE = "must be 1 to 63 of a-z, 0-9, '_', '.' and '-', starting and ending with a letter or digit"


class VerbRequest(Mutation, Protocol):
    """The request of a verb of STATE_VERBS."""

    name: str
    etag: str


def register_command(
    host_id: str,
    host: Host,
    rules: FieldRules,
    machine_ids: Sequence[str] = (),
    watchdog: Duration | None = None,
    tunnel_address: str = "",
) -> RegisterHost:
    """Raises InvalidField. `machine_ids`, `watchdog` and `tunnel_address`: as an agent reports them."""
    rules.host_id(host_id, "host_id")
    _check_machine_ids(machine_ids, rules)
    watchdog_us = _watchdog_us(watchdog, rules) if watchdog is not None else 0
    address = _tunnel_address(tunnel_address, rules)
    terms = _terms(host, UPDATABLE, rules)
    _check_platform(host.platform, rules)
    nodes = _nodes(host.numa_nodes, terms.inventory, rules)
    rules.done()
    return RegisterHost(
        str(uuid7()),
        f"hosts/{host_id}",
        terms.inventory,
        platform_of(host.platform),
        terms.zone,
        dict(terms.labels),
        terms.traits,
        nodes,
        terms.dedicated,
        tuple(sorted(machine_ids)),
        watchdog_us,
        address,
    )


def _watchdog_us(watchdog: Duration, rules: FieldRules) -> int:
    """0: no promise."""
    micros = micros_in(watchdog)
    promised = SHORTEST_WATCHDOG_US <= micros <= LONGEST_WATCHDOG_US
    rules.check(not micros or promised, "watchdog_timeout", "must be from 5 s to 1 h, or not set")
    return micros if promised else 0


def _tunnel_address(text: str, rules: FieldRules) -> str:
    """In the canonical form. Empty: none."""
    if not text:
        return ""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        address = None
    # A zone, as in fe80::1%eth0, has a meaning on one host alone.
    reachable = address is not None and not (
        address.is_unspecified or address.is_multicast or address.is_loopback or "%" in text
    )
    rules.check(reachable, "tunnel_address", "must be an IP address that other hosts reach, or not set")
    return str(address) if reachable else ""


def _check_machine_ids(machine_ids: Sequence[str], rules: FieldRules) -> None:
    sources = {each.partition(":")[0] for each in machine_ids}
    rule = f"must have at most {MOST_MACHINE_IDS} entries, each source once"
    rules.check(len(machine_ids) <= MOST_MACHINE_IDS and len(sources) == len(machine_ids), "machine_ids", rule)
    for place, each in enumerate(machine_ids[:MOST_MACHINE_IDS]):
        rules.check(_MACHINE_ID.fullmatch(each), f"machine_ids[{place}]", "must be {source}:{64 lowercase hex digits}")


def replace_command(request: api.ReplaceHostMachineRequest) -> ReplaceMachine:
    """Raises InvalidField."""
    rules = FieldRules()
    rules.name(request.name, NAME, "name")
    rules.mutation(request.request_id, request.reason)
    rules.check(request.held_vms in HELD_VMS, "held_vms", "must be HELD_VMS_KEEP, HELD_VMS_FAIL, or not set")
    rules.done()
    return ReplaceMachine(request.name, request.held_vms, request.etag)


def update_command(request: api.UpdateHostRequest) -> UpdateHost:
    """Without a mask, what the host's message has set. Raises InvalidField."""
    rules = FieldRules()
    host = request.host
    rules.name(host.name, NAME, "host.name")
    rules.mutation(request.request_id, request.reason)
    named = request.update_mask.paths or [field.name for field, _ in host.ListFields() if field.name in UPDATABLE]
    can = f"can be changed: {', '.join(UPDATABLE)}"
    rules.check(named, "update_mask", f"must name what to change; {can}")
    for path in named:
        rules.check(path == "*" or path in UPDATABLE, "update_mask", f"{path[:63]!r} cannot be changed; {can}")
    paths = frozenset(UPDATABLE if "*" in named else named)
    terms = _terms(host, paths, rules)
    rules.done()
    return UpdateHost(host.name, host.etag, paths, terms)


def verb_command(verb: HostVerb, request: VerbRequest) -> HostCommand:
    """Raises InvalidField."""
    rules = FieldRules()
    rules.name(request.name, NAME, "name")
    rules.mutation(request.request_id, request.reason)
    rules.done()
    return HostCommand(verb, request.name, request.etag)


def _terms(host: Host, paths: Iterable[str], rules: FieldRules) -> HostTerms:
    """What an operator says of a host, of which only `paths` are looked at."""
    inventory: Mapping[str, ClassInventory] = {}
    if "inventory" in paths:
        inventory = rules.inventory(host.inventory, "host.inventory")
    if "labels" in paths:
        rules.labels(host.labels, "host.labels")
    if "zone" in paths and host.zone:
        rules.id(host.zone, "host.zone")
    if "traits" in paths:
        _check_traits(host.traits, rules)
    if "dedicated_project" in paths and host.dedicated_project:
        rules.name(host.dedicated_project, "projects/{project}", "host.dedicated_project")
    labels = tuple(sorted(host.labels.items()))
    return HostTerms(inventory, host.zone, labels, frozenset(host.traits), host.dedicated_project)


def _check_platform(platform: HostPlatform, rules: FieldRules) -> None:
    for field in PLATFORM_TEXTS:
        rules.text(getattr(platform, field), f"host.platform.{field}", LONGEST_PLATFORM_TEXT)
    field = "host.platform.images"
    rules.check(len(platform.images) <= MOST_IMAGES, field, f"must have at most {MOST_IMAGES} entries")
    for place, image in enumerate(platform.images[: MOST_IMAGES + 1]):
        rules.check(is_image(image), f"{field}[{place}]", f"{FILE_RULE}, or *")
    field = "host.platform.image_sha256s"
    rules.check(len(platform.image_sha256s) <= MOST_IMAGES, field, f"must have at most {MOST_IMAGES} entries")
    for place, digest in enumerate(platform.image_sha256s[: MOST_IMAGES + 1]):
        rules.check(_SHA256.fullmatch(digest), f"{field}[{place}]", "must be 64 lowercase hexadecimal digits")


def cleaned(host: Host) -> Host:
    """What an agent says of its machine, without what no host can have: it must not keep a machine from being known."""
    clean = Host()
    clean.CopyFrom(host)
    platform = clean.platform
    for field in PLATFORM_TEXTS:
        setattr(platform, field, bounded(getattr(platform, field), LONGEST_PLATFORM_TEXT))
    # A name that no VM can ask for is no image of ours.
    platform.images[:] = sorted({image for image in host.platform.images if is_image(image)})[:MOST_IMAGES]
    digests = {each for each in host.platform.image_sha256s if _SHA256.fullmatch(each)}
    platform.image_sha256s[:] = sorted(digests)[:MOST_IMAGES]
    clean.traits[:] = sorted({trait for trait in host.traits if _TRAIT.fullmatch(trait)})[:MOST_TRAITS]
    return clean


def is_image(name: str) -> bool:
    return name == ANY_IMAGE or bool(FILE.fullmatch(name))


def _check_traits(traits: Sequence[str], rules: FieldRules) -> None:
    rules.check(len(traits) <= MOST_TRAITS, "host.traits", f"must have at most {MOST_TRAITS} entries")
    for place, trait in enumerate(traits[: MOST_TRAITS + 1]):
        rules.check(_TRAIT.fullmatch(trait), f"host.traits[{place}]", f"{TRAIT_RULE}, not {trait[:80]!r}")


def _nodes(
    nodes: Sequence[NumaNode], inventory: Mapping[str, ClassInventory], rules: FieldRules
) -> tuple[NumaCell, ...]:
    rules.check(len(nodes) <= MOST_NODES, "host.numa_nodes", f"must have at most {MOST_NODES} entries")
    cells = tuple(NumaCell(node.vcpus, node.memory_mib) for node in nodes)
    for place, cell in enumerate(cells[:MOST_NODES]):
        for name, amount in zip(NumaCell._fields, cell, strict=True):
            rules.amount(amount, f"host.numa_nodes[{place}].{name}")
    for name, amounts in zip(NumaCell._fields, zip(*cells, strict=True), strict=False):
        total = inventory[name].total if name in inventory else 0
        rule = f"the nodes have {sum(amounts)} {name}, more than the host's total of {total}"
        rules.check(sum(amounts) <= total, "host.numa_nodes", rule)
    return cells
