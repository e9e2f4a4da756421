"""What may be written at a place: the words that completion offers, each with what it is and how it is inserted."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

import yaml

from ..facts import COMMON, Closed, FactType, SetOf, Truth
from ..rulebook import ALWAYS, STAGES
from ..tables import operators
from .kinds import CalendarNames, ClauseIds, Facts, RuleIds, Slot, StageNames, Tests, Values, Words
from .places import Place, place_at
from .readings import SCHEMAS, Desk
from .shapes import description_at, keys_at, words_at
from .slots_beside import slots_at
from .telling import clause_text, fact_line, listed_clauses, rows_of_stage

OfferKind = Literal["fact", "value", "test", "key", "clause", "calendar", "rule", "stage", "word"]


class Offer(NamedTuple):
    """A word that may be written."""

    label: str
    kind: OfferKind
    detail: str
    """What it is, in one line."""
    insert: str
    """What takes the place of the word under the cursor."""
    order: int
    """Offers of a lower number come first."""


class Offers(NamedTuple):
    """What may be written in place of a piece of a line: columns from 0, in characters."""

    start: int
    end: int
    offers: tuple[Offer, ...]


_PLAIN: Final = re.compile(r"[^\W\d_][\w.-]*(?: [\w.-]+)*")
_FLAG: Final = ("true", "false")
_MOST: Final = 1_000
"""How many words are offered at once."""


def offers_at(desk: Desk, line: int, column: int) -> Offers:
    """What may be written where the cursor stands (line and column from 0, in characters). Raises nothing."""
    place = place_at(desk.lines, line, column)
    text = desk.lines[line] if line < len(desk.lines) else ""
    if place.role == "none":
        return Offers(column, column, ())
    if (braced := _braced(text, place, column, desk)) is not None:
        return braced
    found: dict[str, Offer] = {}
    slots = slots_at(place, desk)
    for slot in slots:
        for offer in _of_slot(slot, desk):
            found.setdefault(offer.label, offer)
    if not any(isinstance(slot, Tests) for slot in slots):  # the schema knows tests, but not which fit
        for offer in _of_schema(place, desk):
            found.setdefault(offer.label, offer)
    taken = _taken(place, desk)
    has_colon = bool(re.match(r"\s*:", text[place.end + len(place.quote) :]))
    offers = (_finished(offer, place, has_colon) for offer in found.values() if offer.label not in taken)
    return Offers(place.start, place.end, tuple(offers)[:_MOST])


def _braced(text: str, place: Place, column: int, desk: Desk) -> Offers | None:
    """Facts behind a `{` in a text that a stage gives; None elsewhere."""
    opened = text.rfind("{", place.start, column)
    inside = text[opened + 1 : column]
    if not place.quote or opened < 0 or "}" in inside or ("then" not in place.path and "say" not in place.path):
        return None
    end = column + len(re.match(r"[^{}\"'\s]*", text[column:]).group())  # type: ignore[union-attr]
    stage = str(place.path[0])
    names = (name for name in desk.facts_before(stage) if isinstance(desk.facts[name], Closed))
    offers = (Offer(name, "fact", fact_line(name, desk), name + ("" if text[end : end + 1] == "}" else "}"), 0)
              for name in names)  # fmt: skip
    return Offers(opened + 1, end, tuple(offers))


def _of_slot(slot: Slot, desk: Desk) -> Iterator[Offer]:
    match slot:
        case Facts(names):
            yield from (Offer(name, "fact", fact_line(name, desk), name, _nearness(name, desk)) for name in names)
        case Tests(fact, kind):
            about = tests_in_words()
            yield from (Offer(op, "test", about.get(op, f"a test on `{fact}`"), op, 1) for op in operators(kind))
        case Values(fact, kind, is_condition):
            yield from (Offer(word, "value", f"a value of `{fact}`", word, 1) for word in value_words(kind))
            if is_condition:
                yield Offer("any", "word", "holds always, also where the fact is absent", "any", 3)
        case Words(words, what):
            yield from (Offer(word, "word", what, word, 1) for word in words)
        case ClauseIds():
            yield from (Offer(id, "clause", clause_text(id, desk), id, 1) for id in listed_clauses(desk))
        case CalendarNames():
            book = desk.rulebook.rulebook
            names = (*(book.calendars if book is not None else ()), ALWAYS)
            yield from (Offer(name, "calendar", "a calendar", name, 1) for name in names)
        case RuleIds(stage, is_own):
            rows = () if is_own else rows_of_stage(stage, desk)
            yield from (Offer(row.id, "rule", _reason(row.because), row.id, 1) for row in rows)
            if stage is not None and not is_own:
                yield Offer(f"{stage}.none", "rule", "no rule applied", f"{stage}.none", 2)
        case StageNames():
            yield from (Offer(name, "stage", "a stage", name, 1) for name in STAGES)


def _nearness(fact: str, desk: Desk) -> int:
    """What the rulebook declares and derives comes first, then results of stages, then what every request may hold."""
    book = desk.rulebook.rulebook
    own = book is not None and (fact in book.declared or fact in book.derived)
    return 0 if own else 2 if fact in COMMON else 1


_CONDITION: Final = ("obligations", "rules", 0, "when", "fact")
"""Where the schema describes the tests."""


def tests_in_words() -> dict[str, str]:
    """The tests of the rulebook language, each with what it takes."""
    return {key: f"takes {what}" for key, what in keys_at(SCHEMAS["rulebook"], _CONDITION).items()}


def value_words(kind: FactType) -> tuple[str, ...]:
    """The values of a type that can be listed."""
    match kind:
        case Closed(values=values):
            return values
        case SetOf(values=values):
            return values or ()
        case Truth():
            return _FLAG
    return ()


def _of_schema(place: Place, desk: Desk) -> Iterator[Offer]:
    schema = SCHEMAS[desk.kind]
    if place.role in ("key", "open"):
        for key, about in keys_at(schema, place.path).items():
            yield Offer(key, "key", about, key, 2)
    if place.role in ("value", "open"):
        about = description_at(schema, place.path)
        for word in words_at(schema, place.path):
            yield Offer(word, "word", about, word, 2)


def _taken(place: Place, desk: Desk) -> Iterable[str]:
    """The keys that the mapping has already, and the items of the list."""
    if place.role == "key":
        there = desk.here(place.path)
        return {key for key in there if key != place.word} if isinstance(there, dict) else ()
    if place.role == "value" and place.path and isinstance(place.path[-1], int) and "rows" not in place.path:
        there = desk.here(place.path[:-1])
        return (
            {item for item in there if isinstance(item, str) and item != place.word} if isinstance(there, list) else ()
        )
    return ()


def _finished(offer: Offer, place: Place, has_colon: bool) -> Offer:
    """An offer as it is to be inserted: quoted where YAML needs it, with a colon where it is a key."""
    is_group = offer.kind == "fact" and offer.label.endswith(".fields.")
    text = offer.insert
    if place.quote:
        text = text if place.quote == "'" else json.dumps(text, ensure_ascii=False)[1:-1]
    else:
        text = quoted(text, is_bare=offer.label in _FLAG)
    is_key = place.role == "key" or (place.role == "open" and offer.kind in ("key", "stage"))
    if is_key and not has_colon and not place.quote and not is_group:
        text += ": "
    return offer._replace(insert=text)


def quoted(word: str, *, is_bare: bool = False) -> str:
    """A word as YAML wants it; `is_bare`: it stands for true or false."""
    if is_bare or (_PLAIN.fullmatch(word) and _is_text(word)):
        return word
    return json.dumps(word, ensure_ascii=False)


def _is_text(word: str) -> bool:
    try:
        return isinstance(yaml.safe_load(word), str)
    except yaml.YAMLError:
        return False


def _reason(because: object) -> str:
    return next(iter(because.values()), "") if isinstance(because, dict) else ""
