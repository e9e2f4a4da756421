"""Histories of other desks, taken in by a mapping alone: a car maker's, a city's, a ServiceNow desk's, our own log."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from history_kit import asked_by_columns, asked_of, csv_text, replayed

from engine import Catalogue
from simulations import MappingFaults, Plan, open_mapped, replay, side_of

ROOT = Path(__file__).parents[2]
LOG = ROOT.parent / "shared" / "data" / "uci_incident_event_log" / "uci_week1.csv.gz"

CARS = """\
mapping: car-maker
history: {rows: event}
ticket: "case:concept:name"
joined: {state: ["event:concept:name", "event:lifecycle:transition"]}
instants: {format: rfc3339, opened: "event:time:timestamp", event_at: "event:time:timestamp"}
facts:
  ticket.id: "case:concept:name"
  ticket.impact: {column: "event:impact", values: {Low: low, Medium: medium, High: high, Major: high}}
  ticket.service: "event:product"
  ticket.group: "event:org:group"
  ticket.owner: "event:org:resource"
  ticket.line: {column: "event:org:group", pattern: " ([23])(?:nd|rd)$", otherwise: 1, type: whole}
  ticket.status:
    column: state
    values:
      Queued/Awaiting Assignment: new
      Accepted/In Progress: open
      Accepted/Wait - User: waiting
      Completed/Resolved: resolved
      Completed/Closed: closed
events:
  waits: {while: {state: Accepted/Wait - User}}
  first:
    ticket.created_at: {}
    ticket.resolved_at:
      when: {"event:concept:name": Completed}
      forgotten: {when: {"event:concept:name": [Accepted, Queued]}}
  counts:
    ticket.reopened: {when: {"event:concept:name": Accepted}, before: {"event:concept:name": Completed}}
"""
STEPS = [
    ("09:00", "Queued", "Awaiting Assignment", "G97", "Siebel"),
    ("09:30", "Accepted", "In Progress", "G97", "Ann"),
    ("10:00", "Accepted", "Wait - User", "G42 2nd", "Bob"),
    ("12:00", "Accepted", "In Progress", "G42 2nd", "Bob"),
    ("13:00", "Completed", "Resolved", "V3 3rd", "Cy"),
    ("14:00", "Completed", "Closed", "V3 3rd", "Siebel"),
    ("15:00", "Accepted", "In Progress", "V3 3rd", "Cy"),
]


def xes(steps: list[tuple[str, str, str, str, str]]) -> str:
    def text(key: str, value: str) -> str:
        return f'<string key="{key}" value="{value}"/>'

    events = "".join(
        f'<event><date key="time:timestamp" value="2012-04-02T{at}:00+02:00"/>{text("concept:name", name)}'
        f"{text('lifecycle:transition', step)}{text('org:group', group)}{text('org:resource', who)}"
        f"{text('impact', 'Major')}{text('product', 'PROD1')}</event>"
        for at, name, step, group, who in steps
    )
    return f"<log>\n<trace>{text('concept:name', '1-364')}{events}</trace></log>"


def test_a_car_makers_log_with_lines_and_waits(tmp_path: Path) -> None:
    (tmp_path / "h.xes").write_text(xes(STEPS))
    (tmp_path / "m.map.yaml").write_text(CARS)
    found = asked_of(tmp_path / "h.xes", tmp_path / "m.map.yaml")
    opening = found[1, "opening"]
    assert opening["at"] == "2012-04-02T07:00:00Z"
    assert opening["ticket"]["created_at"] == opening["at"]
    assert (opening["ticket"]["status"], opening["ticket"]["impact"], opening["ticket"]["line"]) == ("new", "high", 1)
    assert [found[at, "event"]["ticket"]["line"] for at in range(1, 8)] == [1, 1, 2, 2, 3, 3, 3]
    assert found[3, "event"]["ticket"]["waits"] == [{"from": "2012-04-02T08:00:00Z"}]
    wait = {"from": "2012-04-02T08:00:00Z", "until": "2012-04-02T10:00:00Z"}
    assert all(found[at, "event"]["ticket"]["waits"] == [wait] for at in range(4, 8))
    resolved = [found[at, "event"]["ticket"].get("resolved_at") for at in range(4, 8)]
    assert resolved == [None, "2012-04-02T11:00:00Z", "2012-04-02T11:00:00Z", None]
    assert [found[at, "event"]["ticket"]["reopened"] for at in (6, 7)] == [0, 1]


CITY = """\
mapping: city-desk
history: {rows: ticket, decimal: ","}
ticket: Unique Key
instants:
  format: "%m/%d/%Y %I:%M:%S %p"
  zone: America/New_York
  opened: Created Date
  event_at: Closed Date
  columns: {Hold Start: {format: ["%Y-%m-%d", "%d.%m.%Y"], date_at: "12:00"}, Holds: {format: rfc3339}}
facts:
  ticket.id: Unique Key
  ticket.channel: {column: Channel, values: {PHONE: phone, ONLINE: web}, otherwise: other}
  ticket.group: Agency
  ticket.created_at: {column: Created Date, type: instant}
  ticket.first_response_at: {column: Acknowledged, type: instant}
  ticket.resolved_at: {column: Closed Date, type: instant}
  ticket.tags: {column: Tags, type: set, split: "|"}
  ticket.fields.target_days: {column: Target, pattern: "^([0-9]+) working days$", type: whole}
  ticket.fields.cost: {column: Cost, type: decimal}
  ticket.fields.due: {column: Due Date, type: instant, planned: true}
  ticket.fields.outcome: Outcome
waits:
  - {total: Hold Minutes, unit: minutes, until: Closed Date}
  - {from: Hold Start, until: Closed Date}
  - {list: Holds}
final: {Outcome: Closed Date}
"""
CITY_HEAD = (
    "Unique Key", "Created Date", "Acknowledged", "Closed Date", "Due Date", "Agency", "Channel", "Target", "Cost",
    "Tags", "Hold Minutes", "Hold Start", "Holds", "Outcome",
)  # fmt: skip
RULEBOOK = """\
rulebook: city-desk
version: 1.0.0
in_force: {from: 2016-01-01}
title: City desk
calendars:
  office: {zone: America/New_York, hours: {mon-fri: "09:00-17:00"}}
facts:
  ticket.channel: [phone, web, other]
  ticket.fields.target_days: count
  ticket.fields.cost: decimal
  ticket.fields.due: instant
  ticket.fields.outcome: text
admission: {otherwise: {then: {outcome: accept}}}
sla:
  table:
    when: [ticket.fields.target_days]
    then: [resolution]
    rows: {three: [3, 24h], five: [5, 40h]}
  otherwise: {then: {calendar: office}}
"""


def city_rows() -> list[dict[str, str]]:
    usual = {
        "Created Date": "01/05/2026 09:15:00 AM", "Agency": "DOT", "Channel": "PHONE", "Target": "5 working days",
        "Due Date": "01/12/2026 09:15:00 AM",
    }  # fmt: skip
    closed = {"Acknowledged": "01/05/2026 10:00:00 AM", "Closed Date": "01/07/2026 05:00:00 PM", "Outcome": "fixed"}
    return [
        {**usual, **closed, "Unique Key": "1", "Hold Minutes": "90,5", "Cost": "12,50", "Tags": "pothole | urgent"},
        {**usual, **closed, "Unique Key": "2", "Hold Start": "06.01.2026", "Channel": "PIGEON"},
        {
            **usual,
            **closed,
            "Unique Key": "3",
            "Holds": '[["2026-01-05T15:00:00Z", "2026-01-05T16:00:00Z"], {"from": "2026-02-01T00:00:00Z"}]',
        },
        {**usual, "Unique Key": "4", "Target": "3 working days"},
    ]


@pytest.fixture
def city(tmp_path: Path) -> Path:
    (tmp_path / "h.csv").write_text(csv_text(CITY_HEAD, city_rows()))
    (tmp_path / "m.map.yaml").write_text(CITY)
    (tmp_path / "city-desk.yaml").write_text(RULEBOOK.replace("then: [resolution]", "then: [resolution]"))
    return tmp_path


def test_a_citys_tickets_with_working_days(city: Path) -> None:
    found = asked_of(city / "h.csv", city / "m.map.yaml")
    assert sorted(found) == [(1, "event"), (1, "opening"), (2, "event"), (2, "opening"), (3, "event"), (3, "opening"),
                             (4, "opening")]  # fmt: skip
    opening, closing = found[1, "opening"], found[1, "event"]
    assert opening == {
        "at": "2026-01-05T14:15:00Z",
        "ticket": {
            "id": "1",
            "channel": "phone",
            "group": "DOT",
            "tags": ["pothole", "urgent"],
            "created_at": "2026-01-05T14:15:00Z",
            "fields": {"target_days": 5, "cost": 12.5, "due": "2026-01-12T14:15:00Z"},
        },
    }, "acknowledged, closed, held and settled later"
    assert closing["ticket"]["first_response_at"] == "2026-01-05T15:00:00Z"
    assert closing["ticket"]["resolved_at"] == closing["at"] == "2026-01-07T22:00:00Z"
    assert closing["ticket"]["fields"]["outcome"] == "fixed"
    assert closing["ticket"]["waits"] == [{"from": "2026-01-07T20:29:30Z", "until": "2026-01-07T22:00:00Z"}]
    assert found[2, "event"]["ticket"]["waits"] == [{"from": "2026-01-06T17:00:00Z", "until": "2026-01-07T22:00:00Z"}]
    assert found[3, "event"]["ticket"]["waits"] == [{"from": "2026-01-05T15:00:00Z", "until": "2026-01-05T16:00:00Z"}]
    assert found[2, "opening"]["ticket"]["channel"] == "other"
    assert found[4, "opening"]["ticket"]["fields"]["target_days"] == 3


def test_a_ticket_that_is_not_closed_yet_has_an_opening_only(city: Path) -> None:
    summary = replayed(city / "h.csv", city / "m.map.yaml", city / "city-desk.yaml", city / "out")
    assert summary.sound, summary.set_aside
    assert (summary.openings.total, summary.openings.decided) == (4, 4)
    assert summary.events is not None
    assert (summary.events.total, summary.events.decided) == (3, 3)
    frame = pl.read_parquet(city / "out" / "decisions.parquet").filter(pl.col("decision") == "opening")
    due = [targets[0]["due"] for targets in frame["baseline_targets"].to_list()]
    assert len(due) == 4


def test_the_columns_of_one_row_a_ticket_say_what_its_requests_say(city: Path) -> None:
    found = asked_of(city / "h.csv", city / "m.map.yaml")
    assert "resolved_at" not in found[1, "opening"]["ticket"], "not resolved yet"
    assert asked_by_columns(city / "h.csv", city / "m.map.yaml") == found


@pytest.mark.skipif(not LOG.is_file(), reason="the published history does not lie beside the checkout")
def test_a_servicenow_log_tells_its_waits_by_its_states(tmp_path: Path) -> None:
    text = (ROOT / "rules" / "itil-incident-desk" / "servicenow-history.map.yaml").read_text()
    (tmp_path / "m.map.yaml").write_text(text + "\nevents: {waits: {while: {incident_state: Awaiting User Info}}}\n")
    found = asked_of(LOG, tmp_path / "m.map.yaml")
    waiting = [request for request in found.values() if "waits" in request["ticket"]]
    assert len(waiting) > 500
    for (_, moment), request in found.items():
        waits = request["ticket"].get("waits", [])
        assert moment == "event" or all(wait["from"] == request["at"] for wait in waits), "in the very minute"
        assert all(wait["from"] <= wait.get("until", request["at"]) <= request["at"] for wait in waits)
        assert all("until" in wait for wait in waits[:-1]), "one wait at a time"
    events = [ticket for (_, moment), request in found.items() if moment == "event" for ticket in [request["ticket"]]]
    still = [ticket for ticket in events if "waits" in ticket and "until" not in ticket["waits"][-1]]
    assert {ticket["status"] for ticket in still} == {"waiting"}


def logged(catalogue: Catalogue, request: dict[str, Any], **more: Any) -> str:
    answer = catalogue.decide(request)
    record = {
        "kind": "decision", "format": 1, "time": "2026-01-05T10:00:00Z", "call": f"call-{request['at']}",
        "caller": None, "worker": 1, "engine": "bitmap", "rulebook": answer["rulebook"],
        "request_digest": "sha256:0", "languages": [],
        "request": request, "masked": [], "decision": answer["decision"],
    }  # fmt: skip
    return json.dumps({**record, **more})


@pytest.fixture
def log(city: Path) -> Path:
    catalogue = Catalogue.of_files([city / "city-desk.yaml"])
    head = {"rulebook": "city-desk", "version": "1.0.0"}
    asked = asked_of(city / "h.csv", city / "m.map.yaml")
    lines = [logged(catalogue, {**head, **request}) for request in asked.values()]
    lines.append(logged(catalogue, {**head, "at": "2026-01-05T10:00:00Z", "explain": True, "language": "en"}))
    lines.append('{"kind": "shadow", "format": 1, "request_digest": "sha256:0", "parts": {}}')
    (city / "decisions.jsonl").write_text("\n".join(lines) + "\n")
    return city


def test_the_decision_log_needs_no_mapping(log: Path) -> None:
    history, mapping = open_mapped(log / "decisions.jsonl")
    assert history.form.name == "decision-log"
    side = side_of("baseline", "city-desk", Catalogue.of_files([log / "city-desk.yaml"]))
    summary = replay(Plan(history, mapping.mapping, (side,)))
    assert summary.sound, summary.set_aside
    assert summary.events is not None
    assert (summary.openings.total, summary.events.total, summary.events.decided) == (0, 8, 8)
    assert {found.part for found in summary.agreement} >= {"admission.outcome", "sla.calendar"}
    assert all(found.equal == found.compared for found in summary.agreement)
    assert sum(found.compared for found in summary.agreement if found.part == "admission.outcome") == 8
    stricter = RULEBOOK.replace("outcome: accept", "outcome: reject")
    (log / "other.yaml").write_text(stricter)
    other = replayed(log / "decisions.jsonl", Path("decision-log"), log / "other.yaml")
    found = next(found for found in other.agreement if found.part == "admission.outcome")
    assert (found.compared, found.equal) == (8, 0)


def test_the_decision_log_in_parquet_says_the_same(log: Path) -> None:
    records = [json.loads(line) for line in (log / "decisions.jsonl").read_text().splitlines()]
    columns = {
        name: [
            record.get(name) if isinstance(record.get(name), str) else json.dumps(record.get(name))
            for record in records
        ]
        for name in ("kind", "call", "request_digest", "request", "decision")
    }
    pl.DataFrame(columns).write_parquet(log / "decisions.parquet")
    history, _ = open_mapped(log / "decisions.parquet")
    assert history.form.name == "decision-log"
    found = [asked_of(log / f"decisions.{form}", Path("decision-log")) for form in ("jsonl", "parquet")]
    assert len(found[0]) == 8
    assert found[0] == found[1]


def test_a_broken_line_of_the_decision_log_is_set_aside(log: Path) -> None:
    path = log / "decisions.jsonl"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1][:100], '{"kind": "decision", "request": 1}', *lines[2:]]))
    history, mapping = open_mapped(path)
    side = side_of("baseline", "city-desk", Catalogue.of_files([log / "city-desk.yaml"]))
    summary = replay(Plan(history, mapping.mapping, (side,)))
    assert summary.events is not None
    assert (summary.events.total, summary.events.decided, summary.events.set_aside) == (9, 7, 2)
    assert {found.reason for found in summary.set_aside} == {
        "the line is not JSON",
        "the line is no record of a decision",
    }


def test_what_is_no_decision_log_needs_a_mapping(city: Path) -> None:
    with pytest.raises(MappingFaults, match="fault"):
        open_mapped(city / "h.csv")
