"""What becomes of a VM in trouble, from messages, checked, and back. Looks no state up."""

from chronovisor.v1 import vm_pb2
from chronovisor.v1.vm_pb2 import RestartPolicy
from google.protobuf.duration_pb2 import Duration

from controlplane.domain.placement.selectors import TRAIT
from controlplane.domain.time import SECOND, duration_in, micros_in
from controlplane.domain.vm.availability import (
    BACKOFF_US,
    COOLDOWN_US,
    DEFAULT_AVAILABILITY,
    LONGEST_BACKOFF_US,
    MAX_ATTEMPTS,
    Availability,
    OnMaintenance,
    RestartWhen,
)
from controlplane.rpc.shared.validate import FieldRules
from controlplane.rpc.vm.placement_rules import checked_selector

MOST_ATTEMPTS = 100
MOST_PRIORITY = 1000
LONGEST_COOLDOWN_US = 7 * 86400 * SECOND


def checked_availability(rules: FieldRules, vm: vm_pb2.Vm, field: str) -> Availability:
    """The VM's availability as a value; what it breaks is collected in `rules`."""
    if not vm.HasField("availability"):
        return DEFAULT_AVAILABILITY
    message = vm.availability
    known = rules.known(message.on_maintenance, vm_pb2.Availability.OnMaintenance.DESCRIPTOR, f"{field}.on_maintenance")
    on_maintenance = OnMaintenance(message.on_maintenance or OnMaintenance.LIVE) if known else OnMaintenance.LIVE
    return _restart(rules, message.restart, f"{field}.restart")._replace(on_maintenance=on_maintenance)


def _restart(rules: FieldRules, message: RestartPolicy, field: str) -> Availability:
    known = rules.known(message.when, RestartPolicy.When.DESCRIPTOR, f"{field}.when")
    attempts, priority = message.max_attempts, message.priority
    rule = f"must be 1 to {MOST_ATTEMPTS}, or 0 for {MAX_ATTEMPTS}, not {attempts}"
    rules.check(0 <= attempts <= MOST_ATTEMPTS, f"{field}.max_attempts", rule)
    rule = f"must be -{MOST_PRIORITY} to {MOST_PRIORITY}, not {priority}"
    rules.check(-MOST_PRIORITY <= priority <= MOST_PRIORITY, f"{field}.priority", rule)
    backoff = message.backoff if message.HasField("backoff") else None
    cooldown = message.cooldown if message.HasField("cooldown") else None
    return Availability(
        when=RestartWhen(message.when or RestartWhen.NEVER) if known else RestartWhen.NEVER,
        max_attempts=attempts or MAX_ATTEMPTS,
        backoff_us=_span(rules, backoff, BACKOFF_US, LONGEST_BACKOFF_US, f"{field}.backoff"),
        cooldown_us=_span(rules, cooldown, COOLDOWN_US, LONGEST_COOLDOWN_US, f"{field}.cooldown"),
        priority=priority,
        after=_after(rules, message.after, f"{field}.after"),
    )


def _span(rules: FieldRules, given: Duration | None, default_us: int, most_us: int, field: str) -> int:
    if given is None:
        return default_us
    span_us = micros_in(given)
    rule = f"must be more than 0 and at most {most_us // SECOND} s, not {span_us / SECOND:g} s"
    rules.check(0 < span_us <= most_us, field, rule)
    return span_us


def _after(rules: FieldRules, text: str, field: str) -> str:
    selector = checked_selector(rules, text, field)
    traits = any(term.key.startswith(TRAIT) for term in selector.terms)
    rules.check(not traits, field, "selects VMs, which have labels and no traits")
    return str(selector)


def availability_message(availability: Availability) -> vm_pb2.Availability | None:
    """With every value that holds; None for the default."""
    if availability == DEFAULT_AVAILABILITY:
        return None
    return vm_pb2.Availability(
        on_maintenance=vm_pb2.Availability.OnMaintenance.ValueType(availability.on_maintenance),
        restart=RestartPolicy(
            when=RestartPolicy.When.ValueType(availability.when),
            max_attempts=availability.max_attempts,
            backoff=duration_in(availability.backoff_us),
            cooldown=duration_in(availability.cooldown_us),
            priority=availability.priority,
            after=availability.after,
        ),
    )
