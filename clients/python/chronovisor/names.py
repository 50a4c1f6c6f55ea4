"""Resource names: what people type, made whole. See AIP-122."""

# What all projects and hosts belong to.
ROOT = "/"
# A member that is whoever has proven who they are.
EVERYBODY = "allAuthenticatedUsers"
# What a short name of what is in a project cannot begin with.
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
    return _in_project(given, project, "vms", "a VM: give an id such as web-1, or PROJECT/VM")


def account_name(given: str, project: str) -> str:
    """`projects/{project}/serviceAccounts/{account}` from itself, `{project}/{account}`, or an id in `project`.

    Raises ValueError for others.
    """
    return _in_project(
        given, project, "serviceAccounts", "a service account: give an id such as ci, or PROJECT/ACCOUNT"
    )


def network_name(given: str, project: str) -> str:
    """`account_name`, of a network."""
    return _in_project(given, project, "networks", "a network: give an id such as web, or PROJECT/NETWORK")


def security_group_name(given: str, project: str) -> str:
    """`account_name`, of a security group."""
    return _in_project(given, project, "securityGroups", "a security group: give an id such as ssh, or PROJECT/GROUP")


def image_name(given: str, project: str) -> str:
    """`projects/{project}/images/{image}` from itself, `{project}/{image}`, or an id in `project`.

    Raises ValueError for others.
    """
    match given.split("/"):
        case [image] if image:
            return f"{project_name(project)}/images/{image}"
        case [owner, image] if owner and image and owner not in _COLLECTIONS:
            return f"projects/{owner}/images/{image}"
        case ["projects", owner, "images", image] if owner and image:
            return given
        case _:
            raise ValueError(f"{given!r} is not the name of an image: give an id such as web, or PROJECT/IMAGE")


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


def _in_project(given: str, project: str, collection: str, what: str) -> str:
    match given.split("/"):
        case [one] if one:
            return f"{project_name(project)}/{collection}/{one}"
        case [owner, one] if owner and one and owner not in _COLLECTIONS:
            return f"projects/{owner}/{collection}/{one}"
        case ["projects", owner, within, one] if owner and one and within == collection:
            return given
        case _:
            raise ValueError(f"{given!r} is not the name of {what}")


def _whole(given: str, collection: str) -> str:
    match given.split("/"):
        case [one] if one:
            return f"{collection}/{one}"
        case [first, one] if first == collection and one:
            return given
        case _:
            raise ValueError(f"{given!r} is not a name in {collection}: give an id, or {collection}/ID")
