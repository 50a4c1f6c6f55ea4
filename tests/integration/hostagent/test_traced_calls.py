"""Calls of libvirt in a trace are spans of it."""

from chronovisor.tracing import TraceContext, Tracer, within
from hostagent.drivers.libvirt.connection import Connection

from tests.support.collector import collecting

TRACE = TraceContext("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")


async def test_a_call_in_a_step_is_part_of_it() -> None:
    connection = Connection("test:///default", "traced", workers=1)
    with collecting() as collector:
        tracer = Tracer(collector.url, "chronovisor-agent")
        await connection.call(lambda libvirtd: libvirtd.getHostname())
        with within(tracer.begin("Start", TRACE)) as step:
            await connection.call(lambda libvirtd: libvirtd.getHostname())
        tracer.close()
        connection.close()
    assert [(each.name, each.parent) for each in collector.spans] == [
        ("libvirt", step.context.span_id),
        ("Start", TRACE.span_id),
    ]
