"""Frames of requests decided in bulk, one by one or as a stream that is longer than memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import polars as pl

from engine import Catalogue
from engine.bulk import BulkDesk, ManyDecisions

from .frames import columns_of


def decide_frame(catalogue: Catalogue, rulebook: str, version: str | None, frame: pl.DataFrame) -> ManyDecisions:
    """The decisions on the requests of a frame (see `frames`), by one version, or by the one in force at each `at`.

    Raises RequestRefused (404) for a rulebook or version that there is not, and ValueError for a frame without `at` or
    with a column that can hold no facts. Requests that do not fit are no error: see `ManyDecisions.refused`.
    """
    return BulkDesk(catalogue, rulebook, version).decide(columns_of(frame))


def decide_frames(
    desks: Sequence[BulkDesk], frames: Iterable[pl.DataFrame]
) -> Iterator[tuple[pl.DataFrame, tuple[ManyDecisions, ...]]]:
    """Frame after frame with the decisions of every desk, such as baseline and candidate.

    A column is told apart once for all desks. Nothing is kept from one frame to the next but the years that calendars
    have worked out, so memory does not grow. Raises ValueError as `decide_frame` does.
    """
    for frame in frames:
        columns = columns_of(frame)
        yield frame, tuple(desk.decide(columns) for desk in desks)
