"""Counts calls and decisions in plain numbers, so that a call pays next to nothing for it.

Knows nothing of Prometheus or of other workers.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter_ns
from typing import Final

from msgspec import Struct
from msgspec.json import Decoder

from ..call import Call
from ..observers import Decided
from .names import BOUNDS, CALLS, DECISIONS, METHODS, SENT, Sample, Timing

_OTHER: Final = "other"
_BOUNDS: Final = tuple(int(bound * 1e9) for bound in BOUNDS)
_NANO: Final = 1e-9


class _Route:
    """The calls of one route."""

    __slots__ = ("buckets", "bytes", "nanoseconds")

    def __init__(self) -> None:
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.nanoseconds = 0
        self.bytes = 0


class _Cell:
    """The calls of one route that were answered with one status."""

    __slots__ = ("count", "route")

    def __init__(self, route: _Route) -> None:
        self.count = 0
        self.route = route


class CallFigures:
    """A watcher of calls that counts them by route, method and status."""

    def __init__(self, template: Callable[[str], str]) -> None:
        """`template` tells of a path which route it is of; one of few."""
        self._template = template
        self._routes: dict[str, _Route] = {}
        self._cells: dict[tuple[str, str, int], _Cell] = {}
        self._shortcuts: dict[tuple[str, str, int], _Cell] = {}
        """The same by path instead of route, where the two are the same text."""

    def __call__(self, call: Call, status: int, size: int) -> None:
        """Count a call that is over."""
        took = perf_counter_ns() - call.started
        cell = self._shortcuts.get((call.path, call.method, status)) or self._cell(call, status)
        cell.count += 1
        route = cell.route
        route.buckets[bisect_left(_BOUNDS, took)] += 1
        route.nanoseconds += took
        route.bytes += size

    def _cell(self, call: Call, status: int) -> _Cell:
        template = self._template(call.path)
        key = (template, call.method if call.method in METHODS else _OTHER, status)
        cell = self._cells.get(key)
        if cell is None:
            cell = self._cells[key] = _Cell(self._routes.setdefault(template, _Route()))
        if key == (call.path, call.method, status):
            self._shortcuts[key] = cell
        return cell

    def samples(self) -> Iterator[Sample]:
        """The counts."""
        for (route, method, status), cell in self._cells.items():
            yield Sample(CALLS, (route, method, str(status)), cell.count)
        for name, calls in self._routes.items():
            yield Sample(SENT, (name,), calls.bytes)

    def timings(self) -> list[Timing]:
        """The times, by route."""
        return [
            Timing((name,), tuple(calls.buckets), calls.nanoseconds * _NANO) for name, calls in self._routes.items()
        ]


_ADMISSION: Final = b',"decision":{"admission":'
_OUTCOME: Final = b'{"outcome":"'
_ENOUGH: Final = len(_OUTCOME) + len("redirect")
_NO_HEAD: Final = b"none"
"""How no answer begins."""


class _Identity(Struct):
    """The rulebook that decided, as an answer names it."""

    id: str
    version: str
    digest: str


class _Head(Struct):
    rulebook: _Identity


_read_head: Final = Decoder(_Head).decode


def head_of(answer: bytes) -> bytes:
    """The beginning of an answer, which is the same for all decisions of a version."""
    return answer[: answer.find(b"}")]


def rulebook_in(head: bytes) -> _Identity:
    """The rulebook that such a beginning names."""
    return _read_head(head + b"}}").rulebook


class DecisionFigures:
    """An observer that counts decisions by rulebook, version and outcome.

    It reads them off the beginning of the answer and takes that apart only when it is asked.
    """

    def __init__(self) -> None:
        self._counts: dict[bytes, dict[bytes, int]] = {}
        """By the beginning of an answer, that of its admission: how many."""
        self._last: tuple[bytes, bytes, bytes, dict[bytes, int]] = (_NO_HEAD, _NO_HEAD, b"", {})
        """Of the last answer: its beginning, the same up to the end of its admission, that alone, and its counts."""

    def __call__(self, decided: Decided) -> None:
        """Count a decision."""
        self.count((decided.answer,))

    def count(self, answers: Sequence[bytes]) -> None:
        """Count decisions; most often all are of one version, and many of one instant and admission."""
        counts = self._counts
        head, like_the_last, admission, counted = self._last
        for answer in answers:
            if not answer.startswith(like_the_last):
                if not answer.startswith(head):
                    head = head_of(answer)
                    counted = counts.get(head) or counts.setdefault(head, {})
                place = answer.find(_ADMISSION, len(head)) + len(_ADMISSION)
                admission = answer[place : place + _ENOUGH]
                like_the_last = answer[: place + _ENOUGH]
            counted[admission] = counted.get(admission, 0) + 1
        self._last = head, like_the_last, admission, counted

    def samples(self) -> Iterator[Sample]:
        """The counts."""
        for head, counted in list(self._counts.items()):
            rulebook = rulebook_in(head)
            for admission, count in list(counted.items()):
                outcome = "none"  # a rulebook that has no rules of admission
                if admission.startswith(_OUTCOME):
                    outcome = admission[len(_OUTCOME) :].partition(b'"')[0].decode()
                yield Sample(DECISIONS, (rulebook.id, rulebook.version, outcome), count)
