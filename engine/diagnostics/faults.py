"""A fault of a file: what is wrong, where, and what to do. How it is shown is the business of ``render``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

from .places import Span

Severity: TypeAlias = Literal["error", "warning"]


class Related(NamedTuple):
    """A further place that a diagnostic is about, in the same file or another, and what it has to do with it."""

    file: str
    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault of one file.

    ``code`` is a stable kebab-case word, ``message`` one lower-case line in the author's words (pieces of the file in
    backticks), ``help`` says what to do. ``related`` are further places, ``witness`` is a text of several lines that
    shows the fault: a scenario to paste. Diagnostics sort by file, line, column and code.
    """

    code: str
    message: str
    file: str
    span: Span
    help: str | None = None
    severity: Severity = "error"
    related: tuple[Related, ...] = ()
    witness: str | None = None

    def order(self) -> tuple[object, ...]:
        """The key that diagnostics sort by; what follows the code only makes the order total."""
        texts = (self.message, self.help or "", self.related, self.witness or "")
        return self.file, self.span.line, self.span.column, self.code, self.span, self.severity, *texts

    def __lt__(self, other: Diagnostic) -> bool:
        """Whether this fault is listed before the other."""
        return self.order() < other.order()


class Suppressed(NamedTuple):
    """A diagnostic that its own file says not to tell: why, by language, and where it says so."""

    diagnostic: Diagnostic
    because: Mapping[str, str]
    span: Span


class Fault(NamedTuple):
    """A fault found while reading, before it is tied to a file: offsets into the text instead of a span."""

    code: str
    message: str
    start: int
    end: int
    help: str | None = None


MOST_FAULTS: Final = 1_000
"""How many faults of one file are listed."""


def too_many_faults(last: Fault) -> Fault:
    """The fault that takes the place of the first one that is not listed."""
    message = f"the file has more than {MOST_FAULTS:,} faults; the rest is not listed"
    return Fault("too-many-faults", message, last.start, last.end, "mend these first")


class Unreadable(Exception):
    """Reading cannot go on: carries the fault that ends it. Never leaves this package."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def shown(text: str, limit: int = 60) -> str:
    """A piece of a file, in backticks, on one line, and cut when longer than ``limit`` characters."""
    line = " ".join(text.split())
    return f"`{line if len(line) <= limit else line[: limit - 1] + '…'}`"
