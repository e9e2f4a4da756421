"""A stage of two versions as one table: which rule of each side settles what of a block, and the blocks of a region.

For stages that the first rule settles which applies, and whose rules ask only for what requests state, each fact
whatever the others are. Then every choice of cells is a request. Knows no wording, and asks no solver.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...rulebook import Row
from ...tables import Listed
from ..blocks import Bits, Block, Column, Mask, members, runs_in, table_of
from ..space import Box, Key, Ordered, Space
from .narrowing import is_elsewhere

Place = int | None
"""A rule of one side by its place; None: no rule applies."""
Pair = tuple[Place, Place]


@dataclass(frozen=True, slots=True)
class Sides:
    """Requests by what settles them: rules of either side, and whether no rule of it may be what does."""

    rules: tuple[Bits, Bits]
    """By their numbers in the table."""
    none: tuple[bool, bool]


class Joint:
    """The rules of both sides over cells; those of the new one are numbered after those of the old one."""

    def __init__(self, space: Space, rows: tuple[Sequence[Row], Sequence[Row]]) -> None:
        """`rows` are those of each side."""
        self._space = space
        self._start = (0, len(rows[0]))
        self.table = table_of([*rows[0], *rows[1]], space)
        self._all = ((1 << len(rows[0])) - 1, ((1 << len(rows[1])) - 1) << len(rows[0]))
        self._blocks: dict[int, Block] = {}
        # What stands for rules that were left out applies nowhere where a changed rule does.
        self.whole: Block = tuple(
            1 if is_elsewhere(self._key(column)) else column.whole for column in self.table.columns
        )  # fmt: skip

    def _key(self, column: Column) -> Key:
        return self._space.key(column.fact, 0)

    def number(self, side: int, place: int) -> int:
        """The number of a rule in the table."""
        return self._start[side] + place

    def block(self, side: int, place: Place) -> Block:
        """What a rule takes; all, where no rule is meant."""
        if place is None:
            return self.whole
        return self._taken(self.number(side, place))

    def _taken(self, number: int) -> Block:
        """What the rule of a number takes."""
        found = self._blocks.get(number)
        if found is None:
            found = self._blocks[number] = _met(self.whole, self.table.block(number))
        return found

    def before(self, side: int, place: Place) -> Bits:
        """The rules before a rule of its side; all, where no rule is meant."""
        if place is None:
            return self._all[side]
        return self._all[side] & ((1 << self.number(side, place)) - 1)

    def both(self, pair: Pair) -> tuple[Block, Bits]:
        """What two rules take, one of each side, and the rules before them."""
        return (
            _met(self.block(0, pair[0]), self.block(1, pair[1])),
            self.before(0, pair[0]) | self.before(1, pair[1]),
        )  # fmt: skip

    def pairs(self, changed: tuple[Sequence[int], Sequence[int]]) -> dict[Pair, None]:
        """Which rule of the other side settles any of what a changed rule settles, in order. Raises TooManySteps."""
        found: set[Pair] = set()
        for side in (0, 1):
            for place in changed[side]:
                found.update(self._answering(side, place))
        return dict.fromkeys(sorted(found, key=lambda pair: [(place is None, place or 0) for place in pair]))

    def _answering(self, side: int, place: int) -> Iterator[Pair]:
        own, by = self.block(side, place), self.before(side, place)
        if self.table.left(own, by) is None:
            return
        other = 1 - side
        near = self.table.touching(own) & self._all[other]
        for one in (*(number - self._start[other] for number in members(near)), None):
            pair = (place, one) if side == 0 else (one, place)
            block, earlier = self.both(pair)
            if self.table.left(block, earlier) is not None:
                yield pair

    # Regions.

    def meant(self, olds: Sequence[Place], news: Sequence[Place]) -> Sides:
        """Requests that any of these rules settle, on either side."""
        bits = [sum(1 << self.number(side, place) for place in some if place is not None)
                for side, some in ((0, olds), (1, news))]  # fmt: skip
        return Sides((bits[0], bits[1]), (None in olds, None in news))

    def plainest(self, block: Block, by: Bits) -> Block | None:
        """A cell of each fact in what rules leave of a block, so that few facts are stated; None: nothing is left."""
        if self.table.left(block, by) is None:
            return None
        for number, mask in enumerate(block):
            if mask & 1 and mask != 1:
                absent = (*block[:number], 1, *block[number + 1 :])
                block = absent if self.table.left(absent, by) is not None else block
        found = self.table.left(block, by)
        return None if found is None else tuple(mask & -mask for mask in found)

    def around(self, point: Block, meant: Sides) -> Block:
        """A block around a request that lies in a region: facts that do not matter are left out, others widened."""
        masks = list(point)
        columns = self.table.columns
        order = [number for number, column in enumerate(columns) if not is_elsewhere(self._key(column))]
        for number in order:
            wider = [*masks[:number], self.whole[number], *masks[number + 1 :]]
            if not self._spoilt(wider, number, meant, is_first_enough=True):
                masks = wider
        for number in order:
            if masks[number] != self.whole[number]:
                wider = [*masks[:number], self.whole[number], *masks[number + 1 :]]
                free = self.whole[number] & ~self._spoilt(wider, number, meant)
                masks[number] = self._run(columns[number], point[number], free)
        return tuple(masks)

    def _run(self, column: Column, start: Mask, free: Mask) -> Mask:
        """Of the cells that a fact may lie in, on a line those around where it is."""
        variable = self._space.variables[self._key(column)]
        if isinstance(variable.partition, Listed):
            return free
        if start == 1:
            return 1
        cell = start.bit_length() - 1
        low, high = next((low, high) for low, high in runs_in(free & ~1) if low <= cell < high)
        return ((1 << high) - (1 << low)) | (free & 1)

    def _spoilt(self, masks: Sequence[Mask], number: int, meant: Sides, *, is_first_enough: bool = False) -> Mask:
        """The cells of a fact with which some of a block lies outside of a region; with `is_first_enough` some."""
        spoilt = 0
        for block, by in self._outside(masks, meant):
            while True:
                part = (*block[:number], block[number] & ~spoilt, *block[number + 1 :])
                found = self.table.left(part, by)
                if found is None:
                    break
                spoilt |= found[number]
                if is_first_enough:
                    return spoilt
        return spoilt

    def _outside(self, masks: Sequence[Mask], meant: Sides) -> Iterator[tuple[Block, Bits]]:
        """Blocks, each with rules, that leave together just what of a block lies outside of a region."""
        near = self.table.touching(tuple(masks))
        for side in (0, 1):
            for wrong in members(near & self._all[side] & ~meant.rules[side]):
                yield _met(masks, self._taken(wrong)), meant.rules[side] & ((1 << wrong) - 1)
            if not meant.none[side]:
                yield tuple(masks), self._all[side]

    # In the cells of a space.

    def cells(self, point: Block) -> dict[Key, int]:
        """The cells of a request."""
        return {
            self._key(column): column.firsts[mask.bit_length() - 1]
            for column, mask in zip(self.table.columns, point, strict=True)
        }  # fmt: skip

    def box(self, block: Block) -> Box:
        """A block as a box, told in the facts that matter."""
        pairs = sorted(zip(self.table.columns, block, self.whole, strict=True), key=lambda one: str(self._key(one[0])))
        return Box({self._key(column): column.originals(mask) for column, mask, whole in pairs if mask != whole})


def without(block: Block, other: Block) -> Iterator[Block]:
    """What of a block lies outside of another one, in parts that do not meet."""
    rest = list(block)
    for number, mask in enumerate(other):
        if outside := rest[number] & ~mask:
            yield (*rest[:number], outside, *rest[number + 1 :])
        rest[number] &= mask


def _met(one: Sequence[Mask], other: Sequence[Mask]) -> Block:
    return tuple(a & b for a, b in zip(one, other, strict=True))


def fits(space: Space, rows: tuple[Sequence[Row], Sequence[Row]]) -> bool:
    """Whether rules ask only for facts that requests state alike to both sides, each whatever the others are."""
    for fact in {fact for some in rows for row in some for fact in row.when}:
        key = space.key(fact, 0)
        kinds = [side.book.rulebook.facts.get(fact) for side in space.sides]
        is_stated = key == space.key(fact, 1) and space.is_input(key) and key not in space.instants
        if (
            not is_stated
            or not isinstance(space.variables.get(key), Ordered)
            or any(k != space.kinds[key] for k in kinds)
        ):
            return False
    return True
