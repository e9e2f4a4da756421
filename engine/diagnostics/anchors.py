"""Anchors and the aliases that repeat them: bounded, so that a small file cannot unfold into a huge one."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from .faults import Fault, Unreadable, shown
from .source import Tree

MOST_ALIASES: Final = 100
"""How many aliases a file may hold; an alias inside a value that is itself repeated counts again each time."""
MOST_REPEATED: Final = 200_000
"""How many values aliases may add to those of the file."""


class Anchored(NamedTuple):
    """A finished value that an alias may repeat: its depth, the number of its values, and of the aliases among them."""

    value: Any
    tree: Tree
    height: int
    size: int
    aliases: int


class Anchors:
    """The anchors of one file, and how much its aliases repeat (``repeated`` values, ``aliases`` in all)."""

    __slots__ = ("_begun", "_known", "aliases", "repeated")

    def __init__(self) -> None:
        self._known: dict[str, Anchored] = {}
        self._begun: dict[str, tuple[int, int, int]] = {}
        self.repeated = 0
        self.aliases = 0

    def begin(self, name: str, values: int, start: int, end: int) -> Fault | None:
        """Note that the value of an anchor starts, with the number of values read before it; a fault if it is known."""
        if name in self._begun:
            message = f"the anchor {shown('&' + name)} is already taken"
            return Fault("duplicate-anchor", message, start, end, "give each anchor a name of its own")
        self._begun[name] = (values, self.repeated, self.aliases)
        return None

    def finish(self, name: str, value: Any, tree: Tree, height: int, values: int) -> None:
        """Note that the value of an anchor is complete, with the number of values read up to its end."""
        values_before, repeated, aliases = self._begun[name]
        if name not in self._known:
            size = values - values_before + self.repeated - repeated
            self._known[name] = Anchored(value, tree, height, size, self.aliases - aliases)

    def repeat(self, name: str, start: int, end: int) -> Anchored | Fault:
        """What an alias stands for, or the fault of an alias that stands for nothing.

        Raises:
            Unreadable: where aliases are too many, or repeat too much.
        """
        known = self._known.get(name)
        if known is None:
            return self._unknown(name, start, end)
        self.aliases += 1 + known.aliases
        self.repeated += known.size
        if self.aliases > MOST_ALIASES:
            raise _too_many(
                f"aliases are used more than {MOST_ALIASES} times, counting those inside repeated values", start, end
            )
        if self.repeated > MOST_REPEATED:
            raise _too_many(f"aliases repeat more than {MOST_REPEATED:,} values", start, end)
        return known

    def _unknown(self, name: str, start: int, end: int) -> Fault:
        alias = shown("*" + name)
        if name in self._begun:
            message = f"the alias {alias} stands inside the value that it names"
            return Fault("alias-loop", message, start, end, "write the value out")
        advice = "name an anchor that stands further up, or put quotes around a text that starts with `*`"
        return Fault("unknown-alias", f"the alias {alias} names no anchor before it", start, end, advice)


def _too_many(message: str, start: int, end: int) -> Unreadable:
    return Unreadable(Fault("too-many-aliases", message, start, end, "write the values out"))
