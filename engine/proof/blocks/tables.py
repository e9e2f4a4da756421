"""The rules of a stage as blocks, and which of them give the same. Knows the facts of a space; asks no solver."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from ...rulebook import Row
from ..space import Ordered, Space
from .blocks import Table
from .columns import Bits, bits_of, column_of


def table_of(rows: Sequence[Row], space: Space) -> Table:
    """The rules over the cells of those facts that are listed or lie on a line."""
    found = []
    for fact in sorted({fact for row in rows for fact in row.when}):
        variable = space.variables[space.key(fact, 0)]
        if isinstance(variable, Ordered):
            found.append(column_of(rows, fact, variable.kind, variable.partition))
    return Table(found, len(rows))


def alike(rows: Iterable[Row]) -> list[Bits]:
    """By rule, the rules that give the same."""
    kinds = [hashable(row.outcome) for row in rows]
    numbers: dict[Hashable, list[int]] = {}
    for i, kind in enumerate(kinds):
        numbers.setdefault(kind, []).append(i)
    bits = {kind: bits_of(found) for kind, found in numbers.items()}
    return [bits[kind] for kind in kinds]


def hashable(value: Any) -> Hashable:
    """Something that is equal for equal values."""
    if is_dataclass(value):
        parts = (hashable(getattr(value, one.name)) for one in fields(value) if one.compare)
        return (type(value), *parts)
    if isinstance(value, Mapping):
        return frozenset((key, hashable(one)) for key, one in value.items())
    if isinstance(value, list | tuple):
        return (type(value), *map(hashable, value))
    return value if isinstance(value, Hashable) else repr(value)
