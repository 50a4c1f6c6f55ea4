"""Totals of a scope: R_total, and what is allocated of it. Performs no I/O."""

from dataclasses import dataclass

from controlplane.domain.resources import NOTHING, Resources

FLEET = "fleet"


@dataclass(slots=True)
class Totals:
    """The totals of one scope: R_total, what is allocated of it, hosts counted, VMs that hold compute.

    `overcommitted` is the sum of what hosts hold beyond their capacity: their machines came back smaller.
    """

    total: Resources = NOTHING
    allocated: Resources = NOTHING
    hosts: int = 0
    running_vms: int = 0
    overcommitted: Resources = NOTHING


def of_project(own: Totals, fleet: Totals) -> Totals:
    """A project's totals: what it has of all that the fleet offers."""
    return Totals(fleet.total, own.allocated, fleet.hosts, own.running_vms)
