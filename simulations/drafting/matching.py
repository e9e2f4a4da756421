"""Which column could be which fact: by its name, and by how many of its texts are near to a value of the fact."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from .rows import RowsGuess
from .sample import Column, Sample
from .wanted import Wanted
from .words import name_score, state_of, value_of

_SURE: Final = 0.8
_SURE_OF_VALUES: Final = 0.75
_LISTED: Final = 40
_TRUTHS: Final = frozenset({"true", "false"})


@dataclass(frozen=True, slots=True)
class Match:
    """A column taken for a fact: how, how sure (0 to 1), and for a closed list what each text is taken for."""

    fact: Wanted
    column: str
    score: float
    values: dict[str, str | None] = field(default_factory=dict)
    rivals: tuple[str, ...] = ()


def match_facts(sample: Sample, rows: RowsGuess, facts: tuple[Wanted, ...]) -> list[Match]:
    """The surest matches; a column is taken once."""
    taken: set[str] = {name for name in (rows.ticket, rows.opened, rows.event_at) if name is not None}
    free = [column for column in sample.columns.values() if column.name not in taken and column.filled]
    tried = [match for fact in facts for column in free if (match := _tried(fact, column, rows)) is not None]
    tried.sort(key=lambda match: (-match.score, match.fact.name, match.column))
    chosen: dict[str, Match] = {}
    used: set[str] = set()
    for match in tried:
        if match.fact.name not in chosen and match.column not in used:
            rivals = tuple(
                other.column
                for other in tried
                if other.fact == match.fact and other.column not in (match.column, *used) and other.score >= 0.6
            )
            chosen[match.fact.name] = Match(match.fact, match.column, match.score, match.values, rivals[:3])
            used.add(match.column)
    return [chosen[fact.name] for fact in facts if fact.name in chosen and _is_sure(chosen[fact.name])]


def _is_sure(match: Match) -> bool:
    # Texts that are near to values of a closed list say more than a name.
    return match.score >= (_SURE_OF_VALUES if match.values else _SURE)


def _tried(fact: Wanted, column: Column, rows: RowsGuess) -> Match | None:
    named = name_score(column.name, fact.name)
    is_instant = column.name in rows.instants
    if (fact.kind == "instant") != is_instant:
        return None
    if fact.kind == "closed":
        return _closed(fact, column, named)
    if fact.kind in ("whole", "decimal") and column.name not in rows.whole:
        return None
    if fact.kind == "truth" and not {text.lower() for text in column.texts(10)} <= _TRUTHS:
        return None
    if fact.kind != "set" and column.texts(1)[0].startswith(("{", "[{")):
        return None
    return Match(fact, column.name, named) if named >= 0.6 else None


def _closed(fact: Wanted, column: Column, named: float) -> Match | None:
    if not 1 <= column.distinct <= _LISTED or named < 0.5:
        return None
    texts = column.texts(_LISTED)
    if fact.name == "ticket.status":
        said = {text: near if (near := state_of(text)) in fact.values else None for text in texts}
    else:
        said = {text: value_of(text, fact.values) for text in texts}
    met = sum(value is not None for value in said.values()) / len(said)
    if met < 0.5:
        return None
    return Match(fact, column.name, named * 0.6 + met * 0.4, said)
