"""How large a region is without a history: of all combinations of its facts' cells, how many lie in it. Asks no solver.

Cells are values that no rule of either version tells apart. A combination counts once, whichever boxes it lies in, and
whether tickets ever come so or not: that is what a history tells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

from ...tables import Line, inhabited
from ..space import Ordered, Space
from .regions import Found

Cells = Mapping[str, frozenset[int]]
"""A box by facts."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many combinations of cells of these facts."""

    combinations: int
    of: int
    facts: tuple[str, ...]


def share_of(space: Space, found: Found) -> Share | None:
    """The share of a region; None where its boxes do not cover it, differ by sides, or speak of texts or sets.

    A box holds of every request in it, so that a covered region is just the union of its boxes.
    """
    boxes = [_box(space, piece.box.parts) if piece.box is not None else None for piece in found.pieces]
    told = [box for box in boxes if box]
    alike = len({piece.is_of_accepted for piece in found.pieces}) == 1
    if not found.is_whole or found.follows or not found.is_sure or not told or len(told) < len(boxes) or not alike:
        return None
    facts = sorted({fact for box in told for fact in box})
    sizes = {fact: _all(space, fact) for fact in facts}
    whole = [{fact: box.get(fact, sizes[fact]) & sizes[fact] for fact in facts} for box in told]
    return Share(union_size(whole), prod(map(len, sizes.values())), tuple(facts))


def _box(space: Space, parts: Mapping[tuple[str, int | None], object]) -> Cells | None:
    """The cells of each fact, the same on both sides where the two have one each; None where it has more than cells."""
    found: dict[str, frozenset[int]] = {}
    for (fact, _), cells in parts.items():
        keys = {space.key(fact, side) for side in (0, 1)}
        partitions = [getattr(space.variables.get(key), "partition", None) for key in keys]
        if not isinstance(cells, frozenset) or None in partitions or any(p != partitions[0] for p in partitions):
            return None
        found[fact] = found.get(fact, cells) & cells
    return found


def _all(space: Space, fact: str) -> frozenset[int]:
    """The cells of a fact that hold a value, and the one of its absence."""
    variable = space.variables[space.key(fact, 0)]
    assert isinstance(variable, Ordered)
    partition = variable.partition
    cells = range(partition.size)
    if isinstance(partition, Line):
        return frozenset(cell for cell in cells if inhabited(cell, partition, variable.kind))
    return frozenset(cells)


def union_size(boxes: Sequence[Cells]) -> int:
    """How many combinations lie in any of some boxes over the same facts, by inclusion and exclusion."""
    if not boxes:
        return 0
    first, rest = boxes[0], boxes[1:]
    cut = [{fact: cells & box[fact] for fact, cells in first.items()} for box in rest]
    met = [box for box in cut if all(box.values())]
    return prod(map(len, first.values())) + union_size(rest) - union_size(met)
