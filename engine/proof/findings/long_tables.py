"""Stages of very many rules: gaps, hidden results, rules that never fire and rules that change nothing, in one pass.

The rules are gone through in order. Each is asked for while all before it are excluded for good, so that a question
costs little however many there are; which rules need be asked about at all, and with which others, arrays tell.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from ...diagnostics import Diagnostic
from ...rulebook import STAGES, Row
from ..space import Holds, Observed, Ordered, Side, Space, Unknown, observe, requests_for
from ..values import Undecided
from .gaps import COMPLETE
from .grids import Grid, grid_of
from .samples import Samples, rules_in, samples_of
from .study import BUDGET, CHOOSING, STATED, Study, named, pasted

EXPLAINED = 100
"""Rules of a kind that are told in full, with the rules that cover them or a request; of others, only what is found."""
TRIED = 24
"""Later rows that are tried for one row to be found hiding a result."""
SAMPLES = 8
"""Requests that are taken at random from what each rule takes."""
CORE = 24
"""Rules of a cover from which it is still tried to leave some out."""


@dataclass(slots=True)
class _Pass:
    """A stage as it is gone through: its rules as literals and as arrays, and which were found never to fire."""

    study: Study
    stage: str
    rows: Sequence[Row]
    whole: Space
    """Where no rule is excluded."""
    grid: Grid
    facts: Sequence[str]
    is_free: bool
    """Whether requests state the facts it asks about, each whatever the others are, and it is always decided."""
    samples: Samples | None
    """Requests taken at random; None where the table is not free."""
    dead: set[int] = field(default_factory=set)
    told: int = 0
    """Hidden results that were told."""
    known: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    """Literals by space and rule."""

    def literals(self, space: Space, i: int) -> list[int]:
        """The conditions of a rule, and that its stage is decided."""
        found = self.known.get((id(space), i))
        if found is None:
            asked = [space.variables[space.key(fact, 0)].holds(cond) for fact, cond in self.rows[i].when.items()]
            found = self.known[id(space), i] = [space.decided[0][self.stage].runs, *asked]
        return found

    def applies(self, space: Space, i: int) -> int:
        """The literal of a rule's applying."""
        return space.clauses.all_of(self.literals(space, i))

    def is_reached(self, space: Space, i: int) -> bool:
        """Whether a rule settles some request, in a space where all rules before it are excluded."""
        if self.samples is None:
            return space.clauses.can_hold(self.literals(space, i))
        if i in self.samples.applied:
            return True
        is_reached = space.clauses.can_hold(self.literals(space, i))
        if is_reached:
            cells = space.situation().cells
            self.samples.take([cells[space.key(fact, 0)] for fact in self.facts])
        return is_reached


def long_tables(study: Study) -> Iterator[Diagnostic]:
    """What is found in the stages that have very many rules."""
    for stage in study.long:
        if stage in CHOOSING:
            yield from _of_stage(study, stage)
        else:
            yield study.undecided(f"every rule of `{stage}` has an effect", Unknown("it has too many rules"), (stage,))


def _of_stage(study: Study, stage: str) -> Iterator[Diagnostic]:
    rows = study.rows(stage)
    earlier = {name: s for name, s in study.book.rulebook.stages.items() if STAGES.index(name) < STAGES.index(stage)}
    book = replace(study.book, rulebook=replace(study.book.rulebook, stages=earlier))
    asked = list(dict.fromkeys(Holds(*one) for row in rows for one in row.when.items()))
    after, again, whole = (Space([Side(book)], asked) for _ in range(3))
    facts = list(dict.fromkeys(fact for row in rows for fact in row.when))
    variables = {fact: whole.variables[whole.key(fact, 0)] for fact in facts}
    grid = grid_of(rows, {fact: variable.partition for fact, variable in variables.items()})
    cuts = {fact: (found.kind, found.partition) for fact, found in variables.items() if isinstance(found, Ordered)}
    is_free = _is_free(whole, stage, facts)
    going = _Pass(study, stage, rows, whole, grid, facts, is_free, samples_of(rows, cuts, SAMPLES) if is_free else None)
    for i in range(len(rows)):
        if going.is_reached(after, i):
            after.clauses.add([-literal for literal in going.literals(after, i)])
        else:  # it is excluded already
            going.dead.add(i)
    for i in range(len(rows)):
        if i not in going.dead:
            yield from _hidden(going, again, i)
            again.clauses.add([-literal for literal in going.literals(again, i)])
    for number, i in enumerate(sorted(going.dead)):
        yield _never_fires(going, i, is_full=number < EXPLAINED)
    yield from _idle(going)
    if stage in COMPLETE:
        yield from _gap(going, after)


def _is_free(space: Space, stage: str, facts: Iterable[str]) -> bool:
    keys = [space.key(fact, 0) for fact in facts]
    is_plain = all(space.is_input(key) and isinstance(space.variables[key], Ordered) for key in keys)
    return is_plain and space.decided[0][stage].runs == space.clauses.true and space.instants.keys().isdisjoint(keys)


def _hidden(going: _Pass, space: Space, i: int) -> Iterator[Diagnostic]:
    """What a row hides, in a space where all rows before it are excluded."""
    rows = going.rows
    crossing, found = list(islice(_crossing(going, i), TRIED)), _sampled(going, i)
    if found is None and going.samples is not None:
        going.samples.look_between(i, crossing)
        found = _sampled(going, i)
    if found is None and crossing:
        some = space.clauses.any_of(going.applies(space, j) for j in crossing)
        if space.clauses.can_hold([*going.literals(space, i), some]):
            found = next((j for j in crossing if _cross(going, space, i, j)), None)
    if found is not None:
        both = [*going.literals(space, i), *going.literals(space, found)]
        shown = _shown(space, both, going.stage, rows[i].id) if going.told < EXPLAINED else None
        yield _told(going, i, found, shown)
    elif len(crossing) == TRIED:
        unknown = Unknown(f"it hides none of the first {TRIED} rows that cross it, and others were not tried")
        yield going.study.undecided(f"`{rows[i].id}` ever hides another row", unknown, rows[i].path)


def _sampled(going: _Pass, i: int) -> int | None:
    """A later row of its table that a row was seen to hide, and that is no exception to it."""
    rows = going.rows
    if going.samples is None or rows[i].path[1:2] != ("table",):
        return None
    beside = islice(rules_in(going.samples.crossed_by(i)), TRIED)
    others = (j for j in beside if rows[j].path[1:2] == ("table",) and rows[j].outcome != rows[i].outcome)
    return next((j for j in others if j not in going.dead and _reaches_beyond(going, j, i)), None)


def _reaches_beyond(going: _Pass, j: int, i: int) -> bool:
    """Whether a row applies to some request to which another one does not."""
    space = going.whole
    if going.samples is not None and going.samples.reaches_beyond(j, i):
        return True
    return space.clauses.can_hold([*going.literals(space, j), -going.applies(space, i)])


def _crossing(going: _Pass, i: int) -> Iterator[int]:
    """Later rows of its table that a row crosses, as far as columns tell, and that give something else."""
    rows = going.rows
    if rows[i].path[1:2] != ("table",):
        return
    later = going.grid.together(i)
    later = later[later > i]
    if len(later):
        crossing = later[~going.grid.within(i, later) & ~going.grid.around(i, later)]
        for j in map(int, crossing):
            if j not in going.dead and rows[j].path[1:2] == ("table",) and rows[j].outcome != rows[i].outcome:
                yield j


def _cross(going: _Pass, space: Space, i: int, j: int) -> bool:
    own, can_hold = going.literals(space, i), space.clauses.can_hold
    return (
        can_hold([*own, *going.literals(space, j)])
        and can_hold([*own, -going.applies(space, j)])
        and _reaches_beyond(going, j, i)
    )


def _told(going: _Pass, i: int, j: int, seen: Observed | None) -> Diagnostic:
    rows, is_full = going.rows, going.told < EXPLAINED
    going.told += 1
    if seen is None and (is_full or not going.is_free):
        unknown = Unknown("no request was found that shows it")
        return going.study.undecided(f"`{rows[i].id}` ever hides `{rows[j].id}`", unknown, rows[i].path)
    return going.study.warning(
        "hidden-result",
        f"`{rows[i].id}` comes first and hides what `{rows[j].id}` would give, and perhaps other rows",
        rows[i].path,
        help="set the rows apart in one column; where the order is meant, suppress this and say why",
        related=going.study.related([rows[j]], "gives something else"),
        witness=pasted(f"{rows[i].id} hides {rows[j].id}", seen, going.stage) if seen else None,
    )


def _never_fires(going: _Pass, i: int, *, is_full: bool) -> Diagnostic:
    rows, clauses = going.rows, going.whole.clauses
    covering: list[Row] = []
    why = "no request is as it asks, or reaches it"
    if is_full and clauses.can_hold(going.literals(going.whole, i)):
        covering = [rows[k] for k in _cover(going, i)]
    if covering:
        take = "come first and together take" if len(covering) > 1 else "comes first and takes"
        why = f"{named(covering)} {take} every request that it is for"
    elif not is_full:
        why = "the rules before it take every request that it is for"
    return going.study.warning(
        "never-fires",
        f"`{rows[i].id}` never fires: {why}",
        rows[i].path,
        help="move it up, narrow what stands before it, or delete it",
        related=going.study.related(covering, "comes before it"),
    )


def _cover(going: _Pass, i: int) -> list[int]:
    """Earlier rules that leave nothing to a rule: one where one is enough, else as few as are found quickly."""
    near = [k for k in map(int, going.grid.together(i)) if k < i and k not in going.dead]
    whole = [
        k for k, is_within in zip(near, going.grid.within(i, np.array(near, dtype=np.int64)), strict=True) if is_within
    ]
    if whole:
        return whole[:1]
    by_literal = {-going.applies(going.whole, k): k for k in near}
    clauses, own = going.whole.clauses, going.literals(going.whole, i)
    if clauses.can_hold([*own, *by_literal]):
        return []
    core = clauses.core()
    kept = [literal for literal in by_literal if literal in core]
    if len(kept) <= CORE:
        kept = clauses.smallest(kept, own)
    return sorted(by_literal[literal] for literal in kept)


def _idle(going: _Pass) -> Iterator[Diagnostic]:
    """Rules of which the next rule that applies always gives the same; a rule without conditions is none."""
    rows, gone = going.rows, set(going.dead)
    outcomes: dict[str, list[int]] = {}
    for i, row in enumerate(rows):
        if row.when:
            outcomes.setdefault(repr(row.outcome), []).append(i)
    for i in reversed(range(len(rows))):
        if i in gone or rows[i].path[1:2] == ("matrix",) or outcomes.get(repr(rows[i].outcome), [i])[-1] == i:
            continue
        if _seen_at_work(going, i, gone):
            continue
        together = [int(k) for k in going.grid.together(i)]
        later = [k for k in together if k > i and k not in gone]
        alike = [k for k in later if rows[k].when and rows[k].outcome == rows[i].outcome]
        if not alike or not _is_idle(going, i, later, set(alike), together):
            continue
        gone.add(i)
        beside = [rows[k] for k in alike]
        yield going.study.warning(
            "changes-nothing",
            f"`{rows[i].id}` changes nothing: what it gives, {named(beside)} would give without it",
            rows[i].path,
            help="delete it; where it is kept for its reason or its clause, suppress this and say so",
            related=going.study.related(beside, "gives the same"),
        )


def _seen_at_work(going: _Pass, i: int, gone: Collection[int]) -> bool:
    """Whether a sample that a rule settles would get something else, or nothing, without it."""
    rows = going.rows
    for applied in going.samples.applied.get(i, ()) if going.samples else ():
        then = next((k for k in rules_in(applied) if k != i and k not in gone), None)
        if then is None or not rows[then].when or rows[then].outcome != rows[i].outcome:
            return True
    return False


def _is_idle(going: _Pass, i: int, later: Sequence[int], alike: set[int], together: Sequence[int]) -> bool:
    clauses = going.whole.clauses
    own = going.literals(going.whole, i)
    before = [k for k in together if k < i and k not in going.dead]
    # What no rule like it takes is given by another rule, or by none.
    earlier = [-going.applies(going.whole, k) for k in before]
    if clauses.can_hold([*own, *earlier, *(-going.applies(going.whole, k) for k in alike)]):
        return False
    same = -clauses.true
    for k in reversed(later):
        applies = going.applies(going.whole, k)
        same = clauses.any_of((applies, same)) if k in alike else clauses.all_of((-applies, same))
    return not clauses.can_hold([*own, *earlier, -same])


def _gap(going: _Pass, space: Space) -> Iterator[Diagnostic]:
    stage = going.stage
    if not all(row.when for row in going.rows):
        return
    facts = dict.fromkeys(fact for row in going.rows for fact in row.when)
    runs = space.decided[0][stage].runs
    stated = [space.variables[space.key(fact, 0)].holds(STATED) for fact in facts]
    absent = -space.clauses.all_of(stated)
    wheres = (("gap", stated, "states all it asks about"), ("gap-where-absent", [absent], "leaves a fact out"))
    for code, assumed, where in wheres:
        if not space.clauses.can_hold([runs, *assumed]):
            continue
        seen = _shown(space, [runs, *assumed], stage, f"{stage}.none")
        if seen is None:
            unknown = Unknown("no request was found that shows a gap")
            yield going.study.undecided(f"`{stage}` decides every request", unknown, going.rows[-1].path)
        else:
            yield going.study.warning(
                code,
                f"`{stage}` ends here and leaves undecided a request that {where}",
                going.rows[-1].path,
                help=f"add `otherwise` to `{stage}`, or a rule; where it is meant, suppress this and say why",
                witness=pasted(f"{stage} leaves this undecided", seen, stage),
            )


def _shown(space: Space, literals: Sequence[int], stage: str, by: str) -> Observed | None:
    """A decided request that is as these literals say, and settled by a rule."""
    if not space.clauses.can_hold(literals):
        return None
    try:
        for (request,) in islice(requests_for(space, space.situation()), BUDGET.requests // 10):
            seen = observe(space.sides[0].book, request)
            part = seen.answer["decision"][stage]
            if part is not None and part["by"] == by:
                return seen
    except Undecided:
        pass
    return None
