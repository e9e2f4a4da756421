"""The parts of a request at first sight: their cells, or any exception where something wants a closer look.

A look at a part takes its value and the cells to write to. What is wrong with a part `requests` then finds out.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, NamedTuple

from ..facts import ROSTER, Misfit, normal
from .encoding import ABSENT, SOME, Encoder, Encoding, Unfit, listed
from .requests import KEYS, NEAR, REQUESTER, ROSTER_LIMIT


class Place(NamedTuple):
    """Where the cell of a fact stands, and its encoding; what no rule tests stands behind all cells."""

    slot: int
    encoding: Encoding


Encodings = Mapping[str, Place]
"""The facts of a group by their short names."""
Look = Callable[[Any, list[int]], None]

CLOSER_LOOK: Final = (KeyError, TypeError, ValueError, AttributeError, Unfit, Misfit)
"""What a first look at a request may raise where `faults_of` has to look closer."""


def looks_at(groups: Mapping[str, Encodings], fields: Mapping[str, Encodings]) -> dict[str, Look | None]:
    """The look at each part that a request may have, by its key; None where it has been read before.

    `groups` are the encodings of each group and of `ask`, `fields` those of what stands under `fields` of each.
    """
    looks: dict[str, Look | None] = dict.fromkeys(KEYS)
    for group, encodings in groups.items():
        looks[group] = _look_at_group(encodings, fields.get(group, {}))
    looks["roster"] = _look_at_roster
    looks["explain"] = _look_at_explain(groups["ask"]["to"].encoding.encode)
    looks["language"] = _look_at_language
    return looks


def _look_at_group(encodings: Encodings, field_encodings: Encodings) -> Look:
    known = {name: (slot, encoding.encode) for name, (slot, encoding) in encodings.items()}
    known_fields = {name: (slot, encoding.encode) for name, (slot, encoding) in field_encodings.items()}

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


def ask_encodings(
    spare: int, topics: Collection[str], actions: Collection[str], audiences: Collection[str]
) -> Encodings:
    """What `ask` may say; no rule tests it, so the cells say nothing."""
    return {
        "disclose": Place(spare, Encoding(_names_of(topics))),
        "do": Place(spare, Encoding(_names_of(actions))),
        "to": Place(spare, listed(dict.fromkeys(audiences, SOME))),
    }


def _names_of(known: Collection[str]) -> Encoder:
    names = frozenset(known)

    def encode(asked: Any) -> int:
        if asked is None:
            return ABSENT
        if type(asked) is not list or not all(name in names for name in asked):
            raise Unfit
        return SOME

    return encode


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


def _look_at_explain(encode_audience: Encoder) -> Look:
    def look(explain: Any, cells: list[int]) -> None:
        if explain is None or type(explain) is bool or explain == NEAR:
            return
        for name, value in explain.items():
            if name == "to":
                if value != REQUESTER:
                    encode_audience(value)
            elif name != NEAR or not (value is None or type(value) is bool):
                raise Unfit

    return look


def _look_at_language(language: Any, cells: list[int]) -> None:
    if language is not None and not (
        type(language) is str and len(language) == 2 and language.isascii() and language.isalpha()
    ):
        raise Unfit
