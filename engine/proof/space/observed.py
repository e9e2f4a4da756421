"""A decision of the engine, looked at closely enough to hold a formula against it.

What a proof claims of a request is always confirmed here, by deciding the request.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...decision import NOT_DECIDED, CompiledRulebook, decide, result_in
from ...facts import parse_duration, parse_instant
from ...rulebook import stage_of_result
from ...stages import Case
from ...tables import Condition, holds
from .formulas import Applies, Every, Formula, Has, Holds, Not, Runs, Settles, Some

AUDIENCE = "ask.to"
"""To whom something would be told: a fact of questions about disclosures, beside those of rules."""


@dataclass(frozen=True, slots=True)
class Observed:
    """A request as it was decided."""

    book: CompiledRulebook
    request: Mapping[str, Any]
    answer: Mapping[str, Any]
    values: Mapping[str, Any]
    """Read values of derived facts and of results."""
    case: Case

    def value(self, fact: str) -> Any:
        """A fact's read value; None when it is absent."""
        if fact == AUDIENCE:
            return (self.request.get("ask") or {}).get("to")
        return self.case.value(fact)

    def holds(self, fact: str, condition: Condition) -> bool:
        """Whether a condition holds for a fact."""
        value = self.value(fact)
        return all(holds(test, value) for test in condition)


def observe(book: CompiledRulebook, request: Mapping[str, Any]) -> Observed:
    """Decide a request that names its instant. Raises RequestRefused."""
    at = parse_instant(request["at"])
    return looked_at(book, request, at, decide(book, request, at, ()))


def looked_at(book: CompiledRulebook, request: Mapping[str, Any], at: int, answer: Mapping[str, Any]) -> Observed:
    """A request that was decided already."""
    case = Case(request, request.get("ticket") or {}, at, "en", list(book.blank), book.shared, None)
    for fact in book.rulebook.facts:
        if stage_of_result(fact):
            case.values[fact] = result_in(answer["decision"], fact)
    for name, derived in book.rulebook.derived.items():
        case.values[name] = derived.work_out(case)
    return Observed(book, request, answer, case.values, case)


def within_in(decision: Mapping[str, Any], target: str) -> int | None:
    """How much time a decision promises for a target, in microseconds; None where it promises none."""
    part = decision["sla"]
    found = None if part is None else part["targets"].get(target)
    return None if found is None else parse_duration(found["within"])


def true_of(formula: Formula, seen: Sequence[Observed]) -> bool:
    """Whether a formula holds of decided requests, one for each of its sides."""
    match formula:
        case Holds():
            return seen[formula.side].holds(formula.fact, formula.condition)
        case Applies():
            one = seen[formula.side]
            row = one.book.rulebook.stages[formula.stage].rows[formula.row]
            return _runs(one, formula.stage) and all(one.holds(*pair) for pair in row.when.items())
        case Settles():
            return _runs(seen[formula.side], formula.stage) and _settled_by(seen[formula.side], formula)
        case Runs():
            return _runs(seen[formula.side], formula.stage)
        case Has():
            said = seen[formula.side].answer["decision"][formula.stage].get(formula.name)
            return said is not None and bool(said["effect"] == formula.effect)
        case Not():
            return not true_of(formula.of, seen)
        case Every():
            return all(true_of(part, seen) for part in formula.of)
        case Some():
            return any(true_of(part, seen) for part in formula.of)


def _runs(seen: Observed, stage: str) -> bool:
    return stage not in NOT_DECIDED or bool(seen.answer["decision"]["admission"]["outcome"] == "accept")


def _settled_by(seen: Observed, formula: Settles) -> bool:
    stage = seen.book.rulebook.stages.get(formula.stage)
    row = None if stage is None or formula.row is None else stage.rows[formula.row]
    by = f"{formula.stage}.none" if row is None else row.id
    return bool(seen.answer["decision"][formula.stage]["by"] == by)
