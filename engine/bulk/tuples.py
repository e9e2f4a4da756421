"""Rows that agree in several columns, found without looking at what the columns hold. Knows nothing of rules."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from .columns import Codes

_SPARSE = 1
"""A table of all combinations may be this many times as long as the rows …"""
_SMALL = 1 << 16
"""… or this long in any case; beyond that the rows are sorted."""


class Distinct(NamedTuple):
    """The distinct combinations of some rows."""

    places: Codes
    """For each row, which combination it has."""
    examples: Codes
    """For each combination, a row that has it."""


def distinct(columns: Iterable[tuple[Codes, int]], count: int) -> Distinct:
    """The distinct combinations of `count` rows in columns of codes, each given with a bound above its codes."""
    varied = [(codes, size) for codes, size in columns if size > 1]
    if not varied or not count:
        return Distinct(np.zeros(count, np.intp), np.zeros(min(count, 1), np.intp))
    (keys, width), *rest = varied
    for codes, size in rest:
        if width * size > max(_SPARSE * count, _SMALL):
            keys, examples = _numbered(keys, width)
            width = len(examples)
        keys = keys * size + codes
        width *= size
    return _numbered(keys, width)


def _numbered(keys: Codes, width: int) -> Distinct:
    count = len(keys)
    if width > max(_SPARSE * count, _SMALL):
        _, examples, places = np.unique(keys, return_index=True, return_inverse=True)
        return Distinct(places.reshape(-1), examples)
    example = np.full(width, -1, np.intp)
    example[keys] = _counted(count)
    found = np.flatnonzero(example >= 0)
    number = np.empty(width, np.intp)
    number[found] = _counted(len(found))
    return Distinct(number[keys], example[found])


@lru_cache(maxsize=1)
def _numbers(count: int) -> Codes:
    return np.arange(count, dtype=np.intp)


def _counted(count: int) -> Codes:
    """0, 1, 2, …; made once for batches of a size."""
    return _numbers(1 << max(count - 1, 1).bit_length())[:count]
