"""What `chronovisor project` changes: create, update, delete."""

from typing import Annotated

import typer
from google.protobuf.field_mask_pb2 import FieldMask

from chronovisor.cli.commands.changes import Label, paths_of, write_amounts, write_entries
from chronovisor.cli.completion import complete_project
from chronovisor.cli.options.mutations import Reason, ValidateOnly, show_changed
from chronovisor.cli.options.spare_capacity import METAVAR, parse_rule
from chronovisor.cli.output import say
from chronovisor.cli.session import project_name, session
from chronovisor.cli.settings import PEOPLE, parsed, settings_of
from chronovisor.cli.text.units import (
    ExtendedAmount,
    Pair,
    amount_text,
    parse_amount,
    parse_count,
    parse_disk,
    parse_memory,
    parse_pair,
)
from chronovisor.client import Client
from chronovisor.names import last_part
from chronovisor.v1 import project_pb2, project_service_pb2
from chronovisor.v1.project_pb2 import SpareCapacityRule
from chronovisor.v1.utilization_service_pb2 import GetUtilizationRequest

Name = Annotated[
    str, typer.Argument(autocompletion=complete_project, metavar="NAME", help="The project: shop, or projects/shop.")
]
Etag = Annotated[str, typer.Option("--etag", metavar="ETAG", help="Only if the project is still as this etag says.")]
_POLICIES = "pack, spread, balance, pack-balanced, or weights: pack=1,balance=0.5"
QuotaVcpus = Annotated[
    int | None, typer.Option(parser=parsed(parse_count), metavar="COUNT", help="Most vCPUs; 0: not limited.")
]
QuotaMemory = Annotated[
    int | None, typer.Option(parser=parsed(parse_memory), metavar="SIZE", help="Most memory; 0: not limited.")
]
QuotaDisk = Annotated[
    int | None, typer.Option(parser=parsed(parse_disk), metavar="SIZE", help="Most disk; 0: not limited.")
]
QuotaAddresses = Annotated[
    int | None,
    typer.Option(parser=parsed(parse_count), metavar="COUNT", help="Most addresses of networks; 0: not limited."),
]
QuotaImages = Annotated[
    int | None,
    typer.Option(parser=parsed(parse_memory), metavar="SIZE", help="Most that its images take; 0: not limited."),
]
QuotaExtended = Annotated[
    list[ExtendedAmount] | None,
    typer.Option(parser=parsed(parse_amount), metavar="CLASS=COUNT", help="Such as gpu.a100=8. Repeatable."),
]
ZonePolicy = Annotated[
    list[Pair] | None,
    typer.Option(
        parser=parsed(parse_pair), metavar="ZONE=POLICY", help="How hosts of a zone are chosen instead. Repeatable."
    ),
]
SpareCapacity = Annotated[
    list[SpareCapacityRule] | None,
    typer.Option(
        parser=parsed(parse_rule),
        metavar=METAVAR,
        help="What may fail, and its VMs have a place again: survive=1,within=rack,zone=eu-1a. Repeatable.",
    ),
]


def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new project's id: 1 to 63 of a-z, 0-9 and '-'.")],
    title: Annotated[str, typer.Option(help="A name for people.")] = "",
    label: Label = None,
    quota_vcpus: QuotaVcpus = None,
    quota_memory: QuotaMemory = None,
    quota_disk: QuotaDisk = None,
    quota_addresses: QuotaAddresses = None,
    quota_images: QuotaImages = None,
    quota_extended: QuotaExtended = None,
    placement_policy: Annotated[str, typer.Option(metavar="POLICY", help=_POLICIES)] = "",
    zone_policy: ZonePolicy = None,
    spare_capacity: SpareCapacity = None,
    validate_only: ValidateOnly = False,
    reason: Reason = "",
) -> None:
    """Create a project."""
    project = project_pb2.Project(
        display_name=title,
        labels=dict(label or []),
        placement_policy=placement_policy,
        zone_policies=dict(zone_policy or []),
        spare_capacity=spare_capacity or [],
    )
    extended = _extended(quota_extended, quota_addresses, quota_images)
    write_amounts(project.quota, quota_vcpus, quota_memory, quota_disk, extended)
    request = project_service_pb2.CreateProjectRequest(
        project_id=last_part(project_name(name)), project=project, validate_only=validate_only, reason=reason
    )
    with session(ctx) as client:
        created = client.projects.CreateProject(request)
    show_changed(ctx, created, "created", validate_only)


def update(
    ctx: typer.Context,
    name: Name,
    title: Annotated[str | None, typer.Option(help="A name for people.")] = None,
    label: Label = None,
    no_label: Annotated[list[str] | None, typer.Option(metavar="KEY", help="Take this label away. Repeatable.")] = None,
    quota_vcpus: QuotaVcpus = None,
    quota_memory: QuotaMemory = None,
    quota_disk: QuotaDisk = None,
    quota_addresses: QuotaAddresses = None,
    quota_images: QuotaImages = None,
    quota_extended: QuotaExtended = None,
    placement_policy: Annotated[str | None, typer.Option(metavar="POLICY", help=f"{_POLICIES}; empty: default")] = None,
    zone_policy: ZonePolicy = None,
    no_zone_policy: Annotated[
        list[str] | None, typer.Option(metavar="ZONE", help="Choose there as elsewhere again. Repeatable.")
    ] = None,
    spare_capacity: SpareCapacity = None,
    no_spare_capacity: Annotated[
        bool, typer.Option("--no-spare-capacity", help="Without the rules of spare capacity that it has.")
    ] = False,
    etag: Etag = "",
    validate_only: ValidateOnly = False,
    reason: Reason = "",
) -> None:
    """Change a project's title, labels, quota, spare capacity, and how its hosts are chosen. What runs, runs on."""
    extended = _extended(quota_extended, quota_addresses, quota_images)
    of_quota = bool(extended) or any(each is not None for each in (quota_vcpus, quota_memory, quota_disk))
    paths = paths_of(
        "--quota-vcpus 64",
        display_name=title is not None,
        labels=label or no_label,
        quota=of_quota,
        placement_policy=placement_policy is not None,
        zone_policies=zone_policy or no_zone_policy,
        spare_capacity=spare_capacity or no_spare_capacity,
    )
    with session(ctx) as client:
        project = client.projects.GetProject(project_service_pb2.GetProjectRequest(name=project_name(name)))
        project.display_name = project.display_name if title is None else title
        project.placement_policy = project.placement_policy if placement_policy is None else placement_policy
        write_amounts(project.quota, quota_vcpus, quota_memory, quota_disk, extended)
        write_entries(project.labels, label, no_label)
        write_entries(project.zone_policies, zone_policy, no_zone_policy)
        if spare_capacity or no_spare_capacity:
            # All rules of the project are those that are given.
            del project.spare_capacity[:]
            project.spare_capacity.extend(spare_capacity or [])
        # Without an etag of the caller's own: what was read here must not have changed in between.
        project.etag = etag or project.etag
        request = project_service_pb2.UpdateProjectRequest(
            project=project, update_mask=FieldMask(paths=paths), validate_only=validate_only, reason=reason
        )
        updated = client.projects.UpdateProject(request)
        show_changed(ctx, updated, "updated", validate_only)
        if of_quota and settings_of(ctx).output in PEOPLE:
            _show_what_is_over(client, updated)


def delete(
    ctx: typer.Context, name: Name, etag: Etag = "", validate_only: ValidateOnly = False, reason: Reason = ""
) -> None:
    """Delete a project that has no VMs. Its history stays, and its name can be taken again."""
    request = project_service_pb2.DeleteProjectRequest(
        name=project_name(name), etag=etag, validate_only=validate_only, reason=reason
    )
    with session(ctx) as client:
        deleted = client.projects.DeleteProject(request)
    show_changed(ctx, deleted, "deleted", validate_only)


def _extended(
    given: list[ExtendedAmount] | None, addresses: int | None, images_mib: int | None
) -> list[ExtendedAmount]:
    """What a project holds and no host offers is, in a quota, beside the extended classes of hosts."""
    own = {"addresses": addresses, "image_mib": images_mib}
    return [*(given or []), *(ExtendedAmount(name, most) for name, most in own.items() if most is not None)]


def _show_what_is_over(client: Client, project: project_pb2.Project) -> None:
    quota = project.quota
    most = {"vcpus": quota.vcpus, "memory_mib": quota.memory_mib, "disk_gib": quota.disk_gib, **quota.extended}
    held = client.utilization.GetUtilization(GetUtilizationRequest(scope=project.name)).classes
    over = [each for each in held if 0 < most.get(each.resource_class, 0) < each.allocated]
    for each in over:
        name = each.resource_class
        amounts = f"{amount_text(name, each.allocated)} of {amount_text(name, most[name])}"
        say(f"It holds more {name} than that, {amounts}: nothing is stopped, and nothing that needs more starts.")
