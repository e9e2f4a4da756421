"""The decision log of the service: a JSON object for each decision, with the request and what was decided.

Its columns are those of JSON Lines, and `ticket`: the id of the request's ticket, or of the call where it states none.
Lines about decisions that a candidate would have made otherwise (`kind: shadow`) are no decisions, so no rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec

from . import jsonl_form, parquet_form
from .packing import plain_bytes
from .table import Record, Source, Table


def recognises(head: bytes) -> bool:
    """Whether the first line is a record of the log."""
    line = head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0]
    try:
        record = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # A first line that is longer than the head: its names come before the request.
        return line.startswith((b'{"kind":"decision","format":', b'{"kind":"shadow","format":'))
    return isinstance(record, dict) and record.get("kind") in ("decision", "shadow") and "request_digest" in record


def columns(source: Source, asked: Sequence[str]) -> tuple[str, ...]:
    """The dotted names of all values, and `ticket`."""
    return jsonl_form.columns_of(source, asked, _from_lines)


def tables(source: Source, names: Sequence[str], limit: int | None) -> Iterator[Table]:
    """The decisions, piece by piece."""
    return jsonl_form.tables_from(source, names, limit, _from_lines)


def is_parquet_log(columns: Sequence[str]) -> bool:
    """Whether these are the columns of the log as the service writes it to Parquet."""
    return {"kind", "call", "request_digest", "request", "decision"} <= set(columns)


def parquet_columns(source: Source, asked: Sequence[str]) -> tuple[str, ...]:
    """As `columns`, of a log in Parquet."""
    return jsonl_form.columns_of(source, asked, _from_parquet)


def parquet_tables(source: Source, names: Sequence[str], limit: int | None) -> Iterator[Table]:
    """As `tables`, of a log in Parquet."""
    return jsonl_form.tables_from(source, names, limit, _from_parquet)


@contextmanager
def _from_lines(source: Source) -> Iterator[jsonl_form.Rows]:
    with plain_bytes(source) as plain:
        yield _decisions(jsonl_form.objects(plain))


@contextmanager
def _from_parquet(source: Source) -> Iterator[jsonl_form.Rows]:
    yield _decisions(_parquet_rows(source))


def _parquet_rows(source: Source) -> jsonl_form.Rows:
    names = ("kind", "call", "request", "decision")
    for table in parquet_form.tables(source, names, None):
        for kind, call, request, decision in table.frame.select(names).iter_rows():
            try:
                said = {
                    "request": msgspec.json.decode(request or "null"),
                    "decision": msgspec.json.decode(decision or "{}"),
                }
            except (msgspec.DecodeError, RecursionError):
                said = {}
            yield {"kind": kind, "call": call, **said}


def _decisions(rows: jsonl_form.Rows) -> jsonl_form.Rows:
    for row in rows:
        if isinstance(row, Record):
            yield row
        elif row.get("kind") == "shadow":
            continue
        elif isinstance(row.get("request"), dict):
            ticket = row["request"].get("ticket")
            named = ticket.get("id") if isinstance(ticket, dict) else None
            yield {"ticket": named if named is not None else row.get("call"), **row}
        else:
            yield Record(None, 0, "the line is no record of a decision", (jsonl_form.text_of(row) or "")[:200])
