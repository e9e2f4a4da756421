"""Why a request was decided as it was, and why not otherwise: rules with their places, near rules, smallest changes.

Knows the files of rulebooks through a check's report; prints nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ...decision import NOT_DECIDED, Catalogue, CheckReport, CompiledRulebook, language_of
from ...stages import as_text, asked_in_words
from ..space import Observed, every, observe
from .changes import Changes, find_changes
from .wanted import Wanted, read_wanted, rules_giving

MOST_RULES: Final = 3
"""Rules that would have given what was wanted and are told; of the others, how many there are."""


@dataclass(frozen=True, slots=True)
class Failing:
    """A fact that a rule asks for otherwise, in words."""

    fact: str
    asked: str
    found: str | None
    """None: it is not stated."""


@dataclass(frozen=True, slots=True)
class Giver:
    """A rule that would have given what was wanted."""

    stage: str
    rule: str
    is_sure: bool
    """Whether it is sure to give it; else that follows from the roster or the ticket."""
    failing: tuple[Failing, ...]
    """Why it did not apply; none: all that it asks for holds."""
    behind: str | None
    """The rule that went before it, where it would have applied."""


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why something else was not decided, and what would have to be otherwise."""

    wanted: tuple[str, ...]
    parts: tuple[str, ...]
    """The parts of the decision that it is about."""
    givers: tuple[Giver, ...]
    more: int
    """Further rules that would have given it."""
    changes: Changes


@dataclass(frozen=True, slots=True)
class Why:
    """An explained decision."""

    answer: Mapping[str, Any]
    """With `trace` and `near`."""
    places: Mapping[str, str]
    """Where the rules stand that are named: file and line."""
    stages: tuple[str, ...]
    """The stages that the rulebook has."""
    why_not: WhyNot | None


def explain_request(
    report: CheckReport, catalogue: Catalogue, request: Mapping[str, Any], wanted: Sequence[str] = ()
) -> Why:
    """Decide a request and explain it; `wanted` are parts that should have been otherwise, all of them together.

    `catalogue` holds the rulebooks of `report`. Raises RequestRefused, and WantedFault where something is asked for
    that the rulebook does not decide.
    """
    answer = catalogue.decide({**request, "explain": "near"})
    said = answer["rulebook"]
    book = next(book for _, book in catalogue.answering(said["id"], said["version"]) if book is not None)
    why_not = None
    if wanted:
        seen = observe(book, {**request, "version": said["version"], "at": answer["at"]})
        why_not = _why_not([read_wanted(text, book) for text in wanted], seen, language_of(book, request, ()))
    return Why(answer, _places(report, book, answer, why_not), tuple(book.rulebook.stages), why_not)


def _why_not(wanted: Sequence[Wanted], seen: Observed, language: str) -> WhyNot:
    givers = [giver for one in wanted for giver in _givers(one, seen, language)]
    givers.sort(key=lambda giver: len(giver.failing))
    parts = tuple(dict.fromkeys(one.part for one in wanted))
    changes = find_changes(seen, wanted[0].formula if len(wanted) == 1 else every(*(one.formula for one in wanted)))
    told = () if changes.said == "so" else tuple(givers[:MOST_RULES])
    more = max(0, len(givers) - MOST_RULES) if told else 0
    return WhyNot(tuple(one.text for one in wanted), parts, told, more, changes)


def _givers(wanted: Wanted, seen: Observed, language: str) -> list[Giver]:
    facts, decision = seen.book.rulebook.facts, seen.answer["decision"]
    found = []
    rules, is_sure = rules_giving(wanted, seen.book)
    for stage, place in rules:
        row = seen.book.rulebook.stages[stage].rows[place]
        failing = []
        for fact, condition in row.when.items():
            if not seen.holds(fact, condition):
                value = seen.value(fact)
                text = None if value is None else as_text(facts[fact], value)[:100]
                failing.append(Failing(fact, "; ".join(asked_in_words(condition, facts[fact], language)), text))
        behind = None if failing else _settled_by(stage, wanted.part, decision)
        if behind != row.id:
            found.append(Giver(stage, row.id, is_sure, tuple(failing), behind))
    return found


def _settled_by(stage: str, part: str, decision: Mapping[str, Any]) -> str | None:
    """The rule that settled a part."""
    if stage in NOT_DECIDED or stage == "admission":
        said = decision[stage]
        return None if said is None else said["by"]
    if stage in ("disclosures", "permissions"):
        said = decision[stage].get(part.partition(".")[2])
        return None if said is None else said["by"]
    return None


def _places(
    report: CheckReport, book: CompiledRulebook, answer: Mapping[str, Any], why_not: WhyNot | None
) -> dict[str, str]:
    named = {line["rule"] for line in answer["trace"]}
    named |= {rule["rule"] for stage in answer["near"] for rule in stage["rules"]}
    named |= {name for giver in (why_not.givers if why_not else ()) for name in (giver.rule, giver.behind) if name}
    name = next((name for name, read in report.read.items() if read is book.rulebook), None)
    if name is None:
        return {}
    source = report.sources[name]
    rows = (row for stage in book.rulebook.stages.values() for row in stage.rows if row.id in named)
    return {row.id: f"{name}:{source.span(row.path).line}" for row in rows}
