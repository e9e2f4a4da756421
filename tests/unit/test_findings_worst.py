"""The flips to look at first: the worst of each kind, at most one a ticket, whichever way they were counted."""

import random
from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest

from simulations.findings.differences import Flip
from simulations.findings.many import Flips
from simulations.findings.worst import MOST, Worst


def flip(stage: str, after: str) -> Flip:
    return Flip(stage, "before", after, None, None)


def stages(*names: str, after: str = "after") -> tuple[Flip, ...]:
    return tuple(flip(name, after) for name in names)


def told(moments: Sequence[tuple[str, tuple[Flip, ...]]]) -> tuple[int, ...]:
    worst: Worst[int] = Worst()
    for place, (ticket, flips) in enumerate(moments):
        if flips:
            worst.add(ticket, flips, (), place)
    return worst.results()


def told_together(moments: Sequence[tuple[str, tuple[Flip, ...]]], pieces: int) -> tuple[int, ...]:
    worst: Worst[int] = Worst()
    step = max(1, len(moments) // pieces)
    for start in range(0, len(moments), step):
        some = moments[start : start + step]
        kinds: list[tuple[Flip, ...]] = [()]
        kinds += [flips for flips in dict.fromkeys(flips for _, flips in some) if flips]
        codes = np.array([kinds.index(flips) for _, flips in some], np.intp)
        tickets = pl.Series([ticket for ticket, _ in some])
        worst.add_many(tickets, Flips(codes, kinds), (), np.zeros(0, np.intp), lambda at, start=start: start + at)
    return worst.results()


def test_they_are_of_as_many_kinds_as_there_are() -> None:
    usual, rare = stages("priority", "sla"), stages("escalation")
    moments = [(f"A{n}", usual) for n in range(50)] + [("B", rare), ("C", stages("priority", "sla", after="other"))]
    assert told(moments) == (0, 1, 2, 51, 50), "two of the usual kind fill up, and the worst stand first"


def test_a_ticket_is_told_once() -> None:
    kinds = [stages("priority"), stages("sla"), stages("escalation")]
    assert told([("A", kind) for kind in kinds]) == (0,)
    assert told([*(("A", kind) for kind in kinds), ("B", kinds[0])]) == (0, 3)


def test_newly_permitted_disclosures_stand_before_changes_in_more_stages() -> None:
    permitted = (Flip("disclosures", "notes: deny", "notes: permit", None, None, "notes", ("deny", "permit")),)
    moments = [("A", stages("priority", "sla", "assignment")), ("B", permitted)]
    assert told(moments) == (1, 0)


@pytest.mark.parametrize("seed", range(20))
def test_counted_together_they_are_the_same(seed: int) -> None:
    chance = random.Random(seed)
    names = ("priority", "sla", "assignment", "escalation", "obligations")
    kinds = [stages(*chance.sample(names, chance.randint(1, 4)), after=str(n % 9)) for n in range(60)]
    moments = [(f"T{chance.randint(1, 40)}", chance.choice([(), *kinds])) for _ in range(300)]
    assert told(moments) == told_together(moments, 1) == told_together(moments, 7)
    assert len(told(moments)) == MOST
