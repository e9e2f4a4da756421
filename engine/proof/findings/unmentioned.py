"""What a rulebook declares and never asks about: values that nothing tells apart, and facts that nothing uses."""

from collections.abc import Iterator

from ...diagnostics import Diagnostic
from ...facts import Closed
from ...rulebook import LookUp, Rulebook
from ...stages import STAGE_FORMS
from .study import Study, listed


def unmentioned_values(study: Study) -> Iterator[Diagnostic]:
    """A finding for each listed fact of which several values stand in no test, text, matrix or look-up.

    A single one is told apart by what is said of all others.
    """
    book = study.book.rulebook
    whole = _used_as_they_are(book)
    used = used_facts(book)
    for fact, kind in book.declared.items():
        if not isinstance(kind, Closed) or fact not in used or fact in whole:
            continue
        mentioned = _mentioned(book, fact)
        left = [value for value in kind.values if value not in mentioned]
        if len(left) > 1:
            values = listed([f"`{value}`" for value in left[:8]] + ([f"{len(left) - 8} more"] if left[8:] else []))
            yield study.warning(
                "unmentioned-values",
                f"no rule mentions {values}, so nothing tells these values of `{fact}` apart",
                ("facts", fact),
                key=True,
                help="add what is meant for each of them, or declare one value for all",
            )


def unused_facts(study: Study) -> Iterator[Diagnostic]:
    """A finding for each declared or derived fact that no rule, text, derived fact or target uses."""
    book = study.book.rulebook
    used = used_facts(book)
    for section, names in (("facts", book.declared), ("derive", book.derived)):
        for fact in names:
            if fact not in used:
                yield study.warning(
                    "unused-fact",
                    f"nothing uses `{fact}`: no rule, text, derived fact or target",
                    (section, fact),
                    key=True,
                    help="delete it, or use it; where requests bring it all the same, suppress this and say so",
                )


def used_facts(book: Rulebook) -> set[str]:
    """The facts on which a decision can depend."""
    used = {fact for stage in book.stages.values() for row in stage.rows for fact in row.when}
    used |= _named(book)
    sla = book.stages.get("sla")
    for rule in sla.settings.targets.values() if sla else ():
        used |= set(rule.facts)
    if "disclosures" in book.stages:
        used.add("requester.relation")
    for name in reversed(list(book.derived)):
        if name in used:
            used |= set(book.derived[name].needs)
    return used


def _named(book: Rulebook) -> set[str]:
    """The facts that outcomes name: in their texts, as skills, or as agents who are passed over."""
    forms = {form.name: form for form in STAGE_FORMS}
    found = {f for stage in book.stages.values() for row in stage.rows for f in forms[stage.name].facts(row.outcome)}
    assignment = book.stages.get("assignment")
    for row in assignment.rows if assignment else ():
        found |= {*row.outcome.never, *([row.outcome.skills_from] if row.outcome.skills_from else [])}
    return found


def _used_as_they_are(book: Rulebook) -> set[str]:
    """The facts whose every value makes a difference: in texts, as agents or skills, or compared with another fact."""
    used = used_facts(book)
    derived = (d for name, d in book.derived.items() if name in used and not isinstance(d, LookUp))
    return _named(book) | {need for one in derived if one.key == "same" for need in one.needs}


def _mentioned(book: Rulebook, fact: str) -> set[str]:
    tests = (t for stage in book.stages.values() for row in stage.rows for t in row.when.get(fact, ()))
    found = {value for test in tests if isinstance(test.operand, frozenset) for value in test.operand}
    for derived in book.derived.values():
        if isinstance(derived, LookUp) and derived.fact == fact:
            found |= set(derived.answers)
    return found
