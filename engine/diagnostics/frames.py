"""The lists and mappings that are still open while a file is read, and the keys that may stand in a mapping."""

from __future__ import annotations

from typing import Any, Final

from .faults import Fault, shown
from .scalars import meaning
from .source import Branch, Entry, Tree

KEY_HELP: Final = "a key is a word on one line, such as `ticket.channel`"


class Frame:
    """A list or mapping that is still open.

    ``indent`` is the column, from 0, of the innermost list or mapping without brackets, this one included; ``height``
    the depth of what it holds so far; ``as_key`` tells that it stands, wrongly, where a key is wanted.
    """

    __slots__ = (
        "anchor", "as_key", "data", "end", "flow", "height", "indent", "is_map", "key", "kids", "lost", "meanings",
        "opener", "start",
    )  # fmt: skip

    def __init__(self, event: Any, is_map: bool, indent: int, as_key: bool) -> None:
        self.start: int = event.start_mark.index
        self.end: int = event.end_mark.index
        self.opener: int = max(self.end - 1, self.start)
        self.flow: bool = event.flow_style
        self.anchor: str | None = event.anchor
        self.is_map = is_map
        self.data: Any = {} if is_map else []
        self.kids: Any = {} if is_map else []
        self.indent = indent
        self.as_key = as_key
        self.height = 1
        self.key: tuple[str, int, int] | None = None
        self.lost = False  # the key that waits for its value was refused
        self.meanings: dict[object, tuple[str, int]] = {}

    @property
    def wants_key(self) -> bool:
        """Whether the next value is a key."""
        return self.is_map and self.key is None and not self.lost

    def tree(self) -> Branch:
        """The place of the whole and of all that it holds."""
        return Branch(self.start, self.end, self.kids)

    def add(self, value: Any, tree: Tree) -> None:
        """Take an item of a list, or the value of the key that waits for one; the value of a refused key is dropped."""
        self.end = tree[1]
        if not self.is_map:
            self.data.append(value)
            self.kids.append(tree)
        elif self.key is None:
            self.lost = False
        else:
            name, start, end = self.key
            self.key = None
            self.data[name] = value
            self.kids[name] = Entry(start, end, tree)

    def take_key(self, event: Any, text: str) -> Fault | None:
        """Take a scalar as the next key, which is the text as written; the fault, if it is refused."""
        name: str = event.value
        start, end = event.start_mark.index, event.end_mark.index
        self.end = end
        plain = event.implicit[0] and event.tag is None
        fault = _fault_of_key(name, event, plain, start, end)
        sense = meaning(name) if plain else name
        if fault is None:
            first = self.meanings.get(name) or self.meanings.get(sense)
            if first is None:
                self.key = (name, start, end)
                self.meanings[name] = self.meanings[sense] = (name, start)
                return None
            fault = _duplicate(name, first, text, start, end)
        self.lost = True
        return fault


def _fault_of_key(name: str, event: Any, plain: bool, start: int, end: int) -> Fault | None:
    if not name and not event.style:
        return Fault("empty-key", "a key is missing here", start, end, "write a key before the colon")
    if plain and name == "<<":
        advice = "YAML 1.2 has no merge key: write the entries out"
        return Fault("merge-key", "`<<` does not merge mappings here", start, end, advice)
    return None


def _duplicate(name: str, first: tuple[str, int], text: str, start: int, end: int) -> Fault:
    line_start = text.rfind("\n", 0, first[1]) + 1
    where = f"line {text.count(chr(10), 0, first[1]) + 1}, column {first[1] - line_start + 1}"
    message = f"the key {shown(name)} stands twice in this mapping; first in {where}"
    if first[0] != name:
        message = f"the key {shown(name)} means the same as {shown(first[0])} in {where}"
    return Fault("duplicate-key", message, start, end, "delete or rename one of the two")
