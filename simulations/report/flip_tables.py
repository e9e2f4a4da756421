"""What a candidate changes, as tables of the report: guardrails, disclosures, and the flips of each stage.

Knows findings and words; nothing of HTML.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..findings import Example, FlipCell, GuardrailFound, RulePair, StageFlips, Summary
from .retold import numbers_retold
from .table import Cell, Column, Table, columns, counted, named, number
from .values import effect_said, value_said
from .wording import Words

_CROSSED: Final = 8
"""A matrix with more rows or columns than this is only listed."""
_LISTED: Final = 100
_VERDICTS: Final = {"kept": "good", "broken": "bad", "unknown": "warn"}
_CHANGES: Final = {"newly permitted": "bad", "newly denied": "warn"}


def guardrails(found: Sequence[GuardrailFound], words: Words) -> Table:
    """The guardrails, with what was read and whether they hold."""
    say = words.say
    rows = [
        (
            Cell(one.says),
            Cell(say(f"verdict.{one.verdict}"), tone=_VERDICTS[one.verdict]),
            Cell(numbers_retold(one.why, words)),
        )
        for one in found
    ]
    return Table(say("guardrails"), columns(say("guardrail"), say("verdict"), say("found")), tuple(rows))


def disclosures(summary: Summary, words: Words) -> Table:
    """Topics that are newly permitted or newly denied."""
    say = words.say
    rows = [
        (
            Cell(one.topic),
            Cell(say(f"change.{one.change}"), tone=_CHANGES.get(one.change, "")),
            Cell(effect_said(one.before, words)),
            Cell(effect_said(one.after, words)),
            *counted(one.openings, one.events, one.tickets, words),
            Cell(_rules(one.rules, words)),
            Cell(_examples(one.examples)),
        )
        for one in summary.disclosures or ()
    ]
    names = ["topic", "change", "from", "to", ">openings", ">events", ">Tickets", "rules", "examples"]
    return Table(say("disclosures"), named(names, words), tuple(rows))


def flips(found: Sequence[StageFlips], words: Words) -> Table:
    """How much changes in each stage."""
    rows = [
        (
            Cell(words.known("stage", one.stage)),
            Cell(words.known("compares", one.stage)),
            *counted(one.openings, one.events, one.tickets, words),
        )
        for one in found
    ]
    return Table(
        words.say("flips"), named(["stage", "compares", ">openings", ">events", ">Tickets"], words), tuple(rows)
    )


def matrix(found: StageFlips, words: Words) -> Table | None:
    """The tickets of a stage from → to; None where it is too large to be taken in."""
    before = list(dict.fromkeys(cell.before for cell in found.matrix))
    after = list(dict.fromkeys(cell.after for cell in found.matrix))
    if not 0 < len(before) <= _CROSSED or not 0 < len(after) <= _CROSSED:
        return None
    tickets = {(cell.before, cell.after): cell.tickets for cell in found.matrix}
    rows = [
        (
            Cell(value_said(found.stage, old, words)),
            *(number(tickets[old, new], words) if (old, new) in tickets else Cell("–", 0) for new in after),
        )
        for old in before
    ]
    head = (Column(words.say("from_to")), *(Column(value_said(found.stage, new, words), True) for new in after))
    caption = words.say("flips.matrix", stage=words.known("stage", found.stage))
    return Table(caption, head, tuple(rows), crossed=True)


def changes(found: StageFlips, words: Words) -> Table:
    """Every change of a stage, with the rules that cause it and tickets to look at."""
    rows = tuple(_change(found.stage, cell, words) for cell in found.matrix[:_LISTED])
    names = ["from", "to", ">openings", ">events", ">Tickets", "rules", "examples"]
    return Table(words.say("flips.list", stage=words.known("stage", found.stage)), named(names, words), rows)


def unlisted(found: StageFlips) -> int:
    """How many changes of a stage stand in no row of its list."""
    return found.unlisted + max(0, len(found.matrix) - _LISTED)


def _change(stage: str, cell: FlipCell, words: Words) -> tuple[Cell, ...]:
    numbers = counted(cell.openings, cell.events, cell.tickets, words)
    values = Cell(value_said(stage, cell.before, words)), Cell(value_said(stage, cell.after, words))
    return (*values, *numbers, Cell(_rules(cell.rules, words)), Cell(_examples(cell.examples)))


def _rules(pairs: Sequence[RulePair], words: Words) -> str:
    told = []
    for pair in pairs:
        both = pair.baseline or words.say("no_rule"), pair.candidate or words.say("no_rule")
        said = both[0] if both[0] == both[1] else " → ".join(both)
        told.append(f"{said} ({words.number(pair.count)})")
    return "; ".join(told)


def _examples(examples: Sequence[Example]) -> str:
    return ", ".join(dict.fromkeys(example.ticket for example in examples))
