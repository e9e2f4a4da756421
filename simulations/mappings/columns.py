"""A column as a value: its name, and how its texts are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Value: TypeAlias = str | int | float | bool | None
"""What a fact of a history may hold."""

Kind: TypeAlias = Literal["text", "whole", "decimal", "truth", "instant", "set"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column, and how its texts are read: through a table of values where there is one, else by their kind.

    Of a text only what ``pattern`` finds is read. What the table does not list, or the pattern does not find, is
    ``otherwise`` when ``lenient``. ``split`` stands between the members of a set.
    """

    name: str
    kind: Kind = "text"
    values: Mapping[str, Value] | None = None
    pattern: str | None = None
    split: str | None = None
    lenient: bool = False
    otherwise: Value = None

    @property
    def is_instant(self) -> bool:
        """Whether its texts are instants."""
        return self.kind == "instant" and self.values is None

    @property
    def is_typed(self) -> bool:
        """Whether its texts are instants or whole numbers, and nothing is made of them before they are read."""
        return self.kind in ("instant", "whole") and self.values is None and self.pattern is None
