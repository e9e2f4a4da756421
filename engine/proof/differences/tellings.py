"""Regions in words, as a process owner would say them: which requests, what was said, what is said now."""

from collections.abc import Mapping
from typing import Any

from ...facts import parse_duration
from ..space import AUDIENCE, Box, Space, duration_in_words, phrase
from .regions import Found, Piece
from .sayings import Said, plain

EVERY = "every request"


def requests_in_words(space: Space, piece: Piece, *, follows: bool) -> str:
    """Which requests a piece is about. `follows`: the versions may see different values of facts."""
    if piece.box is None:
        return ""
    parts = box_in_words(space, piece.box, follows=follows)
    if piece.is_of_accepted:
        return f"accepted tickets where {', '.join(parts)}" if parts else "every accepted ticket"
    return f"requests where {', '.join(parts)}" if parts else EVERY


def box_in_words(space: Space, box: Box, *, follows: bool) -> list[str]:
    """A sentence part for each fact; where the versions see different values of it, both."""
    said: dict[str, dict[int | None, str]] = {}
    for key, part in box.parts.items():
        said.setdefault(key[0], {})[key[1]] = phrase(space, key, part)
    found = []
    for fact, by_side in said.items():
        name = "the audience asked about" if fact == AUDIENCE else f"`{fact}`"
        if len(set(by_side.values())) == 1 and (len(by_side) == 2 or None in by_side or not follows):
            found.append(f"{name} {next(iter(by_side.values()))}")
            continue
        sides = [f"{by_side[side]} {word}" for side, word in ((0, "before"), (1, "now")) if side in by_side]
        found.append(f"{name} {' and '.join(sides)}")
    return found


def changes_in_words(found: Found) -> list[tuple[str, str, str]]:
    """What changes: the name of each output, what it was and what it is."""
    old, new = (None if case.said is None else dict(case.said) for case in (found.old, found.new))
    if old is None or new is None:
        return [("", "not decided", "decided") if old is None else ("", "decided", "not decided")]
    if old == new:
        return [("", "texts name facts that differ", "texts name facts that differ")]
    keys = [*old, *(key for key in new if key not in old)]
    return [(key, value_in_words(old.get(key)), value_in_words(new.get(key)))
            for key in keys if plain(old.get(key)) != plain(new.get(key))]  # fmt: skip


def value_in_words(value: Any) -> str:
    """A value as it is read: durations as rulebooks write them, lists after commas."""
    value = plain(value)
    if value is None or value == [] or value == {}:
        return "none"
    if isinstance(value, str):
        return _duration(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {value_in_words(item)}" for key, item in value.items())
    if isinstance(value, list):
        return "; ".join(value_in_words(item) for item in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _duration(text: str) -> str:
    if not text.startswith("PT"):
        return text
    try:
        return duration_in_words(parse_duration(text))
    except ValueError:
        return text


def saying(said: Said | None) -> Any:
    """What is said, as JSON has it."""
    return None if said is None else plain(said)
