"""What the events of a ticket tell of its course: up to each decision, and nothing later."""

import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from history_kit import Asked, asked_by_columns, asked_of, csv_text, replayed
from hypothesis import given, settings
from hypothesis import strategies as st

from simulations import MappingFaults, draft_mapping

HEAD = ("id", "opened", "at", "kind", "state", "group", "by", "channel")
MAPPING = """\
mapping: small
history: {rows: event, absent: ["", "-"]}
ticket: id
instants: {format: "%Y-%m-%d %H:%M", zone: UTC, opened: opened, event_at: at}
facts:
  ticket.id: id
  ticket.owner: {column: by, carried: true}
  ticket.line: {column: group, pattern: " ([123])(?:st|nd|rd)$", otherwise: 1, type: whole}
events:
  waits: {while: {state: [Wait - User]}}
  messages:
    - {when: {kind: mail-in}, from: requester, channel: channel}
    - {when: {kind: [mail-out, call]}, from: agent}
  states: {column: state, values: {New: new, Work: open, Wait - User: waiting, Done: closed}}
  counts:
    ticket.reopened: {when: {state: Work}, before: {state: Done}}
    ticket.fields.hands: {changes: group}
  first:
    ticket.created_at: {}
    ticket.first_response_at: {when: {kind: [mail-out, call]}}
  last:
    ticket.resolved_at: {when: {state: Done}, changes: state, forgotten: {when: {state: [Work, New]}}}
    ticket.priority_changed_at: {when: {kind: priority}}
"""
COURSE = [
    ("09:00", "open", "New", "G1", "", ""),
    ("09:10", "mail-in", "New", "G1", "", "email"),
    ("09:20", "mail-out", "Work", "G1", "ann", ""),
    ("09:30", "change", "Wait - User", "G1 2nd", "", ""),
    ("09:40", "change", "Wait - User", "G1 2nd", "bob", ""),
    ("10:00", "mail-in", "Work", "G1 2nd", "", "-"),
    ("11:00", "close", "Done", "G1 2nd", "", ""),
    ("12:00", "reopen", "Work", "G1 3rd", "", ""),
    ("13:00", "close", "Done", "G1 3rd", "", ""),
]


def row(at: str, kind: str, state: str, group: str, by: str, channel: str, ticket: str = "T") -> dict[str, str]:
    when = {"opened": "2026-01-05 08:59", "at": f"2026-01-05 {at}"}
    return {"id": ticket, **when, "kind": kind, "state": state, "group": group, "by": by, "channel": channel}


ROWS = [row(*event) for event in COURSE]


def asked(folder: Path, rows: list[dict[str, str]], mapping: str = MAPPING) -> Asked:
    (folder / "m.map.yaml").write_text(mapping)
    (folder / "h.csv").write_text(csv_text(HEAD, rows))
    return asked_of(folder / "h.csv", folder / "m.map.yaml")


def z(clock: str) -> str:
    return f"2026-01-05T{clock}:00Z"


def test_the_course_grows_event_by_event(tmp_path: Path) -> None:
    found = asked(tmp_path, ROWS)
    assert found[1, "opening"] == {
        "at": z("08:59"),
        "ticket": {"id": "T", "line": 1, "messages": [], "states": [], "reopened": 0, "fields": {"hands": 0}},
    }, "the first event came a minute after the opening"
    assert found[4, "event"]["ticket"] == {
        "id": "T",
        "owner": "ann",
        "line": 2,
        "messages": [
            {"at": z("09:10"), "from": "requester", "channel": "email"},
            {"at": z("09:20"), "from": "agent"},
        ],
        "states": [
            {"at": z("09:00"), "state": "new"},
            {"at": z("09:20"), "state": "open"},
            {"at": z("09:30"), "state": "waiting"},
        ],
        "reopened": 0,
        "created_at": z("09:00"),
        "first_response_at": z("09:20"),
        "fields": {"hands": 1},
        "waits": [{"from": z("09:30")}],
    }
    waits = {at: found[at, "event"]["ticket"].get("waits") for at in (3, 5, 6, 9)}
    assert waits[3] is None
    assert waits[5] == [{"from": z("09:30")}], "it still waits"
    assert waits[6] == waits[9] == [{"from": z("09:30"), "until": z("10:00")}]
    resolved = [found[at, "event"]["ticket"].get("resolved_at") for at in (6, 7, 8, 9)]
    assert resolved == [None, z("11:00"), None, z("13:00")], "a reopened ticket is not resolved after all"
    assert [found[at, "event"]["ticket"]["reopened"] for at in (7, 8, 9)] == [0, 1, 1]
    assert [found[at, "event"]["ticket"]["owner"] for at in (4, 5, 9)] == ["ann", "bob", "bob"]
    assert [found[at, "event"]["ticket"]["line"] for at in (1, 5, 9)] == [1, 2, 3]


def test_waits_may_be_opened_and_closed_by_events_and_by_changes(tmp_path: Path) -> None:
    begin = MAPPING.index("  waits:")
    end = MAPPING.index("  messages:")
    edges = "  waits: {opens: {when: {kind: mail-out}}, closes: {when: {kind: mail-in}}}\n"
    found = asked(tmp_path, ROWS, MAPPING[:begin] + edges + MAPPING[end:])
    assert found[9, "event"]["ticket"]["waits"] == [{"from": z("09:20"), "until": z("10:00")}]
    edges = "  waits: {opens: {when: {group: G1 2nd}, changes: group}, closes: {changes: [group, kind]}}\n"
    found = asked(tmp_path, ROWS, MAPPING[:begin] + edges + MAPPING[end:])
    assert "waits" not in found[9, "event"]["ticket"], "an event that does both closes"


def test_the_order_of_the_file_does_not_matter(tmp_path: Path) -> None:
    """Tickets that lie among each other, in any order, have the same courses."""
    tickets = [row(*event, ticket=name) for name in ("T", "U", "V") for event in COURSE]
    mixed = random.Random(5).sample(tickets, len(tickets))
    found = asked(tmp_path, mixed)
    alone = {(request["at"], moment): request for (_, moment), request in asked(tmp_path, ROWS).items()}
    for (at, moment), request in found.items():
        ticket = mixed[at - 1]["id"]
        assert request == {
            **alone[request["at"], moment],
            "ticket": {**alone[request["at"], moment]["ticket"], "id": ticket},
        }


KINDS = st.sampled_from(["open", "mail-in", "mail-out", "change", "priority"])
STATES = st.sampled_from(["New", "Work", "Wait - User", "Done"])
EVENTS = st.lists(
    st.tuples(st.integers(0, 59), KINDS, STATES, st.sampled_from(["G1", "G2 2nd"])), min_size=2, max_size=8
)


@settings(max_examples=40, deadline=None)
@given(events=EVENTS, cut=st.integers(1, 7))
def test_what_comes_later_changes_no_earlier_request(
    tmp_path_factory: pytest.TempPathFactory, events: list[tuple[int, str, str, str]], cut: int
) -> None:
    folder = tmp_path_factory.mktemp("desk")
    events = sorted(events, key=lambda event: event[0])
    rows = [row(f"10:{minute:02}", kind, state, group, "", "") for minute, kind, state, group in events]
    whole, part = asked(folder, rows), asked(folder, rows[:cut])
    assert part == {key: whole[key] for key in part}
    for request in whole.values():
        assert all(instant <= request["at"] for instant in instants_in(request))


def instants_in(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [found for inner in value.values() for found in instants_in(inner)]
    if isinstance(value, list):
        return [found for inner in value for found in instants_in(inner)]
    return [value] if isinstance(value, str) and value.startswith("2026-") else []


def test_columns_can_be_made_of_others(tmp_path: Path) -> None:
    mapping = MAPPING.replace("ticket: id\n", "ticket: id\njoined: {what: [kind, by]}\n").replace(
        "when: {kind: mail-in}", "when: {what: [mail-in, mail-out/ann]}"
    )
    found = asked(tmp_path, ROWS, mapping)
    assert [message["at"] for message in found[9, "event"]["ticket"]["messages"] if message["from"] == "requester"] == [
        z("09:10"), z("09:20"), z("10:00"),
    ]  # fmt: skip


def test_the_columns_say_what_the_requests_say(tmp_path: Path) -> None:
    mapping = MAPPING.replace("events:\n", "at_opening: {ticket.fields.hands: 7}\nevents:\n")
    found = asked(tmp_path, ROWS, mapping)
    assert len(found) == len(ROWS) + 1
    assert asked_by_columns(tmp_path / "h.csv", tmp_path / "m.map.yaml") == found


RULEBOOK = """\
rulebook: small-desk
version: 1.0.0
in_force: {from: 2016-01-01}
title: Small desk
states: [new, open, waiting, closed]
facts: {ticket.fields.hands: count}
admission: {otherwise: {then: {outcome: accept}}}
sla: {rules: [{rule: all, then: {resolution: 4h}}]}
"""


def test_due_times_move_while_the_ticket_waits(tmp_path: Path) -> None:
    asked(tmp_path, ROWS)
    (tmp_path / "small-desk.yaml").write_text(RULEBOOK)
    summary = replayed(tmp_path / "h.csv", tmp_path / "m.map.yaml", tmp_path / "small-desk.yaml", tmp_path / "out")
    assert summary.sound, summary.set_aside
    frame = pl.read_parquet(tmp_path / "out" / "decisions.parquet")
    frame = frame.filter(pl.col("decision") == "event")
    due = [targets[0]["due"][11:16] for targets in frame["baseline_targets"].to_list()]
    assert due[:6] == ["13:00", "13:00", "13:00", "13:00", "13:10", "13:30"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("rows: event", "rows: ticket", "only rows that are events tell the course"),
        ("{while: {state: [Wait - User]}}", "{opens: {when: {state: Done}}}", "does not say when a ticket waits"),
        ("{changes: group}", "{changes: grop}", "has no column `grop`"),
        ("{changes: group}", "{}", "is empty"),
        ("{when: {kind: priority}}", "{when: {kind: 7}}", "7"),
        ("ticket.fields.hands:", "ticket.owner:", "`ticket.owner` is given under `facts` already"),
        ('" ([123])(?:st|nd|rd)$"', '"(["', "is not a regular expression"),
        ("otherwise: 1, type", "type", ""),
        ('pattern: " ([123])(?:st|nd|rd)$", ', "", "`otherwise` stands beside neither"),
        ("from: requester", "from: nobody", "`nobody`"),
        ("states: {column: state", "states: {column: stat", "has no column `stat`"),
        ("history: {", 'history: {unique: [id, att], ', "has no column `att`"),
        ("history: {", "history: {encoding: utf-9, ", "unknown encoding `utf-9`"),
        ("ticket: id\n", "ticket: id\njoined: {x: [kind, bye]}\n", "has no column `bye`"),
        ("ticket: id\n", "ticket: id\nwaits: [{until: at}]\n", "do not make a wait"),
        ("event_at: at}", "event_at: at, columns: {at: {format: '%d'}}}", "does not give year"),
        ("event_at: at}", "event_at: at, columns: {att: {zone: UTC}}}", "has no column `att`"),
        ("event_at: at}", "event_at: at, date_at: '25:00'}", "is no time of day"),
    ],
)  # fmt: skip
def test_faults_of_such_mappings_are_told_with_their_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in MAPPING
    (tmp_path / "m.map.yaml").write_text(MAPPING.replace(old, new))
    try:
        draft_mapping(tmp_path / "m.map.yaml").settled(HEAD)
        found = ""
    except MappingFaults as faults:
        found = faults.report()
    assert said in found
    assert bool(said) == bool(found)
