"""The names under which durable-rules sees cells, and the check that it can tell them apart.

It compares names by their 32-bit FNV-1a hash alone, names of properties as well as sessions and ids of facts. So all
names are short, fixed, made here, and held against each other, and against its own words, before they are used.
"""

from collections.abc import Iterable
from typing import Final

from ..stages import EngineFault

SESSION: Final = "sid"
ID: Final = "id"
STAGE: Final = "k"
ZERO: Final = "z"
"""A property that is always 0: comparisons with it split a stage's rules into groups."""
OPENING: Final = -1
"""The stage of the fact that opens a decision."""

WORDS: Final = (
    "$m", "$s", "$i", "$forward", "$pulse", "$time", "$timerName", "$baseTime", "m", "all", "any", "not", "name",
    "pri", "count", "cap", "dist", "run", "$lt", "$lte", "$gt", "$gte", "$eq", "$neq", "$mt", "$imt", "$iall", "$iany",
    "$ex", "$nex", "$or", "$and", "$not", "$add", "$sub", "$mul", "$div", "$l", "$r",
)  # fmt: skip
"""The names that have a meaning of their own to durable-rules 2.0.28."""


def cell_name(slot: int) -> str:
    """The property that holds the cell of a slot; for marks 1 where the fact is present, else 0."""
    return f"c{slot}"


def bit_name(slot: int, bit: int) -> str:
    """The property that is 1 where a test on texts or sets holds, and is left out where it does not."""
    return f"c{slot}b{bit}"


def fact_id(stage: int) -> str:
    """The id of the fact that sets off a stage."""
    return f"f{stage + 1}"


def session_name(number: int) -> str:
    """The name of a session."""
    return f"s{number}"


def state_id(session: str) -> str:
    """The id under which durable-rules itself keeps a session's state among its facts."""
    return f"sid-{session}"


def fnv1a(name: str) -> int:
    """The 32-bit FNV-1a hash of a name (draft-eastlake-fnv)."""
    value = 0x811C9DC5
    for byte in name.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def check_apart(names: Iterable[str]) -> None:
    """Raise EngineFault when two of these names are the same to durable-rules."""
    known: dict[int, str] = {}
    for name in names:
        other = known.setdefault(fnv1a(name), name)
        if other != name:
            raise EngineFault(f"durable-rules cannot tell the names `{other}` and `{name}` apart")
