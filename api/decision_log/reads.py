"""Which facts of a request a rulebook's version reads: those that its rules, its settings or its derived facts name.

Looks at a rulebook as a tree of plain values and knows nothing of its stages. What may be read without being named
(times, the roster, what is asked, the language) counts as read; so does what a derived fact needs that no rule uses.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final

_ONLY_IF_NAMED: Final = frozenset(
    [
        *(f"ticket.{name}" for name in ("id", "channel", "subject", "text", "language", "reported_kind", "category")),
        *(f"ticket.{name}" for name in ("service", "impact", "urgency", "tags", "line", "parent", "parent_owner")),
        *(f"requester.{name}" for name in ("id", "tier", "role", "warnings")),
        *(f"agent.{name}" for name in ("id", "role", "group", "line", "skills")),
    ]
)
"""Facts that nothing reads unless a rulebook names them."""
_OWN: Final = re.compile(r"(?:ticket|requester|agent)\.fields\.[^.]+")


class Reads:
    """The facts that one version of a rulebook reads."""

    def __init__(self, rulebook: Any) -> None:
        """`rulebook` as `engine.check_paths` reports it."""
        self._names = frozenset(_texts([rulebook.stages, rulebook.derived, rulebook.clock, rulebook.calendars]))

    def reads(self, pointer: str) -> bool:
        """Whether it reads what stands at a JSON Pointer into the request."""
        fact = ".".join(pointer.split("/")[1:])
        if fact not in _ONLY_IF_NAMED and not _OWN.fullmatch(fact):
            return True
        return fact in self._names


def _texts(node: Any) -> Iterator[str]:
    """Every text in a tree of values."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from _texts(key)
            yield from _texts(value)
    elif is_dataclass(node) and not isinstance(node, type):
        for field in fields(node):
            yield from _texts(getattr(node, field.name))
    elif isinstance(node, tuple | list | set | frozenset):
        for child in node:
            yield from _texts(child)
