"""A rulebook under study: its space of requests, questions within a budget, and how findings are told.

Knows no kind of finding.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property

from ...decision import CompiledRulebook
from ...diagnostics import Diagnostic, Path, Related, Source
from ...rulebook import STAGES, Row, Stage, stage_of_result
from ...tables import Condition, Test
from ..space import (
    TRUE,
    Applies,
    Box,
    Budget,
    Formula,
    Holds,
    Observed,
    Ordered,
    Proved,
    Settles,
    Side,
    Space,
    Tests,
    Unknown,
    Verdict,
    Witness,
    ask,
    box_around,
    scenario,
    sentence,
)
from .plain import Plain, plain_stage

CHOOSING = ("admission", "classification", "priority", "sla", "assignment", "escalation")
"""Stages that the first rule settles which applies; in the others every rule speaks that applies."""
BUDGET = Budget(answers=8, requests=400, texts=60_000)
"""For one question of a check, which runs on every save."""
LONG = 400
"""More rules than this in one stage are looked at by `long_tables` alone."""
MOST_NAMED = 6
"""As many rules are named in a sentence; of the others the number is told."""
Shows = Callable[[Sequence[Observed]], bool]
"""What decisions must show beyond what was asked."""
STATED: Condition = (Test("missing", False),)


class Study:
    """A rulebook without faults, with the file in which it stands."""

    def __init__(self, book: CompiledRulebook, source: Source) -> None:
        self.book = book
        self.source = source
        self._reached: dict[tuple[str, int], Verdict] = {}
        self._spaces: dict[str, Space] = {}
        self._plain: dict[str, Plain | None] = {}
        self._applies: dict[str, list[int]] = {}

    @cached_property
    def space(self) -> Space:
        """The space of its requests; every finding shares it. Long stages are left out where no other asks for them."""
        book, kept = self.book.rulebook, self.stages
        asked = {stage_of_result(fact) for stage in kept.values() for row in stage.rows for fact in row.when}
        if not self.long or "admission" in self.long or not asked.isdisjoint(self.long) or book.derived:
            return Space([Side(self.book)])
        return Space([Side(replace(self.book, rulebook=replace(book, stages=kept)))])

    @cached_property
    def long(self) -> tuple[str, ...]:
        """The stages that have too many rules to be asked about one by one."""
        return tuple(name for name, stage in self.book.rulebook.stages.items() if len(stage.rows) > LONG)

    @property
    def stages(self) -> dict[str, Stage]:
        """The stages that have rules, and not too many, in their order."""
        return {name: stage for name, stage in self.book.rulebook.stages.items() if 0 < len(stage.rows) <= LONG}

    def rows(self, stage: str) -> tuple[Row, ...]:
        """The rules of a stage."""
        found = self.book.rulebook.stages.get(stage)
        return found.rows if found else ()

    def space_of(self, stage: str) -> Space:
        """A space in which the rules of a stage can be asked about; for long stages, by their conditions alone."""
        if stage not in self.long:
            return self.space
        if stage not in self._spaces:
            self._spaces[stage] = self.new_space(stage)
        return self._spaces[stage]

    def new_space(self, stage: str) -> Space:
        """A space of the facts that a stage asks for, with the stages before it, but without its rules."""
        book = self.book.rulebook
        earlier = {name: one for name, one in book.stages.items() if STAGES.index(name) < STAGES.index(stage)}
        asked = dict.fromkeys(Holds(*one) for row in self.rows(stage) for one in row.when.items())
        return Space([Side(replace(self.book, rulebook=replace(book, stages=earlier)))], list(asked))

    def plain(self, stage: str) -> Plain | None:
        """A stage of which all is told without a solver, since its facts do not depend on each other."""
        if stage not in self._plain:
            self._plain[stage] = plain_stage(self.space_of(stage), stage, self.rows(stage))
        return self._plain[stage]

    def ask(self, formula: Formula, assumed: Sequence[int] = (), *, sparing: bool = True) -> Verdict:
        """Whether a formula is true of some request, within the budget of a check."""
        return ask(self.space, formula, assumed, BUDGET, sparing=sparing)

    def reached(self, stage: str, row: int) -> Verdict:
        """Whether a rule ever settles its stage; in stages where every rule speaks, whether it ever applies."""
        known = self._reached.get((stage, row))
        if known is None:
            formula = Settles(stage, row) if stage in CHOOSING else Applies(stage, row)
            known = self._settles(stage, row) if stage in self.long else self.ask(formula, sparing=False)
            self._reached[stage, row] = known
            if isinstance(known, Witness):
                self._learn(known)
        return known

    def _settles(self, stage: str, row: int) -> Verdict:
        """Whether a rule ever settles a long stage."""
        *earlier, applies = self.applies(stage)[: row + 1]
        return self.settled(stage, [applies, *(-one for one in earlier)], self.rows(stage)[row].id, sparing=False)

    def applies(self, stage: str) -> Sequence[int]:
        """For each rule of a long stage the literal of its applying, in the stage's own space."""
        if stage not in self._applies:
            space = self.space_of(stage)
            runs, all_of = space.decided[0][stage].runs, space.clauses.all_of
            self._applies[stage] = [
                all_of([runs, *(space.holds(*one, 0) for one in row.when.items())]) for row in self.rows(stage)
            ]
        return self._applies[stage]

    def settled(
        self, stage: str, assumed: Sequence[int], by: str, shows: Shows = lambda seen: True, *, sparing: bool = True
    ) -> Verdict:
        """Whether there is a request, in a stage's own space, that a rule is to settle, as its decision shows."""

        def is_settled(seen: Sequence[Observed]) -> bool:
            part = seen[0].answer["decision"][stage]
            return part is not None and bool(part["by"] == by) and shows(seen)

        return ask(self.space_of(stage), TRUE, assumed, BUDGET, sparing=sparing, shows=is_settled)

    def _learn(self, found: Witness) -> None:
        """Note every rule that a decided request shows at work."""
        seen = found.seen[0]
        for name, stage in self.stages.items():
            if name in CHOOSING:
                part = seen.answer["decision"][name]
                at_work = [i for i, row in enumerate(stage.rows) if part is not None and row.id == part["by"]]
            else:
                at_work = [i for i, row in enumerate(stage.rows) if all(seen.holds(*one) for one in row.when.items())]
            for i in at_work:
                self._reached.setdefault((name, i), found)

    def shown(self, stage: str, row: int) -> Observed | None:
        """A request that shows a rule at work and states no more than it must; None where none was found."""
        verdict = self.ask(Settles(stage, row) if stage in CHOOSING else Applies(stage, row))
        return verdict.seen[0] if isinstance(verdict, Witness) else None

    def never(self, stage: str) -> set[int]:
        """The rules of a stage of which it is proved that they never fire."""
        return {i for i in range(len(self.rows(stage))) if isinstance(self.reached(stage, i), Proved)}

    # How findings are told.

    def warning(
        self,
        code: str,
        message: str,
        path: Path,
        *,
        help: str,
        key: bool = False,
        related: Iterable[Related] = (),
        witness: str | None = None,
    ) -> Diagnostic:
        """A finding at the place of a path."""
        return self.source.fault(code, message, path, key=key, help=help, severity="warning",
                                 related=tuple(related), witness=witness)  # fmt: skip

    def undecided(self, question: str, verdict: Unknown, path: Path) -> Diagnostic:
        """That something was neither proved nor shown."""
        said = f"could not be decided within the budget: whether {question}"
        return self.warning("undecided", said, path, help=f"{verdict.why}; test this case by a scenario of your own")

    def related(self, rows: Iterable[Row], message: str) -> list[Related]:
        """The places of rules, each with what it has to do with a finding."""
        return [self.source.related(message, row.path) for row in rows]

    def like(self, stage: str, formula: Formula, found: Witness) -> str:
        """The widest box of requests like a witness, in words; of stages that admission may keep from deciding, among
        the tickets that it accepts."""
        runs = self.space.decided[0][stage].runs
        said = sentence(self.space, box_around(self.space, formula, found.situation, [runs]))
        return f"among accepted tickets, {said}" if self.space.clauses.can_hold([-runs]) else said

    def condition(self, stage: str, fact: str, condition: Condition) -> str:
        """What a rule of a stage asks of a fact, in words."""
        space = self.space_of(stage)
        key = space.key(fact, 0)
        variable = space.variables[key]
        if isinstance(variable, Ordered):
            return sentence(space, Box({key: frozenset(variable.partition.accepted(condition))}))
        absent, _ = variable.partition.bits(condition)
        signs = tuple((test, True) for test in condition if test.op != "missing")
        return sentence(space, Box({key: Tests(absent is not True, signs)}))


def meets(row: Row) -> Shows:
    """That a decided request is as a rule asks."""
    return lambda seen: all(seen[0].holds(*one) for one in row.when.items())


def pasted(name: str, seen: Observed, *stages: str) -> str:
    """A decided request as a scenario that expects these stages as they are."""
    return scenario(name, seen.request, seen.answer, stages)


def named(rows: Sequence[Row]) -> str:
    """Rules by their names, in one sentence part."""
    names = [f"`{row.id}`" for row in rows]
    if len(names) > MOST_NAMED:
        names = [*names[:MOST_NAMED], f"{len(names) - MOST_NAMED:,} more"]
    return listed(names)


def listed(words: Sequence[str], last: str = "and") -> str:
    """Words in one sentence part."""
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)
