"""What is wanted against what was got. Mappings are matched as subsets, all else exactly, unless a test says more.

A mapping made of test words only is a test. Knows nothing of rulebooks or of files.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from ..facts import parse_duration, parse_instant
from .model import Steps


class _Nothing:
    """What stands where nothing is."""

    def __repr__(self) -> str:
        return "nothing"


NOTHING: Final = _Nothing()
"""What was got where a decision has no such entry; unlike None, which it says itself."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A place where a decision is not as wanted."""

    at: Steps
    want: Any
    got: Any


def mismatches(want: Any, got: Any, at: Steps = ()) -> Iterator[Mismatch]:
    """Every place at which what was got is not what is wanted."""
    if is_test(want):
        if not all(TESTS[word](operand, got) for word, operand in want.items()):
            yield Mismatch(at, want, got)
    elif isinstance(want, Mapping) and isinstance(got, Mapping):
        for key, wanted in want.items():
            yield from mismatches(wanted, got.get(key, NOTHING), (*at, key))
    elif isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        if not all(matches(wanted, item) for wanted, item in zip(want, got, strict=True)):
            yield Mismatch(at, want, got)
    elif not is_same(want, got):
        yield Mismatch(at, want, got)


def matches(want: Any, got: Any) -> bool:
    """Whether what was got is what is wanted."""
    return next(mismatches(want, got), None) is None


def leaves(want: Any, at: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    """The parts of what is wanted: its scalars, lists and tests, each with the way to it."""
    if isinstance(want, Mapping) and want and not is_test(want):
        for key, wanted in want.items():
            yield from leaves(wanted, (*at, key))
    else:
        yield at, want


def value_at(decision: Any, at: Steps) -> Any:
    """What stands at the end of a way, or NOTHING."""
    for step in at:
        decision = decision.get(step, NOTHING) if isinstance(decision, Mapping) else NOTHING
    return decision


def is_test(want: Any) -> bool:
    """Whether a wanted value is a test: a mapping of test words only (`missing` is one only with a truth value)."""
    return (
        isinstance(want, Mapping)
        and bool(want)
        and all(word in TESTS and (word != "missing" or isinstance(operand, bool)) for word, operand in want.items())
    )


def is_same(want: Any, got: Any) -> bool:
    """Whether two plain values are the same: truth is not 1; instants and durations are compared as such."""
    if isinstance(want, bool) or isinstance(got, bool):
        return want is got
    if isinstance(want, Mapping) and isinstance(got, Mapping):
        return want.keys() == got.keys() and all(is_same(value, got[key]) for key, value in want.items())
    if isinstance(want, list) and isinstance(got, list):
        return len(want) == len(got) and all(is_same(w, g) for w, g in zip(want, got, strict=True))
    if isinstance(want, str) and isinstance(got, str) and want != got:
        measured = measure(want)
        return measured is not None and measured == measure(got)
    return bool(want == got)


def measure(value: Any) -> tuple[str, float] | None:
    """What can be compared by size, with its kind: a number, a duration (it may be negative) or an instant."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return "number", value
    if not isinstance(value, str):
        return None
    sign, text = (-1, value[1:]) if value.startswith("-") else (1, value)
    try:
        return "duration", sign * parse_duration(text)
    except ValueError:
        pass
    try:
        return "instant", parse_instant(value)
    except ValueError:
        return None


def _compared(want: Any, got: Any, holds: Callable[[float, float], bool]) -> bool:
    wanted, measured = measure(want), measure(got)
    return wanted is not None and measured is not None and wanted[0] == measured[0] and holds(measured[1], wanted[1])


def _has_size(want: Any, got: Any) -> bool:
    return isinstance(got, list | Mapping) and matches(want, len(got))


TESTS: Final[Mapping[str, Callable[[Any, Any], bool]]] = MappingProxyType(
    {
        "is": lambda want, got: got is not NOTHING and is_same(want, got),
        "one_of": lambda want, got: any(matches(item, got) for item in want),
        "none_of": lambda want, got: got is not NOTHING and not any(matches(item, got) for item in want),
        "missing": lambda want, got: (got is None or got is NOTHING) is want,
        "has": lambda want, got: isinstance(got, list) and any(matches(want, item) for item in got),
        "has_all": lambda want, got: isinstance(got, list) and all(any(matches(w, i) for i in got) for w in want),
        "has_none": lambda want, got: isinstance(got, list) and not any(matches(want, item) for item in got),
        "at_least": lambda want, got: _compared(want, got, lambda g, w: g >= w),
        "at_most": lambda want, got: _compared(want, got, lambda g, w: g <= w),
        "size": _has_size,
    }
)
"""Every test by its word: from its operand and what was got to whether it holds."""
