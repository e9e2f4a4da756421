"""The log of calls: one line of JSON each, on standard error.

A call leaves a few values in memory; a thread of its own turns them into lines and writes them. Where it cannot keep
up, calls are left out and counted. Nothing of what a caller wrote is in it but the request id and the trace context,
both held to their form: no query, no body, no header.
"""

import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import lru_cache
from time import perf_counter_ns, time_ns
from typing import Final, Literal, NamedTuple, TypeAlias

import msgspec

from ..backlog import Backlog, working
from ..call import Call, TraceContext
from .context import trace_context
from .names import CALLS_LOST, Sample

Which: TypeAlias = Literal["all", "problems", "none"]
Write: TypeAlias = Callable[[bytes], object]

BUFFER: Final = 20_000
"""Calls that wait to be written at most."""

_SIZE: Final = 1_000
"""Bytes that a call takes while it waits, more or less."""
_PIECE: Final = 4_096
"""Bytes that go to a pipe in one piece (PIPE_BUF of Linux): no other worker can write into the middle of a line."""
_CALLER: Final = 200
"""Characters of a caller's id that are shown at most."""
_STANDARD_ERROR: Final = 2
_FIRST_PROBLEM: Final = 400


class _Ended(NamedTuple):
    """A call that is over."""

    at: int
    took: int
    id: str
    method: str
    path: str
    status: int
    size: int
    caller: str | None
    trace: TraceContext | bytes | None


class CallLine(msgspec.Struct, omit_defaults=True):
    """One line of the log."""

    time: str
    level: str
    event: str
    request_id: str
    method: str
    route: str
    status: int
    bytes: int
    ms: float
    caller: str | None = None
    trace_id: str | None = None
    span_id: str | None = None


_encode_line: Final = msgspec.json.Encoder().encode


class CallLog:
    """A watcher of calls that logs them. Use `running` as its companion: before and after it nothing is logged."""

    def __init__(
        self, which: Which, template: Callable[[str], str], write: Write | None = None, *, buffer: int = BUFFER
    ) -> None:
        """`template` tells of a path which route it is of; `write` takes whole lines, and may take its time."""
        self._which = which
        self.is_wanted = which != "none"
        work = _Writer(template, write or _to_standard_error)
        self.backlog: Backlog[_Ended] = Backlog("log of calls", work, most=buffer, most_bytes=buffer * _SIZE)
        self._is_running = False

    def __call__(self, call: Call, status: int, size: int) -> None:
        """Note a call that is over."""
        if not self._is_running or (self._which == "problems" and 0 < status < _FIRST_PROBLEM):
            return
        took = perf_counter_ns() - call.started
        caller = call.caller.id if call.caller is not None else None
        trace = call.trace or call.traceparent
        self.backlog.put(_Ended(time_ns(), took, call.id, call.method, call.path, status, size, caller, trace), _SIZE)

    def samples(self) -> Iterator[Sample]:
        """How many calls were left out."""
        yield Sample(CALLS_LOST, (), self.backlog.lost_in_all)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Log while this lasts."""
        if not self.is_wanted:
            yield
            return
        async with working(self.backlog):
            self._is_running = True
            try:
                yield
            finally:
                self._is_running = False


class _Writer:
    """The work of the log, in its thread."""

    def __init__(self, template: Callable[[str], str], write: Write) -> None:
        self._template = template
        self._write = write
        self._lines: deque[bytes] = deque()

    def take(self, item: _Ended) -> None:
        """Make its line."""
        self._lines.append(_encode_line(self._line(item)) + b"\n")

    def settle(self) -> int:
        """Write the lines, in as few pieces as may be."""
        written = 0
        lines = self._lines
        while lines:
            count, size = 0, 0
            for line in lines:
                size += len(line)
                if count and size > _PIECE:
                    break
                count += 1
            self._write(b"".join([lines[place] for place in range(count)]))
            for _ in range(count):
                lines.popleft()
            written += count
        return written

    def close(self) -> None:
        """Nothing is left to do: what was taken is written."""

    def _line(self, ended: _Ended) -> CallLine:
        trace = trace_context(ended.trace) if isinstance(ended.trace, bytes) else ended.trace
        return CallLine(
            time=instant(ended.at / 1e9),
            level="error" if ended.status >= 500 else "info",
            event="call",
            request_id=ended.id,
            method=ended.method,
            route=self._template(ended.path),
            status=ended.status,
            bytes=ended.size,
            ms=round(ended.took / 1e6, 3),
            caller=ended.caller[:_CALLER] if ended.caller is not None else None,
            trace_id=trace.trace_id if trace else None,
            span_id=trace.span_id if trace else None,
        )


def instant(seconds: float) -> str:
    """Seconds since 1970 as logs write them: RFC 3339 in UTC, to the millisecond."""
    whole = int(seconds)
    return f"{_second(whole)}.{int((seconds - whole) * 1_000):03d}Z"


@lru_cache(maxsize=16)
def _second(whole: int) -> str:
    return datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _to_standard_error(piece: bytes) -> None:
    left = memoryview(piece)
    while left:
        left = left[os.write(_STANDARD_ERROR, left) :]
