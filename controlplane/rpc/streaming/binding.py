"""Streams bound to what they were opened on, by its uid. Knows no particular stream."""

import asyncio

from controlplane.domain.errors import NotFound
from controlplane.domain.project.aggregate import Project
from controlplane.queries.identity import project_then
from controlplane.queries.lists import ALL_PROJECTS
from controlplane.queries.reads import Reads
from controlplane.rpc.dependencies import ServicerContext
from controlplane.rpc.shared.histories import KEY as HISTORY_KEY
from controlplane.rpc.streaming.subscription import READERS

# Initial metadata: the parent or scope of the stream with uids for ids, such as `projects/{uid}`. A stream that is
# resumed with it is of the same resource, also when another has the name by then.
RESOURCE_KEY = "chronovisor-resource"


async def bind(context: ServicerContext, resource: str, history: str) -> None:
    """Sends the client what the stream is of, unless it is of everything, and the ledger's history."""
    of_resource = ((RESOURCE_KEY, resource),) if resource else ()
    await context.send_initial_metadata((*of_resource, (HISTORY_KEY, history)))


async def resumed(reads: Reads, name: str, position: int) -> str:
    """What a stream of state is of that goes on after a position: a project by uid, as its name was meant there.

    The client has the state as of that position, and nothing of another project that took the name since. Any other
    name, and that of a project that there was not, is given back.
    """
    if not position or not name.startswith("projects/") or name == ALL_PROJECTS:
        return name
    await reads.written(position)
    try:
        project = await asyncio.get_running_loop().run_in_executor(READERS, _project_then, reads, name, position)
    except NotFound:
        return name
    return f"projects/{project.uid}"


def _project_then(reads: Reads, name: str, position: int) -> Project:
    with reads.history_reader.view(position) as view:
        return project_then(view, name)
