"""A rule as it is gathered, before its stage reads what it gives; and the notes that any rule may carry."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ..diagnostics import Path
from ..tables import Condition
from .model import Texts
from .reader import Reader

NOTES = ("because", "cites", "assumed")
_SHAPES = {"because": "a text, or a mapping of languages to texts", "cites": "a list of clause ids in quotes",
           "assumed": "true, false, or a list of what of the results is assumed"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Notes:
    """Why a rule holds, by which clauses, and whether it was chosen for want of them."""

    because: Texts | None
    cites: tuple[str, ...]
    assumed: bool
    assumed_results: tuple[str, ...] = ()
    """Which of its results alone are assumed; none named: all that it says."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule to be."""

    id: str
    when: Mapping[str, Condition]
    then: Mapping[str, Any]
    paths: Mapping[str, Path]
    """Where each output stands."""
    heads: Mapping[str, Path]
    """Where the names of the outputs stand, when that is not at their values."""
    home: Path
    """Where an output that is missing would stand."""
    notes: Notes
    path: Path


def read_notes(raw: Mapping[str, Any], path: Path, reader: Reader, results: Collection[str]) -> Notes:
    """The notes of a rule, a table or a matrix that gives these results, and whose shape has been checked."""
    because = reader.texts(raw.get("because"), (*path, "because"))
    assumed = raw.get("assumed") or ()
    some = () if assumed is True else tuple(assumed)
    for i, name in enumerate(some):
        if name not in results:
            reader.unknown("unknown-key", "result", name, results, (*path, "assumed", i))
    return Notes(because, tuple(raw.get("cites") or ()), bool(assumed), some)


def read_row_notes(raw: Mapping[str, Any], table: Notes, path: Path, reader: Reader, results: Collection[str]) -> Notes:
    """The notes at the end of a table's row; what they leave out, the table's say."""
    good: dict[str, Any] = {}
    for key, value in raw.items():
        if key not in NOTES:
            reader.unknown("unknown-key", "key", key, NOTES, (*path, key), key=True)
        elif not _fits(key, value):
            reader.fault("wrong-shape", f"`{key}` must be {_SHAPES[key]}", (*path, key))
        else:
            good[key] = value
    own = read_notes(good, path, reader, results)
    return Notes(
        own.because if "because" in good else table.because,
        own.cites if "cites" in good else table.cites,
        own.assumed if "assumed" in good else table.assumed,
        own.assumed_results if "assumed" in good else table.assumed_results,
    )


def _fits(key: str, value: Any) -> bool:
    if key == "assumed" and isinstance(value, bool):
        return True
    if key in ("assumed", "cites"):
        return isinstance(value, list) and all(isinstance(item, str) and item for item in value)
    texts = value.values() if isinstance(value, dict) and value else (value,)
    return all(isinstance(text, str) and text for text in texts)
