"""Tickets that flip are counted once in each cell, wherever their rows lie and however they came in."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulations import gathered
from simulations.findings import flipped
from simulations.findings.differences import Flip
from simulations.findings.flipped import FlippedTickets
from simulations.findings.flips import FlipCount
from simulations.findings.many import Asked, Flips

SHOWN = st.lists(st.tuples(st.sampled_from("ABCDE"), st.integers(0, 3)), max_size=40)
CELLS = st.lists(st.sets(st.integers(0, 4)), max_size=5)


@settings(max_examples=60, deadline=None)
@given(SHOWN, CELLS, st.integers(1, 12), st.booleans())
def test_a_ticket_counts_once_in_a_cell(
    shown: list[tuple[str, int]], cells: list[set[int]], held: int, together: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gathered, "HELD", held)
        patch.setattr(flipped, "_AT_ONCE", 3)
        tickets = FlippedTickets()
        if together:
            kinds = np.array([kind for _, kind in shown], np.intp)
            tickets.add_many(pl.Series([ticket for ticket, _ in shown], dtype=pl.String), kinds)
        else:
            for ticket, kind in shown:
                tickets.add(ticket, kind)
        counts = tickets.counts(cells)
    assert counts == [len({ticket for ticket, kind in shown if kind in cell}) for cell in cells]


KINDS = (
    (),
    (Flip("priority", "P2", "P1", "low", "high"),),
    # Twice the same words: an obligation that is owed with two other values.
    (Flip("obligations", "thank", "nothing", "a", None), Flip("obligations", "thank", "nothing", "b", None)),
    (Flip("priority", "P2", "P1", "low", "high"), Flip("assignment", "desk", "phone", "x", "y")),
)


@pytest.mark.parametrize("once", [True, False])
def test_openings_alone_need_no_tickets_to_be_told_apart(once: bool) -> None:
    codes = np.array([1, 0, 2, 3, 1, 3, 2, 0, 1], np.intp)
    count, zeros = FlipCount(once=once), np.zeros(9, np.int64)
    tickets = pl.Series([f"T{number}" for number in range(9)])
    asked = Asked(np.zeros(9, np.intp), tickets, np.arange(1, 10), zeros, zeros, np.ones(9, np.bool_))
    count.add_many(asked, Flips(codes, KINDS))
    count.settle()
    found = {stage.stage: stage for stage in count.results()}
    assert {name: stage.tickets for name, stage in found.items() if stage.tickets} == {
        "priority": 5,
        "assignment": 2,
        "obligations": 2,
        "any": 7,
    }
    (cell,) = found["obligations"].matrix
    assert (cell.openings, cell.tickets) == (4, 2), "two obligations of each of two tickets"
    assert [example.ticket for example in found["priority"].matrix[0].examples] == ["T0", "T3", "T4"]
