"""Every fault that clauses and scenarios can have: where it stands and what it says."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from engine import Diagnostic, check_rules, scaffold
from engine.scenarios import SCENARIO_CODES

RULEBOOK, CLAUSES, SCENARIOS = (
    scaffold("desk", "en")[name] for name in ("1.0.0.yaml", "clauses.yaml", "scenarios.yaml")
)
HEAD = 'rulebook: desk\nat: "2026-11-23T10:00:00Z"\n'

FAULTS = [
    ("unknown-version", "rulebook: desk\nversions: [1.0.1]\n", "2:12", "no version `1.0.1`; did you mean `1.0.0`?"),
    ("wrong-place", "rulebook: dsk\n", "1:11", "are for `dsk`, but lie in the folder `desk`"),
    ("missing-key", "at: x\n", "1:1", "`rulebook` is missing"),
    ("wrong-value", "rulebook: desk\ncoverage: {rules: 101}\n", "2:19", "a share in percent"),
    ("unknown-key", f"{HEAD}scenarois: []\n", "3:1", "did you mean `scenarios`?"),
]
SCENARIO_FAULTS = [
    ("missing-key", "{given: {}}", "4:5", "`scenario` is missing"),
    ("wrong-shape", "nonsense", "4:5", "must be a mapping"),
    ("expects-nothing", "{scenario: a}", "4:5", "`a` expects nothing"),
    (
        "mixed-expectation",
        "{scenario: a, refused: {status: 422}, expect: {priority: null}}",
        "4:19",
        "gets no decision",
    ),
    ("unknown-clause", '{scenario: a, clauses: ["9"], expect: {priority: null}}', "4:29", "there is no clause `9`"),
    ("wrong-value", '{scenario: a, at: "2026-11-23", expect: {priority: null}}', "4:23", "not an RFC 3339 instant"),
    ("misplaced-key", "{scenario: a, given: {version: 1.0.0}, expect: {priority: null}}", "4:27", "cannot be given"),
    ("unfit-request", "{scenario: a, given: {ticket: {impct: low}}, expect: {priority: null}}", "4:36", "`impact`"),
    ("unfit-request", "{scenario: a, given: {ticket: {impact: hi}}, expect: {priority: null}}", "4:44", "`hi`"),
    ("unfit-request", "{scenario: a, given: {ask: {do: [x]}}, expect: {priority: null}}", "4:38", "/ask/do/0"),
    ("unknown-key", "{scenario: a, expect: {priorty: null}}", "4:28", "did you mean `priority`?"),
    ("unknown-part", "{scenario: a, expect: {priority: {levl: P1}}}", "4:39", "did you mean `level`?"),
    ("unknown-part", "{scenario: a, expect_not: {sla: {targets: {first: null}}}}", "4:48", "`first`"),
    ("unknown-value", "{scenario: a, expect_not: {priority: {level: P9}}}", "4:50", "no rule gives `P9`"),
    ("unknown-value", "{scenario: a, expect: {priority: {by: not-state}}}", "4:43", "did you mean `not-stated`?"),
    ("unknown-value", "{scenario: a, expect: {obligations: {has: {do: send}}}}", "4:52", "no rule gives `send`"),
    ("unknown-value", "{scenario: a, expect: {sla: {clock: {one_of: [runing]}}}}", "4:51", "`running`"),
    ("wrong-test", "{scenario: a, expect: {priority: P1}}", "4:38", "a mapping stands here, never `P1`"),
    ("wrong-test", "{scenario: a, expect: {obligations: {do: x}}}", "4:41", "no mapping ever stands here"),
    ("wrong-test", "{scenario: a, expect: {priority: [P1]}}", "4:38", "no list ever stands here"),
    ("wrong-test", "{scenario: a, expect: {priority: {level: {has: P1}}}}", "4:47", "`has` looks into lists"),
    ("wrong-test", "{scenario: a, expect: {priority: {level: {one_of: P1}}}}", "4:55", "`one_of` needs a list"),
    ("wrong-test", "{scenario: a, expect: {obligations: {size: many}}}", "4:48", "`size` needs a count"),
    (
        "wrong-test",
        "{scenario: a, expect: {sla: {targets: {resolution: {within: {at_most: soon}}}}}}",
        "4:75",
        "a duration",
    ),
]
TABLE_FAULTS = [
    ("unknown-fact", "[ticket.impct]", "[priority.level]", "[[low, P3]]", "4:27", "`ticket.impact`?"),
    ("unknown-part", "[ticket.impact]", "[priority.levl]", "[[low, P3]]", "4:50", "level"),
    ("unknown-part", "[at]", "[priority.level.x]", "[[x, P3]]", "4:39", "has no parts"),
    ("repeated-value", "[agent, agent]", "[priority]", "[[null, null, null]]", "4:34", "twice"),
    ("row-length", "[ticket.impact]", "[priority.level]", "[[low]]", "4:74", "1 values under 2"),
    ("unknown-key", "[ticket.impact]", "[priority]", "{x: [low, null, {att: x}]}", "4:84", "`at`"),
    ("wrong-value", "[at]", "[priority]", "[[noon, null]]", "4:58", "`noon` is not"),
    ("unfit-request", "[ticket.impact]", "[priority]", "[[lo, null]]", "4:69", "`low`"),
    ("unknown-value", "[ticket.impact]", "[priority.level]", "[[low, P9]]", "4:80", "`P9`"),
]  # fmt: skip


def checked(
    folder: Path, rulebook: str = RULEBOOK, clauses: str = CLAUSES, scenarios: str = SCENARIOS
) -> list[Diagnostic]:
    """The faults of a folder with these files."""
    desk = folder / "rules" / "desk"
    desk.mkdir(parents=True)
    for name, text in (("1.0.0.yaml", rulebook), ("clauses.yaml", clauses), ("scenarios.yaml", scenarios)):
        (desk / name).write_text(text, encoding="utf-8")
    return check_rules([folder / "rules"]).diagnostics


def assert_only(found: list[Diagnostic], code: str, place: str, said: str) -> None:
    told = [(d.code, f"{d.span.line}:{d.span.column}", d.message) for d in found]
    assert len(found) == 1, told
    assert told[0][:2] == (code, place)
    assert said in told[0][2]


@pytest.mark.parametrize(("code", "text", "place", "said"), FAULTS)
def test_faults_of_the_head(tmp_path: Path, code: str, text: str, place: str, said: str) -> None:
    assert_only(checked(tmp_path, scenarios=text), code, place, said)


@pytest.mark.parametrize(("code", "text", "place", "said"), SCENARIO_FAULTS)
def test_faults_of_a_scenario(tmp_path: Path, code: str, text: str, place: str, said: str) -> None:
    assert_only(checked(tmp_path, scenarios=f"{HEAD}scenarios:\n  - {text}\n"), code, place, said)


@pytest.mark.parametrize(("code", "when", "then", "rows", "place", "said"), TABLE_FAULTS)
def test_faults_of_a_table(tmp_path: Path, code: str, when: str, then: str, rows: str, place: str, said: str) -> None:
    table = f"{{scenarios: t, when: {when}, then: {then}, rows: {rows}}}"
    assert_only(checked(tmp_path, scenarios=f"{HEAD}tables:\n  - {table}\n"), code, place, said)


def test_names_are_not_repeated(tmp_path: Path) -> None:
    text = f"{HEAD}scenarios:\n" + "  - {scenario: a, expect: {priority: {level: P1}}}\n" * 2
    assert_only(
        checked(tmp_path, scenarios=text), "repeated-scenario", "5:5", "another scenario is called `a`, in line 4"
    )


def test_without_any_instant_it_is_told_once(tmp_path: Path) -> None:
    text = "rulebook: desk\nscenarios:\n" + "".join(
        f"  - {{scenario: {name}, expect: {{priority: null}}}}\n" for name in "abc"
    )
    assert_only(checked(tmp_path, scenarios=text), "no-instant", "3:5", "`a` names no instant")


def test_one_slip_in_what_is_given_to_all_is_told_once(tmp_path: Path) -> None:
    text = SCENARIOS.replace("urgency: low}", "urgency: lo}", 1)
    assert_only(checked(tmp_path, scenarios=text), "unfit-request", "9:92", "did you mean `low`?")


@pytest.mark.parametrize(
    ("code", "file", "old", "new", "place", "said"),
    [
        ("unknown-clause", "rulebook", 'cites: ["4"]', 'cites: ["4", "44"]', "1.0.0.yaml:83", "no clause `44`"),
        ("undecided-clause", "rulebook", 'cites: ["4"]', 'cites: ["4", "5"]', "1.0.0.yaml:83", "nothing is"),
        ("uncited-clause", "clauses", "[priority, sla]", "[priority, sla, admission]", "clauses.yaml:7", "`admission`"),
        ("unsettled-clause", "clauses", ", decides: [admission]", "", "clauses.yaml:6", "names neither"),
        ("unsettled-clause", "clauses", "no_d", "decides: [sla], no_d", "clauses.yaml:10", "names both"),
        ("unknown-value", "clauses", "[obligations]", "[obligation]", "clauses.yaml:9", "did you mean `obligations`?"),
        ("unknown-key", "clauses", "says:", "say:", "clauses.yaml:6", "did you mean `says`?"),
        ("unknown-language", "clauses", "{en: \"Clients", "{xx: \"Clients", "clauses.yaml:6", "`xx` is no code"),
    ],
)  # fmt: skip
def test_faults_of_clauses(tmp_path: Path, code: str, file: str, old: str, new: str, place: str, said: str) -> None:
    texts = {"rulebook": RULEBOOK, "clauses": CLAUSES}
    texts[file] = texts[file].replace(old, new, 1)
    found = [d for d in checked(tmp_path, **texts) if d.code == code]
    told = [(f"{Path(d.file).name}:{d.span.line}", d.message) for d in found]
    assert len(told) == 1, told
    assert told[0][0] == place
    assert said in told[0][1]


def test_clauses_cited_by_a_whole_table_are_told_once_at_the_table(tmp_path: Path) -> None:
    text = RULEBOOK.replace('cites: ["2"]\n    rows:', 'cites: ["2", "22"]\n    rows:')
    (found,) = checked(tmp_path, rulebook=text)
    assert (found.code, found.span.line) == ("unknown-clause", 58)


def test_a_slip_in_a_rulebook_does_not_blame_its_scenarios(tmp_path: Path) -> None:
    found = checked(tmp_path, rulebook=RULEBOOK.replace("ticket.impact: {ordered", "ticket.impct: {ordered"))
    assert found
    assert {Path(fault.file).name for fault in found} == {"1.0.0.yaml"}


def test_scenarios_need_no_clauses(tmp_path: Path) -> None:
    desk = tmp_path / "rules" / "desk"
    desk.mkdir(parents=True)
    (desk / "1.0.0.yaml").write_text(RULEBOOK, encoding="utf-8")
    (desk / "scenarios.yaml").write_text(SCENARIOS, encoding="utf-8")
    assert check_rules([tmp_path / "rules"]).diagnostics == []


def test_any_bytes_give_diagnostics_and_no_traceback(tmp_path: Path) -> None:
    texts = ("", "- a\n", "a: [\n", "\x00", "null\n", "scenarios: {a: b}\ntables: 3\n", "rulebook: [1]\n")
    for number, text in enumerate(texts):
        found = checked(tmp_path / str(number), scenarios=text, clauses=text)
        assert {Path(fault.file).name for fault in found} >= {"scenarios.yaml", "clauses.yaml"}, text


def test_single_files_beside_a_rulebook_can_be_checked(tmp_path: Path) -> None:
    checked(tmp_path, clauses=CLAUSES.replace("[obligations]", "[obligation]"), scenarios="rulebook: dsk\n")
    report = check_rules([tmp_path / "rules" / "desk" / "scenarios.yaml"])
    assert [fault.code for fault in report.diagnostics] == ["wrong-place"]
    assert [fault.code for fault in check_rules([tmp_path / "clauses.yaml"]).diagnostics] == ["unreadable"]


def test_every_code_is_tried_and_stands_in_the_reference() -> None:
    reference = (Path(__file__).parents[2] / "docs" / "reference" / "scenarios.md").read_text(encoding="utf-8")
    text = Path(__file__).read_text(encoding="utf-8")
    elsewhere = {"no-scenarios"}  # told by `deskpolicy test` alone
    for code, meaning in SCENARIO_CODES.items():
        assert f'"{code}"' in text or code in elsewhere
        assert f"| `{code}` | {meaning} |" in reference


def test_the_scaffold_has_no_faults(tmp_path: Path) -> None:
    assert checked(tmp_path) == []
    assert dedent(SCENARIOS) == SCENARIOS
