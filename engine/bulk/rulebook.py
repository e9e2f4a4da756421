"""A compiled rulebook made ready for many requests at once: what its stages look at beyond cells, and its calendars."""

from collections.abc import Callable, Mapping
from typing import Any

from ..calendars.arrays import ManyInstants
from ..decision import CompiledRulebook
from ..facts import COMMON, FactType
from ..rulebook import Row
from ..stages import STAGE_FORMS, SharedParts

COURSE = ("ticket.waits", "ticket.messages", "ticket.states")
"""The lists that tell a ticket's course; rows that have one are measured one by one."""
PARTS = (*COURSE, "roster", "ask.disclose", "ask.to", "ask.do", "language", "explain")
"""What a request may have besides facts."""


class _Unforeseen(dict[str, Callable[[Any], Any]]):
    """Readers of a case from which nothing may be read: whatever a stage needs has been given to it."""

    def get(self, fact: str, default: Any = None) -> Any:
        raise AssertionError(f"`{fact}` was not foreseen")


class BulkRulebook:
    """One version of a rulebook; immutable but for the years that its calendars have worked out."""

    def __init__(self, book: CompiledRulebook) -> None:
        """Take a compiled rulebook; whichever engine it was compiled for, its tables are looked up."""
        self.book = book
        self.kinds: Mapping[str, FactType] = {
            "at": COMMON["at"],
            **{f"{group}.{name}": kind for group, named in book.types.items() for name, kind in named.items()},
        }
        self.facts_by_slot = tuple(book.cell_map.slots)
        shared = book.shared
        self.strict = SharedParts(
            shared.cell_map, _Unforeseen(), shared.calendars, shared.clock, shared.facts, shared.channels
        )
        """What a case shares that is decided for many rows."""
        self.calendars = {name: ManyInstants(calendar) for name, calendar in shared.calendars.items()}
        self._forms = {form.name: form for form in STAGE_FORMS}

    def needs(self, stage: str, row: Row) -> tuple[str, ...]:
        """What a row's outcome depends on besides the row applying."""
        named: tuple[str, ...] = self._forms[stage].facts(row.outcome)
        if stage == "assignment":
            order = row.outcome
            if order.keep or order.agent or order.choose:
                wanted = (order.skills_from,) if order.skills_from else ()
                named = (*named, "ticket.owner", "ticket.group", *order.never, *wanted)
        return tuple(dict.fromkeys(named))

    def asks(self, stage: str) -> tuple[str, ...]:
        """What a stage depends on whichever rows apply."""
        if stage == "permissions":
            return ("ask.do",)
        if stage != "disclosures":
            return ()
        found = self.book.rulebook.stages.get(stage)
        speaks = any(row.outcome.say for row in found.rows) if found else False
        return ("ask.to", "requester.relation", "ask.disclose", *(("language",) if speaks else ()))
