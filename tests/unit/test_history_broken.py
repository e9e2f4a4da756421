"""A history with one row in a hundred broken, in twelve ways: each is kept aside with its reason; no other suffers."""

import csv
from pathlib import Path

import polars as pl
import pytest
from history_kit import replayed

ROWS = 1_200
MAPPING = """\
mapping: small
history: {rows: event, unique: [id, step], absent: [""]}
ticket: id
order: [{column: at, type: instant}, {column: step, type: whole}]
instants: {format: "%Y-%m-%d %H:%M", zone: UTC, opened: opened, event_at: at, early: set_aside}
facts:
  ticket.id: id
  ticket.impact: {column: impact, values: {1 - High: high, 2 - Low: low}}
  ticket.reopened: {column: reopened, type: whole}
  ticket.subject: subject
events: {counts: {ticket.fields.hands: {changes: impact}}}
"""
RULEBOOK = """\
rulebook: small-desk
version: 1.0.0
in_force: {from: 2016-01-01}
title: Small desk
facts: {ticket.impact: [low, high], ticket.fields.hands: count}
admission: {otherwise: {then: {outcome: accept}}}
"""
BROKEN: dict[int, tuple[bytes, bytes, str, str]] = {
    101: (b",1 - High,0,fine", b",1 - High", "", "the line has 5 fields where the head has 7"),
    201: (b",fine", b",fine,more,still more", "", "the line has 9 fields where the head has 7"),
    301: (b"2026-03-01 10:01", b"the day before", "at", "is not an instant written as `%Y-%m-%d %H:%M`"),
    401: (b"2026-03-01 10:01", b"2026-02-30 10:01", "at", "is not an instant written as `%Y-%m-%d %H:%M`"),
    501: (b"1 - High", b"9 - Odd", "impact", "is not in the table of values"),
    601: (b"T300,", b",", "id", "no ticket is named"),
    701: (b",1,2026", b",0,2026", "id, step", "repeats an earlier event"),
    801: (b",fine", b",M\xfcller", "", "the line is not UTF-8 text"),
    901: (b",fine", b",nul\0", "", "the line holds a character that no text has (U+0000)"),
    1001: (b"2026-03-01 10:01", b"2025-03-01 10:01", "at", "is dated before the opening of the ticket"),
    1101: (b"High,0", b"High,-5", "/ticket/reopened", "baseline: `-5` is less than 0"),
    1151: (b",fine", b',"fine', "", "a quote stands within a field"),
}
"""By the number of the row (from 0): what stands there, what is put in its place, the column, and the reason."""


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    lines = []
    for number in range(ROWS):
        step = number % 2
        line = f"T{number // 2},{step},2026-03-01 09:00,2026-03-01 10:0{step},1 - High,0,fine".encode()
        if number in BROKEN:
            old, new, *_ = BROKEN[number]
            assert line.count(old) == 1, (line, old)
            line = line.replace(old, new)
        lines.append(line)
    lines[1152] = b'T576,0,2026-03-01 09:00,2026-03-01 10:00,1 - High,0,"a ""quoted"" word"'
    (tmp_path / "h.csv").write_bytes(b"id,step,opened,at,impact,reopened,subject\n" + b"\n".join(lines) + b"\n")
    (tmp_path / "m.map.yaml").write_text(MAPPING)
    (tmp_path / "small-desk.yaml").write_text(RULEBOOK)
    return tmp_path


def test_broken_rows_are_kept_aside_with_their_reasons(broken: Path) -> None:
    summary = replayed(broken / "h.csv", broken / "m.map.yaml", broken / "small-desk.yaml", broken / "out")
    assert (summary.size.rows, summary.size.tickets) == (ROWS, ROWS // 2)
    assert (summary.openings.total, summary.openings.decided, summary.openings.set_aside) == (600, 599, 1)
    assert summary.events is not None
    assert summary.events.total == ROWS
    assert summary.events.set_aside == len(BROKEN)
    assert summary.events.decided == ROWS - len(BROKEN)
    with (broken / "out" / "set_aside.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    told = {int(line["row"]) - 1: line for line in lines if line["decision"] == "event"}
    (opening,) = [line for line in lines if line["decision"] == "opening"]
    assert opening["row"] == "1002", "an event that is dated too early is the first of its ticket"
    assert sorted(told) == sorted(BROKEN)
    for number, (_, _, column, reason) in BROKEN.items():
        assert told[number]["column"] == column
        assert told[number]["reason"].startswith(reason), told[number]
        if not column:
            assert told[number]["text"].startswith(f"line {number + 2}: "), "what stood there is kept"
    listed = [found for found in summary.set_aside if found.decision == "event"]
    assert len(listed) == 11, "two ways are one reason: an instant that is none"
    assert sum(found.count for found in listed) == len(BROKEN)


def test_whole_rows_suffer_nothing_from_broken_ones(broken: Path) -> None:
    replayed(broken / "h.csv", broken / "m.map.yaml", broken / "small-desk.yaml", broken / "out")
    decided = pl.read_parquet(broken / "out" / "decisions.parquet").filter(pl.col("decision") == "event")
    assert set(decided["row"].to_list()) == {number + 1 for number in range(ROWS)} - {number + 1 for number in BROKEN}
