"""The forms of history files: an explicit list, one module a form."""

from __future__ import annotations

from typing import Final

from . import csv_form, decision_log_form, jsonl_form, parquet_form, xes_form
from .table import Form, Source

DECISION_LOG: Final = "decision-log"
"""The form that needs no mapping of its own."""

FORMS: Final[tuple[Form, ...]] = (
    Form(
        "parquet",
        lambda head: head.startswith(b"PAR1"),
        parquet_form.columns,
        parquet_form.tables,
        parquet_form.typed_tables,
    ),
    Form("xes", xes_form.recognises, xes_form.columns, xes_form.tables),
    Form(DECISION_LOG, decision_log_form.recognises, decision_log_form.columns, decision_log_form.tables),
    Form(
        "jsonl",
        lambda head: head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"),
        jsonl_form.columns,
        jsonl_form.tables,
    ),
    Form("csv", lambda head: True, csv_form.columns, csv_form.tables),
)
"""Tried in this order; the last one takes whatever is left."""


_PARQUET_LOG: Final = Form(
    DECISION_LOG, lambda head: False, decision_log_form.parquet_columns, decision_log_form.parquet_tables
)


def form_of(source: Source, head: bytes) -> Form:
    """The form that the first plain bytes of a history show; in Parquet its columns tell the decision log.

    Raises:
        UnreadableHistory: when it begins as Parquet does and is not readable as such.
    """
    form = next(form for form in FORMS if form.recognises(head))
    if form.name == "parquet" and decision_log_form.is_parquet_log(form.columns(source, ())):
        return _PARQUET_LOG
    return form
