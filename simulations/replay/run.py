"""The replay itself: one decision for each ticket as at its opening, and one for each event as it stood."""

from __future__ import annotations

from ..findings import Size, Summary
from .order import Order, read_order
from .output import OutputFolder
from .plan import Plan, Progress
from .work import Work


def replay(plan: Plan, output: OutputFolder | None = None, progress: Progress | None = None) -> Summary:
    """Decide a history and say what was found; with ``output``, the decisions are written there.

    Raises:
        UnreadableHistory: when the history cannot be read to its end.
        OSError: when the output cannot be written.
    """
    progress = progress or Progress()
    mapping = plan.mapping
    history = plan.taken
    order = read_order(history, mapping, progress.seen)
    size = _size(plan, order)
    progress.sized(size)
    work = Work(plan, order, output)
    for table in history.tables(mapping.columns(), mapping.absent):
        work.take(table, progress.decided)
    return work.summary(size)


def _size(plan: Plan, order: Order) -> Size:
    if plan.limit is not None:
        return Size(order.rows, order.tickets, None, None)
    return Size(order.rows, order.tickets, plan.mapping.expected_rows, plan.mapping.expected_tickets)
