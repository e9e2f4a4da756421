"""The decision log of one worker: is told each decision, and has it written down by a process of its own."""

import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

import msgspec

from .building import Made
from .courier import Courier
from .handover import Orders
from .record import ShadowRecord

if TYPE_CHECKING:  # the writer's process needs this package, and none of the service
    from ..observers import Decided


class DecisionLog:
    """Has decisions written, and what candidates in the shadow would have decided otherwise.

    Use it as an observer; `running` is its companion.
    """

    def __init__(self, orders: Orders) -> None:
        self.courier = Courier(orders)

    def __call__(self, decided: "Decided") -> None:
        """Take a decision."""
        self.courier.put(made_of(decided))

    def note(self, record: ShadowRecord) -> None:
        """Take what a candidate would have decided otherwise, in any thread; never waits."""
        self.courier.note(record)

    def figures(self) -> Mapping[str, int]:
        """Decisions `written`, `waiting` and, by cause, `lost_…`; and notes of shadows lost. Since the worker began."""
        courier = self.courier
        lost = {f"lost_{cause}": count for cause, count in courier.lost.items()}
        return {"written": courier.done, "waiting": courier.waiting, **lost, "notes_lost": courier.notes_lost}

    def running(self) -> AbstractAsyncContextManager[None]:
        """Write from now on; in the end, what still waits."""
        return self.courier.working()


def made_of(decided: "Decided") -> Made:
    """What is kept of a decision until it is written: bytes, which cost the collector of garbage nothing."""
    call = decided.call
    # the subject of a token may hold halves of surrogate pairs, which no UTF-8 can
    caller = call.caller.id.encode("utf-8", "backslashreplace").decode() if call.caller else None
    raw = decided.raw or msgspec.json.encode(decided.request)
    return Made(time.time_ns(), raw, decided.answer, decided.languages, call.id, caller)


def decision_log(orders: Orders) -> DecisionLog | None:
    """The decision log that these orders describe, if they do."""
    return None if orders.decisions.to == "none" else DecisionLog(orders)
