"""The decision log of one worker: is told each decision, and writes it down in its own time."""

import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec

from ..backlog import Backlog, working
from ..observers import Decided
from ..settings import Settings
from .building import Builder, Made
from .masking import Masks
from .record import Entry, ShadowRecord, line_of
from .sinks import FileSink, Sink, StreamSink

TEXTS: Final = ("/ticket/subject", "/ticket/text", "/requester/id")
"""What stands in no log unless `log.texts` allows it, whatever `decisions.mask` says."""
_STANDARD_OUTPUT: Final = 1
_OVERHEAD: Final = 1_000
"""Bytes that a decision takes while it waits, beside its request and its answer."""
_MOST_NOTES: Final = 1_000


class DecisionLog:
    """Writes decisions, and what candidates in the shadow would have decided otherwise, to a sink.

    Use it as an observer; `running` is its companion.
    """

    def __init__(
        self, builder: Builder, sink: Sink, to_line: Callable[[Entry], bytes], *, most: int, most_bytes: int
    ) -> None:
        """At most `most` decisions of `most_bytes` bytes wait to be written."""
        self._writer = _Writer(builder, sink, to_line)
        self.backlog: Backlog[Made] = Backlog("decision log", self._writer, most=most, most_bytes=most_bytes)

    def __call__(self, decided: Decided) -> None:
        """Take a decision."""
        made = made_of(decided)
        self.backlog.put(made, len(made.request) + len(made.answer) + _OVERHEAD)

    def note(self, record: ShadowRecord) -> None:
        """Take what a candidate would have decided otherwise, in any thread; never waits."""
        self._writer.note(record)

    def figures(self) -> Mapping[str, int]:
        """Decisions `written`, `waiting` and, by cause, `lost_…`; and notes of shadows lost. Since the worker began."""
        backlog = self.backlog
        lost = {f"lost_{cause}": count for cause, count in backlog.lost.items()}
        return {"written": backlog.done, "waiting": backlog.waiting, **lost, "notes_lost": self._writer.notes_lost}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Write from now on; in the end, what still waits."""
        async with working(self.backlog):
            yield


class _Writer:
    """The work of the log, in its thread."""

    def __init__(self, builder: Builder, sink: Sink, to_line: Callable[[Entry], bytes]) -> None:
        self._record = builder.record
        self._sink = sink
        self._to_line = to_line
        self._notes: deque[ShadowRecord] = deque()
        self._are_notes: deque[bool] = deque()
        """Of each line in the hands of the sink, whether it is a note: only decisions are counted as done."""
        self.notes_lost = 0

    def note(self, record: ShadowRecord) -> None:
        if len(self._notes) < _MOST_NOTES:
            self._notes.append(record)
        else:
            self.notes_lost += 1

    def take(self, item: Made) -> None:
        """Make its line."""
        self._give(self._to_line(self._record(item)), is_note=False)

    def settle(self) -> int:
        """Write the lines."""
        while self._notes and len(self._are_notes) < _MOST_NOTES:
            self._give(self._to_line(self._notes.popleft()), is_note=True)
        settled = self._sink.settle()
        return sum(not self._are_notes.popleft() for _ in range(settled))

    def close(self) -> None:
        """Write what was noted last, and close the sink."""
        self.settle()
        self._sink.close()

    def _give(self, line: bytes, *, is_note: bool) -> None:
        self._sink.take(line)
        self._are_notes.append(is_note)


def made_of(decided: Decided) -> Made:
    """What is kept of a decision until it is written: bytes, which cost the collector of garbage nothing."""
    call = decided.call
    caller = call.caller.id if call.caller else None
    raw = decided.raw or msgspec.json.encode(decided.request)
    return Made(time.time_ns(), raw, decided.answer, decided.languages, call.id, caller)


def builder_of(settings: Settings) -> Builder:
    """What makes records as settings say. Raises OSError when the key of the masks cannot be read."""
    said = settings.decisions
    key = Path(said.mask_key).read_bytes().strip() if said.mask_key else None
    return Builder(Masks((*said.mask, *(() if settings.log.texts else TEXTS)), key), settings.engine)


def decision_log(settings: Settings, builder: Builder) -> DecisionLog | None:
    """The decision log that settings describe, if they do."""
    said = settings.decisions
    path = Path(said.path or "decisions.jsonl")
    sink: Sink
    to_line: Callable[[Entry], bytes] = line_of
    if said.to == "none":
        return None
    if said.to == "stdout":
        sink = StreamSink(_STANDARD_OUTPUT, is_shared=settings.listen.workers > 1)
    elif said.to == "file":
        sink = FileSink(path, said.rotate, said.keep, builder.worker)
    else:
        from .parquet import ParquetSink, row_of  # here, since few services need Polars

        sink, to_line = ParquetSink(Path(said.path or "decisions"), said.rotate, said.every), row_of
    return DecisionLog(builder, sink, to_line, most=said.buffer, most_bytes=said.buffer_bytes)
