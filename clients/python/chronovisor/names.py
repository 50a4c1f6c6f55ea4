"""Resource names: what people type, made whole. See AIP-122."""


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
    """`projects/{project}/vms/{vm}` from itself, or from an id or uid in `project`. Raises ValueError for others."""
    match given.split("/"):
        case [vm] if vm:
            return f"{project_name(project)}/vms/{vm}"
        case ["projects", owner, "vms", vm] if owner and vm:
            return given
        case _:
            raise ValueError(f"{given!r} is not the name of a VM: give an id such as web-1, or projects/PROJECT/vms/VM")


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
