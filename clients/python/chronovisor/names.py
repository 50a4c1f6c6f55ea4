"""Resource names: what people type, made whole. See AIP-122."""

# What a short name of a VM cannot begin with.
_COLLECTIONS = ("projects", "hosts", "zones", "operations")


def project_name(given: str) -> str:
    """`projects/{project}` from itself or from its id."""
    return _whole(given, "projects")


def host_name(given: str) -> str:
    """`hosts/{host}` from itself or from its id."""
    return _whole(given, "hosts")


def operation_name(given: str) -> str:
    """`operations/{operation}` from itself or from its id."""
    return _whole(given, "operations")


def vm_name(given: str, project: str) -> str:
    """`projects/{project}/vms/{vm}` from itself, from `{project}/{vm}`, or from an id or uid in `project`.

    Raises ValueError for others.
    """
    match given.split("/"):
        case [vm] if vm:
            return f"{project_name(project)}/vms/{vm}"
        case [owner, vm] if owner and vm and owner not in _COLLECTIONS:
            return f"projects/{owner}/vms/{vm}"
        case ["projects", owner, "vms", vm] if owner and vm:
            return given
        case _:
            raise ValueError(f"{given!r} is not the name of a VM: give an id such as web-1, or PROJECT/VM")


def resource_name(given: str, project: str) -> str:
    """The name of a VM, or of a host or a project that is given in full; empty stays empty."""
    first, _, rest = given.partition("/")
    if first == "hosts" or (first == "projects" and "/" not in rest):
        return _whole(given, first)
    return vm_name(given, project) if given else ""


def last_part(name: str) -> str:
    """The id at the end of a name."""
    return name.rpartition("/")[2]


def _whole(given: str, collection: str) -> str:
    match given.split("/"):
        case [one] if one:
            return f"{collection}/{one}"
        case [first, one] if first == collection and one:
            return given
        case _:
            raise ValueError(f"{given!r} is not a name in {collection}: give an id, or {collection}/ID")
