"""Stages of very many rules whose facts depend on each other, or that ask of texts and sets: the solver is asked.

What columns alone tell is not asked: a rule of whose cells earlier ones leave nothing never fires. Each question is
asked of the rules alone that may apply together with the rule in question.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from ...diagnostics import Diagnostic
from ...tables import Listed
from ..blocks import Bits, Block, TooManySteps, alike, bits_of, members, table_of
from ..space import Observed, Proved, Unknown, Verdict, Witness
from .gaps import COMPLETE
from .long_tellings import Tellings
from .study import STATED, Study, meets
from .unreachable import unreached

TRIED = 3
"""Rules that are tried without the solver to be found hidden by another."""
CORE = 24
"""Rules of a cover from which it is still tried to leave some out."""


def tied_table(study: Study, stage: str) -> Iterator[Diagnostic]:
    """What is found in such a stage."""
    tied, tellings = _Tied(study, stage), Tellings(study, stage)
    for i in range(len(tied.rows)):
        verdict = tied.reached(i)
        if isinstance(verdict, Proved):
            tied.dead |= 1 << i
            is_full = tellings.is_next_full("never-fires")
            told = unreached(study, stage, i) if is_full else None
            yield tellings.counted(told) if told else tellings.never(i, tied.cover(i) if is_full else None)
        elif isinstance(verdict, Unknown):
            yield tellings.unknown(i, f"`{tied.rows[i].id}` ever fires", verdict.why)
    for i in range(len(tied.rows)):
        if not tied.dead >> i & 1:
            yield from _hidden(tied, tellings, i)
    yield from _idle(tied, tellings)
    if stage in COMPLETE and all(row.when for row in tied.rows):
        for is_stated in (True, False):
            yield from gap(study, tellings, is_stated=is_stated)


def _hidden(tied: "_Tied", tellings: Tellings, i: int) -> Iterator[Diagnostic]:
    found = tied.hides(i)
    if isinstance(found, Unknown):
        yield tellings.unknown(i, f"`{tied.rows[i].id}` ever hides another row", found.why)
    elif found is not None:
        is_full, verdict = tellings.is_next_full("hidden-result"), None
        if is_full or not tied.is_sure:
            asked = [*tied.settling(i), *tied.own(found)]
            verdict = tied.study.settled(tied.stage, asked, tied.rows[i].id, meets(tied.rows[found]), sparing=is_full)
        if isinstance(verdict, Unknown):
            said = f"`{tied.rows[i].id}` ever hides `{tied.rows[found].id}`"
            yield tellings.unknown(i, said, verdict.why)
        elif not isinstance(verdict, Proved):
            yield tellings.hidden(i, found, None, verdict if is_full else None)


def _idle(tied: "_Tied", tellings: Tellings) -> Iterator[Diagnostic]:
    gone = tied.dead
    for i in reversed(range(len(tied.rows))):
        same = 0 if gone >> i & 1 else tied.replacing(i, gone)
        if not same:
            continue
        verdict = tied.idle(i, same, gone)
        if isinstance(verdict, Proved):
            gone |= 1 << i
            yield tellings.idle(i, [*members(same)])
        elif isinstance(verdict, Unknown):
            yield tellings.unknown(i, f"`{tied.rows[i].id}` changes anything", verdict.why)


def gap(study: Study, tellings: Tellings, *, is_stated: bool) -> Iterator[Diagnostic]:
    """Whether a stage leaves a request undecided, which states all that it asks about, or does not."""
    stage, space = tellings.stage, study.space_of(tellings.stage)
    facts = sorted({fact for row in tellings.rows for fact in row.when})
    assumed = [space.holds(fact, STATED, 0) for fact in facts]
    if not is_stated:
        # Where an earlier stage is silent, it is told there; here it would be told again.
        earlier = [name for name in COMPLETE[: COMPLETE.index(stage)] if study.rows(name)]
        assumed = [-space.clauses.all_of(assumed), *(-space.decided[0][name].none for name in earlier)]
    none = [space.decided[0][stage].runs, *(-applies for applies in study.applies(stage))]
    verdict = study.settled(stage, [*none, *assumed], f"{stage}.none")
    if isinstance(verdict, Unknown):
        yield tellings.unknown(len(tellings.rows) - 1, f"`{stage}` decides every request", verdict.why)
    elif isinstance(verdict, Witness):
        yield tellings.gap(is_stated=is_stated, words=None, shown=verdict)


class _Tied:
    """A stage as literals and as a table of those facts that have cells."""

    def __init__(self, study: Study, stage: str) -> None:
        self.study = study
        self.stage = stage
        self.rows = study.rows(stage)
        self.space = study.space_of(stage)
        self.table = table_of(self.rows, self.space)
        self.runs = self.space.decided[0][stage].runs
        self.is_sure = not (self.space.marked() or self.space.loose or self.space.instants)
        """Whether the solver knows all there is to know of the facts."""
        self.dead: Bits = 0
        self._alike = alike(self.rows)
        columns = {column.fact for column in self.table.columns}
        self._rough = bits_of([i for i, row in enumerate(self.rows) if not row.when.keys() <= columns])
        """Rules that take less than the table says."""
        self._free = study.new_space(stage)
        """Without gates for rules, so that a request is found quickly."""
        self._seen: dict[int, Sequence[Observed]] = {}
        """By rule, a request that it settles."""
        self._in_table = bits_of([i for i, row in enumerate(self.rows) if row.path[1:2] == ("table",)])

    # Literals.

    def own(self, i: int) -> list[int]:
        """The conditions of a rule, and that its stage is decided."""
        return [self.runs, *(self.space.holds(fact, condition, 0) for fact, condition in self.rows[i].when.items())]

    def applies(self, i: int) -> int:
        """That a rule applies."""
        return self.study.applies(self.stage)[i]

    def settling(self, i: int) -> list[int]:
        """That a rule is the first that applies."""
        return [*self.own(i), *(-self.applies(k) for k in members(self._near(i) & self._before(i)))]

    def _before(self, i: int) -> Bits:
        return ((1 << i) - 1) & ~self.dead

    def _near(self, i: int) -> Bits:
        """The rules that may apply together with a rule."""
        block = self.table.block(i)
        return self.table.touching(block) if all(block) else 0

    # Questions.

    def _left(self, block: Block, by: Bits) -> Block | None:
        """Some of a block that rules may leave; the block, where that takes too long."""
        try:
            return self.table.left(block, by & ~self._rough)
        except TooManySteps:
            return block

    def _is_possible(self, block: Block | None) -> bool:
        """Whether some request is known to lie in a block and to reach the stage; only where columns tell all."""
        if block is None or self._rough:
            return False
        literals = [self._free.decided[0][self.stage].runs]
        for column, mask in zip(self.table.columns, block, strict=True):
            variable = self._free.variables[self._free.key(column.fact, 0)]
            is_listed = isinstance(variable.partition, Listed)
            literals.append(variable.within(column.originals(mask) if is_listed else [column.firsts[_lowest(mask)]]))
        return self._free.clauses.can_hold(literals)

    def reached(self, i: int) -> Verdict | None:
        """Whether a rule settles some request; None: it does, and no request was needed to know it."""
        left = self._left(self.table.block(i), self._before(i))
        if left is None:
            return Proved()
        if self.is_sure:
            is_reached = self._is_possible(left) or self.space.clauses.can_hold(self.settling(i))
            return None if is_reached else Proved()
        verdict = self.study.settled(self.stage, self.settling(i), self.rows[i].id, sparing=False)
        if isinstance(verdict, Witness):
            self._seen[i] = verdict.seen
        return verdict

    def cover(self, i: int) -> list[int]:
        """Earlier rules that leave nothing to a rule: one where one is enough, else as few as are found quickly."""
        block, clauses = self.table.block(i), self.space.clauses
        if whole := self.table.holding(block) & self._before(i) & ~self._rough:
            return [_lowest(whole)]
        by_literal = {-self.applies(k): k for k in members(self._near(i) & self._before(i))}
        clauses.can_hold([*self.own(i), *by_literal])
        core = clauses.core()
        kept = [literal for literal in by_literal if literal in core]
        if len(kept) <= CORE:
            kept = clauses.smallest(kept, self.own(i))
        return sorted(by_literal[literal] for literal in kept)

    def hides(self, i: int) -> int | Unknown | None:
        """A rule of which a rule that fires hides the result somewhere, but not in all that it settles."""
        crossing = self._crossing(i)
        if not crossing:
            return None
        if self.is_sure and (j := self._seen_hidden(i, crossing)) is not None:
            return j
        inside = self._inside(i, crossing, self._seen.get(i), [])
        while crossing and not isinstance(inside, Unknown | None):
            differs = (-self.applies(j) if inside >> j & 1 else self.applies(j) for j in members(crossing))
            other = self._inside(i, crossing, None, [self.space.clauses.any_of(differs)])
            if isinstance(other, Unknown | None):
                return other
            for j in members((inside ^ other) & crossing):
                if self.space.clauses.can_hold([*self.own(j), -self.applies(i)]):
                    return j
                crossing &= ~(1 << j)
        return inside if isinstance(inside, Unknown) else None

    def _inside(
        self, i: int, crossing: Bits, seen: Sequence[Observed] | None, literals: Sequence[int]
    ) -> Bits | Unknown | None:
        """Those of some rules that apply to a request which a rule settles; None: there is no such request."""
        asked = [*self.settling(i), *literals]
        if self.is_sure:
            applies = [(j, self.applies(j)) for j in members(crossing)]
            if not self.space.clauses.can_hold(asked):
                return None
            model = self.space.clauses.model()
            return bits_of([j for j, literal in applies if model[literal]])
        if seen is None:
            verdict = self.study.settled(self.stage, asked, self.rows[i].id, sparing=False)
            if not isinstance(verdict, Witness):
                return verdict if isinstance(verdict, Unknown) else None
            seen = verdict.seen
        return bits_of([j for j in members(crossing) if meets(self.rows[j])(seen)])

    def _seen_hidden(self, i: int, crossing: Bits) -> int | None:
        """Such a rule, where a look at the columns is enough to find it."""
        table = self.table
        left = self._left(table.block(i), self._before(i))
        if left is None:
            return None
        for j in islice(members(crossing & table.touching(left) & ~table.holding(left)), TRIED):
            both = tuple(one & other for one, other in zip(left, table.block(j), strict=True))
            apart, beyond = self._left(left, 1 << j), self._left(table.block(j), 1 << i)
            if self._is_possible(both) and self._is_possible(apart) and self._is_possible(beyond):
                return j
        return None

    def _crossing(self, i: int) -> Bits:
        """Later rules of a rule's table that fire, give something else and cross what it takes, as far as is sure."""
        block = self.table.block(i)
        if not self._in_table >> i & 1 or not all(block):
            return 0
        later = self._in_table & ~self.dead & ~((2 << i) - 1) & ~self._alike[i]
        return self.table.touching(block) & later & ~(self.table.holding(block) & ~self._rough)

    # Rules that change nothing.

    def replacing(self, i: int, gone: Bits) -> Bits:
        """Later rules that give what a rule gives, and may apply together with it."""
        if self.rows[i].path[1:2] == ("matrix",):
            return 0
        later = self._alike[i] & ~((2 << i) - 1) & ~gone & self._near(i)
        return bits_of([k for k in members(later) if self.rows[k].when])

    def idle(self, i: int, same: Bits, gone: Bits) -> Verdict | None:
        """Proved where without a rule some of the same would always be given; None: not so, without a request."""
        clauses = self.space.clauses
        later = [*members(self._near(i) & ~((2 << i) - 1) & ~gone)]

        def differs(seen: Sequence[Observed]) -> bool:
            then = next((k for k in later if meets(self.rows[k])(seen)), None)
            return then is None or not same >> then & 1

        if i in self._seen and differs(self._seen[i]):
            return None
        if self.is_sure and self._is_possible(self._left(self.table.block(i), self._before(i) | same)):
            return None
        given = -clauses.true
        for k in reversed(later):
            applies = self.applies(k)
            given = clauses.any_of((applies, given)) if same >> k & 1 else clauses.all_of((-applies, given))
        differing = [*self.settling(i), -given]
        if self.is_sure:
            return None if clauses.can_hold(differing) else Proved()
        return self.study.settled(self.stage, differing, self.rows[i].id, differs, sparing=False)


def _lowest(bits: Bits) -> int:
    return next(members(bits))
