"""Boxes as plain values: for each fact the conditions it must meet, as a rulebook would write them."""

from collections.abc import Iterator
from typing import Any

from ...facts import FactType, Number
from ...tables import Line, Listed
from ..space import Box, Cells, Key, Space, Tests, phrase
from ..values import written


def conditions_of(space: Space, box: Box) -> list[dict[str, Any]]:
    """For each fact its name, which request it is of where there are two (1, 2), and what it must be.

    `is` lists conditions of which one holds; `words` says the same for people.
    """
    found = []
    for key, part in box.parts.items():
        side = None if key[1] is None or len(space.sides) == 1 else key[1] + 1
        found.append({"fact": key[0], "request": side, "is": list(_ways(space, key, part)),
                      "words": phrase(space, key, part)})  # fmt: skip
    return found


def _ways(space: Space, key: Key, part: Cells | Tests) -> Iterator[dict[str, Any]]:
    kind = space.kinds[key]
    assert kind is not None
    if isinstance(part, Tests):
        yield _marks(part)
        return
    if 0 in part:
        yield {"missing": True}
    partition, stated = space.variables[key].partition, sorted(part - {0})
    if isinstance(partition, Listed) and stated:
        yield {"one_of": [written(kind, value) for value, cell in partition.cell_of_value.items() if cell in part]}
    elif isinstance(partition, Line) and stated:
        yield _run(partition, stated[0], stated[-1], kind)


def _marks(part: Tests) -> dict[str, Any]:
    """The tests that a text or a set passes, and under `not` those that it does not."""
    if not part.is_stated:
        return {"missing": True}
    said: dict[str, Any] = {"missing": False}
    if part.is_blank is not None:
        said["blank"] = part.is_blank
    for name, wanted in (("all", True), ("not", False)):
        tests = [{test.op: sorted(test.operand)} for test, holds in part.signs if holds is wanted]
        if tests:
            said[name] = tests
    return said


def _run(line: Line, first: int, last: int, kind: FactType) -> dict[str, Any]:
    """A run of cells: odd ones lie between points, even ones are points."""
    said: dict[str, Any] = {}
    points = line.points
    if first > 1:
        low = points[(first - 2) // 2]
        said["more_than" if first % 2 else "at_least"] = low if isinstance(kind, Number) else written(kind, low)
    if last < line.size - 1:
        high = points[(last - 1) // 2] if last % 2 else points[last // 2 - 1]
        said["less_than" if last % 2 else "at_most"] = high if isinstance(kind, Number) else written(kind, high)
    return said or {"missing": False}
