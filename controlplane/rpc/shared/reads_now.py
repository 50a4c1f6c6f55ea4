"""A VM or a project as it is now, destroyed or not: from memory while it lives, else from its last row."""

import asyncio
from typing import TYPE_CHECKING

from controlplane.domain.errors import NotFound
from controlplane.domain.project.aggregate import Project
from controlplane.domain.vm.aggregate import Vm
from controlplane.queries import as_of
from controlplane.queries.identity import live_project, live_vm
from controlplane.rpc.shared.read_view import written

if TYPE_CHECKING:
    from controlplane.rpc.dependencies import Dependencies


async def vm_now(reach: "Dependencies", name: str) -> Vm:
    """A VM by name, or by uid when it may be destroyed. Raises NotFound, Unavailable."""
    if live := live_vm(reach.inventory, name):
        return live
    position = reach.dispatcher.position
    await written(reach, position)
    return await asyncio.to_thread(as_of.vm, reach.history_reader, name, position)


async def project_now(reach: "Dependencies", name: str) -> Project:
    """A project by name, or by uid when it may be deleted. Raises NotFound, Unavailable."""
    if live := live_project(reach.inventory, name):
        return live
    position = reach.dispatcher.position
    await written(reach, position)
    return await asyncio.to_thread(as_of.project, reach.history_reader, name, position)


async def project_with_uid(reach: "Dependencies", uid: str) -> Project:
    """A project by uid, deleted or not. Raises NotFound, Unavailable."""
    if live := reach.inventory.projects.get(uid):
        return live
    position = reach.dispatcher.position
    await written(reach, position)
    found = await asyncio.to_thread(reach.history_reader.project, uid, position)
    if found is None:
        raise NotFound("project", f"projects/{uid}")
    return found
