"""The forms of history files: an explicit list, one module a form.

A form that is not a table of rows (XES, a decision log) will bring a module of its own and a line here.
"""

from __future__ import annotations

from typing import Final

from . import csv_form, parquet_form
from .table import Form

FORMS: Final[tuple[Form, ...]] = (
    Form("parquet", lambda head: head == b"PAR1", parquet_form.columns, parquet_form.tables),
    Form("csv", lambda head: True, csv_form.columns, csv_form.tables),
)
"""Tried in this order; the last one takes whatever is left."""


def form_of(head: bytes) -> Form:
    """The form that the first bytes of a file show."""
    return next(form for form in FORMS if form.recognises(head))
