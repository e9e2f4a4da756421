"""What somebody would have had decided: `priority=P1`, read for one rulebook, and the rules that can give it.

Names and values are those of invariants (`terms`). Knows no request.
"""

from dataclasses import dataclass
from typing import Any, Final

from ...decision import NOT_DECIDED, CompiledRulebook
from ...diagnostics import nearest
from ...facts import FactType, Number, Truth, shown
from ...rulebook import Template
from ...tables import Condition, read_condition
from ..invariants import is_input, passes, terms_of
from ..space import LOOSE, Formula, Runs, every, results_of, texts_of

_ALSO: Final = {
    "admission.outcome": "admission",
    "classification.kind": "classification",
    "priority.level": "priority",
}
"""Names of parts as an answer has them, where the language of rules has a shorter one."""


class WantedFault(ValueError):
    """What was asked for is nothing that this rulebook decides; the message says why."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A part of the decision, and what it should have been."""

    text: str
    """As it was asked for."""
    part: str
    condition: Condition
    formula: Formula


def read_wanted(text: str, book: CompiledRulebook) -> Wanted:
    """From `PART=VALUE`, with commas between several values; without a value: nothing. Raises WantedFault."""
    part, equals, raw = (piece.strip() for piece in text.partition("="))
    if not equals or not part:
        raise WantedFault(f"{shown(text)} is not of the form PART=VALUE, such as `priority=P1`")
    terms = {name: term for name, term in terms_of(book).items() if not _is_given(book, name)}
    name = _ALSO.get(part, part)
    if name not in terms:
        if _is_given(book, name):
            raise WantedFault(f"{shown(part)} is what a request states, not what is decided")
        near = nearest(part, [*terms, *_ALSO])
        hint = f"; did you mean {shown(near[0])}?" if near else f"; known are: {', '.join(sorted(terms))}"
        raise WantedFault(f"nothing that {shown(book.rulebook.id)} decides is called {shown(part)}{hint}")
    condition = _condition(raw, terms[name].kind, part)
    said, stage = terms[name].said(condition, 0), name.partition(".")[0]
    return Wanted(text, name, condition, every(said, Runs(stage)) if stage in NOT_DECIDED else said)


def _is_given(book: CompiledRulebook, name: str) -> bool:
    return is_input(book, name) or name == "ask.to"


def _condition(raw: str, kind: FactType, part: str) -> Condition:
    if not raw:
        return read_condition({"missing": True}, kind, lambda *fault: None)
    faults: list[str] = []
    values = [_typed(value.strip(), kind) for value in raw.split(",")]

    def report(path: tuple[str | int, ...], code: str, message: str, help: str | None) -> None:
        faults.append(message)

    found = read_condition(values, kind, report)
    if faults:
        raise WantedFault(f"{shown(part)}: {faults[0]}")
    return found


def _typed(text: str, kind: FactType) -> Any:
    """A word of the command line as YAML has it."""
    if isinstance(kind, Truth):
        return {"true": True, "false": False}.get(text, text)
    if isinstance(kind, Number):
        try:
            return float(text) if "." in text else int(text)
        except ValueError:
            return text
    return text


def rules_giving(wanted: Wanted, book: CompiledRulebook) -> tuple[list[tuple[str, int]], bool]:
    """The rules that give it, each by its stage and place, and whether they are sure to where they settle the stage.

    Where none is sure to, those that may: what they give follows from the roster or the ticket. None for a derived
    fact, and for how a target stands, which no rule says.
    """
    stage_name, _, rest = wanted.part.partition(".")
    stage = book.rulebook.stages.get(stage_name)
    if stage is None:
        return [], True
    said = [_gives(wanted, stage_name, rest, row, book) for row in stage.rows]
    is_sure = any(said)
    return [(stage_name, i) for i, gives in enumerate(said) if (gives if is_sure else gives is None)], is_sure


def _gives(wanted: Wanted, stage: str, rest: str, row: Any, book: CompiledRulebook) -> bool | None:
    """Whether a row gives it; None: it may."""
    if stage in ("disclosures", "permissions"):
        return any(rest in names and passes(wanted.condition, effect) for effect, names in row.outcome.names.items())
    if stage == "obligations":
        return any(passes(wanted.condition, frozenset([duty.do])) for duty in row.outcome)
    if rest.endswith(".within"):
        return passes(wanted.condition, dict(row.outcome.targets).get(rest.removesuffix(".within")))
    result = results_of(stage, book.rulebook.stages[stage], row).get(wanted.part)
    if isinstance(result, Template):
        return any(passes(wanted.condition, text) for _, text in texts_of(result, book.rulebook.facts))
    if stage == "sla" and wanted.part != "sla.calendar":
        return False
    return None if result is LOOSE else passes(wanted.condition, result)
