"""CSV histories.

Read by Python's own reader instead of Polars', which fills lines that are too short and cuts those that are too long
without a word: a line whose fields have moved would be taken for a row. What is no row spoils as little as can be: of a
record that runs over several lines and is none, only the first line is set aside, and the rest is read anew.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from .faults import UnreadableHistory
from .packing import plain_bytes
from .table import BATCH_ROWS, Record, Source, Table, line_shown, tables_of

_LONGEST_LINE: Final = 16 << 20
_PROBE: Final = 20_000
_UNDECODED: Final = re.compile("[\udc80-\udcff]")


def columns(source: Source, asked: Sequence[str]) -> tuple[str, ...]:
    """The names in the head."""
    with _records(source) as records:
        head = tuple(next(records, ()))
    if not head:
        raise UnreadableHistory(f"{source.name}: the file has no head")
    twice = sorted({name for name in head if head.count(name) > 1})
    if twice:
        raise UnreadableHistory(f"{source.name}: the head names `{twice[0]}` twice")
    return head


def tables(source: Source, names: Sequence[str], limit: int | None) -> Iterator[Table]:
    """The rows, piece by piece; empty lines are none."""
    with _records(source) as records:
        head = next(records)
        places = [head.index(name) for name in names]
        yield from tables_of(records.rows(len(head), places), names, limit, BATCH_ROWS)


@contextmanager
def _records(source: Source) -> Iterator[_Records]:
    encoding = "utf-8-sig" if source.layout.encoding.lower() in ("utf-8", "utf8") else source.layout.encoding
    with (
        plain_bytes(source) as plain,
        io.TextIOWrapper(plain, encoding=encoding, errors="surrogateescape", newline="") as text,
    ):
        yield _Records(source, text)


class _Lines(Iterator[str]):
    """The lines of a text, which can be given back; ``taken`` are those of the record that is being read."""

    def __init__(self, source: Source, text: io.TextIOWrapper) -> None:
        self._source = source
        self._text = text
        self._again: deque[str] = deque()
        self.taken: list[str] = []
        self.number = 0

    def __next__(self) -> str:
        if self._again:
            line = self._again.popleft()
        else:
            line = self._text.readline(_LONGEST_LINE)
            if not line:
                raise StopIteration
            if len(line) == _LONGEST_LINE:
                raise UnreadableHistory(f"{self._source.name}: line {self.number + 1} is longer than is read")
        self.taken.append(line)
        self.number += 1
        return line

    def keep_first(self) -> str:
        """Give back all lines of the record but its first."""
        first, *rest = self.taken
        self._again.extendleft(reversed(rest))
        self.number -= len(rest)
        self.taken = []
        return first


class _Records(Iterator[list[str]]):
    """The records of a CSV file: the head, got by `next`, and the rows below it, faulty ones among them."""

    def __init__(self, source: Source, text: io.TextIOWrapper) -> None:
        self._name = source.name
        self._encoding = source.layout.encoding
        self._not_text = f"the line is not {_spoken(self._encoding)} text"
        self._lines = _Lines(source, text)
        quote = source.layout.quote
        self._reader = csv.reader(
            self._lines,
            delimiter=source.layout.separator,
            quotechar=quote or None,
            quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
            strict=True,
        )

    def __next__(self) -> list[str]:
        try:
            while not (row := next(self._reader)):
                self._lines.taken.clear()
        except UnicodeDecodeError as error:
            raise self._undecoded(self._lines.number) from error
        except csv.Error as error:
            raise UnreadableHistory(f"{self._name}: line {self._begin}: {error}") from error
        if any(_UNDECODED.search(name) for name in row):
            raise self._undecoded(self._lines.number)
        if any("\0" in name for name in row):
            raise UnreadableHistory(f"{self._name}: the head holds a character that no text has (U+0000)")
        return row

    def rows(self, width: int, places: Sequence[int]) -> Iterator[Record]:
        """The rows below the head, those that are none among them."""
        seen = spoilt = first_spoilt = 0
        while (record := self._next(width, places)) is not None:
            seen += 1
            if record.cells is None and record.why == self._not_text:
                spoilt += 1
                first_spoilt = first_spoilt or self._lines.number
            if seen == _PROBE and spoilt * 10 > seen:
                break
            yield record
        if seen <= _PROBE and spoilt * 10 > seen:
            raise self._undecoded(first_spoilt - 1)

    def _next(self, width: int, places: Sequence[int]) -> Record | None:
        lines = self._lines
        while True:
            lines.taken = []
            try:
                row = next(self._reader)
            except StopIteration:
                return None
            except UnicodeDecodeError as error:
                raise self._undecoded(lines.number) from error
            except csv.Error as error:
                return self._broken(str(error))
            if row:
                break
        for line in lines.taken:
            if not line.isascii() and _UNDECODED.search(line):
                return self._set_aside(self._not_text)
            if "\0" in line:
                return self._set_aside("the line holds a character that no text has (U+0000)")
        if len(row) != width:
            return self._set_aside(f"the line has {len(row)} fields where the head has {width}")
        return Record([row[place] for place in places], sum(map(len, lines.taken)))

    def _broken(self, said: str) -> Record:
        if said == "unexpected end of data":
            if len(self._lines.taken) <= 1:
                raise UnreadableHistory(f"{self._name}: line {self._begin}: a quote is never closed")
            said = "a quote is never closed"
        elif "field larger than field limit" in said:
            said = "a quote is never closed, or a field is longer than is read"
        else:
            said = "a quote stands within a field"
        return self._set_aside(said)

    def _set_aside(self, why: str) -> Record:
        begin = self._begin
        line = self._lines.keep_first()
        return Record(None, len(line), why, line_shown(begin, line))

    @property
    def _begin(self) -> int:
        return self._lines.number - len(self._lines.taken) + 1

    def _undecoded(self, line: int) -> UnreadableHistory:
        known = _spoken(self._encoding)
        hint = "; if it is of another encoding, the mapping can say so, such as `encoding: cp1252`"
        return UnreadableHistory(f"{self._name}: not {known} text, soon after line {line}{hint}")


def _spoken(encoding: str) -> str:
    return "UTF-8" if encoding.lower() in ("utf-8", "utf8") else encoding
