"""What rules leave of a block: the product of some cells of each fact of a table.

A search by splitting. Of the rules that may take some of a block, one that takes it all ends the search, one that takes
all of it but for some cells of one fact leaves just those cells, and by any other the block is split. That is the unit
propagation of SAT solvers on boxes, with all rules looked at in one operation. Knows no finding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import NamedTuple, TypeAlias

from .columns import Bits, Column, Mask, members

Block: TypeAlias = tuple[Mask, ...]
"""Cells by column; in a block that is not empty, some of each."""
STEPS = 20_000
"""Steps of one search."""


class TooManySteps(Exception):
    """A search was broken off."""


class Watched(NamedTuple):
    """Rules about which more is to be learnt than that all of `inside` take a whole block and the others none of it."""

    rules: Bits
    inside: Bits


@dataclass(slots=True)
class _Piece:
    """A part of the block in question."""

    masks: list[Mask]
    alive: Bits
    """The rules in question that take some of it."""
    held: list[Bits]
    """By column, the rules that take all its cells."""

    def narrow(self, number: int, column: Column, mask: Mask) -> None:
        """Leave only some cells of a column, which are not none."""
        touching, self.held[number] = column.touching_and_holding(mask)
        self.masks[number] = mask
        self.alive &= touching


@dataclass(slots=True)
class Table:
    """The rules of a stage over cells. Rules are told by their numbers."""

    columns: Sequence[Column]
    count: int
    used: Bits = 0
    """Rules that were enough to take all of what the last search was for; where it found something, no matter."""

    @property
    def whole(self) -> Block:
        """All that there is."""
        return tuple(column.whole for column in self.columns)

    def block(self, rule: int) -> Block:
        """What a rule takes."""
        return tuple(column.cells(rule) for column in self.columns)

    def touching(self, block: Block) -> Bits:
        """The rules that take some of a block which is not empty."""
        return self.touching_and_holding(block)[0]

    def holding(self, block: Block) -> Bits:
        """The rules that take all of a block which is not empty."""
        return self.touching_and_holding(block)[1]

    def touching_and_holding(self, block: Block) -> tuple[Bits, Bits]:
        """Both."""
        touching = holding = (1 << self.count) - 1
        for column, mask in zip(self.columns, block, strict=True):
            some, every = column.touching_and_holding(mask)
            touching, holding = touching & some, holding & every
        return touching, holding

    def left(self, block: Block, by: Bits, watched: Watched | None = None) -> Block | None:
        """Some of a block that certain rules do not take; None: there is none.

        With `watched` only what is not as it says. Raises TooManySteps.
        """
        self.used = 0
        if not all(block):
            return None
        pairs = [column.touching_and_holding(mask) for column, mask in zip(self.columns, block, strict=True)]
        alive = reduce(and_, (touching for touching, _ in pairs), by)
        todo = [_Piece(list(block), alive, [holding for _, holding in pairs])]
        for _ in range(STEPS):
            if not todo:
                return None
            piece = todo.pop()
            if watched is not None and self._is_known(piece, watched):
                continue
            if not piece.alive:
                return tuple(piece.masks)
            none, one, two = _sticking_out(piece)
            if none:
                self.used |= none & -none
            elif one:
                self.used |= one
                todo += self._shrunk(piece, one)
            else:
                todo += self._split(piece, two or piece.alive)
        raise TooManySteps

    def _is_known(self, piece: _Piece, watched: Watched) -> bool:
        inside = reduce(and_, piece.held, watched.rules)
        if inside != watched.inside:
            return False
        pairs = zip(self.columns, piece.masks, strict=True)
        return inside == reduce(and_, (column.touching_and_holding(m)[0] for column, m in pairs), watched.rules)

    def _shrunk(self, piece: _Piece, rules: Bits) -> list[_Piece]:
        """What rules leave of a piece that each take all of it but for the cells of one column."""
        for number, column in enumerate(self.columns):
            if mine := rules & ~piece.held[number]:
                mask = piece.masks[number]
                for rule in members(mine):
                    mask &= ~column.cells(rule)
                if not mask:
                    return []
                piece.narrow(number, column, mask)
        return [piece]

    def _split(self, piece: _Piece, rules: Bits) -> list[_Piece]:
        """What the first of some rules leaves of a piece, in parts that do not meet."""
        first = rules & -rules
        rule = first.bit_length() - 1
        self.used |= first
        found = []
        for number, column in enumerate(self.columns):
            if not piece.held[number] & first:
                mask, cells = piece.masks[number], column.cells(rule)
                part = _Piece([*piece.masks], piece.alive, [*piece.held])
                part.narrow(number, column, mask & ~cells)
                found.append(part)
                piece.narrow(number, column, mask & cells)
        return found


def _sticking_out(piece: _Piece) -> tuple[Bits, Bits, Bits]:
    """The rules beyond whose cells a piece goes in no column, in one, and in two."""
    none, one, two = piece.alive, 0, 0
    for held in piece.held:
        none_here, one_here = none & held, one & held
        two = (two & held) | (one ^ one_here)
        one = one_here | (none ^ none_here)
        none = none_here
    return none, one, two
