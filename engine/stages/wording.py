"""Sentences that the engine itself says: why no rule applied, and reasons for rules that give none.

English is complete; a language that lacks a sentence falls back to it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ..facts import Duration, FactType, Instant, format_duration, format_instant
from ..rulebook import Row, Texts
from ..tables import Condition, worded

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "no_rules": "The rulebook has no rules for this.",
        "none_applies": "No rule applies.",
        "absent": "No rule applies; not stated: {facts}.",
        "everything": "This holds in every other case.",
        "one_of": "is", "none_of": "is not", "at_least": "is at least", "at_most": "is at most",
        "more_than": "is more than", "less_than": "is less than", "contains": "contains", "starts_with": "starts with",
        "ends_with": "ends with", "any_word": "has the word", "matches": "matches", "has_any": "has any of",
        "has_all": "has", "has_none": "has none of", "missing": "is not stated", "present": "is stated",
    },
    "ru": {
        "no_rules": "В регламенте нет правил об этом.",
        "none_applies": "Ни одно правило не подходит.",
        "absent": "Ни одно правило не подходит; не указано: {facts}.",
        "everything": "Так во всех остальных случаях.",
        "one_of": "это", "none_of": "не", "at_least": "не меньше", "at_most": "не больше",
        "more_than": "больше", "less_than": "меньше", "contains": "содержит", "starts_with": "начинается с",
        "ends_with": "кончается на", "any_word": "содержит слово", "matches": "подходит под",
        "has_any": "включает одно из", "has_all": "включает", "has_none": "не включает",
        "missing": "не указано", "present": "указано",
    },
    "pl": {
        "no_rules": "Procedura nie ma reguł w tej sprawie.",
        "none_applies": "Żadna reguła nie pasuje.",
        "absent": "Żadna reguła nie pasuje; nie podano: {facts}.",
        "everything": "Tak jest we wszystkich pozostałych przypadkach.",
        "one_of": "to", "none_of": "to nie", "at_least": "co najmniej", "at_most": "co najwyżej",
        "more_than": "więcej niż", "less_than": "mniej niż", "contains": "zawiera", "starts_with": "zaczyna się od",
        "ends_with": "kończy się na", "any_word": "zawiera słowo", "matches": "pasuje do", "has_any": "ma jedno z",
        "has_all": "ma", "has_none": "nie ma", "missing": "nie podano", "present": "podano",
    },
}  # fmt: skip


def sentence(key: str, language: str, **parts: str) -> str:
    """A sentence in a language, or in English."""
    return SENTENCES.get(language, SENTENCES["en"])[key].format(**parts)


def why_none(absent: Iterable[str], language: str) -> str:
    """Why no rule of a stage applied: the facts that were not stated."""
    facts = ", ".join(absent)
    return sentence("absent", language, facts=facts) if facts else sentence("none_applies", language)


def shown(kind: FactType, value: Any) -> str:
    """A read value in words."""
    if isinstance(kind, Duration):
        return format_duration(value)
    if isinstance(kind, Instant):
        return format_instant(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def in_language(texts: Texts, language: str) -> str:
    """A text in a language; where it has none in that one in English, or else in its first (the rulebook's own)."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()))


def reason(row: Row, facts: Mapping[str, FactType], language: str) -> str:
    """A rule's reason in a language; a rule without a reason is told by its conditions, in the order of their facts."""
    if row.because:
        return in_language(row.because, language)
    parts = [
        f"{fact} {asked}"
        for fact, condition in sorted(row.when.items())
        for asked in asked_in_words(condition, facts[fact], language)
    ]
    return "; ".join(parts) + "." if parts else sentence("everything", language)


def asked_in_words(condition: Condition, kind: FactType, language: str) -> list[str]:
    """What a condition asks of a fact, one text for each test, such as `is at least high`."""
    words = SENTENCES.get(language, SENTENCES["en"])
    return [f"{words[op]} {operand}".rstrip() for op, operand in worded(condition, kind, shown)]
