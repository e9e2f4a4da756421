"""What is reached and what is not: rules, clauses, versions, and the way from the one to the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import ScenarioReport, VersionResult, check_paths, run_paths, scaffold, scenario_report_json
from engine.decision import decide
from engine.scenarios.answers import answers_of
from engine.scenarios.expectations import expectation_faults
from engine.scenarios.folders import folders_of, read_folder
from engine.scenarios.model import Part

RULES = Path(__file__).parents[2] / "rules"
DESK = scaffold("desk", "en")
TWO_VERSIONS = DESK["1.0.0.yaml"].replace("version: 1.0.0", "version: 1.1.0").replace("P3: [P3, 4h", "P3: [P3, 5h")


def write(folder: Path, **changes: str) -> Path:
    """A rulebook's folder with these files instead of the scaffold's own."""
    desk = folder / "rules" / "desk"
    desk.mkdir(parents=True, exist_ok=True)
    for name, text in {**DESK, **{f"{key}.yaml": text for key, text in changes.items()}}.items():
        (desk / name).write_text(text, encoding="utf-8")
    return desk


def only(report: ScenarioReport) -> VersionResult:
    (result,) = report.results
    return result


def without(text: str, start: str, end: str) -> str:
    """A text without what lies between two of its pieces, the first one included."""
    head, rest = text.split(start, 1)
    return head + end + rest.split(end, 1)[1]


@pytest.mark.parametrize("language", ["en", "ru", "pl", "de"])
def test_the_scaffold_passes_and_is_covered_whole(tmp_path: Path, language: str) -> None:
    desk = tmp_path / "desk"
    desk.mkdir()
    for name, text in scaffold("desk", language).items():
        (desk / name).write_text(text, encoding="utf-8")
    report = run_paths([desk])
    assert report.is_good
    assert not report.check.diagnostics
    result = only(report)
    assert (len(result.outcomes), result.unreached) == (10, ())
    assert result.rules.percent == 100
    assert result.clauses is not None
    assert (result.clauses.covered, result.clauses.total) == (4, 4)


def test_rules_that_no_scenario_reached_are_listed_with_their_lines(tmp_path: Path) -> None:
    scenarios = without(DESK["scenarios.yaml"], "  - scenario: at night", "  - scenario: whoever")
    result = only(run_paths([write(tmp_path, scenarios=scenarios)]))
    assert [(rule.stage, rule.id, rule.line) for rule in result.unreached] == [("assignment", "on-call", 72)]
    assert (result.rules.covered, result.rules.total, result.rules.percent) == (12, 13, 92.3)
    assert not result.rules.suffices
    assert not result.is_good
    lowered = scenarios.replace("rules: 100", "rules: 92.3")
    assert only(run_paths([write(tmp_path, scenarios=lowered)])).is_good


def test_a_clause_is_covered_in_each_stage_that_it_decides(tmp_path: Path) -> None:
    clauses = DESK["clauses.yaml"].replace("[obligations]", "[obligations, assignment]")
    rulebook = DESK["1.0.0.yaml"].replace('    rule: on-call', '    rule: on-call').replace(
        'cites: ["3"]\n\nobligations', 'cites: ["3", "4"]\n\nobligations'
    )  # fmt: skip
    scenarios = without(DESK["scenarios.yaml"], "  - scenario: at night", "  - scenario: whoever")
    desk = write(tmp_path, scenarios=scenarios, clauses=clauses)
    (desk / "1.0.0.yaml").write_text(rulebook, encoding="utf-8")
    result = only(run_paths([desk]))
    assert not result.is_good
    assert [trace.clause.id for trace in result.traces if not trace.is_covered] == ["4"]
    settled = {
        s.stage: (s.rules, s.scenarios) for trace in result.traces if trace.clause.id == "4" for s in trace.stages
    }
    assert settled == {
        "obligations": (("ask-how-it-went",), ("whoever was helped is asked how it went",)),
        "assignment": (("on-call",), ()),
    }


def test_scenarios_that_name_a_clause_come_first(tmp_path: Path) -> None:
    result = only(run_paths([write(tmp_path)]))
    traces = {trace.clause.id: trace for trace in result.traces}
    (settled,) = traces["3"].stages
    assert settled.scenarios[:2] == (
        "in working hours someone who is online gets it",
        "at night the people on call get it",
    )
    assert traces["5"].stages == ()


def test_a_scenario_must_reach_the_clauses_that_it_names(tmp_path: Path) -> None:
    text = DESK["scenarios.yaml"].replace('clauses: ["4"]', 'clauses: ["4", "3", "5"]')
    result = only(run_paths([write(tmp_path, scenarios=text)]))
    ((outcome, line),) = result.failed
    assert (outcome.complaints, line) == (("no rule that cites clause `5` was reached",), 34)


def test_every_version_is_tested_unless_some_are_named(tmp_path: Path) -> None:
    desk = write(tmp_path)
    (desk / "1.1.0.yaml").write_text(TWO_VERSIONS, encoding="utf-8")
    old, new = run_paths([desk]).results
    assert (old.version, len(old.failed), new.version, len(new.failed)) == ("1.0.0", 0, "1.1.0", 1)
    assert only(run_paths([desk / "1.0.0.yaml"])).is_good
    assert only(run_paths([desk / "1.1.0.yaml"])).version == "1.1.0"
    text = DESK["scenarios.yaml"].replace("rulebook: desk\n", "rulebook: desk\nversions: [1.0.0]\n")
    (desk / "scenarios.yaml").write_text(text, encoding="utf-8")
    assert only(run_paths([desk])).version == "1.0.0"
    assert only(run_paths([desk / "scenarios.yaml"])).version == "1.0.0"


def test_what_has_faults_is_left_out_and_the_others_are_run(tmp_path: Path) -> None:
    desk = write(tmp_path)
    (desk / "1.1.0.yaml").write_text(TWO_VERSIONS.replace("first_response", "first_respons"), encoding="utf-8")
    text = DESK["scenarios.yaml"].replace("expect: {priority: {level: P3}}", "expect: {priority: {level: P7}}")
    (desk / "scenarios.yaml").write_text(text, encoding="utf-8")
    report = run_paths([tmp_path / "rules"])
    assert {fault.code for fault in report.check.diagnostics} == {"unknown-output", "unknown-value"}
    assert (only(report).version, len(only(report).outcomes), only(report).failed) == ("1.0.0", 9, ())
    assert not report.is_good


def test_a_rulebook_without_scenarios_is_a_fault(tmp_path: Path) -> None:
    desk = write(tmp_path, scenarios="rulebook: desk\ncoverage: {clauses: 0}\n")
    assert [fault.code for fault in run_paths([desk]).check.errors] == ["no-scenarios"]
    (desk / "scenarios.yaml").unlink()
    report = run_paths([tmp_path / "rules"])
    assert [fault.code for fault in report.check.errors] == ["no-scenarios"]
    assert not report.is_good


def test_differences_name_the_rule_and_its_reason(tmp_path: Path) -> None:
    text = DESK["scenarios.yaml"].replace("priority: null}", "priority: {level: P1}}").replace(
        "expect_not: {obligations: {has: {do: send_survey}}}", "expect_not: {assignment: {agent: ana, group: on-call}}"
    )  # fmt: skip
    (failed,) = [scenario_report_json(run_paths([write(tmp_path, scenarios=text)]), matrix=False)["rulebooks"][0]]
    assert [failure["differences"] for failure in failed["failures"]] == [
        [
            {
                "path": "priority",
                "wanted": {"level": "P1"},
                "got": None,
                "by": "clients-to-their-manager",
                "because": "Clients are served by their account manager, not by this desk",
            }
        ],
        [
            {
                "path": "assignment.agent",
                "unwanted": "ana",
                "got": "ana",
                "by": "in-turn",
                "because": "In working hours requests go in turn to whoever is online",
            }
        ],
    ]


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        (
            "{status: 422, pointer: /ticket/urgency}",
            "a fault at `/ticket/urgency` was expected, not at `/ticket/urgancy`",
        ),
        ("{nearest: impact}", "`impact` was expected to be offered, not `urgency`"),
    ],
)
def test_a_refusal_of_another_kind_fails(tmp_path: Path, refused: str, said: str) -> None:
    text = DESK["scenarios.yaml"].replace("{status: 422, pointer: /ticket/urgancy, nearest: urgency}", refused)
    ((outcome, _),) = only(run_paths([write(tmp_path, scenarios=text)])).failed
    assert outcome.complaints == (said,)


def test_a_refusal_that_does_not_come_fails(tmp_path: Path) -> None:
    text = DESK["scenarios.yaml"].replace("{urgancy: high}", "{urgency: high}")
    ((outcome, _),) = only(run_paths([write(tmp_path, scenarios=text)])).failed
    assert outcome.complaints == ("a refusal was expected, and the request was decided",)


def test_what_is_given_lies_under_the_given_of_scenarios_and_rows(tmp_path: Path) -> None:
    text = """\
rulebook: desk
at: "2026-11-23T10:00:00Z"
given: {ticket: {impact: high, urgency: high}}
scenarios:
  - {scenario: all, expect: {priority: {level: P1}}}
  - {scenario: one, given: {ticket: {urgency: low}}, expect: {priority: {level: P2}}}
  - {scenario: absent, given: {ticket: {urgency: null}}, expect: {priority: {level: P3, by: not-stated}}}
  - {scenario: nothing, given: {ticket: null}, expect: {priority: {by: not-stated}}}
tables:
  - scenarios: rows
    at: "2026-11-23T23:00:00Z"
    given: {ticket: {impact: low}}
    when: [ticket.urgency]
    then: [priority.level, assignment.group]
    rows:
      high: [high, P2, on-call]
      low: [low, P3, first-line, {at: "2026-11-23T11:00:00Z"}]
      both: [low, P2, on-call, {given: {ticket: {impact: high}}}]
"""
    result = only(run_paths([write(tmp_path, scenarios=text)]))
    assert [outcome.scenario.name for outcome in result.outcomes][-3:] == ["rows, high", "rows, low", "rows, both"]
    assert [outcome.scenario.name for outcome, _ in result.failed] == []


def test_whatever_is_decided_can_be_expected() -> None:
    """The shape of answers, by which expectations are checked, knows every part that decisions have."""
    report = check_paths([RULES])
    sources = list(report.sources.values())
    for folder in folders_of(report):
        read = read_folder(folder, report)
        for version in read.versions:
            shape = answers_of([version.book])
            for scenario in read.suite.scenarios if read.suite else ():
                if scenario.refused is None:
                    decision = decide(version.book, scenario.request, scenario.at, ())["decision"]
                    parts = [Part((stage,), part, ()) for stage, part in decision.items()]
                    assert [d.message for d in expectation_faults(parts, shape, sources[0])] == []


@pytest.mark.parametrize("id", ["internal-it", "itil-incident-desk"])
def test_rulebooks_of_the_house_pass(id: str) -> None:
    report = run_paths([RULES / id])
    assert [(o.scenario.name, o.differences, o.complaints) for r in report.results for o, _ in r.failed] == []
    assert report.is_good
