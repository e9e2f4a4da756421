"""A stage's list of words, such as the kinds or levels it knows: a guard against slips, and an order."""

from collections.abc import Mapping
from typing import Any

from ..diagnostics import Path
from ..facts import shown
from ..rulebook import Reader, Template, Then, values_of


def read_words(body: Mapping[str, Any], key: str, path: Path, reader: Reader) -> tuple[str, ...]:
    """The words under `key`."""
    words = tuple(body.get(key, ()))
    for i, word in enumerate(words):
        if word in words[:i]:
            reader.fault("repeated-value", f"{shown(word)} is listed twice", (*path, key, i),
                         help="delete one of the two")  # fmt: skip
        elif word == "any":
            reader.fault("reserved-name", "`any` is the condition that always holds", (*path, key, i),
                         help="choose another word")  # fmt: skip
    return words


def check_word(then: Then, key: str, words: tuple[str, ...]) -> None:
    """Refuse a plain word that is not listed."""
    value = then.values.get(key)
    if words and isinstance(value, str) and value and "{" not in value and value not in words:
        then.reader.unknown("unknown-value", key, value, words, then.paths[key])


def check_template(then: Then, key: str, template: Template, words: tuple[str, ...]) -> None:
    """Refuse a text with facts in it that can become a word that is not listed."""
    if words and template.facts:
        stranger = next((word for word in values_of(then.reader.facts)(template) if word not in words), None)
        if stranger is not None:
            said = f"{shown(then.values[key])} can become {shown(stranger)}, which is not listed"
            then.fault("unknown-value", said, key, help=f"listed are: {', '.join(words[:12])}")
