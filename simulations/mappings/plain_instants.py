"""Instants in plain writings, read as arrays: fields of fixed width in a zone whose clock left no doubt then.

Everything else is left to the reader of single texts, which alone says what a text means.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from engine.bulk import Flags, Whole, distinct

from .document import Writing
from .instants import RFC3339

_QUARTER: Final = 900_000_000
"""Microseconds of a quarter of an hour: the offset of a zone is asked for once in each."""
_FIELDS: Final = {"%Y": r"\d{4}", "%m": r"\d{2}", "%d": r"\d{2}", "%H": r"\d{2}", "%M": r"\d{2}", "%S": r"[0-5]\d"}
_RFC3339: Final = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:[0-5]\d(\.\d{6}|\.\d{3})?Z$"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class PlainInstants:
    """Reads what it is sure of; kept for a history, since it remembers the offsets of the zone."""

    def __init__(self, writing: Writing) -> None:
        """Of several formats the first is read here."""
        self.formats = writing.formats
        form = writing.formats[0]
        self._zone = ZoneInfo(writing.zone) if writing.zone is not None else None
        self._offsets: dict[int, int | None] = {}
        self._is_rfc3339 = form == RFC3339
        self._form, self._pattern, self._clock = form, _pattern(form), 0
        if self._pattern is not None and "%H" not in form:
            clock = time.fromisoformat(writing.date_at or "00:00")
            self._clock = (clock.hour * 60 + clock.minute) * 60_000_000
            self._pattern = self._pattern if writing.date_at is not None and "%M" not in form else None

    def read(self, texts: pl.Series) -> tuple[Whole, Flags]:
        """Microseconds since 1970, and which of the texts were read; what stands elsewhere means nothing."""
        if self._is_rfc3339:
            return self._read(texts, _RFC3339, "%Y-%m-%dT%H:%M:%S%.fZ")
        if self._pattern is None or self._zone is None:
            return np.zeros(len(texts), np.int64), np.zeros(len(texts), np.bool_)
        micros, read = self._read(texts, self._pattern, self._form)
        return self._placed(micros, read)

    def _read(self, texts: pl.Series, pattern: str, form: str) -> tuple[Whole, Flags]:
        plain = pl.select(pl.when(texts.str.contains(pattern)).then(texts)).to_series()
        if "%H" in form:
            found = plain.str.to_datetime(form, time_unit="us", strict=False)
        else:
            found = plain.str.to_date(form, strict=False).cast(pl.Datetime("us"))
        read = found.is_not_null().to_numpy().copy()
        # The year 0 is none to Python.
        micros = found.to_physical().fill_null(0).to_numpy() + self._clock
        return micros, read & (micros >= -62_135_000_000_000_000)

    def _placed(self, local: Whole, read: Flags) -> tuple[Whole, Flags]:
        """Local times placed in the zone, where its clock leaves no doubt."""
        rows = np.flatnonzero(read)
        if not len(rows):
            return local, read
        quarters = local[rows] // _QUARTER
        first = int(quarters.min())
        found = distinct([((quarters - first).astype(np.intp), int(quarters.max()) - first + 1)], len(rows))
        offsets = [self._offset(int(quarter)) for quarter in quarters[found.examples].tolist()]
        known = np.array([offset is not None for offset in offsets], np.bool_)
        local[rows] -= np.array([offset or 0 for offset in offsets], np.int64)[found.places]
        read[rows] = known[found.places]
        return local, read

    def _offset(self, quarter: int) -> int | None:
        """The offset of the zone in a quarter of an hour of its clock; None: it changes, or is in doubt."""
        if quarter not in self._offsets:
            begin = (_EPOCH + timedelta(microseconds=quarter * _QUARTER)).replace(tzinfo=self._zone)
            ends = (begin, begin + timedelta(microseconds=_QUARTER - 1))
            told = {end.replace(fold=fold).utcoffset() for end in ends for fold in (0, 1)}
            offset = told.pop() if len(told) == 1 else None
            self._offsets[quarter] = None if offset is None else offset // timedelta(microseconds=1)
        return self._offsets[quarter]


def _pattern(form: str) -> str | None:
    """What texts of a format look like when every field has its full width; None: its fields have no fixed width."""
    fields = re.findall("%.", form)
    if not set(fields) <= set(_FIELDS) or len(set(fields)) < len(fields) or not {"%Y", "%m", "%d"} <= set(fields):
        return None
    if ("%S" in fields and "%M" not in fields) or ("%M" in fields and "%H" not in fields):
        return None
    parts = re.split("(%.)", form)
    # Spaces may stand for any number of them.
    if any(not part.isascii() or (part.isspace() and part != " ") for part in parts):
        return None
    return "^" + "".join(_FIELDS.get(part) or re.escape(part) for part in parts) + "$"
