"""Columns are read as their texts are read one by one, and a replay by columns finds what one by rows finds."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from history_kit import written
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Catalogue
from simulations import MappingFaults, Plan, draft_mapping, open_mapped, side_of
from simulations.mappings import Column, Instants, Readers, micros_of, read_column
from simulations.replay import run

FORMS = ("%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%Y%m%d", "rfc3339", "unix")
ODD = (None, "", "x", "31/02/2016 10:00", "1/2/2016 3:4", "2016-01-01T24:00:00Z", "0000-01-01T00:00:00Z", "20160230")


@settings(max_examples=60, deadline=None)
@given(
    form=st.sampled_from(FORMS),
    zone=st.sampled_from(("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Africa/Monrovia")),
    fold=st.sampled_from(("earlier", "later")),
    gap=st.sampled_from(("forward", "set_aside")),
    seed=st.integers(0, 10**6),
)
def test_a_column_of_instants_is_read_as_each_of_its_texts(
    form: str, zone: str, fold: Any, gap: Any, seed: int
) -> None:
    drawn = random.Random(seed)
    written = "%Y-%m-%dT%H:%M:%SZ" if form == "rfc3339" else "%s" if form == "unix" else form
    # Around the changes of clocks, and anywhere.
    starts = [
        datetime(2016, 3, 13),
        datetime(2016, 3, 27),
        datetime(2016, 10, 30),
        datetime(2016, 11, 6),
        datetime(1971, 1, 1),
    ]
    texts: list[str | None] = [
        (drawn.choice(starts) + timedelta(minutes=drawn.randrange(300))).strftime(written) for _ in range(200)
    ]
    texts += ODD
    instants = Instants(form, zone, "opened", None, fold=fold, gap=gap, date_at="12:00")
    column = Column("opened", "instant")
    wanted, unread = Readers(instants).of(column).values(texts)
    found = read_column(Readers(instants), column, pl.Series(texts, dtype=pl.String))
    assert found.unread == unread
    micros, present = micros_of(found.values)  # type: ignore[arg-type]
    said = [int(at) if there else None for at, there in zip(micros, present, strict=True)]
    assert said == [value.micros if value is not None else None for value in wanted]
    doubts = [value.doubt for value in wanted if value is not None and value.doubt is not None]
    assert found.doubts == {doubt: doubts.count(doubt) for doubt in set(doubts)}


def test_instants_and_numbers_of_a_parquet_file_stay_what_they_are(tmp_path: Path) -> None:
    opened = pl.Series(["2016-02-01T09:00:00.000001", None, "2016-07-01T09:00:00"]).str.to_datetime(
        time_zone="Asia/Tokyo"
    )
    frame = pl.DataFrame(
        {"id": ["A", "B", "C"], "opened": opened, "count": [1, None, 10**18], "tier": ["-", "b", None]}
    )
    frame.write_parquet(tmp_path / "h.parquet")
    (tmp_path / "m.map.yaml").write_text(
        'mapping: m\nhistory: {rows: ticket, absent: ["-"]}\nticket: id\ninstants: {format: rfc3339, opened: opened}\n'
        "facts: {ticket.reopened: {column: count, type: whole}, requester.tier: tier}\n"
    )
    history, found = open_mapped(tmp_path / "h.parquet", tmp_path / "m.map.yaml")
    mapping = found.mapping
    assert mapping.typed_columns() == {"opened", "count"}
    (table,) = history.tables(mapping.columns(), mapping.absent, mapping.typed_columns())
    assert table.frame["opened"].dtype == pl.Datetime("us", "Asia/Tokyo")
    assert table.frame["tier"].to_list() == [None, "b", None]
    (plain,) = history.tables(mapping.columns(), mapping.absent)
    readers = Readers(mapping.instants)
    for name, kind in (("opened", "instant"), ("count", "whole")):
        column = Column(name, kind)  # type: ignore[arg-type]
        one, other = (read_column(readers, column, frame[name]) for frame in (table.frame, plain.frame))
        assert [one.values.raw(row) for row in range(3)] == [other.values.raw(row) for row in range(3)]
        assert one.unread == other.unread
    (odd,) = history.tables(mapping.columns(), ["7"], mapping.typed_columns())
    assert odd.frame["count"].dtype == pl.String, "what stands for nothing is told by its text"


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,234.50", 1234.5), ("12,000", 12_000.0), ("7", 7.0), ("-1,234,567", -1_234_567.0), ("1,23", None),
     ("1,2345", None), ("1,234,56", None), (",123", None), ("1234,567", None)],
)  # fmt: skip
def test_thousands_stand_in_groups_of_three(text: str, number: float | None) -> None:
    readers = Readers(Instants("rfc3339", None, "opened", None), ".", ",")
    values, unread = readers.of(Column("cost", "decimal")).values([text])
    assert values == [number]
    assert bool(unread) is (number is None)
    whole, _ = readers.of(Column("count", "whole")).values(["12,345"])
    assert whole == [12_345]


def test_thousands_are_not_marked_as_fractions_are(tmp_path: Path) -> None:
    (tmp_path / "m.map.yaml").write_text(
        'mapping: m\nhistory: {rows: ticket, decimal: ",", thousands: ","}\nticket: id\n'
        "instants: {format: rfc3339, opened: opened}\nfacts: {ticket.id: id}\n"
    )
    with pytest.raises(MappingFaults) as faults:
        draft_mapping(tmp_path / "m.map.yaml").settled()
    assert "m.map.yaml:2" in faults.value.report()


CITY = """\
Unique Key,Created Date,Closed Date,Due Date,Agency,Complaint Type,Cost,Channel
"1,001",01/15/2024 09:05:00 AM,01/18/2024 12:00:00 PM,01/22/2024 05:00:00 PM,NYPD,Noise,"1,234.50",PHONE
1002,01/15/2024 12:15:30 AM,,,DSNY,Missed Collection,,ONLINE
1003,03/10/2024 02:30:00 AM,03/11/2024 01:00:00 PM,,DOT,Pothole,"12,000",MOBILE
1003,03/10/2024 02:30:00 AM,03/11/2024 01:00:00 PM,,DOT,Pothole,"12,000",MOBILE
1004,11/03/2024 01:30:00 AM,11/04/2024 09:00:00 am,   ,DOT,Pothole,7,MOBILE
1005,1/5/2024 9:05:00 AM,01/01/2024 12:00:00 AM,01/02/2024,DOT,Pothole,-3.5,
1006,2024-01-05T09:05:00.000,01/08/2024 12:00:00 AM,,"DOT, Bronx",Street Light,N/A,UNKNOWN
1007,01/05/2024 13:05:00 PM,,,DOT,Pothole,5,PHONE
,01/05/2024 01:05:00 PM,,,DOT,Pothole,5,PHONE
1008,,,,DOT,Pothole,five,PHONE
"""
CITY_MAP = """\
mapping: city
history: {rows: ticket, absent: ["", N/A, "   "], thousands: ","}
ticket: Unique Key
instants:
  format: "%m/%d/%Y %I:%M:%S %p"
  zone: America/New_York
  opened: Created Date
  columns:
    Created Date: {format: ["%m/%d/%Y %I:%M:%S %p", "%Y-%m-%dT%H:%M:%S.%f"]}
    Due Date: {format: ["%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y"], date_at: "17:00"}
facts:
  ticket.id: Unique Key
  ticket.channel: {column: Channel, values: {PHONE: phone, ONLINE: web, MOBILE: app}, otherwise: other}
  ticket.category: Complaint Type
  ticket.group: Agency
  ticket.created_at: {column: Created Date, type: instant}
  ticket.resolved_at: {column: Closed Date, type: instant}
  ticket.fields.cost: {column: Cost, type: decimal}
  ticket.fields.promised: {column: Due Date, type: instant, planned: true}
final: {Closed Date: Closed Date}
recorded: {assignment.group: Agency}
"""
CITY_DESK = """\
rulebook: city
version: 1.0.0
in_force: {from: 2010-01-01}
title: City desk
calendars: {office: {zone: America/New_York, holidays: US, hours: {mon-fri: "09:00-17:00"}}}
facts:
  ticket.channel: [phone, web, app, other]
  ticket.category: text
  ticket.fields.cost: {decimal: {at_least: 0}}
  ticket.fields.promised: instant
admission: {otherwise: {then: {outcome: accept}}}
priority:
  rules: [{rule: pothole, when: {ticket.category: Pothole}, then: {level: P1}}]
  otherwise: {then: {level: P2}}
sla: {table: {when: [priority], then: [resolution, calendar], rows: [[P1, 16h, office], [P2, 40h, office]]}}
assignment: {rules: [{rule: stays, then: {keep: group}}]}
"""


def _found(folder: Path, name: str) -> Mapping[str, bytes]:
    history, found = open_mapped(folder / "h.csv", folder / "m.map.yaml")
    sides = [side_of(side, "city", Catalogue.of_files([folder / f"{side}.yaml"])) for side in ("baseline", "candidate")]
    plan = Plan(history, found.mapping, tuple(sides), by=("ticket.group", "ticket.fields.promised"))
    written(plan, folder / name)
    return {path.name: path.read_bytes() for path in (folder / name).iterdir()}


def test_a_citys_untidy_file_is_replayed_by_columns_as_by_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "h.csv").write_text(CITY)
    (tmp_path / "m.map.yaml").write_text(CITY_MAP)
    (tmp_path / "baseline.yaml").write_text(CITY_DESK)
    (tmp_path / "candidate.yaml").write_text(CITY_DESK.replace("16h", "4h").replace("Pothole", "Noise"))
    by_columns = _found(tmp_path, "columns")
    monkeypatch.setattr(run, "fits_columns", lambda mapping: False)
    assert by_columns == _found(tmp_path, "rows")
    decided = pl.read_parquet(tmp_path / "columns" / "decisions.parquet")
    assert decided["ticket"].unique(maintain_order=True).to_list() == ["1,001", "1002", "1003", "1004", "1006"]
    aside = pl.read_csv(tmp_path / "columns" / "set_aside.csv", schema_overrides={"ticket": pl.String})
    assert aside["row"].unique(maintain_order=True).to_list() == [4, 6, 8, 9, 10]
