"""The rules that settle a region: pairs of old and new ones, and where these are too many, those of each side.

Each is found by the solver, set aside, and looked past, until none is left.
"""

from collections.abc import Sequence
from typing import TypeAlias

from ..space import Space
from .aspects import Aspect
from .demands import Demand

Rows: TypeAlias = tuple[int, ...]
"""Rules that settle something together, by their places; none: no rule applies."""


def pairs_of(
    space: Space, part: Aspect | Demand, told: Sequence[bool], region: int, most: int, conflicts: int
) -> tuple[tuple[tuple[Rows, Rows], ...], bool]:
    """The pairs of rules that settle requests of a region, and whether these are all.

    `told` says of each side whether its rules tell pairs apart; `conflicts` bounds the search for a further pair.
    """
    clauses, found = space.clauses, dict[tuple[Rows, Rows], None]()
    wanted = [region, clauses.new()]
    while (more := clauses.can_hold_soon(wanted, conflicts)) is not False:
        if more is None or len(found) >= most:
            return tuple(found), False
        model = clauses.model()
        settled = [part.settled(model, side) for side in (0, 1)]
        found[settled[0].rows, settled[1].rows] = None
        apart = [case.literal for case, is_told in zip(settled, told, strict=True) if is_told]
        clauses.add([-wanted[-1], *(-literal for literal in apart)])
    return tuple(found), True


def rules_of(
    space: Space, part: Aspect | Demand, side: int, region: int, most: int, conflicts: int
) -> tuple[Rows, ...] | None:
    """The rules of one side that settle requests of a region, all of them; None where these are more than `most`."""
    clauses, found = space.clauses, dict[Rows, None]()
    wanted = [region, clauses.new()]
    while (more := clauses.can_hold_soon(wanted, conflicts)) is not False:
        if more is None or len(found) >= most:
            return None
        case = part.settled(clauses.model(), side)
        found[case.rows] = None
        clauses.add([-wanted[-1], -case.literal])
    return tuple(found)
