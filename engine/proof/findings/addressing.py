"""What rules of disclosures and permissions say of a name, and to whom: as formulas.

It follows `engine.stages.effects`: the strictest effect wins, of several rules to one effect the first, and an unknown
audience may be any of those that a rule denies.
"""

from collections.abc import Collection

from ...rulebook import Row
from ...tables import Listed, Test
from ..space import AUDIENCE, TRUE, Applies, Every, Formula, Has, Holds, Not, every, some
from .study import Study

_ABSENT = (Test("missing", True),)


def says(study: Study, stage: str, i: int, effect: str) -> Formula:
    """That a rule applies and speaks to the audience in question."""
    return every(Applies(stage, i), _addressed(study, study.rows(stage)[i], effect))


def _addressed(study: Study, row: Row, effect: str) -> Formula:
    audiences: frozenset[str] | None = row.outcome.audiences
    if audiences is None:
        return TRUE
    nobody = every(Holds(AUDIENCE, _ABSENT), Holds("requester.relation", _ABSENT))
    usual = every(Holds(AUDIENCE, _ABSENT), _one_of(study, "requester.relation", audiences))
    told = [_one_of(study, AUDIENCE, audiences), usual]
    return some(told if effect == "permit" else [*told, nobody])


def _one_of(study: Study, fact: str, values: frozenset[str]) -> Formula:
    cells = study.space.variables[study.space.key(fact, 0)].partition
    known = values & set(cells.cell_of_value) if isinstance(cells, Listed) else frozenset()
    return Holds(fact, (Test("one_of", frozenset(known)),)) if known else Not(TRUE)


def has_effect(study: Study, stage: str, i: int, effect: str, name: str) -> Formula:
    """That a rule says something of a name, and no stricter rule says otherwise."""
    return every(says(study, stage, i, effect), Has(stage, name, effect))


def decides(study: Study, stage: str, i: int, effect: str, name: str, gone: Collection[int]) -> Every:
    """That a rule has the last word on a name, where some rules are left out."""
    before = (
        Not(says(study, stage, k, effect)) for k in range(i) if k not in gone and _says(study, stage, k, effect, name)
    )
    return every(has_effect(study, stage, i, effect, name), *before)


def _says(study: Study, stage: str, k: int, effect: str, name: str) -> bool:
    return name in study.rows(stage)[k].outcome.names.get(effect, ())


def says_alike(one: Row, other: Row, effect: str, name: str) -> bool:
    """Whether two rules say the same of a name: the effect, who approves, and the words for the requester."""
    approver = one.outcome.approver == other.outcome.approver or effect != "approval"
    has_both = name in one.outcome.names.get(effect, ()) and name in other.outcome.names.get(effect, ())
    return bool(has_both and approver and one.outcome.say == other.outcome.say)
