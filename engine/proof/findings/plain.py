"""Stages whose rules ask only for what requests state, each fact whatever the others are: what rules take and leave.

Then every choice of cells is a request, so what is told here is so, and needs no solver. Knows no wording of findings.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property

from ...rulebook import Row
from ...tables import Listed
from ..blocks import Bits, Block, Column, Mask, TooManySteps, Watched, alike, bits_of, members, runs_in, table_of
from ..space import Box, Key, Ordered, Space


class Plain:
    """A stage that the first rule settles which applies. Rules are told by their numbers, sets of rules by bits."""

    def __init__(self, rows: Sequence[Row], space: Space) -> None:
        self.rows = rows
        self._space = space
        self.table = table_of(rows, space)
        self.dead: Bits = 0
        """Rules that settle no request."""
        self._about: dict[int, tuple[Bits, Bits]] = {}
        """By rule, of some part of what it settles: the rules that take some of it, and those that take all."""
        for i in range(len(rows)):
            part = self.settled(i)
            if part is None:
                self.dead |= 1 << i
            else:
                self._about[i] = self.table.touching_and_holding(part)

    def before(self, i: int) -> Bits:
        """The rules before a rule that settle something."""
        return ((1 << i) - 1) & ~self.dead

    def settled(self, i: int) -> Block | None:
        """Some of what a rule settles."""
        return self.table.left(self.table.block(i), self.before(i))

    def cover(self, i: int) -> list[int]:
        """Earlier rules that leave nothing to a rule that never fires, of which none can be left out; one, where one is
        enough."""
        block = self.table.block(i)
        if whole := self.table.holding(block) & self.before(i):
            return [next(members(whole))]
        self.table.left(block, self.before(i))
        kept = self.table.used
        for k in members(kept):
            if kept >> k & 1 and self.table.left(block, kept & ~(1 << k)) is None:
                kept = self.table.used
        return [*members(kept)]

    # Hidden results.

    @cached_property
    def _in_table(self) -> Bits:
        return bits_of([i for i, row in enumerate(self.rows) if row.path[1:2] == ("table",)])

    @cached_property
    def alike(self) -> Sequence[Bits]:
        """By rule, the rules that give the same."""
        return alike(self.rows)

    def _beside(self, i: int) -> Bits:
        """Later rules of a rule's table that fire and give something else."""
        if not self._in_table >> i & 1:
            return 0
        return self._in_table & ~self.dead & ~((2 << i) - 1) & ~self.alike[i]

    def hides(self, i: int) -> int | None:
        """A rule of which a rule that fires hides the result somewhere, but not in all that it settles.

        Where that rule applies elsewhere too; it does, or it would not fire.
        """
        beside, (touching, holding) = self._beside(i), self._about[i]
        parted, inside = beside & touching & ~holding, beside & holding
        if beside and not parted:
            other = self.table.left(self.table.block(i), self.before(i), Watched(beside, inside))
            if other is None:
                return None
            touching, holding = self.table.touching_and_holding(other)
            parted = beside & ((touching & ~holding) | (touching ^ inside))
        return next(members(parted), None)

    def hidden_by(self, i: int) -> list[int]:
        """All such rules; none where a rule does not fire."""
        if i not in self._about:
            return []
        block, by = self.table.block(i), self.before(i)
        touching, holding = self._about[i]
        return [
            j
            for j in members(self._beside(i) & self.table.touching(block))
            if (touching >> j & 1 or self.table.left(self.both(i, j), by) is not None)
            and (not holding >> j & 1 or self.table.left(block, by | 1 << j) is not None)
        ]

    def both(self, i: int, j: int) -> Block:
        """What two rules take."""
        return tuple(one & other for one, other in zip(self.table.block(i), self.table.block(j), strict=True))

    # Rules that change nothing.

    @cached_property
    def _conditional(self) -> Bits:
        return bits_of([i for i, row in enumerate(self.rows) if row.when])

    def idle(self, i: int, gone: Bits) -> Bits:
        """The later rules that always give what a rule gives, had it not been there; none where something differs.

        `gone` are rules that are not there.
        """
        if gone >> i & 1 or self.rows[i].path[1:2] == ("matrix",):
            return 0
        later = ~((2 << i) - 1) & ~gone
        same, near = self.alike[i] & self._conditional & later, self._about[i][0] & later
        if not same & near or near & ~same & ((same & near & -(same & near)) - 1):
            return 0  # where it settles that part, there is none of them, or another one comes first
        block, before = self.table.block(i), self.before(i)
        same &= self.table.touching(block)
        if self.table.left(block, before | same) is not None:
            return 0
        near = self.table.touching(block)
        for k in members(near & later & ~same & ((1 << same.bit_length()) - 1)):
            if self.table.left(self.both(i, k), before | same & ((1 << k) - 1)) is not None:
                return 0
        return same

    # What no rule takes.

    def gap(self, *, is_stated: bool) -> Block | None:
        """A block of which something is left by all rules, in which all facts are stated or some fact is not."""
        whole, by = self.table.whole, self.before(len(self.rows))
        if is_stated:
            blocks = [tuple(mask & ~1 for mask in whole)]
        else:
            blocks = [(*whole[:number], 1, *whole[number + 1 :]) for number in range(len(whole))]
        return next((block for block in blocks if self.table.left(block, by) is not None), None)

    # Requests, and those like them.

    def plainest(self, block: Block, by: Bits) -> Mapping[Key, int] | None:
        """The cells of a request in a block that no rule of some takes and that states few facts."""
        for number, mask in enumerate(block):
            if mask & 1 and mask != 1:
                absent = (*block[:number], 1, *block[number + 1 :])
                block = absent if self.table.left(absent, by) is not None else block
        found = self.table.left(block, by)
        if found is None:
            return None
        lowest = (next(members(mask)) for mask in found)
        return {self._key(column): column.firsts[cell] for column, cell in zip(self.table.columns, lowest, strict=True)}

    def literals(self, cells: Mapping[Key, int]) -> list[int]:
        """The literals of cells, for questions about the rest of a request."""
        return [literal for key, cell in cells.items() for literal in self._space.literals(key, cell)]

    def box(self, cells: Mapping[Key, int], block: Block, by: Bits) -> Box:
        """The widest box around a request that lies in a block and takes in nothing of some rules."""
        columns = self.table.columns
        masks = [1 << column.firsts.index(cells[self._key(column)]) for column in columns]
        for number, column in enumerate(columns):
            wider = [*masks[:number], column.whole, *masks[number + 1 :]]
            if column.whole == block[number] and not self.table.touching(tuple(wider)) & by:
                masks = wider
        parts = {}
        for number, column in enumerate(columns):
            if masks[number] != column.whole or column.whole != block[number]:
                masks[number] = self._widened(masks, number, block[number], by)
                parts[self._key(column)] = column.originals(masks[number])
        return Box(parts)

    def _widened(self, masks: Sequence[Mask], number: int, within: Mask, by: Bits) -> Mask:
        """The cells that a fact may lie in while the others stay where they are; on a line those around where it is."""
        column = self.table.columns[number]
        free = within
        for k in members(by & self.table.touching((*masks[:number], column.whole, *masks[number + 1 :]))):
            free &= ~column.cells(k)
        if isinstance(self._space.variables[self._key(column)].partition, Listed):
            return free
        if masks[number] == 1:
            return 1
        start = masks[number].bit_length() - 1
        low, high = next((low, high) for low, high in runs_in(free & ~1) if low <= start < high)
        return ((1 << high) - (1 << low)) | (free & 1)

    def _key(self, column: Column) -> Key:
        return self._space.key(column.fact, 0)


def plain_stage(space: Space, stage: str, rows: Sequence[Row]) -> Plain | None:
    """A stage of such a kind, its facts being unknowns of a space; None where it is none, or would take too long."""
    keys = [space.key(fact, 0) for fact in {fact for row in rows for fact in row.when}]
    is_plain = all(space.is_input(key) and isinstance(space.variables[key], Ordered) for key in keys)
    if not is_plain or space.decided[0][stage].runs != space.clauses.true or not space.instants.keys().isdisjoint(keys):
        return None
    try:
        return Plain(rows, space)
    except TooManySteps:
        return None
