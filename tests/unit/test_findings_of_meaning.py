"""Findings of meaning in use: pasted into scenarios, suppressed with reasons, and in the rulebooks here."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from engine import (
    CODES,
    FINDING_CODES,
    SCENARIO_CODES,
    SUPPRESSIBLE,
    CheckReport,
    apply_suppressions,
    check_meaning,
    run_paths,
)

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "golden" / "findings"
KNOWN = {*CODES, *SCENARIO_CODES, *FINDING_CODES}
ALL = sorted(path.name for path in CASES.iterdir() if not path.name.startswith("silent-"))
UNSHOWN = {"undecided", "unmentioned-values", "unused-fact", "unknown-approver"}
"""Findings of what a rulebook declares, and of what is not known: there is no request that shows them."""
CONTRADICTING = {
    "never-fires-admission",
    "never-fires-calendar",
    "never-fires-earlier-stage",
    "never-fires-elapsed",
    "never-fires-look-up",
    "never-fires-obligation",
    "never-fires-template",
    "never-fires-texts",
}
"""Cases of rules to which no request ever comes: there is nothing to show."""


def checked(path: Path) -> CheckReport:
    return apply_suppressions(check_meaning([path]), KNOWN, SUPPRESSIBLE | FINDING_CODES.keys())


@pytest.mark.parametrize("case", ALL)
def test_a_witness_passes_as_a_scenario(case: str, tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "1.0.0.yaml").write_text((CASES / case / "rulebook.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    witnesses = [found.witness for found in check_meaning([folder]).diagnostics if found.code in FINDING_CODES]
    if case in UNSHOWN | CONTRADICTING:
        assert witnesses == [None] * len(witnesses)
        return
    scenarios = "".join(f"  {line}\n" for text in witnesses if text for line in text.rstrip("\n").split("\n"))
    (folder / "scenarios.yaml").write_text(f"rulebook: desk\nscenarios:\n{scenarios}", encoding="utf-8")
    assert None not in witnesses
    report = run_paths([folder])
    assert [fault.message for fault in report.check.errors] == []
    outcomes = [outcome for result in report.results for outcome in result.outcomes]
    assert len(outcomes) >= len(witnesses) > 0
    assert all(not outcome.differences for outcome in outcomes)


def test_the_rulebooks_here_have_no_finding_that_is_not_suppressed_with_a_reason() -> None:
    report = checked(ROOT / "rules")
    assert [(found.file, found.code, found.message) for found in report.diagnostics] == []
    assert {hidden.diagnostic.code for hidden in report.suppressed} <= FINDING_CODES.keys()
    assert all(reason.strip() for hidden in report.suppressed for reason in hidden.because.values())


def test_a_finding_is_suppressed_by_the_rule_at_which_it_stands(tmp_path: Path) -> None:
    text = (CASES / "gap" / "rulebook.yaml").read_text(encoding="utf-8")
    file = tmp_path / "desk.yaml"
    file.write_text(text + "suppress: [{code: gap, rule: not-stated, because: {en: They call us}}]\n", encoding="utf-8")
    report = checked(file)
    assert report.diagnostics == []
    assert [hidden.diagnostic.code for hidden in report.suppressed] == ["gap"]


def test_a_rulebook_with_errors_is_not_searched(tmp_path: Path) -> None:
    text = (CASES / "gap" / "rulebook.yaml").read_text(encoding="utf-8")
    file = tmp_path / "desk.yaml"
    file.write_text(text.replace("kind: request", "kindd: request"), encoding="utf-8")
    codes = {found.code for found in checked(file).diagnostics}
    assert codes
    assert codes.isdisjoint(FINDING_CODES)


def test_what_is_unsaved_counts(tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_bytes((CASES / "silent-gap" / "rulebook.yaml").read_bytes())
    typed = (CASES / "gap" / "rulebook.yaml").read_bytes()
    assert check_meaning([file]).diagnostics == []
    assert [found.code for found in check_meaning([file], {file: typed}).diagnostics] == ["gap"]


def test_what_is_found_is_found_again_to_the_letter() -> None:
    first, second = (check_meaning([ROOT / "rules" / "internal-it"]).diagnostics for _ in range(2))
    assert first == second
    assert first


UNIQUE = """
rulebook: desk
version: 1.0.0
facts: {ticket.category: [a, b, c]}
derive:
  team: {look_up: ticket.category, in: {a: x, b: y}, otherwise: z}
priority:
  table:
    hit: unique
    when: [ticket.category, team]
    then: [level]
    rows:
      one: [a, any, P1]
      two: [any, y, P2]
      three: [[a, c], y, P3]
"""


@pytest.mark.parametrize(("third", "meets"), [("[a, b]", ["priority.two"]), ("[a, c]", [])])
def test_rows_of_a_unique_table_that_meet_are_shown(third: str, meets: list[str], tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text(UNIQUE.replace("[a, c]", third), encoding="utf-8")
    two, three = check_meaning([file]).diagnostics
    assert (two.code, three.code) == ("overlapping-rows", "overlapping-rows")
    assert (two.severity, two.witness) == ("error", None)
    assert "no request matches it" in (two.help or "")
    assert [place.span.line for place in three.related] == [14 for _ in meets]
    assert (three.witness is not None) is bool(meets)
    assert ("no request matches it" in (three.help or "")) is not bool(meets)


def test_a_draft_without_stages_has_no_findings(tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text("rulebook: desk\nversion: 1.0.0\n", encoding="utf-8")
    assert check_meaning([file]).diagnostics == []


@pytest.mark.slow
def test_a_table_of_ten_thousand_rows_takes_seconds_and_bounded_memory(tmp_path: Path) -> None:
    import random
    import resource

    chance = random.Random(7)
    lists = {f"ticket.fields.list{n}": [f"v{k}" for k in range(10)] for n in range(5)}
    numbers = [f"ticket.fields.number{n}" for n in range(3)]

    def row() -> list[object]:
        starts = [chance.randrange(1000) for _ in numbers]
        spans = [{"at_least": start, "at_most": start + chance.randrange(200)} for start in starts]
        return [*([chance.choice(values)] for values in lists.values()), *spans, f"P{chance.randrange(9)}"]

    table = {"when": [*lists, *numbers], "then": ["level"], "rows": [row() for _ in range(10_000)]}
    facts = {**lists, **dict.fromkeys(numbers, "count")}
    priority = {"table": table, "otherwise": {"then": {"level": "P9"}}}
    body = {"rulebook": "desk", "version": "1.0.0", "facts": facts, "priority": priority}
    file = tmp_path / "desk.yaml"
    file.write_text(json.dumps(body), encoding="utf-8")
    before, memory = os.times(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report = check_meaning([file])
    after = os.times()
    assert {found.code for found in report.diagnostics} <= {"hidden-result", "never-fires", "changes-nothing"}
    assert after.user - before.user < 120, "seconds are promised; this leaves room for a busy machine, and for reading"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 600_000, "kilobytes"
