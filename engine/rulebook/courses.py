"""What a rulebook may say of a ticket's course: the words for its messages, its states, and what pauses a count.

A course is what a request lists under `waits`, `messages` and `states`. Knows nothing of how it is counted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..diagnostics import Path
from ..facts import normal
from .reader import Reader

UNANSWERED = ("oldest_unanswered", "latest_unanswered")
"""Of the requester's messages that no agent has answered since: the first, the last."""
STARTS = (*UNANSWERED, "first_requester_message", "last_requester_message", "last_agent_reply")
"""Messages from which a target may start."""
AGENT_REPLY, REQUESTER_MESSAGE = MEETS = ("agent_reply", "requester_message")
"""Messages that may meet a target."""
COURSE_WORDS = frozenset((*STARTS, *MEETS))
"""Words that no derived fact may have as its name."""


@dataclass(frozen=True, slots=True)
class InStates:
    """The ticket's coming into one of some states."""

    states: frozenset[str]


@dataclass(frozen=True, slots=True)
class PausedBy:
    """What stops time from being counted."""

    waits: bool
    """The waits for the requester that the request lists."""
    states: frozenset[str] = frozenset()
    """States of the ticket."""
    replies: bool = False
    """The time from an agent's reply until the requester writes."""


def read_paused_by(raw: Iterable[Any], path: Path, reader: Reader) -> PausedBy:
    """From `[waits, unanswered_replies, {states: […]}]`."""
    words: set[str] = set()
    states: set[str] = set()
    for i, item in enumerate(raw):
        if isinstance(item, Mapping):
            states |= read_states(item["states"], (*path, i, "states"), reader)
        else:
            words.add(item)
    return PausedBy("waits" in words, frozenset(states), "unanswered_replies" in words)


def read_states(raw: Iterable[str], path: Path, reader: Reader) -> frozenset[str]:
    """The states of a list; each must be among those that the rulebook lists, if it does."""
    names = [normal(name) for name in raw]
    for i, name in enumerate(names):
        if reader.states is not None and name not in reader.states:
            reader.unknown("unknown-value", "state", name, reader.states, (*path, i))
    return frozenset(names)
