"""What a history records of targets, when they were due and whether they were met, beside what a rulebook decides."""

from pathlib import Path

import pytest

from engine import Catalogue
from simulations import MappingFaults, Plan, Summary, open_mapped, output_folder, read_guardrail, replay, side_of
from simulations.replay import check_fit, run

RULEBOOK = """\
rulebook: small-desk
version: 1.0.0
in_force: {from: 2016-01-01}
title: Small desk
calendars:
  working_days: {zone: UTC, hours: {mon-fri: "00:00-24:00"}}
sla:
  table:
    when: [ticket.category]
    then: [resolution, calendar]
    rows: {street: [street, 48h, working_days], light: [light, 120h, working_days]}
  otherwise: {then: {calendar: working_days}}
"""
MAPPING = """\
mapping: small
history: {rows: ticket}
ticket: id
instants: {format: "%Y-%m-%d %H:%M", zone: UTC, opened: opened}
facts:
  ticket.id: id
  ticket.category: what
  ticket.created_at: {column: opened, type: instant}
  ticket.resolved_at: {column: closed, type: instant}
recorded:
  sla.targets:
    resolution: {due: due, state: {column: on_time, values: {"YES": met, "NO": breached}}}
"""
# A Monday. Due as recorded, but for 3 and 4; 5 is still open; 6 has no promise; 7 records nothing.
HISTORY = """\
id,what,opened,closed,due,on_time
1,street,2026-01-05 09:00,2026-01-06 09:00,2026-01-07 09:00,YES
2,light,2026-01-05 09:00,2026-01-20 09:00,2026-01-12 09:00,NO
3,street,2026-01-05 09:00,2026-01-07 08:00,2026-01-07 08:30,YES
4,street,2026-01-05 09:00,2026-01-09 09:00,2026-01-12 09:00,YES
5,street,2026-01-05 09:00,,2026-01-07 09:00,NO
6,flood,2026-01-05 09:00,2026-01-06 09:00,2026-01-06 12:00,YES
7,light,2026-01-05 09:00,2026-01-06 09:00,,
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "small.map.yaml").write_text(MAPPING)
    (tmp_path / "history.csv").write_text(HISTORY)
    (tmp_path / "small.yaml").write_text(RULEBOOK)
    (tmp_path / "slow.yaml").write_text(RULEBOOK.replace("48h", "120h"))
    return tmp_path


def plan_of(desk: Path, *guardrails: str) -> Plan:
    history, found = open_mapped(desk / "history.csv", desk / "small.map.yaml")
    sides = [
        side_of(side, "small-desk@1.0.0", Catalogue.of_files([desk / name]))
        for side, name in (("baseline", "small.yaml"), ("candidate", "slow.yaml"))
    ]
    return Plan(history, found.mapping, tuple(sides), guardrails=tuple(map(read_guardrail, guardrails)))


def fits(desk: Path) -> list[tuple[str, int, str | None]]:
    history, found = open_mapped(desk / "history.csv", desk / "small.map.yaml")
    try:
        check_fit(history, found, plan_of(desk).sides)
    except MappingFaults as faults:
        return [(told.code, told.span.line, told.help) for told in faults.diagnostics]
    return []


def agreed(summary: Summary, part: str, side: str = "baseline") -> tuple[int, int, int]:
    (found,) = [one for one in summary.agreement if (one.part, one.side) == (f"sla.targets.resolution.{part}", side)]
    assert found.moment == "end"
    return found.compared, found.equal, found.unrecorded


def differences(summary: Summary, part: str) -> dict[tuple[object, object], int]:
    (found,) = [one for one in summary.agreement if (one.part, one.side) == (part, "baseline")]
    return {(pair.recorded, pair.decided): pair.count for pair in found.differences}


def test_due_times_are_compared_with_those_recorded(desk: Path) -> None:
    summary = replay(plan_of(desk))
    assert agreed(summary, "due") == (6, 3, 1)
    assert differences(summary, "sla.targets.resolution.due") == {
        ("due then", "due later, by less than an hour"): 1,
        ("due then", "due earlier, by a day or more"): 1,
        ("due then", None): 1,
    }


def test_whether_a_target_was_met_is_compared_with_the_record(desk: Path) -> None:
    summary = replay(plan_of(desk))
    assert agreed(summary, "state") == (6, 3, 1)
    assert differences(summary, "sla.targets.resolution.state") == {
        ("met", "breached"): 1,
        ("met", None): 1,
        ("breached", "open"): 1,
    }
    assert agreed(summary, "state", "candidate") == (6, 4, 1), "120 hours are kept by the fourth too"


def test_a_target_that_nobody_promises_is_noted(desk: Path) -> None:
    assert not any("No decision has" in note for note in replay(plan_of(desk)).notes)
    unused = RULEBOOK.replace("then: [resolution, calendar]", "then: [first_response, calendar]") + (
        "  rules: [{rule: promise, when: {ticket.category: never}, then: {resolution: 1h, calendar: working_days}}]\n"
    )
    for name in ("small.yaml", "slow.yaml"):
        (desk / name).write_text(unused)
    plan = plan_of(desk)
    assert fits(desk) == []
    assert "No decision has the target `resolution`, which the history records." in replay(plan).notes


def test_a_misspelt_target_is_a_fault_where_it_stands(desk: Path) -> None:
    assert fits(desk) == []
    (desk / "small.map.yaml").write_text(MAPPING.replace("resolution: {due", "resolutoin: {due"))
    assert fits(desk) == [("unfit-target", 12, "did you mean `resolution`?")]
    (desk / "small.map.yaml").write_text(MAPPING.replace("resolution: {due", "visit: {due"))
    assert fits(desk) == [("unfit-target", 12, "the targets are `resolution`")]


def test_a_target_that_one_of_two_rulebooks_has_is_no_fault(desk: Path) -> None:
    (desk / "small.yaml").write_text(RULEBOOK.replace("resolution", "first_response"))
    assert fits(desk) == []
    (desk / "slow.yaml").write_text(RULEBOOK[: RULEBOOK.index("sla:")])
    (desk / "small.yaml").write_text(RULEBOOK[: RULEBOOK.index("sla:")])
    assert fits(desk) == [("unfit-target", 12, "they have none")]


def test_a_guardrail_can_stand_on_it(desk: Path) -> None:
    rails = [f"agreement.sla.targets.resolution.{part}: no worse than +0 points" for part in ("state", "due")]
    found = replay(plan_of(desk, *rails)).guardrails
    assert [one.verdict for one in found] == ["kept", "broken"]
    assert found[1].why.startswith("50.00% → 33.33%")


def test_bulk_and_single_decisions_agree_on_it(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def written(name: str) -> bytes:
        plan = plan_of(desk)
        with output_folder(desk / name, plan) as output:
            summary = replay(plan, output)
            output.write_summary({**summary.plain(), "files": output.finish()})
        return (desk / name / "summary.json").read_bytes()

    with monkeypatch.context() as singly:
        singly.setattr(run, "fits_columns", lambda mapping: False)
        wanted = written("singly")
    assert written("bulk") == wanted


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"NO": breached', '"NO": late', "12:80: `late` is no state that a record of a target has"),
        ("due: due", "due: duee", "12:23: the history has no column `duee`"),
        ("state: {", "stat: {", "unknown key `stat`"),
        ("sla.targets", "sla.target", "unknown key `sla.target`"),
    ],
)
def test_faults_are_told_at_their_place(desk: Path, old: str, new: str, said: str) -> None:
    (desk / "small.map.yaml").write_text(MAPPING.replace(old, new))
    with pytest.raises(MappingFaults) as faults:
        open_mapped(desk / "history.csv", desk / "small.map.yaml")
    assert said in faults.value.report()
