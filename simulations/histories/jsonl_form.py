"""JSON Lines: an object in each line, its values named with dots (`ticket.id`) or by JSON Pointers (`/ticket/id`).

A line that is no object spoils no other. Values become texts: numbers and truths as JSON writes them, lists and objects
as JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from typing import IO, Any, Final

import msgspec

from .packing import plain_bytes
from .table import BATCH_ROWS, Record, Source, Table, line_shown, tables_of

SAMPLE: Final = 1_000
"""Rows from which the names of the columns are taken."""
_LONGEST_LINE: Final = 16 << 20
_decode: Final = msgspec.json.Decoder().decode
_encode: Final = msgspec.json.Encoder(order="deterministic").encode
_ABSENT: Final = object()

Rows = Iterator[dict[str, Any] | Record]
"""Objects, and records of what is no row."""
Reading = Callable[[Source], AbstractContextManager[Rows]]
"""Opens a source; its rows are read within the block."""


def columns(source: Source, asked: Sequence[str]) -> tuple[str, ...]:
    """The dotted names of all values in the first rows, and those asked about that stand in any row."""
    return columns_of(source, asked, _lines)


def tables(source: Source, names: Sequence[str], limit: int | None) -> Iterator[Table]:
    """The rows, piece by piece; empty lines are none."""
    return tables_from(source, names, limit, _lines)


def columns_of(source: Source, asked: Sequence[str], reading: Reading) -> tuple[str, ...]:
    """As `columns`, with another way to find the objects."""
    found: dict[str, None] = {}
    open_questions = {name: steps_of(name) for name in asked}
    with reading(source) as rows:
        for at, row in enumerate(rows):
            if isinstance(row, Record):
                continue
            if at < SAMPLE:
                found.update(dict.fromkeys(_names(row)))
            for name in [name for name, steps in open_questions.items() if value_at(row, name, steps) is not _ABSENT]:
                found[name] = None
                del open_questions[name]
            if at >= SAMPLE and not open_questions:
                break
    return tuple(found)


def tables_from(source: Source, names: Sequence[str], limit: int | None, reading: Reading) -> Iterator[Table]:
    """As `tables`, with another way to find the objects."""
    wanted = [(name, steps_of(name)) for name in names]

    def records(rows: Rows) -> Iterator[Record]:
        for row in rows:
            if isinstance(row, Record):
                yield row
            else:
                cells = [text_of(value_at(row, name, steps)) for name, steps in wanted]
                yield Record(cells, sum(len(cell) for cell in cells if cell))

    with reading(source) as rows:
        yield from tables_of(records(rows), names, limit, BATCH_ROWS)


@contextmanager
def _lines(source: Source) -> Iterator[Rows]:
    with plain_bytes(source) as plain:
        yield objects(plain)


def objects(plain: IO[bytes]) -> Rows:
    """The objects of a JSON Lines text, and records of the lines that hold none."""
    number = 0
    while line := plain.readline(_LONGEST_LINE):
        number += 1
        if len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = plain.readline(_LONGEST_LINE)
            yield Record(None, 0, "the line is longer than is read", f"line {number}")
            continue
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line.strip():
            continue
        shown = line_shown(number, line[:1_000].decode("utf-8", "replace"))
        try:
            value = _decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            yield Record(None, len(line), "the line is not JSON", shown)
            continue
        if isinstance(value, dict):
            yield value
        else:
            yield Record(None, len(line), "the line holds no JSON object", shown)


@lru_cache(maxsize=1_000)
def steps_of(name: str) -> tuple[str, ...]:
    """The steps of a dotted name or a JSON Pointer (RFC 6901)."""
    if name.startswith("/"):
        return tuple(step.replace("~1", "/").replace("~0", "~") for step in name[1:].split("/"))
    return tuple(name.split("."))


def value_at(row: Any, name: str, steps: Sequence[str]) -> Any:
    """The value at a name; a key that is spelt like the whole name comes first."""
    if name in row:
        return row[name]
    value = row
    for step in steps:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return _ABSENT
    return value


def text_of(value: Any) -> str | None:
    """A value as text."""
    if isinstance(value, str):
        return value
    return None if value is None or value is _ABSENT else _encode(value).decode()


def text_at(row: dict[str, Any], name: str) -> str | None:
    """The text of the value at a name; None: nothing stands there."""
    return text_of(value_at(row, name, steps_of(name)))


def _names(row: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in row.items():
        if isinstance(value, dict) and value:
            yield from _names(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"
