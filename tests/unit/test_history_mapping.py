"""Mapping files: how texts become values, and every fault at once with its place."""

from pathlib import Path
from typing import Any

import pytest

from simulations import MappingFaults, draft_mapping
from simulations.mappings import Column, Instant, Instants, Readers

ROOT = Path(__file__).parents[2]
SOUND = """\
mapping: small
history: {rows: event}
ticket: id
instants: {format: "%d/%m/%Y %H:%M", zone: UTC, opened: opened, event_at: updated}
facts:
  ticket.impact: {column: impact, values: {1: high, 2: low}}
  ticket.resolved_at: {column: resolved, type: instant}
final: {resolved: resolved}
"""
COLUMNS = ("id", "opened", "updated", "impact", "resolved")


def faults(tmp_path: Path, text: str, columns: tuple[str, ...] = COLUMNS) -> list[str]:
    path = tmp_path / "a.map.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        draft_mapping(path).settled(columns)
    except MappingFaults as found:
        return [f"{d.span.line}:{d.span.column} {d.code}: {d.message} | {d.help}" for d in found.diagnostics]
    return []


def read(column: Column, text: str, **instants: Any) -> Any:
    """The value of a text, or the reason why it has none."""
    form: dict[str, Any] = {"format": "%d/%m/%Y %H:%M", "zone": "UTC", "opened": "o", "event_at": None}
    values, unread = Readers(Instants(**{**form, **instants})).of(column).values([text])
    return unread.get(0, values[0])


def instant(text: str, **instants: Any) -> Any:
    value = read(Column("c", "instant"), text, **instants)
    return (value.text, value.doubt) if isinstance(value, Instant) else value


def test_a_sound_mapping_has_no_faults(tmp_path: Path) -> None:
    assert faults(tmp_path, SOUND) == []


def test_the_mapping_of_the_house_is_sound() -> None:
    path = ROOT / "rules" / "itil-incident-desk" / "servicenow-history.map.yaml"
    mapping = draft_mapping(path).settled().mapping
    assert (mapping.expected_rows, mapping.expected_tickets) == (141_712, 24_918)
    assert {"resolved_at", "closed_code", "resolved_by"} <= {
        fact.column.name for fact in mapping.facts if fact.column and fact.known_from
    }


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = """\
mapping: Small
histroy: {rows: event}
history: {rows: evnt}
ticket: idd
instants: {format: "%d/%m", zone: Europe/Warsav, opened: opened}
facts:
  tickt.impact: impact
  ticket.urgency: {column: impact, is: high}
  ticket.line: {is: 1, type: whole}
  ticket.channel: {column: impact, type: whole, values: {a: b}}
  ticket.resolved_at: {column: resolved, planned: true}
at_opening: {ticket.urgncy: low}
final: {opened: resolvd}
recorded: {priority.levl: impact}
"""
    found = faults(tmp_path, text)
    codes = [line.split(":")[0] + ":" + line.split(":")[1] for line in found]
    assert codes == [
        "1:10 wrong-value",
        "2:1 unknown-key",
        "3:17 unknown-value",
        "4:9 unknown-column",
        "5:20 bad-format",
        "5:35 unknown-zone",
        "7:3 unknown-fact",
        "8:3 bad-fact",
        "9:24 bad-fact",
        "10:36 bad-fact",
        "11:42 bad-fact",
        "12:14 unknown-fact",
        "13:9 bad-final",
        "13:17 unknown-column",
        "14:12 unknown-key",
    ]
    for said in ("`evnt`; did you mean `event`", "did you mean `id`", "did you mean `Europe/Warsaw`"):
        assert any(said in line for line in found), said
    assert any("did you mean `ticket.urgency`" in line for line in found)
    assert any("did you mean `priority.level`" in line for line in found)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (", event_at: updated", "", "no column holds the instant of an event"),
        (", zone: UTC", "", "carry no offset, and no zone is named"),
        ("%d/%m/%Y %H:%M", "%d/%m/%Y", "does not give year, month, day and hour"),
        ("%d/%m/%Y %H:%M", "%Q", "is not a format"),
        ("{resolved: resolved}", "{impact: resolved, resolved: updated}", "`resolved` is itself known from `updated`"),
        ("ticket: id", "", "`ticket` is missing"),
    ],
)
def test_contradictions_are_found(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in "\n".join(faults(tmp_path, SOUND.replace(old, new)))


def test_a_history_without_any_of_the_columns_is_told_once(tmp_path: Path) -> None:
    found = faults(tmp_path, SOUND, ("a", "b"))
    assert len(found) == 1
    assert found[0].endswith("its columns: a, b")


@pytest.mark.parametrize("raw", [b"", b"- 1\n", b"a: [\n", b"\xff", b"just text"])
def test_no_file_is_too_odd_for_a_diagnostic(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "a.map.yaml"
    path.write_bytes(raw)
    with pytest.raises(MappingFaults) as found:
        draft_mapping(path).settled(COLUMNS)
    assert found.value.diagnostics
    assert str(path) in found.value.report()


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        (Column("c"), " a ", " a "),
        (Column("c", "whole"), "007", 7),
        (Column("c", "whole"), "-3", -3),
        (Column("c", "whole"), "3.0", "is not a whole number"),
        (Column("c", "whole"), "٣", "is not a whole number"),
        (Column("c", "decimal"), "1.5", 1.5),
        (Column("c", "decimal"), "1,5", "is not a number"),
        (Column("c", "decimal"), "nan", "is not a number"),
        (Column("c", "truth"), "TRUE", True),
        (Column("c", "truth"), "1", "is neither `true` nor `false`"),
        (Column("c", values={"1": True}), "1", True),
        (Column("c", values={"-100": None}), "-100", None),
        (Column("c", values={"1": True}), "2", "is not in the table of values"),
    ],
)
def test_texts_become_values(column: Column, text: str, value: object) -> None:
    found = read(column, text)
    assert found == value
    assert type(found) is type(value)


def test_days_come_first() -> None:
    assert instant("3/4/2016 01:02") == ("2016-04-03T01:02:00Z", None)
    assert instant("29/2/2016 23:59") == ("2016-02-29T23:59:00Z", None)
    assert instant("2/29/2016 23:59") == "is not an instant written as `%d/%m/%Y %H:%M`"
    assert instant("29/2/2015 23:59") == "is not an instant written as `%d/%m/%Y %H:%M`"
    assert instant("3/4/2016 01:02:03") == "is not an instant written as `%d/%m/%Y %H:%M`"


def test_offsets_are_kept() -> None:
    assert instant("2016-04-03T01:02:03.25+02:00", format="rfc3339") == ("2016-04-02T23:02:03.250000Z", None)
    assert instant("2016-04-03 01:02 -0500", format="%Y-%m-%d %H:%M %z") == ("2016-04-03T06:02:00Z", None)
    assert instant("2016-04-03T01:02", format="rfc3339", zone="Europe/Warsaw") == ("2016-04-02T23:02:00Z", None)
    assert "without an offset" in instant("2016-04-03T01:02", format="rfc3339", zone=None)
    assert instant("0001-01-01T00:00:00+14:00", format="rfc3339") == "is an instant out of range"


def test_local_times_that_come_twice_or_never_follow_the_mapping() -> None:
    warsaw = {"zone": "Europe/Warsaw"}
    assert instant("30/10/2016 02:30", **warsaw) == ("2016-10-30T00:30:00Z", "fold")
    assert instant("30/10/2016 02:30", **warsaw, fold="later") == ("2016-10-30T01:30:00Z", "fold")
    assert instant("27/3/2016 02:30", **warsaw) == ("2016-03-27T01:30:00Z", "gap")
    assert instant("27/3/2016 02:30", **warsaw, gap="set_aside") == "is a local time that the clock of the zone skipped"
    assert instant("27/3/2016 03:30", **warsaw) == ("2016-03-27T01:30:00Z", None)


def test_columns_read_alike_share_what_they_remember_but_tables_do_not() -> None:
    readers = Readers(Instants("%d/%m/%Y %H:%M", "UTC", "o", None))
    assert readers.of(Column("a", "instant")) is readers.of(Column("b", "instant"))
    one, truth = Column("a", values={"x": 1}), Column("a", values={"x": True})
    assert readers.of(one).values(["x"])[0][0] == 1
    assert readers.of(truth).values(["x"])[0][0] is True
