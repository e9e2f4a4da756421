"""How a target is measured: the settings of one, and of all that a rulebook promises. Plain values.

What the words mean is told in docs/reference/rulebook-language.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..rulebook import AGENT_REPLY, COURSE_WORDS, REQUESTER_MESSAGE, UNANSWERED, InStates, PausedBy
from .timeline import ALL_CHANNELS, Channels

WhilePaused = Literal["shown", "hidden", "hidden_unless_breached", "stands"]
Pauses = Literal["shift_due", "stop_time", "shift_due_round_the_clock", "keep_due"]
Reopening = Literal["continues", "starts_anew", "stays_met"]
Moment = str | InStates
"""A fact that holds an instant, a word for a message, or the ticket's coming into some states."""
PERCENT = 100
WAITS_ALONE = PausedBy(waits=True)


@dataclass(frozen=True, slots=True)
class TargetRule:
    """How a target is measured."""

    starts: tuple[Moment, ...]
    """From where it may start; the first that has happened counts."""
    met: tuple[Moment, ...]
    """What meets it, whichever happens first; nothing: only the end of the ticket's clock does."""
    warn_share: int | None = 75
    """It warns after this share of its time, in percent …"""
    warn_after: int | None = None
    """… or after this much of it, in microseconds."""
    paused_by: PausedBy = WAITS_ALONE
    while_paused: WhilePaused = "shown"
    """What is told of its due time while it is paused."""
    pauses: Pauses = "shift_due"
    """What pauses do to its due time."""
    reopening: Reopening = "continues"
    """What becomes of it when the ticket is opened again."""

    facts: tuple[str, ...] = field(init=False, compare=False)
    """The facts on which it depends."""
    is_plain: bool = field(init=False, compare=False)
    """Whether it depends on nothing but facts, so that neither messages nor states need to be looked at."""
    counts_exchanges: bool = field(init=False, compare=False)
    """Whether it runs anew with every message that waits for an answer."""

    def __post_init__(self) -> None:
        """Note what follows from the settings."""
        moments = (*self.starts, *self.met)
        facts = tuple(m for m in moments if isinstance(m, str) and m not in COURSE_WORDS)
        object.__setattr__(self, "facts", facts)
        object.__setattr__(self, "is_plain", len(facts) == len(moments))
        object.__setattr__(self, "counts_exchanges", self.starts[0] in UNANSWERED)

    def warning(self, within: int) -> int:
        """The time after which it warns, for a target of this length."""
        return self.warn_after if self.warn_after is not None else within * (self.warn_share or 0) // PERCENT


CREATED, RESOLVED = "ticket.created_at", "ticket.resolved_at"

DEFAULTS = {
    "acknowledge": TargetRule((CREATED,), ("ticket.first_response_at",)),
    "first_response": TargetRule((CREATED,), ("ticket.first_response_at",)),
    "resolution": TargetRule((CREATED,), (RESOLVED,)),
    "next_update": TargetRule(("ticket.last_update_at", CREATED), ()),
}
"""How the contract's own targets are measured when a rulebook does not say."""
USUAL_TARGETS = tuple(DEFAULTS)


def usual_met(starts: tuple[Moment, ...]) -> tuple[Moment, ...] | None:
    """What meets a target that starts with a message: the other side's next one; None for other starts."""
    messages = [start for start in starts if start in COURSE_WORDS]
    if not messages:
        return None
    return (REQUESTER_MESSAGE,) if messages[0] == "last_agent_reply" else (AGENT_REPLY,)


@dataclass(frozen=True, slots=True)
class SlaSettings:
    """How all targets of a rulebook are measured."""

    targets: Mapping[str, TargetRule]
    closed_states: frozenset[str] = frozenset(("resolved", "closed"))
    """The states in which a ticket is done; leaving them opens it again."""
    channels: Channels = ALL_CHANNELS
    """The channels by which messages count."""
