"""The replay: what each decision may know, what is counted, what is set aside, and that it all adds up."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
from history_kit import SMALL_DESK, written
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Catalogue
from simulations import MappingFaults, Plan, Side, Summary, check_fit, open_mapped, output_folder, replay, side_of
from simulations.replay import parts
from simulations.replay.order import read_order

RULEBOOK = (
    SMALL_DESK
    + """\
  ticket.fields.resolver: text
admission:
  otherwise: {then: {outcome: accept}}
priority:
  rules:
    - {rule: reopened, when: {ticket.reopened: {at_least: 1}}, then: {level: P1}}
    - {rule: high, when: {ticket.impact: high}, then: {level: P1}}
    - {rule: low, when: {ticket.impact: low}, then: {level: P2}}
sla:
  table:
    when: [priority]
    then: [resolution]
    rows: [[P1, 4h], [P2, 8h]]
escalation:
  rules:
    - {rule: solved, when: {sla.resolution: met}, then: {to: quality-team, level: 1}}
obligations:
  rules:
    - rule: thank
      when: {ticket.fields.resolver: {missing: false}}
      then: {do: thank, with: {whom: "{ticket.fields.resolver}", at: "{ticket.resolved_at}"}}
    - {rule: watch, when: {ticket.status: new}, then: {do: watch}}
"""
)
MAPPING = """\
mapping: small
history: {rows: event, absent: ["?", ""]}
ticket: id
order: [{column: updated, type: instant}, {column: step, type: whole}]
instants: {format: "%d/%m/%Y %H:%M", zone: UTC, opened: opened, event_at: updated}
facts:
  ticket.id: id
  ticket.impact: {column: impact, values: {1 - High: high, 2 - Low: low}}
  ticket.status: {column: state, values: {New: new, Active: open, Resolved: resolved}}
  ticket.reopened: {column: reopened, type: whole}
  ticket.created_at: {column: opened, type: instant}
  ticket.last_update_at: {column: updated, type: instant}
  ticket.resolved_at: {column: resolved, type: instant}
  ticket.fields.resolver: resolver
at_opening: {ticket.status: new, ticket.reopened: 0, ticket.last_update_at: null}
final: {resolved: resolved, resolver: resolved}
recorded: {priority.level: {column: priority, values: {1: P1, 2: P2}}}
reported: {kept: {column: kept, share_of: "true"}}
"""
HEAD = "id,step,opened,updated,state,impact,reopened,priority,kept,resolved,resolver"
HISTORY = f"""\
{HEAD}
T1,0,1/2/2016 09:00,1/2/2016 09:05,Active,1 - High,1,1,true,1/2/2016 12:00,Ann
T1,1,1/2/2016 09:00,1/2/2016 12:00,Resolved,1 - High,1,1,false,1/2/2016 12:00,Ann
T2,1,2/2/2016 09:00,2/2/2016 10:00,Active,1 - High,0,1,true,?,?
T2,0,2/2/2016 09:00,2/2/2016 10:00,New,2 - Low,0,2,true,?,?
"""
INSTANTS = {"opening": "2016-02-01T09:00:00Z", "first": "2016-02-01T09:05:00Z"}


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "small.map.yaml").write_text(MAPPING)
    (tmp_path / "history.csv").write_text(HISTORY)
    return tmp_path


def catalogue(folder: Path, text: str = RULEBOOK) -> Catalogue:
    path = folder / "rulebook.yaml"
    path.write_text(text)
    return Catalogue.of_files([path])


def sides(desk: Path, candidate: str | None = None) -> tuple[Side, ...]:
    baseline = side_of("baseline", "small-desk", catalogue(desk))
    if candidate is None:
        return (baseline,)
    return baseline, side_of("candidate", "small-desk@1.0.0", catalogue(desk, candidate))


def run(desk: Path, candidate: str | None = None, limit: int | None = None, out: Path | None = None) -> Summary:
    history, mapping = open_mapped(desk / "history.csv", desk / "small.map.yaml")
    both = sides(desk, candidate)
    check_fit(history, mapping, both)
    plan = Plan(history, mapping.mapping, both, limit)
    return replay(plan) if out is None else written(plan, out)


def decisions(desk: Path, name: str = "out") -> dict[tuple[int, str], dict[str, Any]]:
    run(desk, out=desk / name)
    frame = pl.read_parquet(desk / name / "decisions.parquet")
    columns = frame.select("row", "decision", "baseline_decision").rows()
    return {(row, moment): msgspec.json.decode(said) for row, moment, said in columns}


def change(desk: Path, *changes: tuple[str, str]) -> None:
    path = desk / "history.csv"
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)


def test_each_ticket_is_decided_at_its_opening_and_at_each_event(desk: Path) -> None:
    summary = run(desk, out=desk / "out")
    assert (summary.openings.total, summary.openings.decided, summary.openings.set_aside) == (2, 2, 0)
    assert summary.events is not None
    assert (summary.events.total, summary.events.decided, summary.events.set_aside) == (4, 4, 0)
    frame = pl.read_parquet(desk / "out" / "decisions.parquet")
    found = frame.select("row", "ticket", "decision", pl.col("at").dt.strftime("%d %H:%M")).rows()
    assert found == [
        (1, "T1", "opening", "01 09:00"),
        (1, "T1", "event", "01 09:05"),
        (2, "T1", "event", "01 12:00"),
        (2, "T1", "end", "01 12:00"),
        (3, "T2", "event", "02 10:00"),
        (3, "T2", "end", "02 10:00"),
        (4, "T2", "opening", "02 09:00"),
        (4, "T2", "event", "02 10:00"),
    ], "of two events in one minute the lower step is the first, wherever it stands"


def test_the_opening_knows_nothing_of_what_came_later(desk: Path) -> None:
    found = decisions(desk)
    opening, first, last = found[1, "opening"], found[1, "event"], found[2, "event"]
    assert [said["do"] for said in opening["obligations"]] == ["watch"], "the ticket was new then"
    assert opening["priority"]["by"] == "high", "and not reopened yet"
    assert first["obligations"] == []
    assert first["priority"]["by"] == "reopened"
    assert last["obligations"][0]["with"] == {"whom": "Ann", "at": "2016-02-01T12:00:00Z"}
    assert last["escalation"]["to"] == "quality-team"


def test_final_values_do_not_leak_into_earlier_decisions(desk: Path) -> None:
    before = decisions(desk)
    change(desk, ("1/2/2016 12:00,Ann", "7/7/2017 07:07,Somebody else"))
    after = decisions(desk, "again")
    earlier = [key for key in before if key not in ((2, "event"), (2, "end"))]
    assert len(earlier) == 6, "all but the last event and the end of this ticket"
    for key in earlier:
        assert msgspec.json.encode(before[key]) == msgspec.json.encode(after[key])
    assert after[2, "event"] != before[2, "event"], "it was known then, and no longer is"


def test_values_that_were_kept_out_are_counted(desk: Path) -> None:
    assert run(desk).withheld == {"ticket.fields.resolver": 2, "ticket.resolved_at": 2}


def test_a_final_value_without_an_instant_is_never_known(desk: Path) -> None:
    change(desk, ("true,?,?", "true,?,Bob"))
    found = decisions(desk)
    assert all(said["do"] != "thank" for key in ((3, "event"), (4, "event")) for said in found[key]["obligations"])


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters='\r\n",\x00'), max_size=8)


@settings(max_examples=25, deadline=None)
@given(resolver=TEXTS, days=st.integers(1, 4000))
def test_whatever_comes_later_leaves_the_requests_as_they_are(
    tmp_path_factory: pytest.TempPathFactory, resolver: str, days: int
) -> None:
    desk = tmp_path_factory.mktemp("desk")
    (desk / "small.map.yaml").write_text(MAPPING)
    later = f"{1 + days % 28}/{1 + days % 12}/{2017 + days % 100} 10:00"
    (desk / "history.csv").write_text(
        f"{HEAD}\nT,0,1/2/2016 09:00,1/2/2016 09:05,New,1 - High,0,1,true,{later},{resolver}\n"
    )
    asked: list[Mapping[str, Any]] = []

    class Listening(Catalogue):
        def decide(self, request: Mapping[str, Any]) -> dict[str, Any]:
            asked.append(request)
            return super().decide(request)

    (desk / "rulebook.yaml").write_text(RULEBOOK)
    side = side_of("baseline", "small-desk", Listening.of_files([desk / "rulebook.yaml"]))
    history, mapping = open_mapped(desk / "history.csv", desk / "small.map.yaml")
    replay(Plan(history, mapping.mapping, (side,)))
    ticket = {"id": "T", "impact": "high", "status": "new", "reopened": 0, "created_at": INSTANTS["opening"]}
    head = {"rulebook": "small-desk"}
    opening, event, end = asked
    assert opening == {**head, "at": INSTANTS["opening"], "ticket": ticket}
    assert event == {**head, "at": INSTANTS["first"], "ticket": {**ticket, "last_update_at": INSTANTS["first"]}}
    assert end["at"] == end["ticket"]["resolved_at"] > INSTANTS["first"], "the end is the resolution, as it comes later"


def test_a_planned_instant_may_lie_ahead(desk: Path) -> None:
    change(desk, ("1/2/2016 12:00,Ann", "7/7/2017 07:07,Ann"))
    path = desk / "small.map.yaml"
    text = path.read_text().replace("final: {resolved: resolved, resolver: resolved}\n", "")
    path.write_text(text)
    assert decisions(desk)[1, "event"]["obligations"][0]["with"]["at"] is None
    path.write_text(
        text.replace("{column: resolved, type: instant}", "{column: resolved, type: instant, planned: true}")
    )
    assert decisions(desk, "again")[1, "event"]["obligations"][0]["with"]["at"] == "2017-07-07T07:07:00Z"


def test_agreement_with_the_record_is_counted_at_openings_and_events(desk: Path) -> None:
    change(desk, ("New,2 - Low,0,2", "New,2 - Low,0,1"), ("Active,1 - High,0,1", "Active,1 - High,0,?"))
    opening, event = run(desk).agreement
    assert (opening.moment, opening.compared, opening.equal, opening.unrecorded) == ("opening", 2, 1, 0)
    assert (event.moment, event.compared, event.equal, event.unrecorded) == ("event", 3, 2, 1)
    assert [(d.recorded, d.decided, d.count) for d in event.differences] == [("P1", "P2", 1)]


def test_the_recorded_share_goes_by_the_last_row_of_a_ticket(desk: Path) -> None:
    (share,) = run(desk).recorded_shares
    assert (share.tickets, share.of_tickets, share.rows, share.of_rows) == (1, 2, 3, 4)


@pytest.mark.parametrize(
    ("old", "new", "column", "reason"),
    [
        ("T2,1,", ",1,", "id", "no ticket is named"),
        ("10:00,Active,1 - High,0", "10:00,Active,3 - Odd,0", "impact", "is not in the table of values"),
        ("2/2/2016 10:00,Active", "10/14/2016 10:00,Active", "updated", "is not an instant written as"),
        ("2/2/2016 10:00,Active", "?,Active", "updated", "no instant of the event"),
        ("Active,1 - High,0,1", "Active,1 - High,x,1", "reopened", "is not a whole number"),
        ("Active,1 - High,0,1", "Active,1 - High,0,9", "priority", "is not in the table of values"),
        ("Active,1 - High,0,1", "Active,1 - High,-1,1", "/ticket/reopened", "baseline: "),
        ("Active,1 - High,0,1,true,?,?", "Active,1 - High", "", "the line has 6 fields where the head has 11"),
    ],
)
def test_rows_that_cannot_be_decided_are_set_aside(desk: Path, old: str, new: str, column: str, reason: str) -> None:
    change(desk, (old, new))
    summary = run(desk, out=desk / "out")
    assert summary.events is not None
    assert (summary.events.total, summary.events.decided, summary.events.set_aside) == (4, 3, 1)
    assert (summary.openings.decided, summary.openings.set_aside) == (2, 0)
    assert not summary.sound
    (found,) = summary.set_aside
    assert (found.decision, found.column, found.count, found.first_row) == ("event", column, 1, 3)
    assert found.reason.startswith(reason)
    with (desk / "out" / "set_aside.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["row"], row["column"]) == ("3", column)


def test_an_opening_is_set_aside_with_its_first_event_and_not_taken_from_a_later_one(desk: Path) -> None:
    change(desk, ("09:05,Active,1 - High", "09:05,Active,4 - Odd"))
    summary = run(desk)
    assert (summary.openings.total, summary.openings.decided, summary.openings.set_aside) == (2, 1, 1)


def test_a_ticket_without_a_place_in_time_has_no_opening(desk: Path) -> None:
    change(desk, ("2/2/2016 10:00", "?"))
    summary = run(desk)
    assert (summary.openings.total, summary.openings.decided, summary.openings.set_aside) == (2, 1, 1)
    assert "no event of the ticket has a place in time" in [found.reason for found in summary.set_aside]


def test_a_row_with_several_faults_counts_once(desk: Path) -> None:
    change(desk, ("Active,1 - High,0,1", "Active,3 - Odd,x,1"))
    summary = run(desk)
    assert summary.events is not None
    assert summary.events.set_aside == 1
    assert len(summary.set_aside) == 2


def test_many_different_reasons_stay_few(desk: Path) -> None:
    lines = [f"T,0,1/2/2016 09:00,1/2/2016 09:05{',' * n}" for n in range(20, 300)]
    (desk / "history.csv").write_text("\n".join([HEAD, *lines]))
    summary = run(desk)
    assert len(summary.set_aside) <= 201
    assert sum(found.count for found in summary.set_aside) == len(lines)


@pytest.mark.parametrize("limit", [1, 3, 4, 9])
def test_a_limit_takes_the_first_rows_only(desk: Path, limit: int) -> None:
    summary = run(desk, limit=limit)
    assert summary.events is not None
    assert summary.events.decided == summary.size.rows == min(limit, 4)
    assert summary.openings.decided == summary.size.tickets == (1 if limit < 3 else 2)


def test_another_size_than_expected_is_told(desk: Path) -> None:
    path = desk / "small.map.yaml"
    path.write_text(MAPPING.replace("rows: event,", "rows: event, expect: {rows: 5, tickets: 2},"))
    summary = run(desk)
    assert not summary.size.as_expected
    assert not summary.sound
    assert run(desk, limit=4).sound, "a part that was asked for has no expected size"


def test_events_before_their_opening_are_counted(desk: Path) -> None:
    change(desk, ("T2,0,2/2/2016 09:00", "T2,0,2/2/2016 11:00"))
    assert run(desk).events_before_opening == 1


def test_doubtful_local_times_are_counted(desk: Path) -> None:
    path = desk / "small.map.yaml"
    path.write_text(MAPPING.replace("zone: UTC", "zone: Europe/Warsaw"))
    change(
        desk, ("1/2/2016 12:00,Resolved", "27/3/2016 02:30,Resolved"), ("2/2/2016 10:00,New", "30/10/2016 02:30,New")
    )
    assert run(desk).doubtful_local_times == {"gap": 1, "fold": 1}


def test_one_row_a_ticket(desk: Path) -> None:
    text = MAPPING.replace("rows: event", "rows: ticket").replace(", event_at: updated", "")
    text = text.replace("order: [{column: updated, type: instant}, {column: step, type: whole}]\n", "")
    (desk / "small.map.yaml").write_text(text)
    summary = run(desk)
    assert summary.events is None
    assert (summary.openings.total, summary.openings.decided, summary.openings.set_aside) == (4, 2, 2)
    assert {found.reason for found in summary.set_aside} == {"is not the first row of its ticket"}


def test_a_candidate_shows_what_it_changes_stage_by_stage(desk: Path) -> None:
    candidate = RULEBOOK.replace(
        "rule: low, when: {ticket.impact: low}, then: {level: P2}",
        "rule: low, when: {ticket.impact: low}, then: {level: P1}",
    ).replace(", [P2, 8h]", "")
    summary = run(desk, candidate, out=desk / "out")
    assert summary.flips is not None
    found = {row.stage: (row.openings, row.events, row.tickets) for row in summary.flips}
    assert found.pop("any") == found.pop("priority") == found.pop("sla") == (1, 1, 1)
    assert set(found.values()) == {(0, 0, 0)}
    changed = pl.read_parquet(desk / "out" / "decisions.parquet").filter(pl.col("changed").list.len() > 0)
    assert changed["changed"].to_list() == [["priority", "sla"], ["priority", "sla"]]
    assert changed["ticket"].to_list() == ["T2", "T2"]
    assert changed["decision"].to_list() == ["opening", "event"]
    sides_compared = {(found.side, found.moment): found.equal for found in summary.agreement}
    assert sides_compared["baseline", "event"] == 4
    assert sides_compared["candidate", "event"] == 3


def test_the_same_rulebook_by_other_rules_changes_nothing(desk: Path) -> None:
    summary = run(desk, RULEBOOK.replace("rule: low,", "rule: not-so-bad,").replace("Small desk", "Same desk"))
    assert summary.flips is not None
    assert {(row.openings, row.events, row.tickets) for row in summary.flips} == {(0, 0, 0)}


def test_a_mapping_must_fit_the_rulebooks(desk: Path) -> None:
    text = MAPPING.replace("ticket.fields.resolver", "ticket.fields.resolvr").replace("2 - Low: low", "2 - Low: loww")
    (desk / "small.map.yaml").write_text(text)
    with pytest.raises(MappingFaults) as found:
        run(desk)
    told = [(d.code, d.span.line, d.message) for d in found.value.diagnostics]
    assert [(code, line) for code, line, _ in told] == [("unfit-fact", 8), ("unfit-fact", 14)]
    assert "did you mean `low`" in told[0][2]
    assert "did you mean `resolver`" in told[1][2]


def test_decisions_before_the_rulebook_is_in_force_are_set_aside(desk: Path) -> None:
    late = RULEBOOK.replace("2016-01-01", "2016-02-02")
    history, mapping = open_mapped(desk / "history.csv", desk / "small.map.yaml")
    side = side_of("baseline", "small-desk", catalogue(desk, late))
    check_fit(history, mapping, (side,))
    summary = replay(Plan(history, mapping.mapping, (side,)))
    assert summary.events is not None
    assert (summary.openings.set_aside, summary.events.set_aside) == (1, 2)
    assert {found.column for found in summary.set_aside} == {"/at"}


def test_the_same_history_gives_the_same_bytes(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART_ROWS", 2)
    for name in ("one", "two"):
        run(desk, RULEBOOK, out=desk / name)
    for name in ("decisions.parquet", "set_aside.csv", "summary.json"):
        assert (desk / "one" / name).read_bytes() == (desk / "two" / name).read_bytes()
    assert sorted(path.name for path in (desk / "one").iterdir()) == [
        "decisions.parquet",
        "set_aside.csv",
        "summary.json",
    ]


def test_a_history_without_rows_gives_whole_files(desk: Path) -> None:
    (desk / "history.csv").write_text(HEAD + "\n")
    summary = run(desk, RULEBOOK, out=desk / "out")
    assert (summary.size.rows, summary.size.tickets) == (0, 0)
    assert pl.read_parquet(desk / "out" / "decisions.parquet").height == 0


def test_nothing_is_left_of_a_replay_that_is_broken_off(desk: Path) -> None:
    def broken_off() -> None:
        history, mapping = open_mapped(desk / "history.csv", desk / "small.map.yaml")
        with output_folder(desk / "out", Plan(history, mapping.mapping, sides(desk))):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert not (desk / "out").exists()
    run(desk, out=desk / "out")
    whole = {path.name: path.read_bytes() for path in (desk / "out").iterdir()}
    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert {path.name: path.read_bytes() for path in (desk / "out").iterdir()} == whole


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("ABC"), st.integers(0, 2), st.integers(0, 3)),
        max_size=12,
    ),
    st.integers(1, 13),
    st.integers(1, 13),
)
def test_ends_of_tickets_are_found_whatever_the_order_of_the_rows(
    tmp_path_factory: pytest.TempPathFactory, events: list[tuple[str, int, int]], batch: int, held: int
) -> None:
    desk = tmp_path_factory.mktemp("desk")
    (desk / "small.map.yaml").write_text(MAPPING)
    lines = [f"{id},{step},?,1/2/2016 09:0{minute},,,,,,," for id, minute, step in events]
    (desk / "history.csv").write_text("\n".join([HEAD, *lines]))
    history, mapping = open_mapped(desk / "history.csv", desk / "small.map.yaml")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simulations.histories.csv_form.BATCH_ROWS", batch)
        patch.setattr("simulations.gathered.HELD", held)
        order = read_order(history, mapping.mapping, lambda rows: None)
    keys = {
        id: [(minute, step, row) for row, (other, minute, step) in enumerate(events) if other == id]
        for id, *_ in events
    }
    assert order.rows == len(events)
    assert order.tickets == len(keys)
    assert order.first.within(0, order.rows) == sorted(min(found)[2] for found in keys.values())
    assert order.last.within(0, order.rows) == sorted(max(found)[2] for found in keys.values())
