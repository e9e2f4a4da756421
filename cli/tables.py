"""Tables for people: drawn with lines in text, with bars in Markdown."""

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table

from .terminal import write

_WIDTH: Final = 140

Draw = Callable[[str, Sequence[str], Iterable[Sequence[str]]], None]
"""Writes a table to standard output, from its title, its heads (`>` before one: to the right) and its rows."""


def draw_text(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table with lines, as wide as the terminal."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for head in heads:
        table.add_column(head.removeprefix(">"), justify="right" if head.startswith(">") else "left")
    for row in rows:
        table.add_row(*map(escape, row))
    show(table)


def draw_markdown(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table as Markdown has it."""
    lines = [f"**{_cell(title)}**", "", _line(head.removeprefix(">") for head in heads)]
    lines.append("|" + "|".join("---:" if head.startswith(">") else "---" for head in heads) + "|")
    lines += [_line(row) for row in rows]
    write("\n".join(lines) + "\n\n")


def show(*pieces: RenderableType) -> None:
    """Pieces of text to standard output: with styles on a terminal, plain and wide elsewhere."""
    console = Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else _WIDTH)
    with console.capture() as printed:
        for piece in pieces:
            console.print(piece, soft_wrap=isinstance(piece, str))
    write(printed.get())


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(map(_cell, cells)) + " |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")
