"""The form of a stage: what the reading asks of each stage, and what stages are told.

Stages stand a floor above; they hand their forms in (see `engine.stages`). Knows no concrete stage.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from ..diagnostics import Path
from ..facts import FactType, shown
from ..tables import Condition
from .model import Row, Template
from .reader import Reader


@dataclass(frozen=True, slots=True)
class Then:
    """The outputs that one row writes, with where each stands."""

    values: Mapping[str, Any]
    paths: Mapping[str, Path]
    heads: Mapping[str, Path]
    """Where the names of the outputs stand, when that is not at their values: the head of a table."""
    path: Path
    """Where an output that is missing would stand."""
    reader: Reader

    def fault(self, code: str, message: str, key: str, *, help: str | None = None) -> None:
        """Note a fault at an output, or where it is missing."""
        self.reader.fault(code, message, self.paths.get(key, self.path), help=help)

    def fault_of_name(self, code: str, message: str, key: str, *, help: str | None = None) -> None:
        """Note a fault of an output that should not be there at all."""
        path = self.heads.get(key, self.paths[key])
        self.reader.fault(code, message, path, key=key not in self.heads, help=help)

    def refuse_unknown(self, known: Iterable[str], *, help: str = "") -> None:
        """Note every output that the stage does not have."""
        known = tuple(known)
        for key in self.values:
            if key not in known:
                path = self.heads.get(key, self.paths[key])
                self.reader.unknown("unknown-output", "output", key, known, path, key=key not in self.heads,
                                    help=f"this stage gives: {', '.join(known)}{help}")  # fmt: skip

    def is_given(self, key: str) -> bool:
        """Whether something is written for an output, be it faulty."""
        return self.values.get(key) is not None

    def word(self, key: str) -> str | None:
        """A plain text, or None when it is left out, null or faulty."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value:
            self.fault("wrong-value", f"{shown(value)} is not a name", key, help=_name_help(value))
            return None
        if "{" in value:
            self.fault("wrong-value", f"no fact can stand in `{key}`; found {shown(value)}", key, help="write a word")
            return None
        return value

    def one_of(self, key: str, known: tuple[str, ...]) -> str | None:
        """One of these words."""
        value = self.word(key)
        if value is not None and value not in known:
            self.reader.unknown("unknown-value", "value", value, known, self.paths[key])
            return None
        return value

    def template(self, key: str, *, finite: bool) -> Template | None:
        """A text with facts in it, or None when it is left out or null."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value:
            self.fault("wrong-value", f"{shown(value)} is not a text", key, help=_name_help(value))
            return None
        if finite and value == "any":
            self.fault("reserved-name", "`any` is the condition that always holds", key, help="choose another result")
            return None
        return self.reader.template(value, self.paths[key], finite=finite)


def _name_help(value: Any) -> str:
    return "put it in quotes" if isinstance(value, bool | int | float) else "write one text that is not empty"


class StageForm(Protocol):
    """What a stage must tell the reading."""

    @property
    def name(self) -> str:
        """The stage's name."""
        ...

    @property
    def kind(self) -> Literal["choice", "effects", "collection"]:
        """How its rules are written and combined."""
        ...

    @property
    def main(self) -> str | None:
        """The output that a matrix gives when it does not say."""
        ...

    @property
    def must_end(self) -> bool:
        """Whether the stage must end with a rule without conditions."""
        ...

    def read_settings(self, body: Mapping[str, Any], path: Path, reader: Reader) -> Any:
        """The stage's settings from its mapping (levels, targets, topics …)."""
        ...

    def read_outcome(self, then: Then, settings: Any) -> Any:
        """What a row gives; None where faults were noted."""
        ...

    def results(
        self, rows: tuple[Row, ...], settings: Any, values: Callable[[Template], list[str]]
    ) -> dict[str, FactType]:
        """The facts that later stages see; `values` lists the texts that a finite template can give."""
        ...

    def calendars(self, outcome: Any) -> tuple[str, ...]:
        """The calendars on which an outcome promises something."""
        ...

    def facts(self, outcome: Any) -> tuple[str, ...]:
        """The facts on whose very value an outcome depends (named in its texts)."""
        ...


Conditions = Mapping[str, Condition]
