"""Values and conditions of rulebooks, read and tested straight from the language reference: for the naive evaluator.

Shares no code with the engine.
"""

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

import generated_rulebooks as made

RELATIVE = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}


def nfc(value: Any) -> Any:
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def duration(text: str) -> timedelta:
    text, total, number = text.removeprefix("PT").lower(), 0.0, ""
    for sign in text:
        if sign in RELATIVE:
            total, number = total + float(number) * RELATIVE[sign], ""
        else:
            number += sign
    return timedelta(seconds=total)


def iso(length: timedelta) -> str:
    sign, length = ("-", -length) if length < timedelta(0) else ("", length)
    hours, rest = divmod(length, timedelta(hours=1))
    minutes, rest = divmod(rest, timedelta(minutes=1))
    seconds = f"{rest.total_seconds():.6f}".rstrip("0").rstrip(".")
    parts = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + (f"{seconds}S" if rest else "")
    return f"{sign}PT{parts or '0S'}"


def rfc(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat() + "Z"


def read(fact: str, value: Any) -> Any:
    """A value of a request or of a condition as Python has it."""
    how, values = made.KINDS.get(fact, ("text", ()))
    if value is None:
        return None
    if how == "instants" or fact.endswith("_at"):
        return instant(value)
    if how == "line" and isinstance(values[0], str):
        return duration(value)
    if how == "set":
        return {nfc(item) for item in value} if isinstance(value, list) else nfc(value)
    return nfc(value)


def folded(text: str) -> str:
    return nfc(nfc(text).casefold())


def words(text: str) -> set[str]:
    return set("".join(c if c.isalnum() or c == "_" or unicodedata.combining(c) else " " for c in folded(text)).split())


def listed(raw: Any) -> list[Any]:
    return raw if isinstance(raw, list) else [raw]


def passes(fact: str, raw: Any, value: Any) -> bool:
    """Whether a condition as written holds for a fact's value."""
    if raw == "any":
        return True
    if not isinstance(raw, dict):
        if value is None:
            return False
        items = [read(fact, item) for item in listed(raw)]
        return any(item in value for item in items) if isinstance(value, set) else value in items
    return all(_passes(fact, op, operand, value) for op, operand in raw.items())


def _passes(fact: str, op: str, raw: Any, value: Any) -> bool:
    if op == "missing":
        return (value is None) == raw
    if value is None:
        return False
    items = [nfc(item) if op.startswith("has") else read(fact, item) for item in listed(raw)]
    ordered = made.KINDS[fact][1] if made.KINDS[fact][0] == "ordered" else None
    if op in ("at_least", "at_most", "more_than", "less_than", "from", "before"):
        mine, other = (ordered.index(value), ordered.index(items[0])) if ordered else (value, items[0])
        return {"at_least": mine >= other, "from": mine >= other, "at_most": mine <= other,
                "more_than": mine > other, "less_than": mine < other, "before": mine < other}[op]  # fmt: skip
    match op:
        case "is" | "one_of":
            return value in items
        case "none_of":
            return value not in items
        case "has" | "has_all":
            return all(item in value for item in items)
        case "has_any":
            return any(item in value for item in items)
        case "has_none":
            return not any(item in value for item in items)
        case "contains":
            return any(folded(item) in folded(value) for item in items)
        case "starts_with":
            return any(folded(value).startswith(folded(item)) for item in items)
        case "ends_with":
            return any(folded(value).endswith(folded(item)) for item in items)
        case "any_word":
            return any(folded(item) in words(value) for item in items)
    raise AssertionError(op)
