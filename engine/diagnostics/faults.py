"""A fault of a file: what is wrong, where, and what to do. How it is shown is the business of ``render``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

from .places import Span

Severity: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault of one file.

    ``code`` is a stable kebab-case word, ``message`` one lower-case line in the author's words (pieces of the file in
    backticks), ``help`` says what to do. Diagnostics sort by file, line, column and code.
    """

    code: str
    message: str
    file: str
    span: Span
    help: str | None = None
    severity: Severity = "error"

    def order(self) -> tuple[str, Span, str, str, str, str]:
        """The key that diagnostics sort by; the text comes last, so that the order is total."""
        return self.file, self.span, self.code, self.severity, self.message, self.help or ""

    def __lt__(self, other: Diagnostic) -> bool:
        """Whether this fault is listed before the other."""
        return (self.file, self.span.line, self.span.column, self.code, self.order()) < (
            other.file,
            other.span.line,
            other.span.column,
            other.code,
            other.order(),
        )


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
