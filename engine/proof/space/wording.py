"""Boxes in words: what must be so of each fact, as a process owner would say it."""

from collections.abc import Iterable
from typing import Any

from ...facts import Closed, Duration, FactType, Instant, Number, Truth, format_instant
from ...tables import Line, Listed, Test, worded
from .boxes import Box, Cells, Tests
from .space import Key, Space

_LISTED = 6
"""As many values are named; of more, those that are not among them are."""
_UNITS = (("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000))
_WORDS = {
    "one_of": ("is", "is not"), "none_of": ("is not", "is"), "contains": ("contains", "does not contain"),
    "starts_with": ("starts with", "does not start with"), "ends_with": ("ends with", "does not end with"),
    "any_word": ("has the word", "has no word"), "matches": ("matches", "does not match"),
    "has_any": ("has any of", "has none of"), "has_all": ("has all of", "lacks some of"),
    "has_none": ("has none of", "has some of"),
}  # fmt: skip


def in_words(space: Space, box: Box) -> list[str]:
    """A sentence part for each fact of a box, such as "`ticket.urgency` is `high` or `critical`"."""
    return [f"`{key[0]}`{_whose(space, key)} {phrase(space, key, part)}" for key, part in box.parts.items()]


def _whose(space: Space, key: Key) -> str:
    """Of which request a fact is, where several are compared that do not share it."""
    if key[1] is None or len(space.sides) == 1:
        return ""
    return (" of the first", " of the second")[key[1]]


def sentence(space: Space, box: Box) -> str:
    """The box in one sentence part; "every request" where no fact matters."""
    return ", ".join(in_words(space, box)) or "every request"


def phrase(space: Space, key: Key, part: Cells | Tests) -> str:
    """What must be so of one fact, such as "is `high` or `critical`"."""
    kind = space.kinds[key]
    assert kind is not None
    if isinstance(part, Tests):
        return _tests(part, kind)
    partition = space.variables[key].partition
    stated = sorted(part - {0})
    said = []
    if isinstance(partition, Listed) and stated:
        said.append(_values(partition, frozenset(stated), kind))
    elif isinstance(partition, Line) and stated:
        said.append(_runs(partition, stated, kind))
    if 0 in part:
        said.append("is not stated")
    return ", or ".join(said)


def _values(partition: Listed, cells: frozenset[int], kind: FactType) -> str:
    inside = [v for v, cell in partition.cell_of_value.items() if cell in cells]
    outside = [v for v, cell in partition.cell_of_value.items() if cell not in cells]
    if not outside:
        return "is stated"
    if isinstance(kind, Truth):
        return f"is {shown(kind, inside[0])}"
    if len(inside) > _LISTED and len(outside) <= _LISTED:
        return f"is anything but {_listed((shown(kind, v) for v in outside), 'and')}"
    return f"is {_listed((shown(kind, v) for v in inside), 'or')}"


def _listed(words: Iterable[str], last: str) -> str:
    *most, end = words
    return f"{', '.join(most)} {last} {end}" if most else end


def _runs(partition: Line, cells: list[int], kind: FactType) -> str:
    """Cells of a line that follow each other, by their limits; odd ones are gaps, even ones points."""
    first, last = cells[0], cells[-1]
    points = partition.points
    if not points or (first == 1 and last == partition.size - 1):
        return "is stated"
    if isinstance(kind, Number) and kind.whole:
        return _whole(partition, first, last)
    if first == last and first % 2 == 0:
        return f"is {shown(kind, points[first // 2 - 1])}"
    said = []
    if first > 1:
        point = shown(kind, points[(first - 2) // 2])
        said.append(f"is {'at least' if first % 2 == 0 else 'more than'} {point}")
    if last < partition.size - 1:
        point = shown(kind, points[(last - 1) // 2] if last % 2 else points[last // 2 - 1])
        said.append(f"{'' if said else 'is '}{'less than' if last % 2 else 'at most'} {point}")
    return " and ".join(said)


def _whole(partition: Line, first: int, last: int) -> str:
    """A run of whole numbers, by the first and the last of them."""
    points = partition.points
    low = high = None
    if first > 1:
        low = points[first // 2 - 1] if first % 2 == 0 else points[(first - 3) // 2] + 1
    if last < partition.size - 1:
        high = points[last // 2 - 1] if last % 2 == 0 else points[(last - 1) // 2] - 1
    if low == high:
        return f"is {low}"
    if high is None:
        return f"is at least {low}"
    return f"is at most {high}" if low is None else f"is from {low} to {high}"


def _tests(part: Tests, kind: FactType) -> str:
    if not part.is_stated:
        return "is not stated"
    if part.is_blank:
        return "is blank"
    said = [_test(test, holds, kind) for test, holds in part.signs]
    return " and ".join(said) or "is stated"


def _test(test: Test, holds: bool, kind: FactType) -> str:
    word = _WORDS[test.op][0 if holds else 1]
    operand = " or ".join(f"`{text}`" for _, text in worded((test,), kind, lambda k, v: str(v)))
    return f"{word} {operand}"


def shown(kind: FactType, value: Any) -> str:
    """A read value as a rulebook writes it."""
    if isinstance(kind, Duration):
        return f"`{duration_in_words(value)}`"
    if isinstance(kind, Instant):
        return f"`{format_instant(value)}`"
    if isinstance(kind, Truth):
        return "true" if value else "false"
    return f"`{value}`" if isinstance(kind, Closed) else str(value)


def duration_in_words(value: int) -> str:
    """A duration in microseconds as rulebooks write it, such as `1h30m`."""
    rest, said = abs(value), ""
    for unit, length in _UNITS:
        amount, rest = divmod(rest, length)
        said += f"{amount}{unit}" if amount else ""
    return ("-" if value < 0 else "") + (said or "0m")
