"""The invariants of the real rulebooks: a change that breaks one is shown by a request, any other is proved again."""

from pathlib import Path

import pytest
import yaml
from prove_kit import RULES, mutated

from engine import prove_paths, run_paths

DATES = "no client is ever told a delivery date"
ANYBODY = "nobody is told a delivery date, whoever asks"
TIER = "a target customer is never served later than a standard one"
LEAD = "only a shift lead reassigns"
NO_ROLE = "nobody reassigns whose role is not stated"
HIGHER = "a higher priority is never solved later"
PRIORITY = "every accepted ticket gets a priority"
GROUP = "every accepted ticket goes to a group or an agent"
TARGETS = "every accepted ticket is answered and solved by some time"

DENY_DATES = "    - rule: no-dates\n      deny: [delivery_date]\n"
P3_TARGET = "[P3, target, any,   1h,   20h, desk]"
P3 = "[P3, any,    any,   2h,   30h, desk]"
ENGINEERS = "    - rule: engineers-do-not-reassign\n      deny: [reassign]\n      when: {agent.role: engineer}"
NO_ROLE_GIVEN = "      deny: [reassign]\n      approval: [assign_directly, create_ticket"
LAST_RESORT = """    rule: urgency-not-stated
    then: {level: P3}
    because: {en: The requester reported no urgency, ru: Постановщик не указал срочность}
"""

BREAKING: dict[str, tuple[str, list[tuple[str, str]], set[str]]] = {
    "dates are told": ("connect-support", [(DENY_DATES, DENY_DATES.replace("deny", "permit"))], {DATES, ANYBODY}),
    "dates are told where someone approves": (
        "connect-support",
        [(DENY_DATES, DENY_DATES.replace("deny: [delivery_date]", "approval: [delivery_date]\n      from: lead"))],
        {DATES, ANYBODY},
    ),
    "dates are told to partners": (
        "connect-support",
        [(DENY_DATES, DENY_DATES.replace("deny", "permit") + "      when: {requester.relation: partner}\n")],
        {ANYBODY},
    ),
    "target customers wait longer": (
        "end-user-support", [(P3_TARGET, P3_TARGET.replace("20h", "31h"))], {TIER, HIGHER}
    ),
    "standard customers are served at night": (
        "end-user-support",
        [(P3, P3.replace("desk", "always"))],
        {TIER, "a target customer is never answered later than a standard one"},
    ),
    "target customers are promised nothing": ("end-user-support", [(P3_TARGET, P3_TARGET.replace("20h", "none"))],
                                              {TIER, HIGHER}),
    "engineers reassign": ("shift-lead-desk", [(ENGINEERS, ENGINEERS.replace("deny", "permit"))], {LEAD}),
    "anybody reassigns": (
        "shift-lead-desk",
        [(ENGINEERS, ENGINEERS.replace("deny", "permit").replace("{agent.role: engineer}", "{agent.role: any}")),
         (NO_ROLE_GIVEN, NO_ROLE_GIVEN.replace("      deny: [reassign]\n", ""))],
        {LEAD, NO_ROLE},
    ),
    "no priority without an urgency": (
        "internal-it",
        [("  otherwise:\n" + LAST_RESORT + '    cites: ["1.6"]\n    assumed: true\n', "")],
        {PRIORITY, TARGETS},
    ),
    "no target for the lowest": (
        "internal-it", [("      P4:                 [P4, any,      any,   2h,  40h, office]\n", "")], {TARGETS}
    ),
    "nobody on duty for some channels": (
        "internal-it",
        [("      when: {in_working_hours: false}\n      then: {group:",
          "      when: {in_working_hours: false, ticket.channel: [doc, zm]}\n      then: {group:")],
        {GROUP},
    ),
}  # fmt: skip
HARMLESS: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "dates are denied by silence": (
        "connect-support", [(DENY_DATES, DENY_DATES.replace("delivery_date", "change_estimate"))]
    ),
    "target customers wait as long": ("end-user-support", [(P3_TARGET, P3_TARGET.replace("20h", "30h"))]),
    "target customers are served at night": ("end-user-support", [(P3_TARGET, P3_TARGET.replace("desk", "always"))]),
    "engineers ask the lead": (
        "shift-lead-desk",
        [(ENGINEERS, ENGINEERS.replace("deny: [reassign]", "approval: [reassign]\n      from: shift_lead"))],
    ),
    "no urgency is the least": ("internal-it", [(LAST_RESORT, LAST_RESORT.replace("P3", "P4"))]),
}  # fmt: skip


def test_every_invariant_of_the_real_rulebooks_is_proved() -> None:
    report = prove_paths([RULES])
    assert not report.faults.diagnostics
    assert not report.not_asked
    assert {proof.verdict for proof in report.proofs} == {"proved"}
    assert not any(proof.is_vacuous for proof in report.proofs)
    assert {DATES, TIER, LEAD, PRIORITY, TARGETS, GROUP} <= {proof.invariant for proof in report.proofs}


@pytest.mark.parametrize("change", BREAKING)
def test_a_change_that_breaks_one_is_shown(change: str, tmp_path: Path) -> None:
    book, changes, broken = BREAKING[change]
    report = prove_paths([mutated(tmp_path, book, *changes)])
    assert not report.faults.errors
    against = {proof.invariant: proof for proof in report.proofs if proof.verdict != "proved"}
    assert against.keys() == broken
    for proof in against.values():
        assert proof.verdict == "witness"
        assert len(proof.shown) == (2 if proof.kind == "monotone" else 1)
        assert all(rule.line for one in proof.shown for rule in one.rules) or change.startswith(("no", "anybody"))


@pytest.mark.parametrize("change", HARMLESS)
def test_a_change_that_breaks_none_is_proved(change: str, tmp_path: Path) -> None:
    book, changes = HARMLESS[change]
    report = prove_paths([mutated(tmp_path, book, *changes)])
    assert not report.faults.errors
    assert {proof.verdict for proof in report.proofs} == {"proved"}


@pytest.mark.parametrize("change", BREAKING)
def test_what_is_shown_can_be_pasted_and_passes(change: str, tmp_path: Path) -> None:
    book, changes, _ = BREAKING[change]
    folder = mutated(tmp_path, book, *changes)
    pasted = [yaml.safe_load(one.scenario)[0] for proof in prove_paths([folder]).proofs for one in proof.shown]
    suite = {"rulebook": book, "coverage": {"clauses": 0}, "scenarios": pasted}
    (folder / "scenarios.yaml").write_text(yaml.safe_dump(suite, allow_unicode=True), encoding="utf-8")
    (folder / "clauses.yaml").unlink()
    report = run_paths([folder])
    (result,) = report.results
    assert not report.check.errors
    assert not result.failed
    assert len(result.outcomes) == len(pasted) > 0
