"""Errors as people and programs read them: one sentence with the reason and what to do next, or one JSON object.

Everything goes to stderr; stdout stays the result's.
"""

import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence

import typer

from chronovisor.addresses import local_server
from chronovisor.cli.exit_codes import BY_STATUS, Exit
from chronovisor.cli.options.limits import FIELDS as LIMITS
from chronovisor.cli.settings import Settings
from chronovisor.cli.text.safe_text import escaped, json_text
from chronovisor.cli.text.units import amount_text
from chronovisor.errors import ChronovisorError, NearMiss, OperationFailed, WaitTimeout
from chronovisor.names import last_part, project_name
from chronovisor.operations import metadata_of
from chronovisor.program import DEBUG, Ended, Terminated, why
from chronovisor.refusals import is_explained
from chronovisor.sign_in.failures import SignInFailed
from chronovisor.tokens import BadToken
from chronovisor.verify import NotProven

# What to do next, by reason. `{id}` is the id of what the error is about, `{name}` its whole name, `{show}` shows it.
# `{image}` is the one that is being made of a VM.
HINTS: Mapping[str, str] = {
    "NO_CAPACITY": "Stop or destroy a VM, or add a host: chronovisor host list.",
    "QUOTA_EXCEEDED": "Stop or destroy VMs, delete images, or have the quota raised: chronovisor project show {id}.",
    "NO_SPARE_CAPACITY": "Stop VMs, or add a host; see what would fail: chronovisor capacity check --help.",
    "VM_NOT_FOUND": "See what there is: chronovisor vm list --all-projects.",
    "HOST_NOT_FOUND": "See what there is: chronovisor host list.",
    "PROJECT_NOT_FOUND": "See what there is: chronovisor project list.",
    "SERVICE_ACCOUNT_NOT_FOUND": "See what there is: chronovisor service-account list.",
    "IMAGE_NOT_FOUND": "See what there is: chronovisor image list.",
    "NETWORK_NOT_FOUND": "See what there is: chronovisor network list.",
    "SECURITY_GROUP_NOT_FOUND": "See what there is: chronovisor security-group list.",
    "OPERATION_NOT_FOUND": "See what there is: chronovisor operation list.",
    "VM_ALREADY_EXISTS": "Choose another name, or look at it: chronovisor vm show {name}.",
    "PROJECT_ALREADY_EXISTS": "Choose another name, or look at it: chronovisor project show {id}.",
    "SERVICE_ACCOUNT_ALREADY_EXISTS": "Choose another name, or look at it: chronovisor service-account show {id}.",
    "IMAGE_ALREADY_EXISTS": "Choose another name, or look at it: chronovisor image show {id}.",
    "NETWORK_ALREADY_EXISTS": "Choose another name, or look at it: chronovisor network show {id}.",
    "SECURITY_GROUP_ALREADY_EXISTS": "Choose another name, or look at it: chronovisor security-group show {id}.",
    "NETWORK_IN_USE": "Destroy its VMs, or take their cards off it. See who holds addresses: chronovisor {show}.",
    "SECURITY_GROUP_IN_USE": "Take it off VMs' cards and other groups' rules first: chronovisor vm update --help.",
    "ADDRESSES_EXHAUSTED": "Destroy VMs, or use another network. See: chronovisor network addresses {id}.",
    "ADDRESS_IN_USE": "Choose another address, or none. See: chronovisor network addresses {id}.",
    "HOST_ALREADY_EXISTS": "Look at it: chronovisor host show {id}.",
    "HOST_IN_USE": "Its VMs moved with their disks: --vms keep. The old machine is off for good: --vms fail.",
    "HOST_ALREADY_CONNECTED": "Stop that agent first, on its machine: see chronovisor host show {id}.",
    "AGENT_QUARANTINED": "Look at what its agent reports, on its machine: see chronovisor host show {id}.",
    "VM_HAS_NO_DISK": "An image is made of a VM that has run: start it, shut it down, and try again.",
    "VM_DISK_IN_USE": "See how far it is: chronovisor image show {image}. Or end it: chronovisor image delete {image}.",
    "DELETION_PROTECTED": "Take that off first: chronovisor vm update {name} --no-deletion-protection.",
    "WRONG_STATE": "Look at it: chronovisor {show}.",
    "PROJECT_IN_USE": "See: chronovisor --project {id} vm list, or service-account list; chronovisor host list.",
    "ROLE_NOT_FOUND": "See what there is: chronovisor role list.",
    "ROLE_ALREADY_EXISTS": "Choose another name, or look at it: chronovisor role list.",
    "NO_CREDENTIAL": "Sign in: chronovisor login. A program: --token-file FILE. On its machine: --server unix:/PATH.",
    "ACCESS_DENIED": "See who you are, and which roles you have: chronovisor whoami.",
    "ETAG_MISMATCH": "Look at what changed, then try again: chronovisor {show}.",
    "CONCURRENT_CHANGE": "Try again.",
    "GUEST_ELSEWHERE": "Look at the host, then adopt the guest or have it stopped: chronovisor host reconcile --help.",
    "HOSTS_UNREPORTED": "See which hosts are waited for: chronovisor host reconcile.",
    "HISTORY_FORKED": "See what was restored, when and why: chronovisor history fleet --type HistoryForked.",
    "GUEST_NOT_FOUND": "See what there is: chronovisor host reconcile.",
    "INVALID_FIELD": "Add --help to the command to see what it takes.",
    "INVALID_REQUEST": "Does the control plane have another version? See chronovisor --version.",
    "REQUEST_ID_REUSED": "Use a new request id.",
    "POSITION_AHEAD": "Ask for an earlier position.",
    "LEDGER_UNTRUSTED": "See what was found: chronovisor audit verify.",
    "EVENT_NOT_FOUND": "See what there is: chronovisor history fleet.",
    "WHAT_IF_BUSY": "Wait until it has ended, or ask whoever runs it.",
    "UNREACHABLE": "Is it running? Start one: chronovisord --dev. Elsewhere? Say so: --server HOST:PORT.",
    "DEADLINE_EXCEEDED": "Try again, or give it longer: --timeout 60s.",
    "UNIMPLEMENTED": "Does the control plane have another version? See chronovisor --version.",
    "NOT_IMPLEMENTED": "A later version of the control plane will have it.",
    "INTERNAL": "The control plane's log says more.",
    "TOKEN_REVOKED": "Get a new one: chronovisor service-account token create --help.",
    "SERVICE_ACCOUNT_DISABLED": "Have it enabled: chronovisor service-account update --help.",
    "HOST_TOKEN_INVALID": "Have another one created: chronovisor host token create NAME.",
    "CERTIFICATE_REQUIRED": "Join first: chronovisor-agent join --help.",
    "CERTIFICATE_REVOKED": "Join again, with a new token: chronovisor host token create NAME.",
    "CERTIFICATE_EXPIRED": "Join again, with a new token: chronovisor host token create NAME.",
    "NO_CERTIFICATE_AUTHORITY": "Make one, where the control plane runs: chronovisord pki init.",
    "INVALID_ACTOR": "Say who you are: --as NAME.",
    "TOKEN_EXPIRED": "Sign in again: chronovisor login.",
    "TOKEN_INVALID": "Sign in again: chronovisor login.",
    "WRONG_AUDIENCE": "Sign in for this control plane: chronovisor login --audience AUDIENCE.",
    # Of operations that failed.
    "DEADLINE_PASSED": "See what happened: chronovisor history vm {name}.",
    "SUPERSEDED": "See what happened: chronovisor history vm {name}.",
    "STEP_FAILED": "See what happened: chronovisor history vm {name}.",
    "GUEST_ENDED": "See what happened: chronovisor history vm {name}.",
}

# What projects have beside VMs, by collection.
_NOUNS = {
    "serviceAccounts": "service-account",
    "images": "image",
    "networks": "network",
    "securityGroups": "security-group",
}
# Fields of requests by the option that sets them.
OPTIONS: Mapping[str, str] = {
    "vm_id": "NAME",
    "name": "NAME",
    "parent": "--project",
    "project_id": "NAME",
    "open.image_id": "NAME",
    "open.parent": "--project",
    "open.sha256": "--sha256",
    "open.image.family": "--family",
    "open.image.labels": "--label",
    "open.image.description": "--description",
    "open.image.min_disk_gib": "--min-disk",
    "image.family": "--family",
    "image.labels": "--label",
    "image.description": "--description",
    "image.min_disk_gib": "--min-disk",
    "service_account_id": "NAME",
    "service_account.name": "NAME",
    "service_account.display_name": "--title",
    "network_id": "NAME",
    "network.name": "NAME",
    "network.ipv4_cidr": "--ipv4",
    "network.ipv6_cidr": "--ipv6",
    "network.ipv4_gateway": "--ipv4-gateway",
    "network.ipv6_gateway": "--ipv6-gateway",
    "network.kind": "--kind",
    "network.mtu": "--mtu",
    "network.bridge": "--bridge",
    "network.vlan": "--vlan",
    "network.reserved_ranges": "--reserve",
    "network.description": "--description",
    "network.labels": "--label",
    "security_group_id": "NAME",
    "security_group.name": "NAME",
    "security_group.rules": "--allow",
    "security_group.description": "--description",
    "security_group.labels": "--label",
    "ttl": "--expires-in",
    "description": "--description",
    "filter": "--filter",
    "after_position": "--after",
    "after_time": "--after",
    "from_position": "--from",
    "from_time": "--from",
    "to_position": "--to",
    "to_time": "--to",
    "at_position": "the moment to read at",
    "read_time": "the moment to read at",
    "scope": "NAME",
    "chain_of": "REQUEST_ID",
    "event_types": "--type",
    "max_migrations": "--max-migrations",
    "start_time": "--from",
    "end_time": "--to",
    "group_by": "--by",
    "placement_policy": "--policy",
    "project.placement_policy": "--placement-policy",
    "project.zone_policies": "--zone-policy",
    "project.spare_capacity": "--spare-capacity",
    "allocation_ratios": "--ratio",
    "without_hosts": "--without-host",
    "add_hosts": "--add-hosts or --fleet",
    "project.quota.vcpus": "--quota-vcpus",
    "project.quota.memory_mib": "--quota-memory",
    "project.quota.disk_gib": "--quota-disk",
    "project.quota.extended": "--quota-extended",
    "project.quota.extended[addresses]": "--quota-addresses",
    "project.quota.extended[image_mib]": "--quota-images",
    "project.labels": "--label",
    "project.display_name": "--title",
    "host_id": "NAME",
    "host.zone": "--zone",
    "host.labels": "--label",
    "host.traits": "--trait",
    "host.numa_nodes": "--numa",
    "host.dedicated_project": "--dedicated-to",
    "host.inventory.total": "--total",
    "host.inventory.reserved": "--reserved",
    "host.inventory.allocation_ratio": "--ratio",
    "host.inventory.min_unit": "--min-unit",
    "host.inventory.max_unit": "--max-unit",
    "host.inventory.step_size": "--step",
    "reason": "--reason",
    "grace_period": "--grace",
    "vm.labels": "--label",
    "vm.expected_lifetime": "--lifetime",
    "vm.spec.resources.vcpus": "--vcpus",
    "vm.spec.resources.memory_mib": "--memory",
    "vm.spec.resources.disk_gib": "--disk",
    "vm.spec.resources.extended": "--extended",
    "vm.spec.boot": "--image or --kernel",
    "vm.spec.cpu_policy": "--cpu-policy",
    "vm.spec.first_boot.ssh_authorized_keys": "--ssh-key",
    "vm.spec.first_boot.hostname": "--hostname",
    "vm.spec.firmware": "--firmware",
    "vm.spec.tpm": "--tpm",
    "vm.spec.machine_type": "--machine-type",
    "vm.spec.rng": "--rng",
    "vm.spec.guest_agent": "--guest-agent",
    "vm.spec.network_interfaces": "--network",
    "vm.spec.screen": "--screen",
    **{f"vm.spec.io_limits.{field}": f"--io-limit {name}" for name, field in LIMITS.items()},
    "vm.name": "NAME",
    "project.name": "NAME",
    "vm.spec.boot.image.image": "--image",
    "vm.spec.boot.kernel.kernel": "--kernel",
    "vm.spec.boot.kernel.initramfs": "--initramfs",
    "vm.spec.boot.kernel.cmdline": "--cmdline",
}

# What a placement rule's refusal says of (one host, several). A resource class lacks room; others are named here.
RULES: Mapping[str, tuple[str, str]] = {
    "state": ("is not active", "are not active"),
    "not_active": ("is not active", "are not active"),
    "dedicated": ("is for another project", "are for another project"),
    "image": ("lacks the image", "lack the image"),
    "images": ("lacks the image", "lack the image"),
    "agent": ("has no agent connected", "have no agent connected"),
    "pinned": ("is not the one that it is pinned to", "are not the one that it is pinned to"),
    "avoided": ("is to be avoided", "are to be avoided"),
    "affinity": ("is not where the VMs are that it goes with", "are not where the VMs are that it goes with"),
    "anti_affinity": ("is where VMs are that it keeps apart from", "are where VMs are that it keeps apart from"),
    "spread": ("is in a domain that has its share", "are in domains that have their share"),
    "other_vms": ("has the wrong neighbours", "have the wrong neighbours"),
    "holds_elsewhere": ("does not have its disk", "do not have its disk"),
    "numa_nodes": ("lacks the NUMA nodes", "lack the NUMA nodes"),
    "numa_room": ("lacks room in its NUMA nodes", "lack room in their NUMA nodes"),
}
# The same of rules that begin, or end, so; `{}` is the rest, such as `zone=eu-1a` or `vcpus`.
RULES_OF: Mapping[str, tuple[str, str]] = {
    "require ": ("does not obey {}", "do not obey {}"),
    ".min_unit": ("takes no VM of so few {}", "take no VM of so few {}"),
    ".max_unit": ("takes no VM of so many {}", "take no VM of so many {}"),
    ".step": ("takes {} in other steps", "take {} in other steps"),
}


# Classes whose amounts are shown with their unit.
_CLASSES = {"memory_mib": "memory", "disk_gib": "disk", "image_mib": "images"}


# Of several errors, as many are shown.
_MOST_PROBLEMS = 30


def report(error: Exception, settings: Settings) -> int:
    """Shows what went wrong, and returns the exit code."""
    match error:
        case ChronovisorError():
            _show(error.reason, sentence(error, settings), hint(error, settings), settings, _facts(error))
            return exit_code(error)
        case WaitTimeout():
            text = f"{error.operation.name} is not done after {error.waited_s:.0f} s; it goes on."
            _show("TIMEOUT", text, f"Follow it: chronovisor operation wait {error.operation.name}.", settings, {})
            return Exit.STILL_RUNNING
        case SignInFailed():
            _show("NOT_SIGNED_IN", f"{str(error).rstrip('.')}.", "Sign in: chronovisor login.", settings, {})
            return Exit.NOT_PERMITTED
        case NotProven():
            _show("NOT_PROVEN", f"Not proven: {error}.", "Do not trust what this server says.", settings, {})
            return Exit.NOT_PROVEN
        case Ended():
            return interrupted(error.by, settings)
        case typer.Abort() if isinstance(error.__cause__, KeyboardInterrupt):
            return interrupted(error.__cause__, settings)
        case typer.Abort():
            _show("ABORTED", "Nothing was done.", "", settings, {})
            return Exit.INTERNAL
        case typer.TyperException():
            return _usage(error, settings)
        case UnicodeEncodeError() | BadToken():
            text = why(error) if isinstance(error, BadToken) else "an argument is not valid UTF-8"
            _show("USAGE", f"{_capitalized(text)}.", "", settings, {})
            return Exit.USAGE
        case OSError():
            _show("LOCAL_ERROR", f"{_capitalized(why(error))}.", "", settings, {})
            return Exit.INTERNAL
        case ValueError() | OverflowError() if _is_of_a_number(error):
            _show("USAGE", f"A number is too large or too small: {why(error)}.", "", settings, {})
            return Exit.USAGE
        case _:
            return _fault(error, settings)


def interrupted(error: BaseException, settings: Settings) -> int:
    """Of a command that was ended while it ran: whether the control plane has it already, nobody knows."""
    by_signal = isinstance(error, Terminated)
    text = f"Ended by {'SIGTERM' if by_signal else 'Ctrl-C'}; what was sent already may be carried out."
    _show("TERMINATED" if by_signal else "INTERRUPTED", text, "See what was: chronovisor history fleet.", settings, {})
    return Exit.TERMINATED if by_signal else Exit.INTERRUPTED


def show(reason: str, text: str, next_step: str, settings: Settings) -> None:
    """An error that is none of the control plane's."""
    _show(reason, text, next_step, settings, {})


def show_problems(problems: Sequence[object], reason: str, settings: Settings) -> None:
    """Several errors, a line each; for programs, one object. Each says itself where it is."""
    if settings.is_data:
        _show(reason, " ".join(_ended([str(each) for each in problems])), "", settings, {})
        return
    for each in problems[:_MOST_PROBLEMS]:
        print(escaped(f"{each}."), file=sys.stderr)
    if len(problems) > _MOST_PROBLEMS:
        print(f"And {len(problems) - _MOST_PROBLEMS} more.", file=sys.stderr)


def _is_of_a_number(error: Exception) -> bool:
    """Whether a message could not take a number: the fields' own words, as protobuf and time have them."""
    return isinstance(error, OverflowError) or any(word in str(error) for word in ("out of range", "must be within"))


def _fault(error: Exception, settings: Settings) -> int:
    if os.environ.get(DEBUG):
        traceback.print_exception(error)
    text = f"A fault of the command line itself: {type(error).__name__}: {why(error)}."
    _show("INTERNAL", text, f"Report it, please, with what {DEBUG}=1 shows.", settings, {})
    return Exit.INTERNAL


def exit_code(error: ChronovisorError) -> Exit:
    """By status code; an operation that failed is always that, whatever its status."""
    if isinstance(error, OperationFailed):
        return Exit.OPERATION_FAILED
    if error.reason == "LEDGER_UNTRUSTED":
        return Exit.NOT_PROVEN
    return BY_STATUS.get(error.code.name, Exit.INTERNAL)


def sentence(error: ChronovisorError, settings: Settings) -> str:
    """What went wrong, with the reason in brackets."""
    text = _SENTENCES.get(error.reason, _as_sent)(error, settings)
    return f"{_capitalized(text.rstrip('.'))} ({error.reason})."


def hint(error: ChronovisorError, settings: Settings) -> str:
    """What to do next, as it can be typed; empty when there is nothing to say."""
    name = _subject(error).removeprefix(f"{project_name(settings.project)}/vms/")
    _, owner, collection, child = (*name.split("/"), "", "", "")[:4]
    if collection in _NOUNS:
        show = f"{_NOUNS[collection]} show {owner}/{child}"
    elif name.startswith("roles/"):
        show = "role list"
    elif name.startswith(("hosts/", "projects/")) and "/vms/" not in name:
        show = f"{name.partition('/')[0][:-1]} show {last_part(name)}"
    else:
        show = f"vm show {name or 'NAME'}"
    if is_explained(error):
        # It says that itself.
        return ""
    image = error.metadata.get("image", "NAME").removeprefix(f"{project_name(settings.project)}/images/")
    words = HINTS.get(error.reason, "")
    known = words.format(name=name or "NAME", id=last_part(name) or "NAME", show=show, image=image)
    return known or (f"Try again in {error.retry_after:g} s." if error.retry_after else "")


def _as_sent(error: ChronovisorError, _settings: Settings) -> str:
    message = error.message or "The control plane gave no message"
    if isinstance(error, OperationFailed):
        metadata = metadata_of(error.operation)
        subject = last_part(metadata.target) or error.operation.name
        return f"{metadata.verb or 'The operation'} on {subject} failed: {message}"
    return message


def _no_capacity(error: ChronovisorError, settings: Settings) -> str:
    if error.hosts_considered is None:
        return _as_sent(error, settings)
    subject = last_part(_subject(error)) or "the VM"
    if error.hosts_considered == 0:
        return f"No host has room for {subject}: there are no hosts"
    plural = "" if error.hosts_considered == 1 else "s"
    refusals = [_refusal(rule, count) for rule, count in sorted(error.turned_down.items(), key=lambda each: -each[1])]
    refused = ", ".join([f"{error.hosts_considered} host{plural} considered", *refusals])
    return f"No host has room for {subject}: {refused}{_nearest(error.nearest)}"


def _nearest(hosts: Sequence[NearMiss]) -> str:
    if not hosts:
        return ""
    host, rule, missing = hosts[0]
    what = f"needs {amount_text(rule, missing)} more {_CLASSES.get(rule, rule)}" if missing else _predicates(rule)[0]
    return f"; nearest is {last_part(host)}, which {what}"


def _refusal(rule: str, count: int) -> str:
    one, several = _predicates(rule)
    return f"{count} {one if count == 1 else several}"


def _predicates(rule: str) -> tuple[str, str]:
    for part, (one, several) in RULES_OF.items():
        rest = rule.removeprefix(part) if part.endswith(" ") else rule.removesuffix(part)
        if rest != rule:
            return one.format(rest), several.format(rest)
    return RULES.get(rule, (f"lacks {rule}", f"lack {rule}"))


_PREDICATES = ("must ", "is ", "has ", "needs ", "cannot ")


def _invalid_field(error: ChronovisorError, settings: Settings) -> str:
    rules = [f"{_option(path)}{' ' if rule.startswith(_PREDICATES) else ': '}{rule}" for path, rule in error.fields]
    return "; ".join(rules) or _as_sent(error, settings)


def _option(path: str) -> str:
    # Such as `vm.labels[KEY]` or `host.inventory[CLASS].reserved`.
    plain, bracket, key = path.partition("[")
    key, _, below = key.partition("]")
    plain += below
    option = OPTIONS.get(plain, "")
    if not option and (root := plain.rpartition(".")[0]) in OPTIONS:
        option, key, bracket = OPTIONS[root], plain.rpartition(".")[2], "["
    return f"{option}{' ' + key if bracket else ''}" if option else path


def _unreachable(error: ChronovisorError, settings: Settings) -> str:
    if is_explained(error):
        return error.message
    return f"No control plane answers at {settings.server or local_server()}"


def _late(_error: ChronovisorError, settings: Settings) -> str:
    return f"The control plane at {settings.server or local_server()} did not answer in time"


_SENTENCES: Mapping[str, Callable[[ChronovisorError, Settings], str]] = {
    "NO_CAPACITY": _no_capacity,
    "INVALID_FIELD": _invalid_field,
    "UNREACHABLE": _unreachable,
    "DEADLINE_EXCEEDED": _late,
}


def _subject(error: ChronovisorError) -> str:
    if isinstance(error, OperationFailed):
        return metadata_of(error.operation).target
    return error.resource or error.metadata.get("project", "")


def _facts(error: ChronovisorError) -> Mapping[str, object]:
    return {
        "code": error.code.name,
        "message": error.message,
        "fields": [{"field": path, "rule": rule} for path, rule in error.fields],
        "metadata": dict(error.metadata),
    }


def _usage(error: typer.TyperException, settings: Settings) -> int:
    # Without a message it has printed the help already.
    # Typer's types put before a message of theirs what raised it.
    message = error.format_message().replace(": Value error, ", ": ", 1) or (
        "A command is missing." if settings.is_data else ""
    )
    if message:
        command: object = getattr(getattr(error, "ctx", None), "command_path", None)
        _show("USAGE", message, f"See {command} --help." if command else "", settings, {})
    return Exit.USAGE


def _show(reason: str, text: str, next_step: str, settings: Settings, facts: Mapping[str, object]) -> None:
    if settings.is_data:
        document = {"reason": reason, "sentence": text, "hint": next_step, **facts}
        print(json_text({"error": document}), file=sys.stderr)
        return
    print(escaped(" ".join(_ended([text, next_step]))), file=sys.stderr)


def _ended(parts: Sequence[str]) -> list[str]:
    return [part if part.endswith((".", "?", "!")) else f"{part}." for part in parts if part]


def _capitalized(text: str) -> str:
    # A name, a field or an option at the beginning stays as it is.
    first = text.partition(" ")[0]
    return text if first.startswith("-") or not first.rstrip(":,").isalpha() else text[:1].upper() + text[1:]
