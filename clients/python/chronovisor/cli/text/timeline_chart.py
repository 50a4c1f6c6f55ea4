"""A timeline as lines of blocks: one line a category, one column a bucket."""

from collections.abc import Iterator, Sequence

from chronovisor.cli.text.units import counted
from chronovisor.v1.timeline_pb2 import GetTimelineResponse, TimelineCategory

# From nothing to the fullest bucket of a line.
_BLOCKS = " ▁▂▃▄▅▆▇█"
_PREFIX = "TIMELINE_CATEGORY_"


def chart(timeline: GetTimelineResponse, *, bookkeeping: bool) -> Iterator[str]:
    """Its lines: of each category that there is any of, what came when, and how many that is in all."""
    names = {value: category_text(value) for value in TimelineCategory.values() if value}
    width = max(map(len, names.values()))
    for category, name in names.items():
        if category == TimelineCategory.TIMELINE_CATEGORY_BOOKKEEPING and not bookkeeping:
            continue
        line = [sum(each.events for each in bucket.counts if each.category == category) for bucket in timeline.buckets]
        if any(line):
            yield f"{name:{width}} |{blocks(line)}| {counted(sum(line), 'event')}"


def blocks(counts: Sequence[int]) -> str:
    """A block for each, as high as it is beside the highest. What there is any of is never shown as nothing."""
    most = max(counts, default=0)
    return "".join(_BLOCKS[-(-count * (len(_BLOCKS) - 1) // most)] if count else _BLOCKS[0] for count in counts)


def category_text(category: TimelineCategory.ValueType) -> str:
    """Such as `host trouble`; the number of one that a newer server has."""
    known = TimelineCategory.DESCRIPTOR.values_by_number.get(category)
    return known.name.removeprefix(_PREFIX).lower().replace("_", " ") if known else str(int(category))
