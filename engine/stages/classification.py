"""Classification: what kind of ticket it is."""

from collections.abc import Mapping
from typing import Any

from ..diagnostics import Path
from ..rulebook import Reader, Then
from .choices import PlainChoice
from .vocabulary import check_template, check_word, read_words


class Classification(PlainChoice):
    """`kind`; `kinds:` may list all there are."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("classification", "kind", {"kind": None}, {"classification": "kind"})

    def read_settings(self, body: Mapping[str, Any], path: Path, reader: Reader) -> tuple[str, ...]:
        """The kinds, when they are listed."""
        return read_words(body, "kinds", path, reader)

    def read_outcome(self, then: Then, settings: Any) -> Any:
        """A kind that is listed."""
        check_word(then, "kind", settings)
        outcome = super().read_outcome(then, settings)
        if outcome is not None:
            check_template(then, "kind", outcome.values["kind"], settings)
        return outcome
