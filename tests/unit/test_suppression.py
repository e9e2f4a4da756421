"""Suppressions: which findings a rulebook hides, what is told of those that hide nothing, and the digest as before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import CODES, SCENARIO_CODES, CheckReport, apply_suppressions, check_paths, lock_path, report_json
from engine.diagnostics import Diagnostic, Span
from engine.rulebook import SUPPRESSIBLE, digests

KNOWN = {*CODES, *SCENARIO_CODES, "never-fires", "gap"}
FINDINGS = frozenset({"never-fires", "gap", "resolved-data-changed"})
BOOK = """\
rulebook: desk
version: 1.0.0
{suppress}
facts:
  ticket.urgency: {{ordered: [low, high]}}
  ticket.impact: {{ordered: [low, high]}}
admission:
  rules:
    - rule: lost-line
      when: {{ticket.line: 3}}
      then: {{outcome: reject}}
    - {{rule: other-line, when: {{ticket.line: 2}}, then: {{outcome: reject}}}}
  otherwise: {{then: {{outcome: accept}}}}
priority:
  matrix:
    down: ticket.impact
    across: ticket.urgency
    levels: [low, high]
    low: [P4, P3]
    high: [P2, P1]
obligations:
  rules:
    - {{rule: survey, then: {{do: send_survey}}}}
"""


def checked(folder: Path, *suppress: str) -> CheckReport:
    """The report on a rulebook with these suppressions, before they are applied."""
    lines = "".join(f"\n  - {one}" for one in suppress)
    file = folder / "desk.yaml"
    file.write_text(BOOK.format(suppress=f"suppress:{lines}" if lines else ""), encoding="utf-8")
    report = check_paths([file])
    assert report.diagnostics == []
    return report


def finding(report: CheckReport, text: str, code: str = "never-fires") -> Diagnostic:
    """A finding at the first place below `facts:` where a text stands."""
    (name,) = report.files
    source = report.sources[name]
    lines = source.text.split("\n")
    line = next(i for i, line in enumerate(lines, 1) if text in line and i > lines.index("facts:"))
    column = source.line(line).index(text) + 1
    return Diagnostic(code, "found", name, Span(line, column, line, column + len(text)), severity="warning")


def applied(report: CheckReport, *findings: Diagnostic) -> CheckReport:
    return apply_suppressions(replace(report, diagnostics=list(findings)), KNOWN, FINDINGS)


def told(report: CheckReport) -> list[tuple[str, str]]:
    return [(d.code, d.severity) for d in report.diagnostics]


def test_a_code_is_hidden_wherever_it_stands_in_the_file(tmp_path: Path) -> None:
    report = checked(tmp_path, "{code: never-fires, because: {en: Kept for the auditors, ru: Для аудита}}")
    findings = [finding(report, "rule: lost-line"), finding(report, "rule: other-line"), finding(report, "obligations")]
    settled = applied(report, *findings)
    assert settled.diagnostics == []
    assert [one.diagnostic for one in settled.suppressed] == findings
    assert {(one.because["ru"], one.span.line) for one in settled.suppressed} == {("Для аудита", 4)}


@pytest.mark.parametrize(
    ("rule", "at"),
    [
        ("lost-line", "rule: lost-line"),
        ("lost-line", "outcome: reject"),
        ("other-line", "rule: other-line"),
        ("admission.otherwise", "outcome: accept"),
        ("priority.low.high", "P3"),
        ("survey", "do: send_survey"),
    ],
)
def test_of_a_rule_only_what_stands_in_it_is_hidden(tmp_path: Path, rule: str, at: str) -> None:
    report = checked(tmp_path, f"{{code: never-fires, rule: {rule}, because: kept for the auditors}}")
    inside = finding(report, at)
    outside = [finding(report, text) for text in ("admission:", "P1", "matrix")]
    settled = applied(report, inside, *outside)
    assert [one.diagnostic for one in settled.suppressed] == [inside]
    assert settled.diagnostics == sorted(outside)


def test_other_codes_and_other_files_are_told(tmp_path: Path) -> None:
    report = checked(tmp_path, "{code: never-fires, because: kept for the auditors}")
    here = finding(report, "rule: lost-line")
    others = [replace(here, code="gap"), replace(here, file=(tmp_path / "scenarios.yaml").as_posix())]
    settled = applied(report, here, *others)
    assert settled.diagnostics == sorted(others)
    assert len(settled.suppressed) == 1


def test_a_finding_that_is_an_error_can_be_hidden_where_its_code_can(tmp_path: Path) -> None:
    report = checked(tmp_path, "{code: gap, because: the desk decides these by hand}")
    settled = applied(report, replace(finding(report, "admission:", "gap"), severity="error"))
    assert (settled.diagnostics, len(settled.suppressed)) == ([], 1)


def test_a_fault_cannot_be_hidden(tmp_path: Path) -> None:
    report = checked(tmp_path, "{code: open-end, because: later}")
    settled = applied(report, finding(report, "admission:", "open-end"))
    assert told(settled) == [("not-suppressible", "error"), ("open-end", "warning")]
    assert not settled.suppressed


def test_what_hides_nothing_is_told(tmp_path: Path) -> None:
    one = "{code: never-fires, rule: lost-line, because: kept for the auditors}"
    report = checked(tmp_path, one, "{code: gap, because: by hand}", one)
    settled = applied(report, finding(report, "rule: lost-line"))
    assert told(settled) == [("unused-suppression", "warning")] * 2
    by_code, twice = settled.diagnostics
    assert by_code.message == "this hides nothing: no `gap` is found"
    assert twice.message.endswith(
        "no `never-fires` of the rule `lost-line` is found that another suppression does not hide"
    )
    assert [d.span.line for d in settled.diagnostics] == [5, 6]


def test_misspelt_names_are_told_with_the_nearest(tmp_path: Path) -> None:
    report = checked(
        tmp_path, "{code: never-fire, because: x}", "{code: gap, rule: surve, because: x}", "{code: ÿ, because: x}"
    )
    code, rule, far = applied(report, finding(report, "admission:", "gap")).diagnostics[:3]
    assert (code.code, code.severity) == ("unknown-value", "error")
    assert code.message == "unknown diagnostic `never-fire`; did you mean `never-fires`?"
    assert rule.message == "unknown rule `surve`; did you mean `survey`?"
    assert far.help == "known are: gap, never-fires, resolved-data-changed"


def test_the_digest_is_the_same_with_suppressions_and_without(tmp_path: Path) -> None:
    (bare,) = checked(tmp_path).rulebooks
    (hushed,) = checked(tmp_path, "{code: gap, because: by hand}").rulebooks
    assert hushed.suppressions
    assert not bare.suppressions
    assert digests(hushed) == digests(bare)


PLACES = ("lost-line", "outcome: reject", "other-line", "outcome: accept", "P3", "P1", "matrix", "survey", "admission")
"""Texts of the rulebook at which there may be a finding."""
ENTRIES = ("", *(f", rule: {rule}" for rule in ("lost-line", "other-line", "priority.low.high", "survey")))
CODES_FOUND = st.sampled_from(["never-fires", "gap"])


@settings(max_examples=60, deadline=None)
@given(
    places=st.lists(st.tuples(st.sampled_from(PLACES), CODES_FOUND), unique=True),
    entries=st.lists(st.tuples(CODES_FOUND, st.sampled_from(ENTRIES)), min_size=1, max_size=4),
)
def test_nothing_is_lost_and_every_entry_hides_something_or_is_told(
    places: list[tuple[str, str]], entries: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    report = checked(
        tmp_path_factory.getbasetemp(), *(f"{{code: {code}{rule}, because: why}}" for code, rule in entries)
    )
    found = [finding(report, text, code) for text, code in places]
    settled = applied(report, *found)
    hidden = [one.diagnostic for one in settled.suppressed]
    unused = {d.span.line for d in settled.diagnostics if d.code == "unused-suppression"}
    kept = [d for d in settled.diagnostics if d.code != "unused-suppression"]
    assert sorted([*kept, *hidden]) == sorted(found)
    used = {one.span.line for one in settled.suppressed}
    assert not used & unused
    assert used | unused == {4 + i for i in range(len(entries))}
    assert not {d.code for d in kept} & {code for code, rule in entries if not rule}
    assert {d.code for d in hidden} <= {code for code, _ in entries}


@pytest.fixture
def changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A released version whose holidays came out otherwise than at its release."""
    monkeypatch.chdir(tmp_path)
    file = Path("rules/desk/1.0.0.yaml")
    file.parent.mkdir(parents=True)
    file.write_text(BOOK.format(suppress=""), encoding="utf-8")
    lock_path(Path("rules"))
    lock = Path("rules/rulebooks.lock")
    text = lock.read_text()
    digest = text.split('"digest": "')[1].split('"')[0]
    lock.write_text(text.replace(f'"digest": "{digest}"', '"digest": "sha256:of-other-holidays"'))
    return file


def test_a_released_version_may_still_be_given_a_suppression(changed: Path) -> None:
    assert told(apply_suppressions(check_paths([Path("rules")]), KNOWN)) == [("resolved-data-changed", "warning")]
    text = "suppress: [{code: resolved-data-changed, because: {ru: Праздники проверены, en: Holidays looked at}}]"
    changed.write_text(BOOK.format(suppress=text), encoding="utf-8")
    settled = apply_suppressions(check_paths([Path("rules")]), KNOWN)
    assert settled.diagnostics == []
    (record,) = report_json(settled)
    assert record["code"] == "resolved-data-changed"
    assert record["suppressed"] == {"because": {"en": "Holidays looked at", "ru": "Праздники проверены"}, "line": 3}


def test_every_code_that_can_be_suppressed_is_known() -> None:
    assert CODES.keys() | SCENARIO_CODES.keys() >= SUPPRESSIBLE
    assert not SUPPRESSIBLE & {"not-suppressible", "unused-suppression"}
