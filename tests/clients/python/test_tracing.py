"""Trace contexts as W3C writes them."""

import pytest
from chronovisor.tracing import TraceContext, Tracer, current, parent_of, parse_collector, sampled, traceparent_in

from tests.support.collector import collecting
from tests.support.waiting import until

IDS = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"
CONTEXT = TraceContext(*IDS.split("-"))


@pytest.mark.parametrize("flags", ["01", "03", "ff"])
def test_a_sampled_context_is_read(flags: str) -> None:
    assert sampled(f"00-{IDS}-{flags}") == CONTEXT
    assert str(CONTEXT) == f"00-{IDS}-01"


def test_one_that_is_not_sampled_is_a_parent_all_the_same() -> None:
    parent = parent_of(f"00-{IDS}-00")
    assert parent
    assert (parent.context, parent.is_sampled) == (CONTEXT, False)
    assert sampled(f"00-{IDS}-00") is None


def test_a_later_version_may_have_more() -> None:
    assert sampled(f"cc-{IDS}-01-what-comes") == CONTEXT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00",
        f"ff-{IDS}-01",
        f"00-{IDS.upper()}-01",
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{IDS}-1",
        f"{IDS}-01",
    ],
)
def test_what_is_none_is_ignored(text: str) -> None:
    assert parent_of(text) is None


def test_it_is_found_in_metadata() -> None:
    assert traceparent_in([("a", "b"), ("traceparent", b"00-x")]) == "00-x"
    assert traceparent_in(None) == ""


def test_nothing_is_part_of_a_span_by_itself() -> None:
    assert current() is None


@pytest.mark.parametrize("text", ["collector:4317", "http://collector", "grpc://collector:4317", "http://a:1/path"])
def test_a_collector_is_a_url_with_a_port(text: str) -> None:
    with pytest.raises(ValueError, match="http://HOST:PORT"):
        parse_collector(text)


async def test_a_collector_that_takes_nothing_is_logged_once_and_once_that_it_does_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with collecting() as collector:
        tracer = Tracer(collector.url, "here", ratio=1.0)

        def one_more() -> None:
            span = tracer.sample("call", "")
            assert span
            span.end()

        async def was_refused_often() -> bool:
            one_more()
            return collector.refused >= 3

        async def was_taken() -> bool:
            one_more()
            return bool(collector.spans)

        collector.refuses = True
        await until(was_refused_often)
        collector.refuses = False
        await until(was_taken)
        tracer.close()
    failed, again = caplog.messages
    assert "dropped until they can be sent" in failed
    assert "not now" in failed
    assert again == "spans are sent again"
