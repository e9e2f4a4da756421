"""Priority: how urgent it is (ITIL: impact × urgency)."""

from collections.abc import Callable, Mapping
from typing import Any

from ..diagnostics import Path
from ..facts import Closed, FactType
from ..rulebook import Reader, Row, Template, Then
from .choices import PlainChoice
from .vocabulary import check_template, check_word, read_words


class Priority(PlainChoice):
    """`level`; `levels:` may list all there are, the highest first, and then later stages can compare them."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("priority", "level", {"level": None}, {"priority": "level"})

    def read_settings(self, body: Mapping[str, Any], path: Path, reader: Reader) -> tuple[str, ...]:
        """The levels, when they are listed."""
        return read_words(body, "levels", path, reader)

    def read_outcome(self, then: Then, settings: Any) -> Any:
        """A level that is listed."""
        check_word(then, "level", settings)
        outcome = super().read_outcome(then, settings)
        if outcome is not None:
            check_template(then, "level", outcome.values["level"], settings)
        return outcome

    def results(
        self, rows: tuple[Row, ...], settings: Any, values: Callable[[Template], list[str]]
    ) -> dict[str, FactType]:
        """The levels, lowest first as every ordered list."""
        found = super().results(rows, settings, values)
        return {"priority": Closed(settings[::-1], ordered=True)} if settings else found
