"""What a word at a place means, in Markdown: facts, values, tests, clauses, calendars, rules, stages and keys."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from ..diagnostics import Path, value_at
from ..facts import COMMON, Duration, FactType, Instant, SetOf
from ..rulebook import ALWAYS, STAGES, Row, stage_of_result
from ..tables import described
from .kinds import CalendarNames, ClauseIds, Facts, RuleIds, Slot, StageNames, Tests, Values, Words
from .places import Place, place_at
from .readings import SCHEMAS, Desk
from .shapes import description_at, keys_at
from .slots_beside import fact_named, slots_at


class Told(NamedTuple):
    """What is told of a word: Markdown, and the columns of the word, from 0, in characters."""

    text: str
    start: int
    end: int


DERIVED_IN_WORDS: Final[Mapping[str, str]] = {
    "open": "whether a calendar is open at an instant (left out: that of the decision)",
    "elapsed": "a calendar's time from one instant to another (left out: that of the decision)",
    "earliest": "the first of several instants",
    "latest": "the last of several instants",
    "same": "whether two facts are the same",
    "any": "whether one of several facts is true",
    "all": "whether several facts are all true",
    "missing": "whether one of several facts is absent",
    "present": "whether several facts are all there",
    "size": "how many members a set has",
    "sum": "several numbers or durations added up",
    "look_up": "a fact, put into other words",
    "weekday": "the day of the week of an instant in a zone",
    "time_of_day": "the time of day of an instant in a zone",
}
"""What each kind of derived fact is."""
_BRACED: Final = re.compile(r"\{([^{}\s]+)\}")
_OWN: Final = "en"
_SHOWN: Final = 40
"""How many values of a list are shown."""


def tell_at(desk: Desk, line: int, column: int) -> Told | None:
    """What the word under the cursor means; None where nothing is known of it. Raises nothing."""
    place = place_at(desk.lines, line, column)
    if place.role == "none" or not place.word:
        return None
    if (braced := fact_in_braces(place, desk, line, column)) is not None:
        return Told(fact_in_words(braced.group(1), desk), *braced.span(1))
    fact = fact_named(place, desk)
    text = fact_in_words(fact, desk) if fact is not None else None
    text = text or next((told for slot in slots_at(place, desk) if (told := _of_slot(slot, place, desk))), None)
    text = text or _of_key(place, desk)
    return Told(text, place.start, place.end) if text else None


def fact_in_braces(place: Place, desk: Desk, line: int, column: int) -> re.Match[str] | None:
    """The fact that a text names in braces where the cursor stands, as the first group."""
    found = (found for found in _BRACED.finditer(desk.lines[line], place.start, place.end) if found[1] in desk.facts)
    return next((one for one in found if one.start(1) <= column <= one.end(1)), None)


def _of_slot(slot: Slot, place: Place, desk: Desk) -> str | None:
    word = place.word
    match slot:
        case Facts():
            return fact_in_words(word, desk) if word in desk.facts else None
        case Tests(fact, kind):
            about = keys_at(SCHEMAS["rulebook"], ("obligations", "rules", 0, "when", "fact")).get(word)
            return f"**`{word}`** — a test that takes {about}\n\non {_fact_head(fact, kind)}" if about else None
        case Values(fact, kind, _):
            return f"**`{word}`** — a value of {_fact_head(fact, kind)}\n\n{_fact_says(fact, desk)}".rstrip()
        case Words(words, what):
            return f"**`{word}`** — {what}" if word in words else None
        case ClauseIds():
            return clause_in_words(word, desk)
        case CalendarNames():
            return _calendar(word, desk)
        case RuleIds(stage):
            row = rule_called(word, stage, desk)
            return rule_in_words(row, desk) if row is not None else None
        case StageNames():
            return _stage(word, desk) if word in STAGES else None


def _of_key(place: Place, desk: Desk) -> str | None:
    """What the schema says of a key; of a value, what it may be."""
    schema = SCHEMAS[desk.kind]
    is_key = place.role == "key"
    about = keys_at(schema, place.path).get(place.word) if is_key else description_at(schema, place.path)
    return f"**`{place.word}`** — {about}" if about else None


def fact_line(name: str, desk: Desk) -> str:
    """A fact's type, in one line."""
    if name in desk.facts:
        return described(desk.facts[name])
    return "a fact of your own" if name.endswith(".fields.") else described(COMMON[name]) if name in COMMON else ""


def fact_in_words(name: str, desk: Desk) -> str:
    """A fact: its type and values, where it comes from, and what it means."""
    kind = desk.facts[name]
    parts = [f"**`{name}`** — {_type_in_words(kind)}", _origin(name, desk), _fact_says(name, desk)]
    return "\n\n".join(part for part in parts if part)


def _fact_head(fact: str, kind: FactType) -> str:
    return f"`{fact}`, {described(kind)}"


def _type_in_words(kind: FactType) -> str:
    values = getattr(kind, "values", None)
    if not values:
        return described(kind) + _example(kind)
    sign = " < " if getattr(kind, "ordered", False) else ", "
    listed = sign.join(f"`{value}`" for value in values[:_SHOWN]) + (" …" if len(values) > _SHOWN else "")
    what = "a set of" if isinstance(kind, SetOf) else "an ordered list" if sign == " < " else "a closed list"
    return f"{what}: {listed}"


def _example(kind: FactType) -> str:
    match kind:
        case Duration():
            return ", such as `30m`, `4h` or `1h30m`"
        case Instant():
            return ", such as `2026-11-23T09:30:00+03:00`"
    return ""


def _origin(name: str, desk: Desk) -> str:
    """Where a fact comes from: a stage, a derivation, a declaration, or every request."""
    stage = stage_of_result(name)
    if stage is not None:
        return f"Decided by `{stage}`."
    derived = desk.said(("derive", name))
    if isinstance(derived, dict):
        kind = next((DERIVED_IN_WORDS[key] for key in derived if key in DERIVED_IN_WORDS), "derived")
        return f"Derived{_in_line(('derive', name), desk)}: {kind}.\n\n```yaml\n{name}: {_in_flow(derived)}\n```"
    if desk.said(("facts", name)) is not None:
        return f"Declared{_in_line(('facts', name), desk)}."
    return "A fact that every request may hold."


def _in_line(path: Path, desk: Desk) -> str:
    source = desk.rulebook.source
    return f" in line {source.span(path, key=True).line}" if source is not None else ""


def _fact_says(name: str, desk: Desk) -> str:
    return texts_in_words(value_at(desk.said(("facts", name)), ("says",)))


def _in_flow(value: Any) -> str:
    """A value in one line of YAML."""
    match value:
        case dict():
            return "{" + ", ".join(f"{key}: {_in_flow(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(_in_flow(item) for item in value) + "]"
        case str() if value and not set(value) & set("{}[],:#\"'") and value.strip() == value:
            return value
    return json.dumps(value, ensure_ascii=False)


def texts_in_words(raw: Any) -> str:
    """A text by language as a paragraph each, or one text as it is."""
    if isinstance(raw, Mapping):
        return "  \n".join(f"*{language}*: {text}" for language, text in raw.items())
    return str(raw) if isinstance(raw, str) else ""


def listed_clauses(desk: Desk) -> list[str]:
    """The ids of the clauses: those listed beside the rulebook or, without a list, those that its rules cite."""
    if desk.clauses is not None and isinstance(desk.clauses.data, dict):
        return [str(id) for id in desk.clauses.data]
    return sorted({id for row in rows_of_stage(None, desk) for id in row.cites})


def clause_text(id: str, desk: Desk) -> str:
    """What a clause says, in one line: in English, or else in the first language there is."""
    says = value_at(desk.clauses.data if desk.clauses is not None else None, (id, "says"))
    if isinstance(says, dict):
        says = says.get(_OWN) or next(iter(says.values()), "")
    return says if isinstance(says, str) else "a clause that rules cite"


def clause_in_words(id: str, desk: Desk) -> str | None:
    """A clause: its text, what it decides, and the rules that cite it; None for one that is not known."""
    clause = value_at(desk.clauses.data if desk.clauses is not None else None, (id,))
    citing = [row.id for row in rows_of_stage(None, desk) if id in row.cites]
    if not isinstance(clause, dict):
        return f"**Clause {id}**\n\n{_cited(citing)}" if citing else None
    decides = clause.get("decides")
    parts = [
        f"**Clause {id}**",
        texts_in_words(clause.get("says")),
        "Decides: " + ", ".join(f"`{stage}`" for stage in decides) if isinstance(decides, list) else "",
        texts_in_words(clause.get("no_decision")),
        _cited(citing),
    ]
    return "\n\n".join(part for part in parts if part)


def _cited(rules: list[str]) -> str:
    more = " …" if len(rules) > _SHOWN else ""
    return "Cited by " + ", ".join(f"`{rule}`" for rule in rules[:_SHOWN]) + more if rules else ""


def rows_of_stage(stage: str | None, desk: Desk) -> Iterator[Row]:
    """The rules of a stage, or of all, so far as they can be read."""
    book = desk.rulebook.rulebook
    for name, found in (book.stages if book is not None else {}).items():
        if stage in (None, name):
            yield from found.rows


def rule_called(name: str, stage: str | None, desk: Desk) -> Row | None:
    """The rule of this name; rows are called by the name of their stage, too, which is left out where they stand."""
    names = (name, f"{stage}.{name}")
    return next((row for row in rows_of_stage(stage, desk) if row.id in names), None)


def rule_in_words(row: Row, desk: Desk) -> str:
    """A rule: its reason, and the clauses that it cites."""
    stage = str(row.path[0]) if row.path else ""
    assumed = " — assumed: the procedure leaves it open" if row.assumed else ""
    cites = [f"- **{id}** {clause_text(id, desk)}" for id in row.cites]
    parts = [f"**`{row.id}`** — a rule of `{stage}`{assumed}", texts_in_words(row.because), "\n".join(cites)]
    return "\n\n".join(part for part in parts if part)


def _calendar(name: str, desk: Desk) -> str | None:
    if name == ALWAYS:
        return f"**`{ALWAYS}`** — the calendar that never closes"
    body = desk.said(("calendars", name))
    if not isinstance(body, dict):
        return None
    return f"**`{name}`** — a calendar{_in_line(('calendars', name), desk)}\n\n```yaml\n{name}: {_in_flow(body)}\n```"


def _stage(name: str, desk: Desk) -> str:
    number = STAGES.index(name)
    after = f", after `{STAGES[number - 1]}`" if number else ", the first"
    rows = len(list(rows_of_stage(name, desk)))
    about = description_at(SCHEMAS["rulebook"], (name,))
    return f"**`{name}`** — stage {number + 1} of {len(STAGES)}{after}; {rows} rules here\n\nTakes {about}."
