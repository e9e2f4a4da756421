"""Where workers leave their figures for each other, so that one scrape of any of them shows all.

Each worker writes a file of its own and holds a lock beside it while it lives. What a worker that has ended counted is
added to a common file, once, and its own is removed: counters never go back. Knows nothing of what the figures mean.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from .names import METRICS, Sample, Timing

_ENDED: Final = "ended"
_COUNTERS: Final = frozenset(metric.name for metric in METRICS if metric.kind == "counter")
_EARLIEST: Final = frozenset(metric.name for metric in METRICS if metric.kind == "earliest")


class Snapshot(Struct):
    """The figures of one worker, or of several together."""

    samples: list[Sample]
    timings: list[Timing]


class _Ended(Struct):
    """What workers that have ended had counted, and their names."""

    names: list[str]
    figures: Snapshot


def added(snapshots: list[Snapshot]) -> Snapshot:
    """The figures of several workers together."""
    values: dict[tuple[str, tuple[str, ...]], float] = {}
    timings: dict[tuple[str, ...], Timing] = {}
    for snapshot in snapshots:
        for name, labels, value in snapshot.samples:
            known = values.get((name, labels))
            together = value if known is None else min(known, value) if name in _EARLIEST else known + value
            values[name, labels] = together
        for timing in snapshot.timings:
            before = timings.get(timing.labels)
            if before is not None:
                buckets = tuple(a + b for a, b in zip(before.buckets, timing.buckets, strict=True))
                timing = Timing(timing.labels, buckets, before.seconds + timing.seconds)
            timings[timing.labels] = timing
    samples = [Sample(name, labels, value) for (name, labels), value in values.items()]
    return Snapshot(samples, list(timings.values()))


class Board:
    """The place of one worker among those that share a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._alive = os.open(self._lock(self._name), os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._alive, fcntl.LOCK_EX)

    def publish(self, snapshot: Snapshot) -> None:
        """Leave the figures of this worker for the others."""
        self._write(self._figures(self._name), snapshot)

    def collect(self, own: Snapshot) -> Snapshot:
        """The figures of all workers, of this one as given."""
        with self._alone():
            ended = self._ended()
            living: list[Snapshot] = [own]
            for path in sorted(self._folder.glob("*.figures")):
                name = path.stem
                if name == self._name:
                    continue
                if self._lives(name):
                    living.append(msgspec.json.decode(path.read_bytes(), type=Snapshot))
                else:
                    self._bury(ended, name)
            return added([ended.figures, *living])

    def _bury(self, ended: _Ended, name: str) -> None:
        # The common file is written before the other is removed, and knows whom it has: an end in between adds nothing
        # twice.
        if name not in ended.names:
            left = msgspec.json.decode(self._figures(name).read_bytes(), type=Snapshot)
            left.samples = [sample for sample in left.samples if sample.name in _COUNTERS]
            ended.figures = added([ended.figures, left])
            ended.names.append(name)
            self._write(self._folder / _ENDED, ended)
        self._figures(name).unlink()
        self._lock(name).unlink(missing_ok=True)

    def _ended(self) -> _Ended:
        try:
            return msgspec.json.decode((self._folder / _ENDED).read_bytes(), type=_Ended)
        except FileNotFoundError:
            return _Ended([], Snapshot([], []))

    def _lives(self, name: str) -> bool:
        try:
            lock = os.open(self._lock(name), os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return False
        except BlockingIOError:
            return True
        finally:
            os.close(lock)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        lock = os.open(self._folder / "all.lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _write(self, path: Path, value: Struct) -> None:
        part = path.with_name(f"{path.name}.{self._name}.part")
        part.write_bytes(msgspec.json.encode(value))
        part.replace(path)

    def _figures(self, name: str) -> Path:
        return self._folder / f"{name}.figures"

    def _lock(self, name: str) -> Path:
        return self._folder / f"{name}.alive"
