"""What an invariant may speak of: facts, results of stages, and further parts of the decision, as formulas.

Beside the facts of a rulebook there are `ask.to` (the audience), `disclosures.<topic>` and `permissions.<action>`
(deny, approval or permit), `sla.<target>.within` (how much time is promised) and `obligations` (what must be done).
A name may be cut to its last parts where only one ends so.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from ...decision import CompiledRulebook
from ...facts import Closed, Duration, FactType, SetOf
from ...rulebook import stage_of_result
from ...tables import Condition, Test, holds
from ..space import AUDIENCE, FALSE, TRUE, Applies, Every, Formula, Has, Holds, Not, Runs, Settles, Some

EFFECTS = ("deny", "approval", "permit")


@dataclass(frozen=True, slots=True)
class Term:
    """Something that can be asked about: its type, and what a condition on it says."""

    kind: FactType
    said: Callable[[Condition, int], Formula]
    """From a condition and a side to a formula."""


def terms_of(book: CompiledRulebook) -> dict[str, Term]:
    """Everything that an invariant may name for a rulebook."""
    facts = {name: _fact(name, kind) for name, kind in book.rulebook.facts.items()}
    if book.audiences:
        facts[AUDIENCE] = _fact(AUDIENCE, Closed(book.audiences))
    effects = {f"disclosures.{name}": _effect("disclosures", name) for name in book.topics}
    effects |= {f"permissions.{name}": _effect("permissions", name) for name in book.actions}
    return {**facts, **effects, **_targets(book), **_obligations(book)}


def _fact(name: str, kind: FactType) -> Term:
    return Term(kind, lambda condition, side: Holds(name, condition, side) if condition else TRUE)


def _effect(stage: str, name: str) -> Term:
    def said(condition: Condition, side: int) -> Formula:
        return Some(tuple(Has(stage, name, effect, side) for effect in EFFECTS if passes(condition, effect)))

    return Term(Closed(EFFECTS), said)


def _targets(book: CompiledRulebook) -> Mapping[str, Term]:
    stage = book.rulebook.stages.get("sla")
    names = dict.fromkeys(name for row in stage.rows for name, _ in row.outcome.targets) if stage else ()
    return {f"sla.{name}.within": _within(book, name) for name in names}


def _within(book: CompiledRulebook, name: str) -> Term:
    rows = book.rulebook.stages["sla"].rows

    def said(condition: Condition, side: int) -> Formula:
        found: list[Formula] = [
            Settles("sla", i, side)
            for i, row in enumerate(rows)
            if passes(condition, dict(row.outcome.targets).get(name))
        ]
        if passes(condition, None):
            found += [Settles("sla", None, side), Not(Runs("sla", side))]
        return Some(tuple(found))

    return Term(Duration(), said)


def _obligations(book: CompiledRulebook) -> Mapping[str, Term]:
    stage = book.rulebook.stages.get("obligations")
    if stage is None:
        return {}
    rows = stage.rows
    names = tuple(dict.fromkeys(duty.do for row in rows for duty in row.outcome))

    def owed(name: str, side: int) -> Formula:
        return Some(
            tuple(
                Applies("obligations", i, side)
                for i, row in enumerate(rows)
                if any(duty.do == name for duty in row.outcome)
            )
        )

    def said(condition: Condition, side: int) -> Formula:
        return Every(tuple(_among(test, lambda name: owed(name, side)) for test in condition))

    return {"obligations": Term(SetOf(names), said)}


def _among(test: Test, owed: Callable[[str], Formula]) -> Formula:
    """A test on the set of what must be done."""
    match test.op:
        case "missing":
            return FALSE if test.operand else TRUE
        case "has_all":
            return Every(tuple(map(owed, sorted(test.operand))))
        case "has_none":
            return Not(Some(tuple(map(owed, sorted(test.operand)))))
    return Some(tuple(map(owed, sorted(test.operand))))


def passes(condition: Condition, value: object) -> bool:
    """Whether a read value passes a condition."""
    return all(holds(test, value) for test in condition)


def meant_by(name: str, terms: Collection[str]) -> list[str]:
    """The full names that a name can stand for: its own, or those whose last parts it is (`urgency`)."""
    return [name] if name in terms else sorted(full for full in terms if full.endswith(f".{name}"))


def is_input(book: CompiledRulebook, name: str) -> bool:
    """Whether requests state a fact themselves."""
    return name in book.rulebook.facts and not stage_of_result(name) and name not in book.rulebook.derived
