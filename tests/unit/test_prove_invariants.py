"""Files of invariants: what they may say, what is wrong with them, and against which versions they are held."""

import os
from pathlib import Path

import pytest
from prove_kit import URGENT_FIRST, lay, proof_of

from cli.lsp.checks import check_group
from engine import PROOF_CODES, CheckReport, ProofReport, check_meaning, prove_paths

BOOK = """\
facts:
  ticket.urgency: {ordered: [low, high]}
  ticket.fields.note: text
  requester.tier: [gold, silver]
  agent.role: [engineer, lead]
  requester.role: [boss, hand]
admission:
  otherwise: {then: {outcome: accept}}
"""
BOOK += URGENT_FIRST
BOOK += """\
sla:
  rules:
    - {rule: r1, when: {priority: P1}, then: {resolution: 1h}}
    - {rule: r2, then: {resolution: 8h}}
disclosures:
  topics: [prices, dates]
  rules:
    - {rule: prices, permit: [prices], when: {requester.relation: client}}
obligations:
  rules:
    - {rule: note, when: {ticket.urgency: high}, then: {do: call_back}}
"""
GOOD = "- {invariant: fine, always: {priority: {missing: false}}}\n"


def faults_in(root: Path, invariants: str) -> CheckReport:
    """What `check` and `prove` both say of a file of invariants."""
    folder = lay(root, BOOK, invariants)
    report = prove_paths([folder]).faults
    beside = [fault for fault in check_meaning([folder]).diagnostics if fault.file.endswith("invariants.yaml")]
    assert beside == [fault for fault in report.diagnostics if fault.severity == "error"]
    assert check_meaning([folder / "invariants.yaml"]).diagnostics == beside
    return report


# What the issue's own forms say.


@pytest.mark.parametrize(
    ("invariant", "expected"),
    [
        ("never: {disclosures.dates: permit, when: {requester.relation: client}}", "proved"),
        ("never: {disclosures.prices: permit, when: {requester.relation: client}}", "witness"),
        ("always: {priority: P1, when: {ticket.urgency: high}}", "proved"),
        ("always: {priority: P1, when: {ticket.urgency: low}}", "witness"),
        ("monotone: {urgency: sla.resolution}", "proved"),
        ("monotone: {urgency: resolution}", "proved"),
        ("never: {dates: permit}", "proved"),
        ("always: {obligations: call_back, when: {urgency: high}}", "proved"),
        ("never: {obligations: {has_any: [call_back]}, when: {urgency: low}}", "proved"),
        ("always: {sla.resolution.within: {at_most: 1h}, when: {urgency: high}}", "proved"),
        ("always: {sla.resolution.within: {less_than: 8h}}", "witness"),
        ("always: {any: [{priority: P1}, {sla.resolution.within: 8h}]}", "proved"),
        ("never: {any: [{priority: P2}, {disclosures.dates: permit}], when: {urgency: high}}", "proved"),
        (
            "never: {disclosures.prices: permit, when: {any: [{relation: partner}, {relation: {missing: true}}]}}",
            "proved",
        ),
    ],
)
def test_forms(tmp_path: Path, invariant: str, expected: str) -> None:
    proof = proof_of(tmp_path, BOOK, invariant)
    assert proof.verdict == expected
    assert bool(proof.shown) == (expected == "witness")


def test_a_when_that_no_request_meets_says_so(tmp_path: Path) -> None:
    folder = lay(tmp_path, BOOK, "- invariant: idle\n  never: {dates: permit, when: {priority: P1, urgency: low}}\n")
    report = prove_paths([folder])
    assert [(proof.verdict, proof.is_vacuous) for proof in report.proofs] == [("proved", True)]
    (warning,) = report.faults.diagnostics
    assert (warning.code, warning.severity, warning.span.line) == ("never-applies", "warning", 2)


# What may be wrong: the code, a word of the message, and the place.

WRONG = {
    "no such key": ("- {invariant: x, alwyas: {priority: P1}}", "unknown-key", "always", (2, 18)),
    "no claim": ("- {invariant: x}", "wrong-shape", "says nothing", (2, 15)),
    "two claims": ("- {invariant: x, always: {priority: P1}, never: {priority: P2}}", "wrong-shape", "several",
                   (2, 15)),
    "only when": ("- {invariant: x, never: {when: {priority: P1}}}", "missing-key", "claims nothing", (2, 18)),
    "no name": ("- {always: {priority: P1}}", "missing-key", "invariant", (2, 3)),
    "a fact": ("- {invariant: x, never: {ticket.urgenci: low}}", "unknown-fact", "`ticket.urgency`", (2, 26)),
    "a topic": ("- {invariant: x, never: {disclosures.date: permit}}", "unknown-fact", "`disclosures.dates`", (2, 26)),
    "nothing near": ("- {invariant: x, never: {weather: fine}}", "unknown-fact", "`weather`", (2, 26)),
    "a value": ("- {invariant: x, never: {priority: P3}}", "unknown-value", "P3", (2, 36)),
    "an effect": ("- {invariant: x, never: {dates: permitted}}", "unknown-value", "`permit`", (2, 33)),
    "a test": ("- {invariant: x, never: {priority: {atleast: P2}}}", "unknown-test", "`at_least`", (2, 37)),
    "in a when": ("- {invariant: x, never: {priority: P1, when: {tier: golden}}}", "unknown-value", "golden", (2, 53)),
    "in an any": ("- {invariant: x, never: {any: [{priority: P1}, {tyer: gold}]}}", "unknown-fact", "tyer", (2, 49)),
    "a short name": ("- {invariant: x, never: {role: lead}}", "unclear-name",
                     "`agent.role` or `requester.role`", (2, 26)),
    "a target": ("- {invariant: x, monotone: {urgency: sla.solution}}", "unknown-value", "`sla.resolution`", (2, 38)),
    "no order": ("- {invariant: x, monotone: {requester.tier: resolution}}", "wrong-type", "no order", (2, 29)),
    "no fact": ("- {invariant: x, monotone: {dates: resolution}, order: [deny, permit]}", "unknown-fact", "dates",
                (2, 29)),
    "a value of an order": ("- {invariant: x, monotone: {tier: resolution}, order: [gold, sliver]}", "unknown-value",
                            "silver", (2, 62)),
    "two facts": ("- {invariant: x, monotone: {tier: resolution, urgency: resolution}}", "wrong-shape", "one fact",
                  (2, 18)),
    "an order of nothing": ("- {invariant: x, never: {priority: P3}, order: [a, b]}", "unknown-key", "`order`",
                            (2, 41)),
    "another rulebook": ("- {invariant: x, never: {dates: permit}, for: [disk]}", "unknown-rulebook", "disk", (2, 48)),
    "one name twice": (GOOD + "- {invariant: fine, never: {dates: permit}}", "repeated-value", "fine", (3, 15)),
    "a list": ("- [always]", "wrong-shape", "", (2, 3)),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_faults(case: str, tmp_path: Path) -> None:
    invariants, code, word, place = WRONG[case]
    faults = faults_in(tmp_path, invariants + "\n").diagnostics
    told = [fault for fault in faults if fault.code == code]
    assert told, [(fault.code, fault.message) for fault in faults]
    fault = told[0]
    assert word in f"{fault.message} {fault.help}"
    assert (fault.span.line, fault.span.column) == place
    assert len(faults) == 1 or case == "an order of nothing"


def test_a_file_that_is_no_yaml_at_all(tmp_path: Path) -> None:
    folder = lay(tmp_path, BOOK, GOOD)
    for raw in (b"", b"\xff\xfe", b"invariants: [", b"invariants: null\n", b"- a\n", b"invariants: 5\n"):
        (folder / "invariants.yaml").write_bytes(raw)
        assert prove_paths([folder]).faults.errors
        assert check_meaning([folder]).errors


def test_a_thousand_faults_end_somewhere(tmp_path: Path) -> None:
    names = ", ".join(f"fact{i}: x" for i in range(1500))
    assert faults_in(tmp_path, f"- {{invariant: x, never: {{{names}}}}}\n").errors


def test_every_code_of_this_floor_is_shown_here() -> None:
    assert PROOF_CODES.keys() <= {"never-applies", *(code for _, code, _, _ in WRONG.values())}


# Which versions are asked.


def asked(report: ProofReport) -> set[tuple[str, str, str]]:
    return {(proof.rulebook, proof.version, proof.invariant) for proof in report.proofs}


def test_versions_that_do_not_know_a_name_are_told_apart(tmp_path: Path) -> None:
    lay(tmp_path, BOOK, GOOD, version="1.0.0")
    folder = lay(tmp_path, BOOK.replace("[prices, dates]", "[prices, dates, plans]"),
                 GOOD + "- {invariant: plans, never: {plans: permit}}\n", version="2.0.0")  # fmt: skip
    report = prove_paths([folder])
    assert not report.faults.diagnostics
    assert asked(report) == {("desk", "1.0.0", "fine"), ("desk", "2.0.0", "fine"), ("desk", "2.0.0", "plans")}
    assert [(one.invariant, one.version) for one in report.not_asked] == [("plans", "1.0.0")]
    assert "plans" in report.not_asked[0].why


def test_the_newest_version_must_know_the_names(tmp_path: Path) -> None:
    """A topic that is renamed must not take its invariant along unseen."""
    lay(tmp_path, BOOK, GOOD, version="9.0.0")
    folder = lay(
        tmp_path, BOOK.replace("dates]", "days]"), "- {invariant: d, never: {dates: permit}}\n", version="10.0.0"
    )
    assert [fault.code for fault in prove_paths([folder]).faults.errors] == ["unknown-fact"]


def test_a_draft_is_held_to_them_too(tmp_path: Path) -> None:
    folder = lay(tmp_path, BOOK, GOOD)
    file = folder / "1.0.0.yaml"
    draft = file.read_text().replace("version: 1.0.0\nin_force: {from: 2011-01-01}\n", "version: 1.1.0\n")
    (folder / "1.1.0.yaml").write_text(draft.replace("    - {rule: rest, then: {level: P2}}\n", ""))
    assert "in_force" not in (folder / "1.1.0.yaml").read_text()
    verdicts = {proof.version: proof.verdict for proof in prove_paths([folder]).proofs}
    assert verdicts == {"1.0.0": "proved", "1.1.0": "witness"}


def two_desks(root: Path, shared: str) -> Path:
    lay(root, BOOK, GOOD, id="desk")
    lay(root, BOOK.replace("[prices, dates]", "[prices, plans]"), GOOD, id="other")
    (root / "rules" / "invariants.yaml").write_text("invariants:\n" + shared)
    (root / "rules" / "notes").mkdir()
    return root / "rules"


def test_the_file_in_the_root_is_for_all_that_know_its_names(tmp_path: Path) -> None:
    root = two_desks(
        tmp_path, "- {invariant: d, never: {dates: permit}}\n- {invariant: p, always: {priority: {missing: false}}}\n"
    )
    everywhere = {(id, "1.0.0", name) for id in ("desk", "other") for name in ("p", "fine")} | {("desk", "1.0.0", "d")}
    report = prove_paths([root])
    assert not report.faults.diagnostics
    assert asked(report) == everywhere
    assert [(one.rulebook, one.invariant) for one in report.not_asked] == [("other", "d")]
    assert asked(prove_paths([root / "other"])) == {one for one in everywhere if one[0] == "other"}
    assert asked(prove_paths([root / "desk" / "1.0.0.yaml"])) == {one for one in everywhere if one[0] == "desk"}
    assert asked(prove_paths([root / "invariants.yaml"])) == {one for one in everywhere if one[2] != "fine"}
    assert asked(prove_paths([root / "desk" / "invariants.yaml"])) == {("desk", "1.0.0", "fine")}
    assert asked(prove_paths([root, root / "desk", root / "invariants.yaml"])) == everywhere


def test_from_within_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = two_desks(tmp_path, "- {invariant: p, always: {priority: {missing: false}}}\n")
    monkeypatch.chdir(root / "desk")
    for path in (".", "1.0.0.yaml"):
        assert asked(prove_paths([Path(path)])) == {("desk", "1.0.0", "p"), ("desk", "1.0.0", "fine")}
    assert asked(prove_paths([Path("invariants.yaml")])) == {("desk", "1.0.0", "fine")}


def test_what_no_rulebook_knows_is_a_fault(tmp_path: Path) -> None:
    root = two_desks(tmp_path, "- {invariant: d, never: {disclosures.plan: permit}}\n")
    (fault,) = prove_paths([root]).faults.errors
    assert (fault.code, "did you mean" in fault.message) == ("unknown-fact", True)
    assert not prove_paths([root / "desk"]).faults.errors  # the other may know it
    assert [found.code for found in check_meaning([root]).errors] == ["unknown-fact"]


def test_rulebooks_that_are_named_must_know_it(tmp_path: Path) -> None:
    root = two_desks(tmp_path, "- {invariant: d, never: {dates: permit}, for: [desk]}\n")
    assert ("desk", "1.0.0", "d") in asked(prove_paths([root]))
    assert not prove_paths([root]).not_asked
    (root / "invariants.yaml").write_text("invariants:\n- {invariant: d, never: {dates: permit}, for: [desk, other]}\n")
    assert [fault.code for fault in prove_paths([root]).faults.errors] == ["unknown-fact"]


def test_what_never_applies_is_told_only_where_all_are_looked_at(tmp_path: Path) -> None:
    root = two_desks(tmp_path, "- {invariant: i, never: {dates: permit, when: {priority: P1, urgency: low}}}\n")
    assert [found.code for found in prove_paths([root]).faults.diagnostics] == ["never-applies"]
    report = prove_paths([root / "desk"])
    assert not report.faults.diagnostics
    assert {proof.invariant for proof in report.proofs if proof.is_vacuous} == {"i"}


def test_names_are_not_held_against_a_file_whose_rulebook_has_faults(tmp_path: Path) -> None:
    folder = lay(tmp_path, BOOK + "colour: red\n", "- {invariant: d, never: {plans: permit}}\n")
    assert {fault.file for fault in check_meaning([folder]).errors} == {(folder / "1.0.0.yaml").as_posix()}
    lay(tmp_path, BOOK, GOOD + "- {invariant: d, never: {plans: permit}}\n", version="0.1.0")
    assert {fault.file for fault in check_meaning([folder]).errors} == {(folder / "1.0.0.yaml").as_posix()}


def test_an_editor_is_told_of_what_is_typed(tmp_path: Path) -> None:
    folder = lay(tmp_path, BOOK, GOOD)
    file = folder / "invariants.yaml"
    typed = b"invariants:\n- {invariant: d, never: {disclosures.date: permit}}\n"
    assert [fault.code for fault in check_group(file, {file: typed})[file]] == ["unknown-fact"]
    assert file not in check_group(folder, {file: typed})  # open, it is checked by itself
    assert check_group(file, {}) == {file: []}
    file.write_bytes(typed)
    assert [fault.code for fault in check_group(folder, {})[file]] == ["unknown-fact"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_a_fault(tmp_path: Path) -> None:
    folder = lay(tmp_path, BOOK, GOOD)
    (folder / "invariants.yaml").chmod(0)
    assert [fault.code for fault in prove_paths([folder]).faults.errors] == ["unreadable"]
