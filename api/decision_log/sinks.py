"""Where the lines of the decision log go: a stream, or files that rotate. Knows nothing of what a line says.

All of it runs in the log's own thread and may block. What cannot be written now is kept and raises OSError; the next
`settle` goes on where it stopped.
"""

import fcntl
import os
import stat
from collections import deque
from contextlib import suppress
from pathlib import Path
from select import PIPE_BUF, select
from typing import Final, Protocol

_TOGETHER: Final = 64 * 1024
_LOOK_AGAIN: Final = 1.0
_NUMBERS: Final = 4096
"""Workers that can share the name of a file."""


class Sink(Protocol):
    """Takes lines, and makes them lasting."""

    def take(self, line: bytes) -> None:
        """Take a line, which ends with a line feed. Never waits."""
        ...

    def settle(self) -> int:
        """Write what was taken; how many lines are lasting since the last time. Raises OSError when it cannot."""
        ...

    def close(self) -> None:
        """End."""
        ...


class StreamSink:
    """An open file descriptor: standard output, a named pipe, a device.

    Processes that share a pipe mix their writes, but for those that are no longer than the system keeps in one piece:
    where `is_shared`, only longer lines are ever torn apart.
    """

    def __init__(self, descriptor: int, *, is_shared: bool = False) -> None:
        self._descriptor = descriptor
        self._together = PIPE_BUF if is_shared else _TOGETHER
        self._lines: deque[bytes] = deque()
        self._begun = 0
        """Bytes of the first line that are written."""

    def take(self, line: bytes) -> None:
        """Take a line."""
        self._lines.append(line)

    def settle(self) -> int:
        """Write the lines; see `Sink`."""
        settled = 0
        while self._lines:
            try:
                written = self._begun + self._write(self._next())
            except OSError:
                if settled:
                    return settled
                raise
            while self._lines and written >= len(self._lines[0]):
                written -= len(self._lines.popleft())
                settled += 1
            self._begun = written
        return settled

    def close(self) -> None:
        """End; the descriptor is somebody else's."""

    def _next(self) -> bytes:
        """What is written next, in one piece: the rest of the first line, and as many others as go with it."""
        size = -self._begun
        piece: list[bytes] = []
        for line in self._lines:
            if piece and size + len(line) > self._together:
                break
            piece.append(line)
            size += len(line)
        return b"".join(piece)[self._begun :]

    def _write(self, piece: bytes) -> int:
        while True:
            try:
                return os.write(self._descriptor, piece)
            except BlockingIOError:  # somebody has set the stream so, and waiting is for us to do
                select([], [self._descriptor], [], _LOOK_AGAIN)


class FileSink:
    """A file that is begun anew by size: `decisions.jsonl` becomes `decisions.1.jsonl` of the first worker.

    Former files are `decisions.1.jsonl.1` (the newest), `.2` and so on. A worker holds its file by a lock, so that
    none takes another's number. A file that was moved or deleted by somebody else is begun anew as well. What is no
    plain file (a named pipe, a device) is written to as a stream, under its own name.
    """

    def __init__(self, path: Path, rotate: int, keep: int, number: int = 1) -> None:
        """`number` is that of the worker; where its file is held already, the next free number is taken."""
        self._path = path
        self._rotate = rotate
        self._keep = keep
        self._lines: list[bytes] = []
        self._descriptor: int | None = None
        self._current = path
        self._number = number
        self._size = 0
        self._stream: StreamSink | None = None

    def take(self, line: bytes) -> None:
        """Take a line."""
        self._lines.append(line)

    def settle(self) -> int:
        """Write the lines; see `Sink`."""
        if self._stream is None and not self._lines:
            return 0
        if self._stream is None and self._descriptor is None and _is_special(self._path):
            self._stream = StreamSink(os.open(self._path, os.O_WRONLY | os.O_CLOEXEC))
        if self._stream is not None:
            for line in self._lines:
                self._stream.take(line)
            self._lines.clear()
            return self._stream.settle()
        settled = 0
        while self._lines:
            self._make_room(len(self._lines[0]))
            piece = self._fitting()
            try:
                self._append(b"".join(piece))
            except OSError:
                if settled:
                    return settled
                raise
            del self._lines[: len(piece)]
            settled += len(piece)
        return settled

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _fitting(self) -> list[bytes]:
        """The lines that the file has room for; one at least."""
        size = self._size
        for count, line in enumerate(self._lines):
            size += len(line)
            if size > self._rotate and count:
                return self._lines[:count]
        return list(self._lines)

    def _make_room(self, wanted: int) -> None:
        if self._descriptor is not None and not _is_at(self._descriptor, self._current):
            self.close()
        if self._descriptor is None:
            self._claim()
        if self._size and self._size + wanted > self._rotate:
            for number in range(self._keep - 1, 0, -1):
                with suppress(FileNotFoundError):
                    _numbered(self._current, number).replace(_numbered(self._current, number + 1))
            self._current.replace(_numbered(self._current, 1))
            self.close()
            self._claim()

    def _claim(self) -> None:
        """Open the first file, by its number, that no other worker holds; our former one if it can be had."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        for number in (self._number, *range(1, _NUMBERS)):
            current = self._path.with_name(f"{self._path.stem}.{number}{self._path.suffix}")
            descriptor = locked(current)
            if descriptor is not None:
                self._descriptor, self._current, self._number = descriptor, current, number
                self._size = os.fstat(descriptor).st_size
                if self._size and os.pread(descriptor, 1, self._size - 1) != b"\n":
                    self._append(b"\n")  # whoever wrote before was stopped within a line: it shall not spoil ours
                return
        raise OSError(f"all {_NUMBERS:,} files of {self._path} are in use")

    def _append(self, piece: bytes) -> None:
        """Write a piece as a whole, or nothing of it."""
        assert self._descriptor is not None
        written = 0
        try:
            while written < len(piece):
                written += os.write(self._descriptor, piece[written:])
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
            raise
        self._size += written


def locked(path: Path) -> int | None:
    """A file opened to be written to, and locked; None where another process holds it. Raises OSError."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        if _is_at(descriptor, path):
            return descriptor
        os.close(descriptor)  # another worker renamed it in between


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether an open file still has its name."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _is_special(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _numbered(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")
