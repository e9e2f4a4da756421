"""A stage's list of words, such as the kinds or levels it knows: a guard against slips, and an order."""

from collections.abc import Mapping
from typing import Any

from ..diagnostics import Path
from ..rulebook import Reader, Then


def read_words(
    body: Mapping[str, Any], key: str, others: tuple[str, ...], path: Path, reader: Reader
) -> tuple[str, ...]:
    """The words under `key`; keys that belong to other stages are refused."""
    for other in others:
        if other in body:
            reader.fault("unknown-key", f"unknown key `{other}` in `{path[-1]}`", (*path, other), key=True)
    words = tuple(body.get(key, ()))
    for i, word in enumerate(words):
        if word in words[:i]:
            reader.fault("repeated-value", f"`{word}` is listed twice", (*path, key, i))
    return words


def check_word(then: Then, key: str, words: tuple[str, ...]) -> None:
    """Refuse a plain word that is not listed."""
    value = then.values.get(key)
    if words and isinstance(value, str) and "{" not in value and value not in words:
        then.reader.unknown("unknown-value", key, value, words, then.paths[key])
