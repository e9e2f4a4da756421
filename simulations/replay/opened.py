"""One ticket opened: what was asked at each of its moments, and what every side decides, with its trace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from engine import RequestRefused

from ..findings import Ask, OpenedDecision, OpenedMoment, differences
from ..mappings import instant_of
from .aside import SetAside
from .moments import Moments
from .order import read_order
from .plan import Plan
from .rows import RowReader, with_joined
from .sides import Side


def opened(ask: Ask, sides: Sequence[Side], language: str | None = None) -> OpenedMoment:
    """A moment, decided once more with its traces, in a language; None: that of the request.

    Raises:
        RequestRefused: when a side cannot take the request.
    """
    request = ask.request if language is None else {**ask.request, "language": language}
    answers = [side.answer(request, explain=True) for side in sides]
    flips = differences(*(answer.decision for answer in answers)) if len(answers) > 1 else []
    return OpenedMoment(
        ask.ticket,
        ask.row,
        ask.moment,
        instant_of(ask.at).text,
        request,
        tuple(dict.fromkeys(flip.stage for flip in flips)),
        tuple(OpenedDecision(side.name, *answer) for side, answer in zip(sides, answers, strict=True)),
    )


def open_ticket(plan: Plan, ticket: str, seen: Callable[[int], None] = lambda rows: None) -> tuple[OpenedMoment, ...]:
    """Every moment of a ticket that both sides decide, in the order of the history; empty: there is no such ticket.

    Raises:
        UnreadableHistory: when the history cannot be read to its end.
    """
    mapping = plan.mapping
    order = read_order(plan.taken, mapping, seen)
    reader = RowReader(mapping, order.readers, order.courses, order.repeated)
    moments = Moments(mapping, order, SetAside(None), Counter())
    found: list[OpenedMoment] = []
    for table in plan.taken.tables(mapping.columns(), mapping.absent):
        seen(table.frame.height)
        named = with_joined(table.frame, mapping)[mapping.ticket]
        if not (named == ticket).any():
            reader.skip(table.frame.height)
            continue
        for _, asked in moments.of(reader.read(table)):
            for ask in asked:
                if ask.ticket == ticket and (said := _opened(ask, plan)) is not None:
                    found.append(said)
    return tuple(found)


def _opened(ask: Ask, plan: Plan) -> OpenedMoment | None:
    try:
        return opened(ask, plan.sides, plan.language)
    except RequestRefused:
        return None
