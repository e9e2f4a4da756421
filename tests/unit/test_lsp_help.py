"""What is offered, told and found: every word of the rulebooks is known where it stands, and no text breaks it."""

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from lsp_kit import cursor

from engine import (
    NOTHING_READ,
    Desk,
    Kind,
    Reading,
    Source,
    definition_at,
    offers_at,
    outline_of,
    quoted,
    read_for_help,
    read_source,
    read_to_decide,
    tell_at,
)
from engine.authoring.telling import DERIVED_IN_WORDS
from engine.rulebook import DERIVED_KINDS, STAGES

RULES = Path(__file__).parents[2] / "rules"
BOOKS = sorted(path.name for path in RULES.iterdir() if (path / "1.0.0.yaml").exists())


@cache
def text_of(book: str, name: str) -> str:
    path = RULES / book / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


@cache
def clauses_of(book: str) -> Source | None:
    text = text_of(book, "clauses.yaml")
    return read_source("clauses.yaml", text.encode())[0] if text else None


@cache
def rulebook_of(book: str) -> Reading:
    return read_to_decide("1.0.0.yaml", text_of(book, "1.0.0.yaml").encode())


def desk_of(book: str, kind: Kind, text: str, line: int = 0) -> Desk:
    """A desk on which a file of a rulebook's folder is being written."""
    whole = rulebook_of(book)
    reading = read_for_help(kind, "1.0.0.yaml", text, line, whole if kind == "rulebook" else NOTHING_READ)
    rulebook = reading if kind == "rulebook" else whole
    return Desk(kind, text.split("\n"), reading, rulebook, clauses_of(book), ("1.0.0",))


def offered(book: str, kind: Kind, text: str) -> list[str]:
    plain, line, column = cursor(text)
    return [offer.label for offer in offers_at(desk_of(book, kind, plain, line), line, column).offers]


def scalars(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every value of plain data that holds no others, by its path."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from scalars(value, (*path, key))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from scalars(value, (*path, number))
    else:
        yield path, data


@pytest.mark.parametrize("book", BOOKS)
def test_what_the_rulebooks_say_is_offered_told_and_found_where_they_say_it(book: str) -> None:
    desk = desk_of(book, "rulebook", text_of(book, "1.0.0.yaml"))
    source = desk.reading.source
    assert source is not None
    seen = dict.fromkeys(("fact", "clause", "calendar", "value"), 0)
    for path, kind in _words(source.data, desk):
        is_key = kind == "fact" and path[3:4] == ("when",)
        span = source.span(path, key=is_key)
        line, column = span.line - 1, span.column
        word = str(path[-1]) if is_key else str(_at(source.data, path))
        found = offers_at(desk, line, column)
        assert word in [offer.label for offer in found.offers], path
        assert desk.lines[line][found.start : found.end] == word
        assert tell_at(desk, line, column) is not None, path
        place = definition_at(desk, line, column)
        declared = {"fact": ("derive", word), "calendar": ("calendars", word), "clause": (word,)}.get(kind, ())
        home = desk.clauses if kind == "clause" else source
        if home is not None and declared and _at(home.data, declared) is not None:
            assert place is not None
            assert (place.file, place.name) == (home.name, home.span(declared, key=True))
        seen[kind] += 1
    assert seen["fact"] > 10
    assert seen["value"] > 3


def _at(data: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        if isinstance(data, dict) and step not in data:
            return None
        data = data[step]
    return data


def _words(data: dict[str, Any], desk: Desk) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The paths of words that must be known, each with what it is: facts, their values, clauses, calendars."""
    for path, value in scalars({stage: data[stage] for stage in STAGES if stage in data}):
        if path[3:4] == ("when",) and len(path) >= 5:
            fact = str(path[4])
            yield path[:5], "fact"
            if "missing" not in path and isinstance(value, str) and value in getattr(desk.facts[fact], "values", ()):
                yield path, "value"
        elif "cites" in path:
            yield path, "clause"
        elif path[1:3] == ("table", "when"):
            yield path, "fact"
    for name, body in data.get("derive", {}).items():
        if "open" in body:
            yield ("derive", name, "open"), "calendar"


CLAIM = "invariants:\n  - invariant: a\n    always: {priority: P1, "
TOPICS = "disclosures:\n  topics: [dates, docs]\n  "
SCENARIO = "rulebook: connect-support\nat: 2026-01-01T00:00:00Z\nscenarios:\n  - scenario: a\n    "
CASES: dict[str, tuple[Kind, str, set[str], set[str]]] = {
    "stages and keys at the margin": ("rulebook", "rulebook: x\n│", {"admission", "facts", "version"}, {"rulebook"}),
    "types of facts": ("rulebook", "facts:\n  ticket.fields.a: │", {"text", "count", "instant"}, {"open"}),
    "kinds of derived facts": ("rulebook", "derive:\n  a: {│", {"open", "elapsed", "look_up"}, {"text"}),
    "instants alone": ("rulebook", "derive:\n  a: {elapsed: │", {"ticket.created_at"}, {"ticket.channel"}),
    "results of a stage": ("rulebook", "escalation:\n  rules:\n    - then: {│", {"to", "level"}, {"outcome"}),
    "outcomes": ("rulebook", "admission:\n  rules:\n    - then: {outcome: │", {"accept", "redirect"}, {"P1"}),
    "effects": ("rulebook", "permissions:\n  actions: [close]\n  rules:\n    - permit: [│", {"close"}, {"P1"}),
    "audiences": ("rulebook", "disclosures:\n  rules:\n    - to: [│", {"client", "partner"}, {"engineer"}),
    "keys of a rule": ("rulebook", "admission:\n  rules:\n    - rule: a\n      │", {"when", "then"}, {"rule"}),
    "conventions": ("rulebook", "clock: {due_lands_on: │", {"period_end", "next_opening"}, {"elapsed"}),
    "what the roster says": (
        "rulebook", "assignment:\n  rules:\n    - then: {choose: round_robin, among: {│", {"online"}, {"at"},
    ),
    "facts in a text": ("rulebook", 'assignment:\n  rules:\n    - then: {group: "duty-{│"}', {"ticket.status"}, {"at"}),
    "parts of a request": ("scenarios", f"{SCENARIO}given: {{│", {"ticket", "roster"}, {"admission"}),
    "facts of a ticket": ("scenarios", f"{SCENARIO}given: {{ticket: {{│", {"channel", "fields"}, {"ticket"}),
    "values of a fact": ("scenarios", f"{SCENARIO}given: {{ticket: {{channel: │", {"partner-line"}, {"any"}),
    "rules": ("scenarios", f"{SCENARIO}expect: {{admission: {{by: │", {"main-line", "admission.none"}, {"no-dates"}),
    "parts of a decision": ("scenarios", f"{SCENARIO}expect: {{sla: {{│", {"calendar", "targets"}, {"outcome"}),
    "clauses": ("scenarios", f"{SCENARIO}clauses: [│", {"3.1", "3.17"}, {"3.18"}),
    "stages that a clause decides": ("clauses", '"1":\n  decides: [│', {"sla", "obligations"}, {"rulebook"}),
    "what invariants claim": ("invariants", "invariants:\n  - never: {│", {"disclosures.delivery_date"}, {"P1"}),
    "its effects": ("invariants", "invariants:\n  - never: {disclosures.delivery_date: │", {"permit"}, {"P1"}),
    "its tests": ("invariants", "invariants:\n  - never: {sla.resolution.within: {│", {"at_least"}, {"contains"}),
    "values of a name that is cut short": ("invariants", f"{CLAIM}when: {{load: │", {"anomalous"}, {"P1"}),
    "one of several": ("invariants", f"{CLAIM}when: {{any: [{{│", {"ticket.channel"}, {"P1"}),
    "facts with an order": ("invariants", "invariants:\n  - monotone: {│", {"requester.warnings"}, {"ticket.channel"}),
    "targets": ("invariants", "invariants:\n  - monotone: {warnings: │", {"sla.resolution"}, {"sla.calendar"}),
    "topics that cover something": ("rulebook", f"{TOPICS}covers:\n    │", {"dates", "docs"}, {"facts"}),
    "covered facts": ("rulebook", f"{TOPICS}covers: {{dates: {{facts: [│", {"ticket.text"}, {"dates"}),
    "usual targets": ("rulebook", "sla:\n  rules:\n    - then: {│", {"resolution", "next_update"}, {"level"}),
    "behind a line that is indented by a tab": (
        "rulebook", "priority:\n\trules:\n    - {rule: a, when: {ticket.status: │}}", {"open", "any"}, {"P1"},
    ),
    "facts of a mapping": ("mapping", "facts:\n  │", {"ticket.channel", "requester.tier"}, {"priority"}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_fits_is_offered_and_what_does_not_is_not(case: str) -> None:
    kind, text, wanted, unwanted = CASES[case]
    found = set(offered("connect-support", kind, text))
    assert wanted <= found
    assert not unwanted & found


def test_a_fact_is_explained_with_its_values_and_where_it_is_declared() -> None:
    text = text_of("end-user-support", "1.0.0.yaml")
    line = next(i for i, line in enumerate(text.split("\n")) if "down: ticket.impact" in line)
    told = tell_at(desk_of("end-user-support", "rulebook", text), line, 12)
    assert told is not None
    assert "an ordered list: `low` < `medium` < `high`" in told.text
    assert "Declared in line" in told.text
    assert "How much of the customer's business is affected" in told.text


def test_a_fact_in_a_text_is_explained_and_found() -> None:
    text = text_of("internal-it", "1.0.0.yaml")
    lines = text.split("\n")
    line = next(i for i, line in enumerate(lines) if "duty-{ticket.channel}" in line)
    column = lines[line].index("{ticket.channel") + 3
    told = tell_at(desk_of("internal-it", "rulebook", text), line, column)
    assert told is not None
    assert "**`ticket.channel`** — a closed list: `hm`" in told.text
    assert lines[line][told.start : told.end] == "ticket.channel"
    found = definition_at(desk_of("internal-it", "rulebook", text), line, column)
    assert found is not None
    assert lines[found.name.line - 1].strip().startswith("ticket.channel:")


def test_a_name_that_is_cut_short_in_an_invariant_is_explained_and_found() -> None:
    text, line, column = cursor("invariants:\n  - invariant: a\n    never: {priority: P1, when: {lo│ad: normal}}\n")
    desk = desk_of("connect-support", "invariants", text)
    told = tell_at(desk, line, column)
    assert told is not None
    assert told.text.startswith("**`ticket.fields.load`** — ")
    found = definition_at(desk, line, column)
    assert found is not None
    declared = text_of("connect-support", "1.0.0.yaml").split("\n")[found.name.line - 1]
    assert declared.strip().startswith("ticket.fields.load:")


def test_a_rule_is_explained_by_its_reason_and_its_clauses() -> None:
    text = text_of("connect-support", "1.0.0.yaml")
    line = next(i for i, line in enumerate(text.split("\n")) if "rule: no-dates" in line)
    told = tell_at(desk_of("connect-support", "rulebook", text), line, 14)
    assert told is not None
    assert "A date would raise false hopes" in told.text
    assert "- **3.10** " in told.text


def test_every_kind_of_derived_fact_is_put_in_words() -> None:
    assert set(DERIVED_IN_WORDS) == {kind.key for kind in DERIVED_KINDS}


@given(word=st.text(min_size=1, max_size=12))
def test_an_inserted_word_reads_as_itself(word: str) -> None:
    source, faults = read_source("f", f"- [{quoted(word)}]\n".encode("utf-8", "replace"))
    if word.encode("utf-8", "replace").decode() == word and not faults:
        assert source is not None
        assert source.data == [[word]]
    assert yaml.safe_load(f"- [{quoted('no')}, {quoted('1.10')}, {quoted('true')}]") == [["no", "1.10", "true"]]


FRAGMENTS = [
    *(
        "{",
        "}",
        "[",
        "]",
        ": ",
        ":",
        "- ",
        "\n",
        "\t",
        "'",
        '"',
        "# ",
        " ",
        "😀",
        "Ж",
        "\r",
        "\x85",
        "&a ",
        "*a",
        "!!int ",
    ),
    *("| ", "> ", "null", "\\", ", ", "%", "\u2028", "\x00", "\ud800", "? ", "---\n", "<<: "),
]
KINDS: dict[str, Kind] = {"1.0.0.yaml": "rulebook", "scenarios.yaml": "scenarios", "clauses.yaml": "clauses"}


@given(seed=st.integers(0, 2**32), book=st.sampled_from(BOOKS), name=st.sampled_from(sorted(KINDS)))
def test_no_text_breaks_the_help(seed: int, book: str, name: str) -> None:
    chance = random.Random(seed)
    text = text_of(book, name)
    for _ in range(chance.randint(1, 6)):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice([0, 0, 1, 3, 20, 200]))
        text = text[:start] + chance.choice(FRAGMENTS) * chance.choice([1, 1, 5]) + text[end:]
    lines = text.split("\n")
    desk = desk_of(book, KINDS[name], text, chance.randrange(len(lines)))
    for _ in range(10):
        line = chance.randrange(len(lines))
        column = chance.randrange(len(lines[line]) + 1)
        found = offers_at(desk, line, column)
        assert 0 <= found.start <= found.end <= len(lines[line])
        told = tell_at(desk, line, column)
        assert told is None or told.text
        definition_at(desk, line, column)
    outline_of(desk)
