"""Every event in words: one table, by the event's field in the ledger's schema. Looks nothing up."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from chronovisor.cli.options.machine import first_boot_text, machine_text
from chronovisor.cli.text.access_words import ACCESS_WORDS
from chronovisor.cli.text.account_words import ACCOUNT_WORDS
from chronovisor.cli.text.console_words import CONSOLE_WORDS
from chronovisor.cli.text.event_parts import placement, released, restart_text, seen
from chronovisor.cli.text.image_words import IMAGE_WORDS
from chronovisor.cli.text.network_words import NETWORK_WORDS
from chronovisor.cli.text.trouble_words import TROUBLE_WORDS, availability_words
from chronovisor.cli.text.units import amounts_text, resources_text, seconds_text
from chronovisor.events.v1.event_pb2 import (
    Event,
    NetworkAddress,
    SpareCapacityRule,
    Spec,
    StopCause,
    VmCreated,
    VmPaused,
    VmStartFailed,
    VmStopped,
    VmUpdated,
)
from chronovisor.names import last_part
from chronovisor.v1.host_service_pb2 import ReplaceHostMachineRequest
from chronovisor.v1.rebalance_pb2 import RebalanceMove
from chronovisor.v1.vm_pb2 import FirstBoot
from chronovisor.verbs import VM_VERBS, VmVerb

_HELD_VMS: Mapping[int, str] = {
    ReplaceHostMachineRequest.HELD_VMS_KEEP: "; its VMs were kept",
    ReplaceHostMachineRequest.HELD_VMS_FAIL: "; its VMs ended with it",
}
STOP_CAUSES: Mapping[int, str] = {
    StopCause.STOP_CAUSE_UNSPECIFIED: "stopped",
    StopCause.STOP_CAUSE_REQUESTED: "stopped, as requested",
    StopCause.STOP_CAUSE_UNREQUESTED: "stopped without a request",
    StopCause.STOP_CAUSE_CRASHED: "crashed",
    StopCause.STOP_CAUSE_VANISHED: "vanished from its host",
    StopCause.STOP_CAUSE_MACHINE_REPLACED: "ended: its machine was replaced",
    StopCause.STOP_CAUSE_HOST_FENCED: "ended: its host was fenced",
    StopCause.STOP_CAUSE_MIGRATION_LOST: "ended: its copy was lost while it was migrated",
}


_KEPT = "; stays so until a request"


def event_type(event: Event) -> str:
    """`VmStarted`; empty for an event of a schema newer than this program."""
    field = event.WhichOneof("payload")
    return "".join(part.capitalize() for part in field.split("_")) if field else ""


def in_words(event: Event) -> str:
    """What happened, in half a sentence."""
    field = event.WhichOneof("payload")
    words = WORDS.get(field) if field else None
    return words(event) if words else "something that this version has no words for"


def _spec(spec: Spec) -> str:
    boot = f"image {spec.image.image}" if spec.WhichOneof("boot") == "image" else f"kernel {spec.kernel.kernel}"
    devices = {"tpm": spec.tpm, "rng": spec.rng, "guest_agent": spec.guest_agent, "screen": spec.screen}
    given = FirstBoot(ssh_authorized_keys=spec.first_boot.ssh_authorized_keys, hostname=spec.first_boot.hostname)
    networks = " and ".join(last_part(each.network) for each in spec.network_interfaces)
    cards = f"on {networks}" if networks else ""
    more = (machine_text(spec.firmware, spec.machine_type, **devices), first_boot_text(given), cards)
    return ", ".join([resources_text(spec.resources), boot, *filter(None, more)])


def _created(event: Event) -> str:
    return f"created: {_spec(event.vm_created.spec)}{_terms(event.vm_created)}"


def _terms(definition: VmCreated | VmUpdated) -> str:
    words = ""
    if definition.HasField("expected_lifetime"):
        words = f", expected to run {seconds_text(definition.expected_lifetime.ToMilliseconds() / 1000)}"
    words += ", protected from deletion" * definition.deletion_protection
    return words + availability_words(definition.availability)


def _start_requested(event: Event) -> str:
    it = event.vm_start_requested
    how = f"incarnation {it.incarnation}{placement(it.placement)}"
    if it.restart_attempt:
        how += f", attempt {it.restart_attempt} of a restart"
    addresses = _given(it.network_addresses)
    return f"start requested on {it.host} ({how}); holds {resources_text(it.held)} more{addresses}"


def _given(cards: Iterable[NetworkAddress]) -> str:
    """The addresses that cards hold from now on."""
    given = [each for card in cards for each in (card.ipv4_address, card.ipv6_address) if each]
    return f" and {', '.join(given)}" if given else ""


def _start_failed(event: Event) -> str:
    it = event.vm_start_failed
    return f"start failed: {it.error}{released(it.released)}{_owed(it)}"


def _stop_requested(event: Event) -> str:
    grace = event.vm_stop_requested.grace_period.ToTimedelta().total_seconds()
    how = f"stop requested, with {grace:g} s to power off" if grace else "stop requested, off at once"
    return how + ", to be started elsewhere" * event.vm_stop_requested.restarts


def _stopped(event: Event) -> str:
    it = event.vm_stopped
    return f"{STOP_CAUSES.get(it.cause, 'stopped')}{seen(it.observed)}{released(it.released)}{_owed(it)}"


def _owed(it: VmStopped | VmStartFailed) -> str:
    """The start that follows an end, or why none does."""
    if it.HasField("restart"):
        return f"; to be started again: {restart_text(it.restart)}"
    given_up = it.restart_given_up if isinstance(it, VmStopped) else ""
    return f"; {given_up}" if given_up else ""


def _paused(event: Event) -> str:
    return f"paused{seen(event.vm_paused.observed)}{_flaps(event.vm_paused)}"


def _resumed(event: Event) -> str:
    return f"running again{seen(event.vm_resumed.observed)}{_KEPT * event.vm_resumed.kept}"


def _flaps(it: VmPaused) -> str:
    again = f", {it.flaps} times in a row without a request" if it.flaps > 1 else ""
    return again + _KEPT * it.kept


def _reboot_requested(event: Event) -> str:
    return "reset requested" if event.vm_reboot_requested.force else "reboot requested"


def _deadline_passed(event: Event) -> str:
    it = event.vm_deadline_passed
    return f"{it.step} took too long{': ' + it.error if it.error else ''}"


def _host_registered(event: Event) -> str:
    it = event.host_registered
    offers = {name: each.total for name, each in it.inventory.items()}
    base = [offers.pop(name, 0) for name in ("vcpus", "memory_mib", "disk_gib")]
    under = f", {it.platform.virt_type}" if it.platform.virt_type else ""
    return f"registered: {amounts_text(base[0], base[1], base[2], offers)}{under}"


def _inventory_changed(event: Event) -> str:
    offers = {name: each.total for name, each in event.host_inventory_changed.inventory.items()}
    base = [offers.pop(name, 0) for name in ("vcpus", "memory_mib", "disk_gib")]
    return f"inventory changed: {amounts_text(base[0], base[1], base[2], offers)}"


def _host_updated(event: Event) -> str:
    payload = event.host_updated
    facts = [
        f"zone {payload.zone}" if payload.zone else "",
        f"only for {payload.dedicated_project}" * bool(payload.dedicated_project),
    ]
    facts += [f"{key}={value}" for key, value in sorted(payload.labels.items())]
    facts += [f"trait {trait}" for trait in payload.traits]
    for name, each in sorted(payload.inventory.items()):
        ratio = f" x {each.allocation_ratio:g}" if each.allocation_ratio not in (0, 1) else ""
        reserved = f", {each.reserved} reserved" if each.reserved else ""
        facts.append(f"{name} {each.total}{ratio}{reserved}")
    return "updated" + (f": {'; '.join(fact for fact in facts if fact)}" if any(facts) else "")


def _machine(ids: Sequence[str]) -> str:
    # As many digits as distinguish machines.
    return ", ".join(each[: each.find(":") + 9] for each in ids) or "that nobody reported"


def _machine_replaced(event: Event) -> str:
    it = event.host_machine_replaced
    return f"released from the machine {_machine(it.machine_ids)}{_HELD_VMS.get(it.held_vms, '')}"


def _held(event: Event) -> str:
    return f"holds {'; '.join(resources_text(each.amount) for each in event.capacity_held.holdings)} more"


def _freed(event: Event) -> str:
    return f"freed {'; '.join(resources_text(each.amount) for each in event.capacity_released.holdings)}"


def _project_created(event: Event) -> str:
    quota = resources_text(event.project_created.quota)
    facts = ["" if quota == "nothing" else f"may hold {quota}"]
    facts += [_spare_rule(each) for each in event.project_created.spare_capacity]
    return ", ".join(["created", *filter(None, facts)])


def _spare_rule(rule: SpareCapacityRule) -> str:
    return f"to survive {rule.survive} by {rule.within}" + (f" in {rule.zone}" if rule.zone else "")


def _project_updated(event: Event) -> str:
    payload = event.project_updated
    quota = resources_text(payload.quota)
    facts = [
        f"{payload.display_name!r}" * bool(payload.display_name),
        "" if quota == "nothing" else f"may hold {quota}",
    ]
    facts += [f"{key}={value}" for key, value in sorted(payload.labels.items())]
    facts.append(payload.placement_policy)
    facts += [f"{policy} in {zone}" for zone, policy in sorted(payload.zone_policies.items())]
    facts += [_spare_rule(each) for each in payload.spare_capacity]
    return "updated" + (f": {'; '.join(fact for fact in facts if fact)}" if any(facts) else "")


def _vm_updated(event: Event) -> str:
    labels = "".join(f"; {key}={value}" for key, value in sorted(event.vm_updated.labels.items()))
    return f"updated: {_spec(event.vm_updated.spec)}{_terms(event.vm_updated)}{labels}"


def _accepted(event: Event) -> str:
    payload = event.ledger_accepted
    return f"accepted up to batch {payload.batch}, in spite of position {payload.problem_position}: {payload.problem}"


def _sealed(event: Event) -> str:
    it = event.batch_sealed
    return (
        f"sealed batch {it.batch} of {it.events} event{'' if it.events == 1 else 's'}, root {it.merkle_root.hex()[:12]}"
    )


_GUEST_WORDS = {1: "running", 2: "paused", 3: "shut off", 4: "crashed"}


def _guest_adopted(event: Event) -> str:
    payload = event.vm_guest_adopted
    state = _GUEST_WORDS.get(payload.observed.guest_state, "in an unknown state")
    held = f"{resources_text(payload.held)}{_given(payload.network_addresses)}"
    return f"guest on {payload.host} adopted, {state} (incarnation {payload.incarnation}); holds {held}"


def _guests_reported(event: Event) -> str:
    payload = event.host_guests_reported
    parts: list[str] = []
    for each in payload.unexpected[:3]:
        state = _GUEST_WORDS.get(each.guest_state, "in an unknown state")
        parts.append(f"unexpected guest of {each.vm_name or each.vm_uid}, {state} (incarnation {each.incarnation})")
    if more := len(payload.unexpected) - len(parts):
        parts.append(f"{more} more unexpected guests")
    if payload.gone:
        parts.append(f"no longer unexpected: {', '.join(payload.gone[:3])}" + (" and more" if payload.gone[3:] else ""))
    return "; ".join(parts) or "guests reported, all as expected"


def _history_forked(event: Event) -> str:
    fork = event.history_forked
    return f"restored: goes on from position {fork.fork_position} as history {fork.history_id}, above {fork.floor}"


def _guest_stop_requested(event: Event) -> str:
    payload = event.host_guest_stop_requested
    return f"stop of the unexpected guest of VM {payload.vm_uid} requested (incarnation {payload.incarnation})"


def _clock_stepped(event: Event) -> str:
    skipped = seconds_text(event.clock_stepped.skipped.ToMilliseconds() / 1000)
    return f"the wall clock stayed ahead and is followed: {skipped} are skipped"


def _requested(verb: VmVerb) -> Callable[[Event], str]:
    return lambda _event: f"{verb.command} requested"


def _outcome(verb: VmVerb) -> Callable[[Event], str]:
    return lambda event: f"{verb.outcome}{seen(getattr(event, verb.done).observed)}"


def _rebalance_requested(event: Event) -> str:
    payload = event.rebalance_requested
    return f"{len(payload.moves)} VMs to be moved" + (f" in {payload.zone}" if payload.zone else "")


def _rebalance_move_ended(event: Event) -> str:
    payload = event.rebalance_move_ended
    became = RebalanceMove.State.Name(RebalanceMove.State.ValueType(payload.state)).removeprefix("STATE_").lower()
    return f"{became} {payload.vm_uid}" + (f": {payload.detail}" if payload.detail else "")


def _certificate_issued(event: Event) -> str:
    payload = event.host_certificate_issued
    how = f"renewed from {payload.renewed_from[:16]}" if payload.renewed_from else "joined"
    return f"certificate {payload.fingerprint[:16]} issued: {how}"


def _certificate_revoked(event: Event) -> str:
    fingerprint = event.host_certificate_revoked.fingerprint
    return f"certificate {fingerprint[:16]} revoked" if fingerprint else "all certificates revoked"


WORDS: Mapping[str, Callable[[Event], str]] = {
    **{verb.requested: _requested(verb) for verb in VM_VERBS},
    **{verb.done: _outcome(verb) for verb in VM_VERBS},
    **TROUBLE_WORDS,
    "vm_created": _created,
    "vm_start_requested": _start_requested,
    "vm_start_failed": _start_failed,
    "vm_stop_requested": _stop_requested,
    "vm_stopped": _stopped,
    "vm_paused": _paused,
    "vm_resumed": _resumed,
    "vm_reboot_requested": _reboot_requested,
    "vm_deleted": lambda event: f"destroyed{released(event.vm_deleted.released)}",
    "vm_deadline_passed": _deadline_passed,
    "vm_step_failed": lambda event: f"{event.vm_step_failed.step} failed: {event.vm_step_failed.error}",
    "host_registered": _host_registered,
    "host_inventory_changed": _inventory_changed,
    "host_updated": _host_updated,
    "host_cordoned": lambda _event: "cordoned: takes no new VMs",
    "host_uncordoned": lambda _event: "uncordoned: takes new VMs again",
    "host_machine_bound": lambda event: f"bound to the machine {_machine(event.host_machine_bound.machine_ids)}",
    "host_machine_replaced": _machine_replaced,
    "capacity_held": _held,
    "capacity_released": _freed,
    "vm_updated": _vm_updated,
    "vm_guest_adopted": _guest_adopted,
    "history_forked": _history_forked,
    "host_guests_reported": _guests_reported,
    "host_guest_stop_requested": _guest_stop_requested,
    "project_created": _project_created,
    "project_updated": _project_updated,
    "project_deleted": lambda _event: "deleted",
    **ACCESS_WORDS,
    **ACCOUNT_WORDS,
    **IMAGE_WORDS,
    **NETWORK_WORDS,
    "request_accepted": lambda event: f"{event.request_accepted.method} accepted: {event.request_accepted.result}",
    "batch_sealed": _sealed,
    "snapshot_taken": lambda event: f"snapshot as of position {event.snapshot_taken.position} written",
    "ledger_accepted": _accepted,
    "clock_stepped": _clock_stepped,
    "rebalance_requested": _rebalance_requested,
    "rebalance_move_started": lambda event: f"moves {event.rebalance_move_started.vm_uid}",
    "rebalance_move_ended": _rebalance_move_ended,
    "rebalance_cancelled": lambda _event: "cancelled: no more moves begin",
    "rebalance_ended": lambda _event: "ended",
    "secrets_forgotten": lambda _event: "its secrets forgotten: their key is destroyed",
    "person_forgotten": lambda event: f"forgotten who user:~{event.person_forgotten.pseudonym} was",
    **CONSOLE_WORDS,
    "host_token_created": lambda event: f"token created by which {event.host_token_created.host_id} joins",
    "host_token_used": lambda event: f"joined by the token {event.host_token_used.token_id}",
    "host_token_revoked": lambda event: f"the token {event.host_token_revoked.token_id} revoked",
    "host_certificate_issued": _certificate_issued,
    "host_certificate_revoked": _certificate_revoked,
}
