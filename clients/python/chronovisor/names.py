"""Resource names: what people type, made whole. See AIP-122."""

# What all projects and hosts belong to.
ROOT = "/"
# A member that is whoever has proven who they are.
EVERYBODY = "allAuthenticatedUsers"
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


def account_name(given: str, project: str) -> str:
    """`projects/{project}/serviceAccounts/{account}` from itself, `{project}/{account}`, or an id in `project`.

    Raises ValueError for others.
    """
    match given.split("/"):
        case [account] if account:
            return f"{project_name(project)}/serviceAccounts/{account}"
        case [owner, account] if owner and account and owner not in _COLLECTIONS:
            return f"projects/{owner}/serviceAccounts/{account}"
        case ["projects", owner, "serviceAccounts", account] if owner and account:
            return given
        case _:
            raise ValueError(
                f"{given!r} is not the name of a service account: give an id such as ci, or PROJECT/ACCOUNT"
            )


def role_name(given: str) -> str:
    """`roles/{role}` from itself or from its id."""
    return _whole(given, "roles")


def member_name(given: str, project: str) -> str:
    """A member of a binding, or a principal, such as `user:anna`; `serviceAccount:ci`, one in `project`, is made whole.

    Raises ValueError for what has no kind.
    """
    kind, colon, name = given.partition(":")
    if not (colon and name) and given != EVERYBODY:
        raise ValueError(f"{given!r} is no member: give user:NAME, group:NAME, serviceAccount:NAME or {EVERYBODY}")
    return f"{kind}:{account_name(name, project)}" if kind == "serviceAccount" else given


def access_name(given: str) -> str:
    """What roles are had on: `/`, `projects/{project}` also from its id, or a VM's name, also as `shop/web-1`."""
    if given == ROOT:
        return given
    return resource_name(given, "") if "/" in given else project_name(given)


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
