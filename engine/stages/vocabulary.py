"""A stage's list of words, such as the kinds or levels it knows: a guard against slips, and an order."""

from collections.abc import Mapping
from typing import Any

from ..diagnostics import Path
from ..facts import normal
from ..rulebook import Reader, Then, values_of


def read_words(
    body: Mapping[str, Any], key: str, others: tuple[str, ...], path: Path, reader: Reader
) -> tuple[str, ...]:
    """The words under `key`; keys that belong to other stages are refused."""
    for other in others:
        if other in body:
            reader.fault("unknown-key", f"unknown key `{other}` in `{path[-1]}`", (*path, other), key=True)
    words = tuple(normal(word) for word in body.get(key, ()))
    for i, word in enumerate(words):
        if word in words[:i]:
            reader.fault("repeated-value", f"`{word}` is listed twice", (*path, key, i))
    return words


def check_word(then: Then, key: str, words: tuple[str, ...]) -> None:
    """Refuse a word that is not listed, also one that a text with facts in it can become."""
    value = then.values.get(key)
    if not words or not isinstance(value, str):
        return
    if "{" not in value:
        possible = [normal(value)]
    else:
        before = len(then.reader.faults)
        template = then.template(key, finite=True)
        possible = values_of(then.reader.facts)(template) if template else []
        del then.reader.faults[before:]  # they are told where the output itself is read
    for word in possible:
        if word not in words:
            then.reader.unknown("unknown-value", key, word, words, then.paths[key])
