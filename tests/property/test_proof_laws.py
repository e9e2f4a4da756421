"""Laws of proof: no request lies outside the space, and what the space says of a request is what the engine decides.

Together they make `Proved` sound: what no answer of the solver shows, no request can show.
"""

from typing import Any

from generated_rulebooks import UNSHRUNK, requests, rulebooks
from hypothesis import given, settings
from hypothesis import strategies as st
from proof_kit import observed
from rulebook_kit import compiled

from engine.decision import CompiledRulebook
from engine.proof.space.formulas import Applies, Every, Formula, Has, Not, Runs, Settles, Some
from engine.proof.space.observed import Observed, true_of
from engine.proof.space.space import Side, Space
from engine.proof.space.verdicts import Proved, Witness, ask

CHOICES = ("admission", "classification", "priority", "sla", "assignment", "escalation")


def place_of(space: Space, seen: Observed) -> list[int]:
    """The literals that say where a decided request lies: the cells of its facts, as the engine worked them out."""
    found = []
    for key, variable in space.variables.items():
        value = seen.value(key[0])
        found += space.literals(key, 0 if value is None else variable.partition.cell(value))
        if key in space.blanks:
            is_blank = isinstance(value, str) and not value.strip()
            found.append(space.blanks[key] if is_blank else -space.blanks[key])
    return found


def questions(book: CompiledRulebook) -> list[Formula]:
    """Everything that can be asked of the rules of a rulebook one by one."""
    found: list[Formula] = []
    for name, stage in book.rulebook.stages.items():
        found += [Applies(name, i) for i in range(len(stage.rows))] + [Runs(name)]
        if name in CHOICES:
            found += [Settles(name, i) for i in (*range(len(stage.rows)), None)]
    for stage, names in (("disclosures", book.topics), ("permissions", book.actions)):
        found += [Has(stage, name, effect) for name in names for effect in ("deny", "approval", "permit")]
    return found


@settings(max_examples=25, deadline=None, phases=UNSHRUNK)
@given(rulebooks(), st.lists(requests(), min_size=4, max_size=8))
def test_the_space_says_of_every_request_what_the_engine_decides(
    written: dict[str, Any], asked: list[dict[str, Any]]
) -> None:
    book = compiled(written)
    space = Space([Side(book)])
    formulas = questions(book)
    for seen in observed(book, asked):
        place = place_of(space, seen)
        assert space.clauses.can_hold(place), "a request lies outside the space"
        for formula in formulas:
            literal = space.literal(formula)
            is_so = true_of(formula, [seen])
            assert not space.clauses.can_hold([*place, -literal if is_so else literal]), (formula, is_so, seen.request)


@settings(max_examples=15, deadline=None, phases=UNSHRUNK)
@given(rulebooks(), st.lists(requests(), min_size=10, max_size=20))
def test_what_is_proved_no_request_shows_and_a_witness_shows_it(
    written: dict[str, Any], asked: list[dict[str, Any]]
) -> None:
    book = compiled(written)
    space = Space([Side(book)])
    seen = observed(book, asked)
    for formula in [*questions(book), Every(()), Some(()), Not(Runs("priority"))]:
        verdict = ask(space, formula)
        if isinstance(verdict, Proved):
            assert not any(true_of(formula, [one]) for one in seen), formula
        elif isinstance(verdict, Witness):
            assert true_of(formula, verdict.seen)
