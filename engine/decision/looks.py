"""The parts of a request at first sight: their cells, or any exception where something wants a closer look.

A look at a part takes its value and the cells to write to. What is wrong with a part `requests` then finds out.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from ..facts import FACT_GROUPS, ROSTER, normal
from .encoding import Encoder, Unfit
from .requests import ASK_KEYS, KEYS, ROSTER_LIMIT

Encoders = Mapping[str, tuple[int, Encoder]]
"""By short name: where the cell of a fact stands, and its encoder."""
Look = Callable[[Any, list[int]], None]


def looks_at(
    encoders: Mapping[str, Encoders],
    field_encoders: Mapping[str, Encoders],
    topics: Collection[str],
    actions: Collection[str],
    audiences: Collection[str],
) -> dict[str, Look | None]:
    """The look at each part that a request may have, by its key; None where it has been read before."""
    looks: dict[str, Look | None] = dict.fromkeys(KEYS)
    for group in FACT_GROUPS:
        looks[group] = _look_at_group(encoders[group], field_encoders[group])
    looks["ask"] = _look_at_ask(frozenset(topics), frozenset(actions), frozenset(audiences))
    looks["roster"] = _look_at_roster
    looks["explain"] = _look_at_explain
    looks["language"] = _look_at_language
    return looks


def _look_at_group(known: Encoders, known_fields: Encoders) -> Look:
    def look(group: Any, cells: list[int]) -> None:
        if group is None:
            return
        for name, value in group.items():
            slot, encode = known[name]
            cells[slot] = encode(value)
        fields = group.get("fields")
        if fields is not None:
            for name, value in fields.items():
                slot, encode = known_fields[name]
                cells[slot] = encode(value)

    return look


def _look_at_ask(topics: Collection[str], actions: Collection[str], audiences: Collection[str]) -> Look:
    named = {"disclose": topics, "do": actions}

    def look(ask: Any, cells: list[int]) -> None:
        if ask is None:
            return
        for key, value in ask.items():
            if value is None:
                fits = key in ASK_KEYS
            elif key == "to":
                fits = value in audiences
            else:
                known = named[key]
                fits = type(value) is list and all(name in known for name in value)
            if not fits:
                raise Unfit

    return look


def _look_at_roster(roster: Any, cells: list[int]) -> None:
    if roster is None:
        return
    if type(roster) is not list or len(roster) > ROSTER_LIMIT:
        raise Unfit
    ids = set()
    for member in roster:
        for key, value in member.items():
            kind = ROSTER[key]  # an unknown name is a fault, even without a value
            if value is not None:
                kind.read(value)
        ids.add(normal(member["id"]))
    if len(ids) != len(roster):
        raise Unfit


def _look_at_explain(explain: Any, cells: list[int]) -> None:
    if explain is not None and type(explain) is not bool:
        raise Unfit


def _look_at_language(language: Any, cells: list[int]) -> None:
    if language is not None and not (
        type(language) is str and len(language) == 2 and language.isascii() and language.isalpha()
    ):
        raise Unfit
