"""Conditions: what a rule asks of one fact.

A condition is a tuple of tests that must all hold; the empty one holds always, also where the fact is absent. Reading
turns every spelling into a few tests in a canonical form, so that equal conditions are equal values.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import re2

from ..diagnostics import nearest
from ..facts import Closed, Duration, FactType, Instant, Misfit, Number, SetOf, Text, Truth, normal, shown
from .wording import described

Report = Callable[[tuple[str | int, ...], str, str, str | None], None]
"""Takes a fault: the path inside the condition, its code, its message, its help."""


@dataclass(frozen=True, slots=True)
class Test:
    """One test: `op` is a key of TEXT_OPS, SET_OPS or LINE_OPS, `one_of`, `none_of` or `missing`."""

    op: str
    operand: Any


Condition = tuple[Test, ...]
ANY: Condition = ()

LINE_OPS = ("at_least", "at_most", "more_than", "less_than")
SET_OPS = ("has_any", "has_all", "has_none")
TEXT_OPS = ("contains", "starts_with", "ends_with", "any_word", "matches")
_YES = {"yes": "true", "on": "true", "true": "true", "no": "false", "off": "false", "false": "false"}
_ALIASES = {"is": "one_of", "from": "at_least", "before": "less_than", "has": "has_all"}
_NUMBER = re2.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")
WORD = re2.compile(r"[\pL\pM\pN_]+")


def folded(text: str) -> str:
    """A text in which upper and lower case are the same (Unicode, section 3.13: full case folding), composed."""
    return text.lower() if text.isascii() else normal(normal(text).casefold())


def words(text: str) -> frozenset[str]:
    """The words of a text, case folded: runs of letters, marks, digits and underscores."""
    return frozenset(WORD.findall(folded(text)))


def matcher(pattern: str) -> Any:
    """A compiled RE2 expression that ignores case. Raises re2.error."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = 8 << 20
    return re2.compile(pattern, options)


def operators(kind: FactType) -> tuple[str, ...]:
    """The tests that fit a type, in the words of the rulebook language."""
    match kind:
        case Closed(ordered=True):
            return ("is", "one_of", "none_of", *LINE_OPS, "missing")
        case Closed() | Truth():
            return ("is", "one_of", "none_of", "missing")
        case Instant():
            return ("is", "one_of", "none_of", "from", "before", "missing")
        case Number() | Duration():
            return ("is", "one_of", "none_of", *LINE_OPS, "missing")
        case Text():
            return ("is", "one_of", "none_of", *TEXT_OPS, "missing")
        case SetOf():
            return ("has", *SET_OPS, "missing")


def read_condition(raw: Any, kind: FactType, report: Report) -> Condition:
    """The condition that a rulebook writes as `raw` on a fact of this type; faults go to `report`."""
    if raw == "any" and isinstance(raw, str):
        return ANY
    if raw is None or raw == {}:
        report((), "empty-value", "no test is written here", "write a value, `any`, or `{missing: true}`")
        return ANY
    if isinstance(raw, Mapping):
        found = [_read_test(op, operand, kind, report) for op, operand in raw.items()]
        tests = tuple(sorted({t for t in found if t is not None}, key=lambda t: (t.op, repr(_sortable(t.operand)))))
        return tests
    operand = "has_any" if isinstance(kind, SetOf) else "one_of"
    test = _membership(operand, raw, kind, (), report)
    return (test,) if test else ANY


def _sortable(operand: Any) -> Any:
    return sorted(map(repr, operand)) if isinstance(operand, frozenset) else operand


def _read_test(op: str, operand: Any, kind: FactType, report: Report) -> Test | None:
    known = operators(kind)
    if op not in known:
        report((op,), *_no_test(op, known, kind))
        return None
    if op == "missing":
        if not isinstance(operand, bool):
            report((op,), "wrong-value", f"`missing` takes true or false; found {shown(operand)}", _truth_help(operand))
            return None
        return Test("missing", operand)
    written, op = op, _ALIASES.get(op, op)
    if op in ("one_of", "none_of", *SET_OPS):
        return _membership(op, operand, kind, (written,), report)
    if op in LINE_OPS:
        return _bound(op, operand, kind, (written,), report)
    return _text_test(op, operand, report)


def _no_test(op: str, known: tuple[str, ...], kind: FactType) -> tuple[str, str, str]:
    """The code, message and help for a word that is no test, or no test of this type."""
    help = f"tests that fit: {', '.join(known)}"
    if op in _ALIASES or op in ("one_of", "none_of", *LINE_OPS, *SET_OPS, *TEXT_OPS):
        return "wrong-test", f"`{op}` is no test for {described(kind)}", help
    near = nearest(op, known)
    hint = f"; did you mean `{near[0]}`?" if near else ""
    return "unknown-test", f"unknown test {shown(op)}{hint}", help


def _truth_help(found: Any) -> str | None:
    word = _YES.get(found.casefold()) if isinstance(found, str) else None
    return f"write `{word}`, without quotes" if word else None


def _membership(op: str, raw: Any, kind: FactType, at: tuple[str | int, ...], report: Report) -> Test | None:
    """`one_of`, `none_of`, `has_…`: a value or a list of values."""
    items = raw if isinstance(raw, list) else [raw]
    if not items:
        report(at, "empty-value", "an empty list holds for no value at all", "name a value, or leave the condition out")
        return None
    read: list[Any] = []
    for i, item in enumerate(items):
        value = _value(item, kind, (*at, i) if isinstance(raw, list) else at, report)
        if value is not None:
            read.append(value)
    return Test(op, frozenset(read)) if read else None


def _value(item: Any, kind: FactType, at: tuple[str | int, ...], report: Report) -> Any:
    member: FactType = kind
    if isinstance(kind, SetOf):
        member = Text() if kind.values is None else Closed(kind.values)
    try:
        return member.read(item)
    except Misfit as misfit:
        is_unknown = isinstance(member, Closed) and isinstance(item, str)
        report(
            at,
            "unknown-value" if is_unknown else "wrong-value",
            misfit.message,
            _value_help(item, kind, member, misfit),
        )
        return None


def _value_help(item: Any, kind: FactType, member: FactType, misfit: Misfit) -> str | None:
    """What to write instead of a value that does not fit."""
    if item == "any" and isinstance(item, str):
        return "`any` stands alone, as the whole condition; in a list of values it means nothing"
    if isinstance(member, Truth) and (help := _truth_help(item)):
        return help
    if isinstance(member, Number) and isinstance(item, str) and _NUMBER.fullmatch(item):
        return f"write the number without quotes: {item}"
    if isinstance(member, Text | Closed) and isinstance(item, bool | int | float):
        return "put it in quotes"
    if isinstance(member, Instant):
        return "write a day, a time and an offset from UTC, such as `2026-11-23T09:30:00+03:00`"
    if isinstance(member, Duration):
        return "write such as `30m`, `4h`, `1h30m` or `PT30M`"
    if isinstance(member, Closed) and isinstance(item, str) and misfit.nearest is None:
        return None  # the message lists what is known
    if isinstance(kind, SetOf) and isinstance(item, str):
        return f"the members are {described(member)}"
    return f"this fact holds {described(kind)}"


def _bound(op: str, raw: Any, kind: FactType, at: tuple[str], report: Report) -> Test | None:
    value = _value(raw, kind, at, report)
    if value is None:
        return None
    if isinstance(kind, Closed):
        rank = kind.values.index(value)
        low, high = {"at_least": (rank, None), "more_than": (rank + 1, None),
                     "at_most": (0, rank + 1), "less_than": (0, rank)}[op]  # fmt: skip
        chosen = kind.values[low:high]
        if not chosen:
            report(at, "never-holds", f"nothing lies beyond {shown(value)}", "use `at_least` or `at_most`")
            return None
        return Test("one_of", frozenset(chosen))
    return Test(op, value)


def _text_test(op: str, raw: Any, report: Report) -> Test | None:
    items = raw if isinstance(raw, list) else [raw]
    good: list[str] = []
    if not items:
        report((op,), "empty-value", "an empty list holds for no text at all", "name a text, or leave the test out")
    for i, item in enumerate(items):
        at = (op, i) if isinstance(raw, list) else (op,)
        fault = _text_fault(op, item)
        if fault:
            report(at, "wrong-value", *fault)
        else:
            good.append(normal(item) if op == "matches" else folded(item))
    return Test(op, tuple(sorted(set(good)))) if good else None


def _text_fault(op: str, item: Any) -> tuple[str, str | None] | None:
    """What is wrong with the operand of a test on texts: a message and help."""
    if not isinstance(item, str) or not item:
        found = shown(item) if item != "" else "an empty one"
        return f"`{op}` takes a text; found {found}", "put it in quotes" if isinstance(item, int | float) else None
    if op == "any_word" and words(item) != {folded(item)}:
        return f"{shown(item)} is not one word", "use `contains` for a phrase"
    if op == "matches":
        try:
            matcher(item)
        except re2.error as error:
            text = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error.args[0])
            return f"the expression cannot be read: {text}", "expressions are RE2: no look-ahead and no back-references"
    return None


def holds(test: Test, value: Any) -> bool:
    """Whether a test holds for a value as its type reads it; None is an absent fact. The meaning of every test."""
    op, operand = test.op, test.operand
    if op == "missing":
        return (value is None) is operand
    if value is None:
        return False
    match op:
        case "one_of":
            return value in operand
        case "none_of":
            return value not in operand
        case "at_least":
            return bool(value >= operand)
        case "at_most":
            return bool(value <= operand)
        case "more_than":
            return bool(value > operand)
        case "less_than":
            return bool(value < operand)
        case "has_any":
            return not operand.isdisjoint(value)
        case "has_all":
            return bool(operand <= value)
        case "has_none":
            return bool(operand.isdisjoint(value))
    return _text_holds(op, operand, value)


def _text_holds(op: str, operand: tuple[str, ...], value: str) -> bool:
    if op == "matches":
        return any(matcher(pattern).search(value) for pattern in operand)
    if op == "any_word":
        return not words(value).isdisjoint(operand)
    text = folded(value)
    if op == "contains":
        return any(part in text for part in operand)
    return text.startswith(operand) if op == "starts_with" else text.endswith(operand)


def worded(condition: Condition, kind: FactType, show: Callable[[FactType, Any], str]) -> Iterable[tuple[str, str]]:
    """The tests of a condition as (op, operand in words), for reasons and reports."""
    for test in condition:
        operand = test.operand
        if test.op == "missing":
            yield ("missing" if operand else "present"), ""
        elif isinstance(operand, frozenset):
            ordered = [v for v in kind.values if v in operand] if isinstance(kind, Closed) else sorted(operand)
            yield test.op, ", ".join(show(kind, v) for v in ordered)
        elif isinstance(operand, tuple):
            yield test.op, ", ".join(operand)
        else:
            yield test.op, show(kind, operand)
