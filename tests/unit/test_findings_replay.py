"""What a replay finds on a small desk: targets met and missed, flips with their rules, load, rules used, one ticket."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
from history_kit import SMALL_DESK, written

from engine import Catalogue
from simulations import (
    CannotResume,
    Plan,
    Progress,
    Side,
    Summary,
    finished_decisions,
    open_mapped,
    open_ticket,
    output_folder,
    read_guardrail,
    replay,
    side_of,
    side_of_changes,
    side_of_file,
)
from simulations.replay import parts

RULEBOOK = (
    SMALL_DESK
    + """\
admission:
  otherwise: {then: {outcome: accept}}
priority:
  rules:
    - {rule: high, when: {ticket.impact: high}, then: {level: P1}}
    - {rule: low, when: {ticket.impact: low}, then: {level: P2}}
    - {rule: never, when: {ticket.impact: [low, high]}, then: {level: P2}}
sla:
  table:
    when: [priority]
    then: [resolution]
    rows:
      first: [P1, 4h]
      second: [P2, 8h]
assignment:
  rules:
    - {rule: by-phone, when: {ticket.channel: phone}, then: {group: phone}}
  otherwise: {then: {group: desk}}
disclosures:
  topics: [due_time, notes]
  rules:
    - {rule: tell, permit: [due_time]}
    - {rule: keep, deny: [notes]}
"""
)
MAPPING = """\
mapping: small
history: {rows: event}
ticket: id
order: [{column: updated, type: instant}]
instants: {format: "%Y-%m-%d %H:%M", zone: Europe/Warsaw, opened: opened, event_at: updated}
facts:
  ticket.id: id
  ticket.impact: impact
  ticket.channel: channel
  ticket.created_at: {column: opened, type: instant}
  ticket.resolved_at: {column: resolved, type: instant}
final: {resolved: resolved}
recorded: {priority.level: priority}
"""
# Each ticket by the hours that it took: A in time either way, B in eight hours only, C never in time, D still open.
HISTORY = """\
id,opened,updated,impact,channel,priority,resolved
A,2016-02-01 09:00,2016-02-01 09:05,low,phone,P2,2016-02-01 11:00
A,2016-02-01 09:00,2016-02-01 11:00,low,phone,P2,2016-02-01 11:00
B,2016-02-01 10:00,2016-02-01 10:05,low,mail,P2,2016-02-01 16:00
C,2016-02-02 09:00,2016-02-03 09:00,low,mail,P2,2016-02-02 23:00
D,2016-02-03 23:30,2016-02-03 23:40,low,mail,P2,
E,2016-02-03 09:00,2016-02-03 10:00,high,mail,P1,2016-02-03 10:00
"""
SCENARIOS = """\
rulebook: small-desk
at: "2016-02-01T09:00:00Z"
scenarios:
  - {scenario: low, given: {ticket: {impact: low}}, expect: {priority: {level: P2}}}
"""
PROMOTED = "rule: low, when: {ticket.impact: low}, then: {level: P1}"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "small.map.yaml").write_text(MAPPING)
    (tmp_path / "history.csv").write_text(HISTORY)
    (tmp_path / "rules" / "small-desk").mkdir(parents=True)
    (tmp_path / "rules" / "small-desk" / "1.0.0.yaml").write_text(RULEBOOK)
    return tmp_path


def plan_of(desk: Path, candidate: str | None = None, *, named: str = "small-desk", **more: Any) -> Plan:
    history, mapping = open_mapped(desk / "history.csv", desk / "small.map.yaml")
    sides: tuple[Side, ...] = (side_of("baseline", named, Catalogue.load(desk / "rules"), desk / "rules"),)
    if candidate is not None:
        (desk / "draft.yaml").write_text(candidate)
        sides = (*sides, side_of_file("candidate", desk / "draft.yaml"))
    return Plan(history, mapping.mapping, sides, **more)


def promoted() -> str:
    return RULEBOOK.replace("rule: low, when: {ticket.impact: low}, then: {level: P2}", PROMOTED)


def target(summary: Summary, name: str, level: str | None) -> Any:
    return next(found for found in summary.targets if (found.target, found.level) == (name, level))


def test_targets_are_met_and_missed_as_at_the_end_with_recorded_times(desk: Path) -> None:
    summary = replay(plan_of(desk, promoted()))
    assert (summary.ends.total, summary.ends.decided, summary.ends.set_aside) == (5, 5, 0)
    found = target(summary, "resolution", None)
    assert (found.baseline.met, found.baseline.missed, found.baseline.open, found.baseline.none) == (3, 1, 1, 0)
    assert (found.candidate.met, found.candidate.missed, found.candidate.open) == (2, 2, 1)
    assert (found.newly_missed, found.newly_met) == (1, 0), "six hours are less than eight and more than four"
    moves = {(move.before, move.after): move.tickets for move in found.transitions}
    assert moves == {("met", "met"): 2, ("met", "missed"): 1, ("missed", "missed"): 1, ("open", "open"): 1}
    assert (found.breach_rate.baseline, found.breach_rate.candidate) == (0.25, 0.5)
    assert any("no forecast" in note for note in summary.notes)


def test_each_side_counts_the_levels_that_it_gives_itself(desk: Path) -> None:
    found = target(replay(plan_of(desk, promoted())), "any", "P1")
    assert (found.baseline.met, found.baseline.missed) == (1, 0)
    assert (found.candidate.met, found.candidate.missed, found.candidate.open) == (2, 2, 1)


def test_a_ticket_without_promise_has_none(desk: Path) -> None:
    summary = replay(plan_of(desk, RULEBOOK.replace("      second: [P2, 8h]\n", "")))
    found = target(summary, "resolution", None)
    assert (found.candidate.met, found.candidate.none) == (1, 4)
    assert ("met", "none") in {(move.before, move.after) for move in found.transitions}
    assert found.newly_missed == 0


def test_of_one_row_a_ticket_the_end_is_the_last_that_the_row_knows(desk: Path) -> None:
    text = MAPPING.replace("rows: event", "rows: ticket").replace(", event_at: updated", "")
    (desk / "small.map.yaml").write_text(text.replace("order: [{column: updated, type: instant}]\n", ""))
    lines = [line for line in HISTORY.splitlines(keepends=True) if "A,2016-02-01 09:00,2016-02-01 11" not in line]
    (desk / "history.csv").write_text("".join(lines))
    plan = plan_of(desk)
    found = target(replay(plan), "resolution", None).baseline
    assert (found.met, found.missed, found.open) == (3, 1, 1)
    ends = {ticket: open_ticket(plan, ticket)[-1] for ticket in "CD"}
    assert [(end.moment, end.at) for end in ends.values()] == [
        ("end", "2016-02-02T22:00:00Z"),
        ("end", "2016-02-03T22:30:00Z"),
    ]


def test_one_side_alone_has_targets_and_nothing_to_compare(desk: Path) -> None:
    summary = replay(plan_of(desk))
    found = target(summary, "resolution", None)
    assert (found.baseline.missed, found.candidate, found.breach_rate.difference) == (1, None, None)
    assert (summary.flips, summary.disclosures, summary.method, summary.worst) == (None, None, None, ())


def test_flips_are_told_from_what_to_what_and_by_which_rules(desk: Path) -> None:
    changed = promoted().replace("rule: low,", "rule: low-too,")
    summary = replay(plan_of(desk, changed))
    assert summary.flips is not None
    stages = {flips.stage: flips for flips in summary.flips}
    (cell,) = stages["priority"].matrix
    assert (cell.before, cell.after, cell.openings, cell.events, cell.tickets) == ("P2", "P1", 4, 5, 4)
    assert [(pair.baseline, pair.candidate, pair.count) for pair in cell.rules] == [("low", "low-too", 9)]
    assert [(one.ticket, one.row) for one in cell.examples] == [("A", 1), ("B", 3), ("C", 4)]
    (promise,) = stages["sla"].matrix
    assert (promise.before, promise.after) == ("resolution: PT8H on always", "resolution: PT4H on always")
    assert stages["any"].tickets == 4


def test_disclosures_newly_permitted_come_first(desk: Path) -> None:
    changed = RULEBOOK.replace("rule: tell, permit: [due_time]", "rule: hush, deny: [due_time]")
    changed = changed.replace("rule: keep, deny: [notes]", "rule: chatter, permit: [notes]")
    summary = replay(plan_of(desk, changed))
    assert summary.disclosures is not None
    told = [(said.topic, said.change, said.openings, said.events, said.tickets) for said in summary.disclosures]
    assert told == [("notes", "newly permitted", 5, 6, 5), ("due_time", "newly denied", 5, 6, 5)]
    (pair,) = summary.disclosures[0].rules
    assert (pair.baseline, pair.candidate) == ("keep", "chatter")


def test_the_worst_flips_can_be_opened_with_both_traces(desk: Path) -> None:
    summary = replay(plan_of(desk, promoted()))
    worst = summary.worst[0]
    assert (worst.ticket, worst.moment, worst.changed) == ("B", "end", ("priority", "sla")), "it is newly missed"
    assert [said.decision["priority"]["level"] for said in worst.decisions] == ["P2", "P1"]
    assert all(any(line["stage"] == "priority" for line in said.trace) for said in worst.decisions)
    assert len({moment.ticket for moment in summary.worst}) == len(summary.worst) == 4


def test_load_is_counted_by_group_and_local_hour_of_the_week(desk: Path) -> None:
    changed = RULEBOOK.replace("{ticket.channel: phone}", "{ticket.channel: mail}")
    load = {row.group: row for row in replay(plan_of(desk, changed)).load}
    assert (load["desk"].baseline, load["desk"].candidate) == (4, 1)
    assert (load["phone"].baseline, load["phone"].candidate) == (1, 4)
    hours = load["desk"].baseline_hours
    assert len(hours) == 168
    assert [hour for hour, count in enumerate(hours) if count] == [10, 24 + 9, 48 + 9, 48 + 23]


def test_rules_are_counted_beside_those_that_scenarios_reach(desk: Path) -> None:
    scenario = (
        "  - {scenario: low, at: '2016-02-01T09:00:00Z', given: {ticket: {impact: low}}, expect: {priority.level: P2}}"
    )
    head = "scenarios: small-desk\n" if False else ""
    (desk / "rules" / "small-desk" / "scenarios.yaml").write_text(f"{head}scenarios:\n{scenario}\n")
    used = {use.rule: (use.baseline, use.scenario) for use in replay(plan_of(desk)).rules_used}
    assert used["low"] == (9, True)
    assert used["high"] == (2, False)
    assert used["never"] == (0, False)


def test_findings_are_broken_down_by_a_fact(desk: Path) -> None:
    (by_channel,) = replay(plan_of(desk, promoted(), by=("ticket.channel",))).breakdown
    rows = {row.value: row for row in by_channel.rows}
    assert list(rows) == ["mail", "phone"], "the most frequent first"
    assert (rows["mail"].tickets, rows["mail"].flipped, rows["mail"].baseline.missed) == (4, 3, 1)
    assert rows["mail"].candidate is not None
    assert rows["mail"].candidate.missed == 2


def test_guardrails_are_judged_with_what_was_found(desk: Path) -> None:
    lines = ["newly_missed: none", "newly_permitted: none", "breach_rate.P1: at most 50%", "flips.kind: none"]
    plan = plan_of(desk, promoted(), guardrails=tuple(map(read_guardrail, lines)))
    assert [found.verdict for found in replay(plan).guardrails] == ["broken", "kept", "kept", "unknown"]


def test_agreement_with_the_record_is_compared_at_openings(desk: Path) -> None:
    summary = replay(plan_of(desk, promoted()))
    found = summary.agreement_compared["priority.level"]
    assert (found.baseline, found.candidate, found.difference) == (1.0, 0.2, -0.8)
    assert (found.low, found.high) == (None, None), "three days are too few for an interval"


def test_a_ticket_is_opened_at_each_of_its_moments(desk: Path) -> None:
    moments = open_ticket(plan_of(desk, promoted()), "B")
    assert [(moment.moment, moment.at) for moment in moments] == [
        ("opening", "2016-02-01T09:00:00Z"),
        ("event", "2016-02-01T09:05:00Z"),
        ("end", "2016-02-01T15:00:00Z"),
    ]
    states = [said.decision["sla"]["targets"]["resolution"]["state"] for said in moments[2].decisions]
    assert states == ["met", "breached"]
    assert open_ticket(plan_of(desk), "Z") == ()


def test_each_decision_is_taken_by_the_version_in_force_then(desk: Path) -> None:
    folder = desk / "rules" / "small-desk"
    (folder / "1.0.0.yaml").write_text(RULEBOOK.replace("2016-01-01}", "2016-01-01, until: 2016-02-03}"))
    newer = promoted().replace("version: 1.0.0", "version: 2.0.0").replace("from: 2016-01-01", "from: 2016-02-03")
    (folder / "2.0.0.yaml").write_text(newer)
    levels = []
    for number, named in enumerate(("small-desk", "small-desk@as-in-force", "small-desk@1.0.0")):
        plan = plan_of(desk, promoted(), named=named)
        with output_folder(desk / str(number), plan) as output:
            summary = replay(plan, output)
            output.finish()
            output.write_summary(summary.plain())
        frame = pl.read_parquet(desk / str(number) / "decisions.parquet").filter(pl.col("decision") == "opening")
        levels.append(frame.select("ticket", "baseline_version", "baseline_level").rows())
        assert tuple(summary.sides[0].versions) == (("1.0.0",) if number == 2 else ("1.0.0", "2.0.0"))
    assert levels[0] == levels[1]
    assert levels[0] == [
        ("A", "1.0.0", "P2"),
        ("B", "1.0.0", "P2"),
        ("C", "1.0.0", "P2"),
        ("D", "2.0.0", "P1"),
        ("E", "2.0.0", "P1"),
    ]
    assert {row[1] for row in levels[2]} == {"1.0.0"}


def test_the_baseline_with_a_named_change_is_a_candidate(desk: Path) -> None:
    plan = plan_of(desk)
    side, files = side_of_changes("candidate", plan.sides[0], desk / "rules", ["priority.rules.low.level=P1"])
    assert files["1.0.0"].decode() == promoted()
    summary = replay(Plan(plan.history, plan.mapping, (*plan.sides, side)))
    assert target(summary, "resolution", None).newly_missed == 1
    (change,) = summary.sides[1].changes
    assert (change.path, change.before, change.after, change.line) == ("priority.rules.low.level", "P2", "P1", 12)


def test_of_a_baseline_as_in_force_every_version_is_changed(desk: Path) -> None:
    folder = desk / "rules" / "small-desk"
    newer = RULEBOOK.replace("version: 1.0.0", "version: 2.0.0").replace("from: 2016-01-01", "from: 2016-02-03")
    (folder / "2.0.0.yaml").write_text(newer)
    draft = RULEBOOK.replace("version: 1.0.0", "version: 3.0.0").replace("in_force: {from: 2016-01-01}\n", "")
    (folder / "3.0.0.yaml").write_text(draft)
    plan = plan_of(desk)
    side, files = side_of_changes("candidate", plan.sides[0], desk / "rules", ["priority.low.level=P1"])
    assert list(files) == ["1.0.0", "2.0.0"], "one that is never in force is left alone"
    summary = replay(Plan(plan.history, plan.mapping, (*plan.sides, side)))
    assert tuple(summary.sides[1].versions) == ("1.0.0", "2.0.0")
    assert summary.flips is not None
    assert {flips.stage: flips.tickets for flips in summary.flips}["priority"] == 4


class _Stopped(BaseException):
    pass


def _written(desk: Path, name: str, *, resume: bool = False, stop_after: int | None = None) -> None:
    plan = plan_of(desk, promoted(), by=("ticket.channel",))
    told: Iterator[int] = iter(range(10**6))

    def decided(rows: int) -> None:
        if rows and stop_after is not None and next(told) >= stop_after:
            raise _Stopped

    written(plan, desk / name, Progress(decided=decided), resume=resume)


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("stop_after", [1, 2, 4])
def test_what_was_broken_off_goes_on_and_ends_with_the_same_bytes(
    desk: Path, monkeypatch: pytest.MonkeyPatch, stop_after: int
) -> None:
    monkeypatch.setattr(parts, "PART_ROWS", 3)
    monkeypatch.setattr("simulations.histories.csv_form.BATCH_ROWS", 1)
    (desk / "history.csv").write_text(HISTORY + "F,2016-02-03 09:00,2016-02-03 10:00,odd,mail,P1,\n")
    asked: list[Any] = []
    monkeypatch.setattr(Side, "answer", _counting(Side.answer, asked))
    _written(desk, "whole")
    whole = asked.count(False)
    assert sorted(_bytes(desk / "whole")) == ["decisions.parquet", "set_aside.csv", "summary.json"]
    with pytest.raises(_Stopped):
        _written(desk, "broken", stop_after=stop_after)
    kept = finished_decisions(desk / "broken")
    assert kept > 0
    left = desk / "broken" / "unfinished"
    manifest = msgspec.json.decode((left / "manifest.json").read_bytes())
    frames = [pl.read_parquet(left / part["file"]) for part in manifest["parts"]]
    assert sum(frame.height for frame in frames) == kept, "finished parts can be read as they stand"
    asked.clear()
    _written(desk, "broken", resume=True)
    assert _bytes(desk / "broken") == _bytes(desk / "whole")
    assert asked.count(False) < whole, "only the rest was decided"


def _counting(answer: Any, asked: list[Any]) -> Any:
    def counted(self: Side, facts: Any, *, explain: bool = False) -> Any:
        asked.append(explain)
        return answer(self, facts, explain=explain)

    return counted


def test_nothing_is_gone_on_from_that_had_other_inputs(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART_ROWS", 3)
    monkeypatch.setattr("simulations.histories.csv_form.BATCH_ROWS", 1)
    with pytest.raises(CannotResume, match="no replay to go on from"):
        _written(desk, "broken", resume=True)
    with pytest.raises(_Stopped):
        _written(desk, "broken", stop_after=2)
    (desk / "history.csv").write_text(HISTORY.replace("high", "low"))
    with pytest.raises(CannotResume, match="another history"):
        _written(desk, "broken", resume=True)
    (desk / "history.csv").write_text(HISTORY)
    part = desk / "broken" / "unfinished" / "000000.parquet"
    part.write_bytes(part.read_bytes()[:-1])
    with pytest.raises(CannotResume, match="not as it was written"):
        _written(desk, "broken", resume=True)
