"""Domain values to API messages, and back. Looks nothing up."""

from chronovisor.v1 import image_pb2, project_pb2, resources_pb2, utilization_service_pb2, vm_pb2
from google.rpc import code_pb2

from controlplane.domain.etag import etag_of
from controlplane.domain.identity_cache import IdentityCache
from controlplane.domain.image.content import ImageContent
from controlplane.domain.placement.rules import NO_RULES
from controlplane.domain.project.aggregate import Project
from controlplane.domain.reasons import Reason
from controlplane.domain.resources import Resources
from controlplane.domain.time import duration_in, timestamp_if_known, timestamp_of
from controlplane.domain.vm.aggregate import Migration, Spec, Vm
from controlplane.domain.vm.guest_limits import NO_IO_LIMITS, recorded_policy
from controlplane.domain.vm.machine import NO_FIRST_BOOT
from controlplane.domain.vm.states import VmState
from controlplane.queries.scopes import ScopeUtilization
from controlplane.queries.utilization import per_class
from controlplane.rpc.errors import status
from controlplane.rpc.vm.availability import availability_message
from controlplane.rpc.vm.interfaces import address_messages, interface_messages
from controlplane.rpc.vm.placement_rules import rules_message


def resources_message(resources: Resources) -> resources_pb2.Resources:
    return resources_pb2.Resources(
        vcpus=resources.vcpus,
        memory_mib=resources.memory_mib,
        disk_gib=resources.disk_gib,
        extended=dict(resources.extended) if resources.extended else None,
    )


# Fleets are made of few kinds of VMs. A hash of a spec costs more than its message.
_spec_messages: IdentityCache[Spec, vm_pb2.VmSpec] = IdentityCache()


def spec_message(spec: Spec) -> vm_pb2.VmSpec:
    """Not to be changed: it is shared."""
    return _spec_messages.get(spec) or _spec_messages.put(spec, _spec_message(spec))


def _spec_message(spec: Spec) -> vm_pb2.VmSpec:
    message = vm_pb2.VmSpec(
        resources=resources_message(spec.resources),
        cpu_model=spec.cpu_model,
        cpu_policy=vm_pb2.CpuPolicy.ValueType(recorded_policy(spec.cpu_policy)),
        io_limits=vm_pb2.IoLimits(**spec.io_limits._asdict()) if spec.io_limits != NO_IO_LIMITS else None,
        first_boot=vm_pb2.FirstBoot(**spec.first_boot._asdict()) if spec.first_boot != NO_FIRST_BOOT else None,
        firmware=vm_pb2.Firmware.ValueType(spec.machine.firmware),
        tpm=spec.machine.tpm,
        machine_type=spec.machine.machine_type,
        rng=spec.machine.rng,
        guest_agent=spec.machine.guest_agent,
        network_interfaces=interface_messages(spec.interfaces),
        screen=spec.machine.screen,
    )
    if spec.image:
        message.boot.image.image = spec.image
        if spec.content:
            message.boot.image.MergeFrom(_content_message(spec.content))
    else:
        kernel = message.boot.kernel
        kernel.kernel, kernel.initramfs, kernel.cmdline = spec.kernel, spec.initramfs, spec.cmdline
    if spec.rules is not NO_RULES:
        message.placement.CopyFrom(rules_message(spec.rules))
    return message


def _content_message(content: ImageContent) -> vm_pb2.ImageBoot:
    return vm_pb2.ImageBoot(
        image_uid=content.image_uid,
        sha256=content.sha256.hex(),
        format=image_pb2.ImageFormat.ValueType(content.format),
        size_bytes=content.size,
        virtual_size_bytes=content.virtual_size,
    )


def vm_message(vm: Vm) -> vm_pb2.Vm:
    message = vm_pb2.Vm(
        name=vm.name,
        uid=vm.uid,
        spec=spec_message(vm.spec),
        labels=dict(vm.labels) if vm.labels else None,
        desired=vm_pb2.VmDesired.ValueType(vm.desired),
        state=vm_pb2.VmState.ValueType(vm.state),
        incarnation=vm.incarnation,
        create_time=timestamp_of(vm.created),
        update_time=timestamp_of(vm.updated),
        etag=etag_of(vm),
        availability=availability_message(vm.availability),
        migration=_migration_message(vm, vm.migration) if vm.migration else None,
        restart=vm_pb2.VmRestart(attempt=vm.restart.attempt, due_time=timestamp_of(vm.restart.due))
        if vm.restart
        else None,
        last_state=vm_pb2.VmState.ValueType(vm.last_state if vm.state is VmState.UNKNOWN else 0),
        deletion_protection=vm.deletion_protection,
        network_addresses=address_messages(vm) if vm.cards else None,
    )
    if vm.held:
        message.host = vm.host
        message.held.CopyFrom(resources_message(vm.held))
    if vm.pending:
        message.state_deadline.CopyFrom(timestamp_of(vm.pending.deadline))
    if vm.failure:
        reason = Reason.VM_FAILED if vm.state is VmState.FAILED else Reason.LAST_STEP_FAILED
        message.failure.CopyFrom(status(code_pb2.UNKNOWN, vm.failure, reason))
    # Of a VM that is destroyed there is nothing to observe, whatever was seen last.
    if vm.observed and vm.state is not VmState.DELETED:
        message.observed.guest_state = vm_pb2.GuestState.ValueType(vm.observed.guest_state)
        message.observed.observe_time.CopyFrom(timestamp_of(vm.observed.at))
        message.observed.detail = vm.observed.detail
    if vm.expected_lifetime_us:
        message.expected_lifetime.CopyFrom(duration_in(vm.expected_lifetime_us))
    if vm.user_data:
        _, message.kept_user_data.size_bytes, message.kept_user_data.keyed_hash = vm.user_data
    if vm.deleted is not None:
        message.delete_time.CopyFrom(timestamp_of(vm.deleted))
    return message


def _migration_message(vm: Vm, migration: Migration) -> vm_pb2.VmMigration:
    """Without what was copied: that is of now alone."""
    source, destination = (migration.host, vm.host) if migration.switched else (vm.host, migration.host)
    return vm_pb2.VmMigration(
        source_host=source,
        destination_host=destination,
        phase=vm_pb2.VmMigration.Phase.ValueType(migration.phase),
        cancelled=migration.cancelled,
        also_held=resources_message(migration.held),
        incarnation=vm.incarnation if migration.switched else migration.incarnation,
        disk=vm_pb2.DiskMove.ValueType(migration.disk),
    )


def project_message(project: Project) -> project_pb2.Project:
    terms = project.terms
    return project_pb2.Project(
        name=project.name,
        uid=project.uid,
        display_name=terms.display_name,
        labels=dict(terms.labels),
        quota=resources_message(terms.quota),
        create_time=timestamp_of(project.created),
        update_time=timestamp_of(project.updated),
        etag=etag_of(project),
        placement_policy=terms.policy.name,
        zone_policies={zone: policy.name for zone, policy in terms.zone_policies},
        spare_capacity=[
            project_pb2.SpareCapacityRule(zone=each.zone, survive=each.survive, within=each.within)
            for each in terms.spare_capacity
        ],
        delete_time=timestamp_of(project.updated) if project.is_deleted else None,
    )


def utilization_message(found: ScopeUtilization) -> utilization_service_pb2.Utilization:
    scope, totals, position, at, used = found
    classes = [
        utilization_service_pb2.ClassUtilization(
            resource_class=each.name,
            total=each.total,
            allocated=each.allocated,
            free=each.free,
            eta=each.eta,
            used=used.of(each.name) if used else None,
            overcommitted=each.overcommitted,
        )
        for each in per_class(totals)
    ]
    return utilization_service_pb2.Utilization(
        scope=scope.name,
        uid=scope.uid,
        classes=classes,
        hosts=totals.hosts,
        running_vms=totals.running_vms,
        position=position,
        read_time=timestamp_if_known(at),
        measured_vms=used.vms if used else 0,
        oldest_sample_time=timestamp_of(used.oldest) if used else None,
    )
