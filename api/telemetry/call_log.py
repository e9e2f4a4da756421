"""The log of calls: one line of JSON each, on standard error.

A call leaves its line in memory; a thread of its own writes them. Making the line at once costs less than handing the
interpreter to that thread for it. Where it cannot keep up, calls are left out and counted. Nothing of what a caller
wrote is in it but the request id and the trace context, both held to their form: no query, no body, no header.
"""

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import lru_cache
from time import perf_counter_ns, time_ns
from typing import Final, Literal, TypeAlias

import msgspec

from ..backlog import Backlog, working
from ..call import Call
from ..decision_log import StreamSink
from .context import trace_context
from .names import CALLS_LOST, METHODS, Sample

Which: TypeAlias = Literal["all", "problems", "none"]
Write: TypeAlias = Callable[[bytes], object]

BUFFER: Final = 20_000
"""Calls that wait to be written at most."""

_SIZE: Final = 1_000
"""Bytes that a line has at most, more or less."""
_PIECE: Final = 4_096
"""Bytes that go to a pipe in one piece (PIPE_BUF of Linux): no other worker can write into the middle of a line."""
_CALLER: Final = 200
"""Characters of a caller's id that are shown at most."""
_STANDARD_ERROR: Final = 2
_FIRST_PROBLEM: Final = 400
_FIRST_ERROR: Final = 500


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
        self._template = template
        self.is_wanted = which != "none"
        work = StreamSink(_STANDARD_ERROR, is_shared=True) if write is None else _Writer(write)
        self.backlog: Backlog[bytes] = Backlog("log of calls", work, most=buffer, most_bytes=buffer * _SIZE)
        self._is_running = False
        self._alike: dict[tuple[str, str, int], bytes] = {}
        """What lines of plain calls have in common, by path, method and status."""
        self._second = -1
        self._stamp = b""
        """The last second in which a call was over, and how logs write it."""

    def __call__(self, call: Call, status: int, size: int) -> None:
        """Note a call that is over."""
        if not self._is_running or (self._which == "problems" and 0 < status < _FIRST_PROBLEM):
            return
        is_plain = call.caller is None and call.trace is None and call.traceparent is None
        alike = self._alike.get((call.path, call.method, status)) if is_plain else None
        if alike is not None:
            line = self._quick_line(alike, call, size)
        else:
            line = _encode_line(self._line(call, status, size)) + b"\n"
            is_one_of_few = call.path == self._template(call.path) and call.method in METHODS
            if is_plain and is_one_of_few and status < _FIRST_ERROR:
                self._alike[call.path, call.method, status] = _alike(line)
        self.backlog.put(line, len(line))

    def _quick_line(self, alike: bytes, call: Call, size: int) -> bytes:
        """The same line in fewer steps: nothing in it needs escaping."""
        second, rest = divmod(time_ns(), 1_000_000_000)
        if second != self._second:
            self._second, self._stamp = second, _second(second).encode()
        took = (perf_counter_ns() - call.started) / 1e6
        parts = (self._stamp, rest // 1_000_000, call.id.encode(), alike, size, took)
        return b'{"time":"%b.%03dZ","level":"info","event":"call","request_id":"%b",%b%d,"ms":%.3f}\n' % parts

    def _line(self, call: Call, status: int, size: int) -> CallLine:
        trace = call.trace or (trace_context(call.traceparent) if call.traceparent is not None else None)
        return CallLine(
            instant(time_ns() / 1e9),
            "error" if status >= _FIRST_ERROR else "info",
            "call",
            call.id,
            call.method,
            self._template(call.path),
            status,
            size,
            round((perf_counter_ns() - call.started) / 1e6, 3),
            call.caller.id[:_CALLER] if call.caller is not None else None,
            trace.trace_id if trace else None,
            trace.span_id if trace else None,
        )

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


def _alike(line: bytes) -> bytes:
    """The part of a line that all calls with its method, route and status have in common."""
    return line[line.index(b'"method":') : line.index(b'"bytes":') + len(b'"bytes":')]


class _Writer:
    """The work of the log, in its thread, where its lines go to a function."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._lines: deque[bytes] = deque()

    def take(self, item: bytes) -> None:
        """Keep a line until it is written."""
        self._lines.append(item)

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


def instant(seconds: float) -> str:
    """Seconds since 1970 as logs write them: RFC 3339 in UTC, to the millisecond."""
    whole = int(seconds)
    return f"{_second(whole)}.{int((seconds - whole) * 1_000):03d}Z"


@lru_cache(maxsize=16)
def _second(whole: int) -> str:
    return datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
