"""Histories whose cells hold lists and structs: waits and messages with names of the desk's own."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from history_kit import asked_by_columns, asked_of, batches_of

from simulations import MappingFaults, open_mapped

MAPPING = """\
mapping: nested
history: {rows: ticket}
ticket: id
instants: {format: rfc3339, opened: created, event_at: solved}
facts:
  ticket.id: id
  requester.tier: requester.tier
waits:
  - {list: holds, from: started, until: span.ended, when: {reason: [customer, null]}}
messages:
  - list: comments
    at: created_at
    from: {key: author.role, values: {customer: requester, agent: agent, bot: null}}
    channel: via
    when: {public: "true"}
"""


def at(clock: str) -> str:
    return f"2026-03-02T{clock}:00Z"


def comment(clock: str, role: str, *, public: bool = True) -> dict[str, Any]:
    return {"created_at": at(clock), "author": {"role": role}, "via": "web", "public": public, "body": "Cześć"}


def hold(begin: str, end: str | None, reason: str | None) -> dict[str, Any]:
    return {"started": at(begin), "span": {"ended": end and at(end)}, "reason": reason}


ROWS: list[dict[str, Any]] = [
    {
        "id": "T-1",
        "created": at("09:00"),
        "solved": at("15:00"),
        "requester": {"tier": "gold"},
        "comments": [
            comment("12:00", "agent"),
            comment("10:00", "customer"),
            comment("10:30", "bot"),
            comment("11:00", "agent", public=False),
            comment("16:00", "customer"),
        ],
        "holds": [hold("10:00", "11:00", "customer"), hold("12:00", "13:00", "vendor"), hold("14:00", None, None)],
    },
    {"id": "T-2", "created": at("09:00"), "solved": at("10:00"), "requester": {"tier": None}, "comments": [],
     "holds": []},
]  # fmt: skip


@pytest.fixture(params=["jsonl", "parquet"])
def desk(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    (tmp_path / "m.map.yaml").write_text(MAPPING)
    if request.param == "jsonl":
        (tmp_path / "h").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    else:
        pl.DataFrame(ROWS).write_parquet(tmp_path / "h")
    return tmp_path


def test_lists_tell_of_waits_and_messages_up_to_each_decision(desk: Path) -> None:
    found = asked_of(desk / "h", desk / "m.map.yaml")
    opening, closing = found[1, "opening"]["ticket"], found[1, "event"]["ticket"]
    assert opening == {"id": "T-1", "messages": []}, "nothing was written, and nobody waited yet"
    assert closing["messages"] == [
        {"at": at("10:00"), "from": "requester", "channel": "web"},
        {"at": at("12:00"), "from": "agent", "channel": "web"},
    ], "in the order of time; no bot, nothing internal, nothing that came later"
    assert closing["waits"] == [{"from": at("10:00"), "until": at("11:00")}, {"from": at("14:00")}]
    assert found[1, "event"]["requester"] == {"tier": "gold"}
    assert found[2, "event"]["ticket"]["messages"] == []
    assert "waits" not in found[2, "event"]["ticket"]


def test_by_columns_the_same_is_asked(desk: Path) -> None:
    assert asked_by_columns(desk / "h", desk / "m.map.yaml") == asked_of(desk / "h", desk / "m.map.yaml")


@pytest.mark.parametrize(
    ("change", "column", "reason"),
    [
        ({"holds": [{"begin": at("10:00")}]}, "holds", "is not a JSON list of waits"),
        ({"holds": ["10:00"]}, "holds", "is not a JSON list of waits"),
        ({"holds": [hold("1x:00", None, None)]}, "holds", "is not an instant written as `rfc3339`"),
        ({"comments": ["hello"]}, "comments", "is not a JSON list of messages"),
        ({"comments": [comment("99:00", "agent")]}, "comments", "is not an instant written as `rfc3339`"),
        ({"comments": [comment("10:00", "robot")]}, "comments", "is not in the table of values"),
    ],
)
def test_what_is_no_list_of_them_sets_its_row_aside(
    tmp_path: Path, change: dict[str, Any], column: str, reason: str
) -> None:
    (tmp_path / "m.map.yaml").write_text(MAPPING)
    (tmp_path / "h").write_text("".join(json.dumps({**row, **change}) + "\n" for row in ROWS[:1]))
    _, (batch,), _ = batches_of(tmp_path / "h", tmp_path / "m.map.yaml")
    assert [(why.column, why.reason) for why in batch.misread[0]] == [(column, reason)]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{key: author.role, values: {customer: requester, agent: agent, bot: null}}", "robot",
         "`robot` is no side that writes messages"),
        ("bot: null", "bot: robot", "`bot` must be `requester`, `agent` or null"),
        ("    at: created_at\n", "", "`at` is missing"),
        ("list: comments", "list: coments", "did you mean `comments`"),
        ("from: started, ", "total: started, ", "these columns do not make a wait"),
        ("when: {public", "whem: {public", "did you mean `when`"),
    ],
)  # fmt: skip
def test_faults_are_told_with_what_to_do(tmp_path: Path, old: str, new: str, said: str) -> None:
    (tmp_path / "m.map.yaml").write_text(MAPPING.replace(old, new))
    (tmp_path / "h").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    with pytest.raises(MappingFaults) as faults:
        open_mapped(tmp_path / "h", tmp_path / "m.map.yaml")
    assert said in faults.value.report()
    assert "m.map.yaml:" in faults.value.report()
