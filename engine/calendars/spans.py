"""Spans of one time axis: half-open (start, end) pairs of integers. Knows nothing of what the axis is."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

Span = tuple[int, int]


def merged(spans: Iterable[Span]) -> list[Span]:
    """The spans, given in the order of their starts: those that overlap or touch made one, empty ones left out."""
    result: list[Span] = []
    for start, end in spans:
        if result and start <= result[-1][1]:
            if end > result[-1][1]:
                result[-1] = (result[-1][0], end)
        elif start < end:
            result.append((start, end))
    return result


def without(spans: Iterable[Span], holes: Sequence[Span]) -> Iterator[Span]:
    """What the holes leave of the spans. Both must be merged; so is the answer."""
    index = 0
    for start, end in spans:
        while index < len(holes) and holes[index][1] <= start:
            index += 1
        for hole_start, hole_end in islice(holes, index, None):
            if hole_start >= end:
                break
            if start < hole_start:
                yield start, hole_start
            start = hole_end
        if start < end:
            yield start, end


def within(spans: Iterable[Span], low: int, high: int) -> Iterator[Span]:
    """The parts of the spans between ``low`` and ``high``."""
    for start, end in spans:
        if start < high and low < end:
            yield max(start, low), min(end, high)
