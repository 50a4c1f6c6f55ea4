"""What a file can declare of projects, hosts and VMs: its keys, and what their values are."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path as FilePath

from chronovisor.cli.apply import availability, image, limits, machine, network, reach
from chronovisor.cli.apply.documents import BadFiles, Node, read
from chronovisor.cli.apply.model import Declared, Kind, Path, Place, Problem, Value, normal
from chronovisor.cli.options.machine import keys_of
from chronovisor.cli.options.placement_rules import parse_group, parse_preferred
from chronovisor.cli.options.spare_capacity import parse_rule, rule_text
from chronovisor.cli.options.user_data import user_data_in
from chronovisor.cli.text.units import parse_count, parse_disk, parse_lifetime, parse_memory

# `<<: *name` takes from these; what is in them is no resource.
_ANCHORS = "x-"
_ID = r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAMES: Mapping[Kind, tuple[re.Pattern[str], str]] = {
    Kind.PROJECT: (re.compile(_ID), "must be a project's id: 1 to 63 of a-z, 0-9 and '-', beginning with a letter"),
    Kind.HOST: (re.compile(r"[a-z0-9][a-z0-9.-]{0,62}"), "must be a host's id: 1 to 63 of a-z, 0-9, '-' and '.'"),
    Kind.SECURITY_GROUP: (re.compile(f"{_ID}/{_ID}"), "must be PROJECT/GROUP, such as shop/web"),
    Kind.NETWORK: (re.compile(f"{_ID}/{_ID}"), "must be PROJECT/NETWORK, such as shop/web"),
    Kind.IMAGE: (re.compile(f"{_ID}/{_ID}"), "must be PROJECT/IMAGE, such as shop/debian-12"),
    Kind.VM: (re.compile(f"{_ID}/{_ID}"), "must be PROJECT/VM, such as shop/web-1"),
}

Terms = dict[Path, Value | None]
Parse = Callable[[str], Value]


class _Reader:
    """One resource as it is read: its terms, and where they stand."""

    def __init__(self) -> None:
        self.terms: Terms = {}
        self.places: dict[Path, Place] = {}

    def put(self, path: Path, node: Node, value: Value | None) -> None:
        self.terms[path] = normal(value)
        self.places[path] = node.place

    def scalar(self, path: Path, node: Node, parse: Parse) -> None:
        if node.is_null:
            self.put(path, node, None)
        elif (text := node.text()) is not None:
            try:
                self.put(path, node, parse(text))
            except ValueError as error:
                node.wrong(str(error))

    def entries(self, path: Path, node: Node, parse: Callable[[str], Parse]) -> None:
        """A mapping of any keys. `parse` gives what parses the value of a key."""
        self.places[path] = node.place
        for key, each in _entries(node).items():
            self.scalar((*path, key), each, parse(key))

    def listed(self, path: Path, node: Node, parse: Callable[[str], str], *, in_order: bool = False) -> None:
        values: list[str] = []
        for each in [] if node.is_null else node.items():
            if (text := each.text()) is not None:
                try:
                    values.append(parse(text))
                except ValueError as error:
                    each.wrong(str(error))
        self.put(path, node, tuple(values if in_order else sorted(set(values))))

    def fields(self, path: Path, node: Node, known: "Mapping[str, Field]") -> None:
        """A mapping of known keys."""
        self.places[path] = node.place
        for key, each in _entries(node).items():
            if key in known:
                known[key](self, (*path, key), each)
            else:
                each.wrong(f"there is no such key; there are {', '.join(known)}")


Field = Callable[[_Reader, Path, Node], None]


def _entries(node: Node) -> Mapping[str, Node]:
    return {} if node.is_null else node.entries()


def _text(text: str) -> str:
    return text


def _of(parse: Parse) -> Field:
    return lambda reader, path, node: reader.scalar(path, node, parse)


def _map(parse: Callable[[str], Parse]) -> Field:
    return lambda reader, path, node: reader.entries(path, node, parse)


def _list(parse: Callable[[str], str]) -> Field:
    return lambda reader, path, node: reader.listed(path, node, parse)


def _listed(parse: Callable[[str], str]) -> Field:
    """A list whose order matters."""
    return lambda reader, path, node: reader.listed(path, node, parse, in_order=True)


def _group(fields: Mapping[str, Field]) -> Field:
    return lambda reader, path, node: reader.fields(path, node, fields)


def _count(text: str) -> int:
    return _not_negative(parse_count(text), text)


def _not_negative(amount: int, text: str) -> int:
    if amount < 0:
        raise ValueError(f"{text!r} is less than 0")
    return amount


def amount_parser(resource_class: str) -> Parse:
    """Of an amount of a class: memory, disk and images have units."""
    return {"memory": parse_memory, "disk": parse_disk, "images": parse_memory}.get(resource_class, _count)


def _ratio(text: str) -> float:
    try:
        ratio = float(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a factor such as 1.5") from None
    if not 0 < ratio < 1e6:
        raise ValueError(f"{text!r} must be above 0")
    # 1 is as if there were none.
    return 0.0 if ratio == 1 else ratio


def _bool(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text == "true"


def _state(text: str) -> str:
    if text not in ("running", "stopped"):
        raise ValueError(f"{text!r} is neither running nor stopped")
    return text


def _lifetime(text: str) -> float:
    return parse_lifetime(text).ToMilliseconds() / 1000


def _preferred(text: str) -> str:
    selector, weight = parse_preferred(text)
    return f"{selector}:{weight}"


def group_text(vms: str, within: str, number: int) -> str:
    """`app=web@rack:2`; what is as by default is left out."""
    within = "" if within == "host" and not number else within
    count = f":{number}" if number else ""
    return f"{vms}@{within or 'host'}{count}" if within or count else vms


def _grouped(text: str) -> str:
    return group_text(*parse_group(text))


def _spread(text: str) -> str:
    vms, within, number = parse_group(text)
    # Within 1 is as by default.
    return group_text(vms, within, 0 if number == 1 else number)


def _host_id(text: str) -> str:
    return text.removeprefix("hosts/")


def _project_id(text: str) -> str:
    return text.removeprefix("projects/")


def _user_data_file(reader: _Reader, path: Path, node: Node) -> None:
    """Its path, from the folder of the file that names it. It must be there, and is read when a VM is created."""

    def parse(text: str) -> str:
        file = str(FilePath(node.place.file).parent / text)
        user_data_in(file)
        return file

    reader.scalar(path, node, parse)


def _ssh_keys(reader: _Reader, path: Path, node: Node) -> None:
    """Public keys, or files of them, from the folder of the file that names them."""
    found: set[str] = set()
    for each in [] if node.is_null else node.items():
        if (text := each.text()) is not None:
            try:
                found.update(keys_of(text, FilePath(node.place.file).parent))
            except ValueError as error:
                each.wrong(str(error))
    reader.put(path, node, tuple(sorted(found)))


_AMOUNTS = _map(amount_parser)


def _spare_rule(text: str) -> str:
    return rule_text(parse_rule(text))


_TEXTS = _map(lambda _key: _text)
_PLACEMENT: Mapping[str, Field] = {
    "require": _of(_text),
    "prefer": _list(_preferred),
    "together": _list(_grouped),
    "apart": _list(_grouped),
    "spread": _list(_spread),
    "rather_together": _list(_grouped),
    "rather_apart": _list(_grouped),
    "rather_spread": _list(_spread),
    "host": _of(_host_id),
    "avoid_hosts": _list(_host_id),
    "numa_nodes": _of(_count),
}
_SPEC: Mapping[str, Field] = {
    "vcpus": _of(_count),
    "memory": _of(parse_memory),
    "disk": _of(parse_disk),
    "extended": _map(lambda _key: _count),
    "image": _of(_text),
    "kernel": _of(_text),
    "initramfs": _of(_text),
    "cmdline": _of(_text),
    "placement": _group(_PLACEMENT),
    "cpu_model": _of(str.lower),
    machine.FIRST_BOOT: _group({machine.KEYS: _ssh_keys, machine.HOSTNAME: _of(_text)}),
    machine.FIRMWARE: _of(machine.parse_firmware),
    **{name: _of(_bool) for name in machine.DEVICES},
    "machine_type": _of(_text),
    network.CARDS: _listed(network.parse),
    limits.POLICY: _of(limits.parse_policy),
    limits.LIMITS: _group({key: _of(partial(limits.parse, key)) for key in limits.KEYS}),
}
FIELDS: Mapping[Kind, Mapping[str, Field]] = {
    Kind.PROJECT: {
        "title": _of(_text),
        "labels": _TEXTS,
        "quota": _AMOUNTS,
        "placement_policy": _of(_text),
        "zone_policies": _TEXTS,
        "spare_capacity": _list(_spare_rule),
    },
    Kind.HOST: {
        "zone": _of(_text),
        "labels": _TEXTS,
        "reserved": _AMOUNTS,
        "ratios": _map(lambda _key: _ratio),
        "dedicated_project": _of(_project_id),
        "cordoned": _of(_bool),
    },
    Kind.SECURITY_GROUP: {
        reach.RULES: _list(reach.parse_allowed),
        "description": _of(_text),
        "labels": _TEXTS,
    },
    Kind.NETWORK: {
        "kind": _of(reach.parse_kind),
        "ipv4": _of(reach.parse_cidr),
        "ipv6": _of(reach.parse_cidr),
        "ipv4_gateway": _of(reach.parse_address),
        "ipv6_gateway": _of(reach.parse_address),
        "mtu": _of(_count),
        "bridge": _of(_text),
        "vlan": _of(_count),
        "reserved": _list(reach.parse_range),
        "description": _of(_text),
        "labels": _TEXTS,
    },
    Kind.IMAGE: {
        "source": _of(_text),
        "sha256": _of(image.parse_sha256),
        "format": _of(image.parse_format),
        "family": _of(_text),
        "description": _of(_text),
        "min_disk": _of(parse_disk),
        "labels": _TEXTS,
    },
    Kind.VM: {
        "labels": _TEXTS,
        "lifetime": _of(_lifetime),
        "availability": _group({key: _of(parse) for key, parse in availability.PARSES.items()}),
        "state": _of(_state),
        "deletion_protection": _of(_bool),
        # A file of its own: its text is in no plan.
        "user_data_file": _user_data_file,
        "spec": _group(_SPEC),
    },
}
# What a host's agent reports is its own: of a host, entries are set and taken away one by one.
WHOLE: Mapping[Kind, Sequence[Path]] = {
    Kind.PROJECT: (("labels",), ("quota",), ("zone_policies",)),
    Kind.HOST: (),
    Kind.SECURITY_GROUP: (("labels",),),
    Kind.NETWORK: (("labels",),),
    Kind.IMAGE: (("labels",),),
    Kind.VM: (("labels",), ("availability",), ("spec",)),
}


def load(files: Sequence[str]) -> list[Declared]:
    """What the files declare. Raises OSError, and BadFiles with every problem that they have."""
    documents, problems = read(files)
    found: dict[tuple[Kind, str], Declared] = {}
    sections = {kind.section: kind for kind in Kind}
    is_empty = True
    for document in documents:
        for key, section in _entries(document).items():
            if key in sections:
                is_empty = False
                _read_section(sections[key], section, found)
            elif not key.startswith(_ANCHORS):
                section.wrong(
                    f"there is no such section; there are {', '.join(sections)}, and {_ANCHORS}... for anchors"
                )
    if problems:
        raise BadFiles(sorted(dict.fromkeys(problems), key=lambda each: each.place))
    if is_empty:
        # What makes the file went wrong, or it is another file: with --prune, everything would go.
        names = ", ".join(dict.fromkeys(files))
        raise BadFiles([Problem(Place("", 0), names, f"has no section; there are {', '.join(sections)}")])
    return list(found.values())


def _read_section(kind: Kind, section: Node, found: dict[tuple[Kind, str], Declared]) -> None:
    pattern, rule = _NAMES[kind]
    for name, node in _entries(section).items():
        if not pattern.fullmatch(name):
            node.wrong(rule)
            continue
        if before := found.get((kind, name)):
            node.wrong(f"is declared already at {before.place()}")
            continue
        reader = _Reader()
        reader.fields((), node, FIELDS[kind])
        whole = frozenset(group for group in WHOLE[kind] if group in reader.places)
        found[kind, name] = Declared(kind, name, reader.terms, whole, reader.places)
        if kind is Kind.VM and ("spec",) in reader.places:
            _check_spec(node, reader)


def _check_spec(node: Node, reader: _Reader) -> None:
    spec = _entries(node)["spec"]
    for key in ("vcpus", "memory"):
        if ("spec", key) not in reader.places and key not in _entries(spec):
            spec.wrong(f"needs {key}")
    boots = [key for key in ("image", "kernel") if reader.terms.get(("spec", key))]
    if len(boots) != 1:
        spec.wrong("needs one of image and kernel")
    elif boots == ["kernel"] and not reader.terms.get(("spec", "initramfs")):
        spec.wrong("kernel needs initramfs")
    elif boots == ["image"] and any(reader.terms.get(("spec", key)) for key in ("initramfs", "cmdline")):
        spec.wrong("initramfs and cmdline go with kernel")
