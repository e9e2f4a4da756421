"""Writes a review of a change for people: as text with styles on a terminal, or as Markdown for a comment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.text import Text

from .terminal import write, write_styled

if TYPE_CHECKING:
    from engine import Review
    from simulations.differences import Item, Weights


def write_text(review: Review, weights: Weights | None) -> None:
    """The review as text."""
    from simulations.differences import sections_of, summary_of

    told = Text(f"{_head(review)}\n{summary_of(review)}", style="bold")
    for section in sections_of(review, weights):
        told.append(f"\n\n{section.title}", style="bold cyan")
        for item in section.items:
            told.append(f"\n  {item.head}", style="bold")
            for line, style in _lines(item):
                told.append(f"\n    {line}", style=style)
    write_styled(told)


def write_markdown(review: Review, weights: Weights | None) -> None:
    """The review as Markdown."""
    from simulations.differences import sections_of, summary_of

    lines = [f"## {_head(review)}", "", f"**{summary_of(review)}**", ""]
    for section in sections_of(review, weights):
        lines += [f"### {section.title}", ""]
        for item in section.items:
            lines.append(f"- **{item.head}**")
            lines += [f"  - {line}" for line, _ in _lines(item)]
        lines.append("")
    write("\n".join(lines))


def _head(review: Review) -> str:
    old, new = review.old, review.new
    return f"{old.rulebook} {old.version} → {new.rulebook} {new.version}"


def _lines(item: Item) -> Iterator[tuple[str, str]]:
    """What is told of an item below its head, each line with its style."""
    yield from ((note, "yellow") for note in item.notes)
    yield from ((words, "") for words in item.where)
    yield from ((f"rules: {pair}", "dim") for pair in item.rules)
    if item.request is not None:
        yield f"such as {item.request}", "dim"
        yield f"  old {item.old}", "dim"
        yield f"  new {item.new}", "dim"
