"""Examples of the main calls for the OpenAPI document, in an order in which they can be carried out: a test does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

SHOP = {"project": "shop"}
WEB = {**SHOP, "vm": "web-1"}


@dataclass(frozen=True)
class Example:
    """One call: the operation, its parameters of path and query, its body, and what the answer has at least."""

    name: str
    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    body: Any = None
    answer: Any = None


EXAMPLES = (
    Example(
        "create-a-project",
        "CreateProject",
        {"projectId": "shop"},
        {"displayName": "The shop"},
        {"name": "projects/shop", "displayName": "The shop"},
    ),
    Example(
        "create-a-vm",
        "CreateVm",
        {**SHOP, "vmId": "web-1", "requestId": "5b2b1b7c-3f0e-4c39-9a1d-6f3a8f1f7a10"},
        {
            "spec": {
                "resources": {"vcpus": "2", "memoryMib": "2048", "diskGib": "10"},
                "boot": {"image": {"image": "debian-12"}},
            },
            "labels": {"tier": "web"},
        },
        {"done": True, "response": {"name": "projects/shop/vms/web-1", "state": "VM_STATE_STOPPED"}},
    ),
    Example("check-a-start", "StartVm", WEB, {"validateOnly": True}, {"done": True}),
    Example("start-a-vm", "StartVm", WEB, {"reason": "the shop opens"}, {"metadata": {"verb": "StartVm"}}),
    Example("read-a-vm", "GetVm", WEB, None, {"name": "projects/shop/vms/web-1", "desired": "VM_DESIRED_RUNNING"}),
    Example("change-labels", "UpdateVm", WEB, {"labels": {"tier": "shop"}}, {"done": True}),
    Example(
        "list-vms",
        "ListVms",
        {**SHOP, "filter": "labels.tier = shop", "pageSize": 100},
        None,
        {"vms": [{"name": "projects/shop/vms/web-1"}]},
    ),
    Example(
        "watch-vms",
        "WatchVms",
        {**SHOP, "start": "WATCH_START_BEGINNING"},
        None,
        {"result": {"change": {"vm": {"name": "projects/shop/vms/web-1"}}}},
    ),
    Example(
        "history-of-a-vm",
        "ListEvents",
        {"parent": "projects/shop/vms/web-1", "eventTypes": ["VmCreated", "VmStartRequested"]},
        None,
        {"events": [{"reason": "the shop opens"}]},
    ),
    Example("utilization-of-the-fleet", "GetUtilization", {"scope": "fleet"}, None, {"scope": "fleet"}),
    Example("explain-a-placement", "ExplainPlacementOfVm", WEB, None, {"explanation": {}}),
    Example("stop-a-vm", "StopVm", WEB, {"gracePeriod": "10s"}, {"metadata": {"verb": "StopVm"}}),
    Example("operations-of-a-vm", "ListOperationsOfVm", WEB, None, {"operations": [{"metadata": {"verb": "StopVm"}}]}),
    Example("destroy-a-vm", "DeleteVm", WEB, None, {"metadata": {"verb": "DeleteVm"}}),
)


Examples: TypeAlias = Mapping[str, Example]


def of(operation: str) -> Examples:
    """Those of one operation, by name."""
    return {each.name: each for each in EXAMPLES if each.operation == operation}


def of_parameter(examples: Examples, name: str) -> dict[str, Any]:
    """As OpenAPI has them, of one parameter."""
    return {key: {"value": each.parameters[name]} for key, each in examples.items() if name in each.parameters}


def of_body(examples: Examples) -> dict[str, Any]:
    return {key: {"value": each.body} for key, each in examples.items() if each.body is not None}


def of_answer(examples: Examples) -> dict[str, Any]:
    return {key: {"value": each.answer} for key, each in examples.items()}
