"""The replay itself: one decision for each ticket as at its opening, and one for each event as it stood."""

from __future__ import annotations

from ..findings import Size, Summary
from ..mappings import HistoryMapping
from .column_work import ColumnWork
from .order import Order, read_order
from .output import OutputFolder
from .plan import Plan, Progress
from .row_work import RowWork


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
    work = (ColumnWork if fits_columns(mapping) else RowWork)(plan, order, output)
    typed = mapping.typed_columns() if isinstance(work, ColumnWork) else None
    work.run(history.tables(mapping.columns(), mapping.absent, typed), progress.decided)
    return work.summary(size)


def fits_columns(mapping: HistoryMapping) -> bool:
    """Whether what a history tells goes into columns of facts; whole requests do not."""
    return mapping.request is None


def _size(plan: Plan, order: Order) -> Size:
    if plan.limit is not None:
        return Size(order.rows, order.tickets, None, None)
    return Size(order.rows, order.tickets, plan.mapping.expected_rows, plan.mapping.expected_tickets)
