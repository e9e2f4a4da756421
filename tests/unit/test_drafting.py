"""Drafts of mappings for histories of other desks: what is guessed, and what stands there as a question."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulations import COMMON, Wanted, draft_mapping_text, draft_of
from simulations.drafting import open_to_draft

IMPACT = Wanted("ticket.impact", "closed", ("low", "medium", "high"))
CHANNEL = Wanted("ticket.channel", "closed", ("phone", "web"))
FACTS = (*(fact for fact in COMMON if fact.name not in ("ticket.impact", "ticket.channel")), IMPACT, CHANNEL)
CITY = """\
case_id,open_dt,sla_target_dt,closed_dt,on_time,case_status,closure_reason,type,queue,source,resolution_action_dt
"""
CITY_ROWS = [
    "{n},2026-01-0{d} 09:00:00,2026-01-1{d} 17:00:00,2026-01-0{d} 12:00:00,"
    "ONTIME,Closed,Case Resolved,Pothole,DPW,App,2026-01-0{d} 12:00:00",
    "{n},2026-01-0{d} 10:00:00,2026-01-1{d} 17:00:00,2026-01-2{d} 12:00:00,"
    "OVERDUE,Closed,Duplicate,Noise,ISD,Call,2026-01-2{d} 12:00:00",
    "{n},2026-01-0{d} 11:00:00,2026-01-1{d} 17:00:00,,OVERDUE,Open,,Noise,ISD,Letter,",
]
CARS = "SR Number;Change Date+Time;Status;Sub Status;Involved ST;SR Latest Impact\n"
CAR_ROWS = [
    "1-36{n};2012-04-02T08:0{n}:00+01:00;Queued;Awaiting Assignment;G97;Low",
    "1-36{n};2012-04-02T09:0{n}:00+01:00;Accepted;Wait - User;G230 2nd;Major",
    "1-36{n};2012-04-02T10:0{n}:00+01:00;Accepted;Wait - Vendor;V32 3rd;Major",
    "1-36{n};2012-04-02T11:0{n}:00+01:00;Completed;Resolved;V32 3rd;High",
]


def drafted(path: Path, text: str) -> tuple[str, dict[str, Any]]:
    """The draft as text and as it is read; it has no faults."""
    path.write_text(text, encoding="utf-8")
    history, layout = open_to_draft(str(path), {}, guess_separator=True)
    draft = draft_mapping_text(history, FACTS, layout)
    assert draft_of("draft", draft.encode()).faults == ()
    return draft, yaml.safe_load(draft)


def test_a_citys_desk_with_recorded_due_times(tmp_path: Path) -> None:
    rows = [row.format(n=f"1010{n}", d=n % 9 + 1) for n, row in enumerate(CITY_ROWS * 6)]
    draft, said = drafted(tmp_path / "city.csv", CITY + "\n".join(rows) + "\n")
    assert said["history"]["rows"] == "ticket"
    assert said["instants"]["opened"] == "open_dt"
    assert said["facts"]["ticket.resolved_at"] == {"column": "closed_dt", "type": "instant"}
    assert said["recorded"]["sla.targets"] == {
        "resolution": {
            "due": "sla_target_dt",
            "state": {"column": "on_time", "values": {"ONTIME": "met", "OVERDUE": "breached"}},
        }
    }
    assert said["final"] == {
        "closed_dt": "closed_dt",
        "resolution_action_dt": "resolution_action_dt",
        "case_status": "closed_dt",
        "closure_reason": "closed_dt",
    }, "each once"
    assert said["at_opening"] == {"ticket.status": "new"}, "how it ended is not known at the opening"
    assert "# ? ticket.channel: {column: source" in draft, "none of its texts is a channel of the rulebook"


def test_a_car_makers_log_with_lines_and_waits(tmp_path: Path) -> None:
    rows = [row.format(n=n) for n in range(8) for row in CAR_ROWS]
    draft, said = drafted(tmp_path / "cars.csv", CARS + "\n".join(rows) + "\n")
    assert said["history"]["separator"] == ";"
    assert (said["history"]["rows"], said["ticket"]) == ("event", "SR Number")
    assert said["facts"]["ticket.impact"]["values"] == {"Low": "low", "High": "high", "Major": None}
    assert "# ? none is near; one of low, medium, high" in draft
    line = said["facts"]["ticket.line"]
    assert (line["column"], line["otherwise"]) == ("Involved ST", 1)
    assert said["events"]["waits"] == {"while": {"Sub Status": ["Wait - User"]}}
    assert "# ? waits too, but for others: Awaiting Assignment, Wait - Vendor" in draft
    going = sorted(said["events"]["first"]["ticket.resolved_at"]["forgotten"]["when"]["Status"])
    assert said["events"]["first"]["ticket.resolved_at"]["when"] == {"Status": ["Completed"]}
    assert going == ["Accepted", "Queued"]
    assert said["events"]["counts"]["ticket.reopened"]["before"] == {"Status": ["Completed"]}


def test_lists_of_waits_and_messages(tmp_path: Path) -> None:
    def at(hour: int) -> str:
        return f"2026-03-02T{hour:02}:00:00Z"

    rows = [
        {
            "id": f"T-{n}",
            "created": at(8),
            "solved": at(20),
            "holds": [{"started": at(10), "ended": at(11), "reason": "customer"}],
            "notes": [
                {"created_at": at(9), "author": {"role": role}, "via": "web"} for role in ("agent", "customer", "bot")
            ],
            "sla": {"first_response_due": at(9), "breached": n % 2 == 0},
        }
        for n in range(12)
    ]
    draft, said = drafted(tmp_path / "h.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    assert said["waits"] == [{"list": "holds", "from": "started", "until": "ended"}]
    assert "# ? when: {reason: …}" in draft
    values = {"agent": "agent", "customer": "requester", "bot": None}
    assert said["messages"] == [
        {"list": "notes", "at": "created_at", "from": {"key": "author.role", "values": values}, "channel": "via"}
    ]
    assert said["recorded"]["sla.targets"] == {
        "first_response": {"due": "sla.first_response_due"},
        "resolution": {"state": {"column": "sla.breached", "values": {"true": "breached", "false": "met"}}},
    }


@pytest.mark.parametrize(("separator", "said"), [(";", ";"), ("\t", "\t"), ("|", "|"), (",", None)])
def test_what_stands_between_the_fields_is_guessed(tmp_path: Path, separator: str, said: str | None) -> None:
    head = separator.join(("id", "created", "what"))
    rows = [separator.join((f"A{n}", f"2026-01-01 0{n}:00", "x, y")) for n in range(5)]
    (tmp_path / "h.csv").write_text("\n".join([head, *(row.replace("x, y", "x") for row in rows)]) + "\n")
    history, layout = open_to_draft(str(tmp_path / "h.csv"), {}, guess_separator=True)
    assert history.columns == ("id", "created", "what")
    assert layout.get("separator") == said
    kept, layout = open_to_draft(str(tmp_path / "h.csv"), {"separator": ","}, guess_separator=False)
    assert layout == {"separator": ","}
    assert len(kept.columns) == (3 if said is None else 1)
