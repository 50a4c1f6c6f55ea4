"""Streams bound to what they were opened on, by its uid. Knows no particular stream."""

from controlplane.rpc.reach import ServicerContext

# Initial metadata: the parent or scope of the stream with uids for ids, such as `projects/{uid}`. A stream that is
# resumed with it is of the same resource, also when another has the name by then.
RESOURCE_KEY = "chronovisor-resource"


async def bind(context: ServicerContext, resource: str) -> None:
    """Tells the client what the stream is of; nothing for a stream of everything."""
    if resource:
        await context.send_initial_metadata(((RESOURCE_KEY, resource),))
