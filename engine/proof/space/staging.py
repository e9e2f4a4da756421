"""Stages as literals: which rules apply, which settles a stage, and what a stage makes known to later ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ...decision import NOT_DECIDED
from ...rulebook import STAGES, Row, Stage, Template, stage_of_result
from .outcomes import LOOSE, STATED, Among, follows, results_of, texts_of
from .unknowns import Unknowns
from .variables import Variable, literals


@dataclass(slots=True)
class Decided:
    """A stage of one side as literals."""

    stage: Stage | None
    runs: int
    applies: list[int] = field(default_factory=list)
    settles: list[int] = field(default_factory=list)
    none: int = 0
    """The stage runs, and no rule of it applies."""


def decide_stages(facts: Unknowns, number: int) -> dict[str, Decided]:
    """The stages of a side, tied to the facts that they ask for and give."""
    rulebook, clauses = facts.sides[number].book.rulebook, facts.clauses
    found, accepted = {}, clauses.true
    for name in STAGES:
        stage = rulebook.stages.get(name)
        found[name] = decided = _rows(facts, number, stage, accepted if name in NOT_DECIDED else clauses.true)
        outcomes = [(decided.none, None), *zip(decided.settles, stage.rows if stage else (), strict=True)]
        if name == "admission":
            accepted = clauses.any_of(
                [lit for lit, row in outcomes if row is None or row.outcome.values["outcome"].parts == ("accept",)]
            )
        for literal, row in outcomes:
            _tell(facts, number, name, literal, row)
        if name in NOT_DECIDED:
            for key, variable in facts.variables.items():
                if key[1] == number and stage_of_result(key[0]) == name:
                    clauses.add((decided.runs, -variable.stated))
    return found


def _rows(facts: Unknowns, number: int, stage: Stage | None, runs: int) -> Decided:
    found, earlier, clauses = Decided(stage, runs), -facts.clauses.true, facts.clauses
    for row in stage.rows if stage else ():
        applies = clauses.all_of((runs, *(facts.holds(fact, asked, number) for fact, asked in row.when.items())))
        found.applies.append(applies)
        found.settles.append(clauses.all_of((applies, -earlier)))
        earlier = clauses.any_of((earlier, applies))
    found.none = clauses.all_of((runs, -earlier))
    return found


def _tell(facts: Unknowns, number: int, name: str, literal: int, row: Row | None) -> None:
    """What a stage makes known where a row settles it, or none does."""
    stage = facts.sides[number].book.rulebook.stages.get(name)
    for fact, value in results_of(name, stage, row).items():
        key = facts.key(fact, number)
        variable = facts.variables.get(key)
        if variable is None:
            continue
        if value is LOOSE or value is STATED:
            facts.loose.add(key)
            if value is STATED:
                facts.clauses.add((-literal, variable.stated))
        elif isinstance(value, Among):
            facts.loose.add(key)
            cells = [cell for text in value.values for cell in literals(variable, variable.partition.cell(text))]
            facts.clauses.add((-literal, *cells))
        elif isinstance(value, Template):
            _tell_text(facts, number, literal, value, variable)
        else:
            _imply(facts, [literal], variable, value)
    for needs, result in follows(name, row):
        told = facts.variables.get(facts.key(result, number))
        known = [facts.variables.get(facts.key(need, number)) for need in needs]
        if told is not None and None not in known:
            facts.clauses.add((-literal, *(-need.stated for need in known if need), told.stated))


def _tell_text(facts: Unknowns, number: int, literal: int, template: Template, variable: Variable) -> None:
    named = {fact: facts.variables[facts.key(fact, number)] for fact in template.facts}
    for need in named.values():
        facts.clauses.add((-literal, need.stated, -variable.stated))
    for values, text in texts_of(template, facts.sides[number].book.rulebook.facts):
        if all(values[fact] in _values(need) for fact, need in named.items()):
            guard = [lit for f, v in values.items() for lit in literals(named[f], named[f].partition.cell(v))]
            _imply(facts, [literal, *guard], variable, text)


def _imply(facts: Unknowns, guard: Sequence[int], variable: Variable, value: Any) -> None:
    cell = 0 if value is None else variable.partition.cell(value)
    for literal in literals(variable, cell):
        facts.clauses.add((*(-part for part in guard), literal))


def _values(variable: Variable) -> tuple[Any, ...]:
    return tuple(getattr(variable.partition, "cell_of_value", ()))
