"""The forms of history files and how Polars scans each: an explicit list, one line a form.

Knows nothing of mappings. A form that is not a table of rows (XES, a decision log) will bring its own opener.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from .unpack import PARQUET


@dataclass(frozen=True, slots=True)
class Form:
    """A form of file: its name, whether the first bytes of a plain file show it, and how it is scanned lazily."""

    name: str
    recognises: Callable[[bytes], bool]
    scan: Callable[[Path, str], pl.LazyFrame]


def _scan_parquet(path: Path, separator: str) -> pl.LazyFrame:
    return pl.scan_parquet(path, glob=False)


def _scan_csv(path: Path, separator: str) -> pl.LazyFrame:
    return pl.scan_csv(path, infer_schema=False, empty_string_is_null=False, separator=separator, glob=False)


FORMS: Final[tuple[Form, ...]] = (
    Form("parquet", lambda head: head.startswith(PARQUET), _scan_parquet),
    Form("csv", lambda head: True, _scan_csv),
)
"""Tried in this order; the last one takes whatever is left."""


def form_of(head: bytes) -> Form:
    """The form that a file's first bytes show."""
    return next(form for form in FORMS if form.recognises(head))
