"""Suppressions: the findings that a rulebook says not to tell are set aside, each with its reason.

Applied to a report when everything has been found, so that a suppression which hides nothing can be told. Knows
findings by their codes and places alone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator
from dataclasses import replace

from ..diagnostics import Diagnostic, Source, Suppressed, nearest
from ..facts import shown
from ..rulebook import SUPPRESSIBLE, Rulebook, Suppression
from .checking import CheckReport


def apply_suppressions(
    report: CheckReport, known: Collection[str], suppressible: Collection[str] = SUPPRESSIBLE
) -> CheckReport:
    """A report without what its rulebooks suppress, which stands under `suppressed`, and with their slips in doing so.

    `known` are all codes of diagnostics, `suppressible` those of them that may be suppressed. A finding is hidden by
    the first suppression of its own file that names its code, and the rule in which it stands where one is named. Call
    it once, when nothing more will be found.
    """
    kept, hidden = list(report.diagnostics), list(report.suppressed)
    for name, book in report.read.items():
        if book.suppressions:
            source = report.sources[name]
            remaining, found = _divided(kept, name, book, source, suppressible)
            used = {one.span for one in found}
            kept = [*remaining, *_slips(book, source, known, suppressible, used)]
            hidden += found
    return replace(report, diagnostics=sorted(kept), suppressed=tuple(hidden))


def _divided(
    diagnostics: Collection[Diagnostic], name: str, book: Rulebook, source: Source, suppressible: Collection[str]
) -> tuple[list[Diagnostic], list[Suppressed]]:
    """The diagnostics that are still to be told, and those that the rulebook of a file hides."""
    kept, hidden = list[Diagnostic](), list[Suppressed]()
    wanted = {s.code for s in book.suppressions} & set(suppressible)
    rule_at = _Rules(book, source) if any(d.file == name and d.code in wanted for d in diagnostics) else None
    for diagnostic in diagnostics:
        why = None
        if rule_at is not None and diagnostic.file == name and diagnostic.code in wanted:
            rules = rule_at(diagnostic)
            why = next((s for s in book.suppressions if s.code == diagnostic.code and s.rule in (None, *rules)), None)
        if why is None:
            kept.append(diagnostic)
        else:
            hidden.append(Suppressed(diagnostic, why.because, source.span(why.path)))
    return kept, hidden


class _Rules:
    """The rules of a rulebook by their places: rows stand beside each other, never within each other."""

    def __init__(self, book: Rulebook, source: Source) -> None:
        rows = [(source.span(row.path), row.id) for stage in book.stages.values() for row in stage.rows]
        self._rows = sorted(rows)
        self._starts = [(span.line, span.column) for span, _ in self._rows]

    def __call__(self, diagnostic: Diagnostic) -> list[str]:
        """The names of the rules within which a diagnostic stands; several where they are written as one."""
        place = (diagnostic.span.line, diagnostic.span.column)
        last = bisect_right(self._starts, place) - 1
        if last < 0:
            return []
        span = self._rows[last][0]
        is_within = place < (span.end_line, span.end_column)
        return [id for other, id in self._rows if other == span] if is_within else []


def _slips(
    book: Rulebook, source: Source, known: Collection[str], suppressible: Collection[str], used: Collection[object]
) -> Iterator[Diagnostic]:
    """What is wrong with the suppressions of a rulebook: at most one diagnostic for each."""
    rules = [row.id for stage in book.stages.values() for row in stage.rows]
    for one in book.suppressions:
        slip = _slip(one, source, rules, known, suppressible)
        if slip is not None:
            yield slip
        elif source.span(one.path) not in used:
            of_rule = f" of the rule {shown(one.rule)}" if one.rule is not None else ""
            others = any(other.code == one.code and source.span(other.path) in used for other in book.suppressions)
            beyond = " that another suppression does not hide" if others else ""
            said = f"this hides nothing: no {shown(one.code)}{of_rule} is found{beyond}"
            yield source.fault("unused-suppression", said, (*one.path, "code"), severity="warning",
                               help="delete it, or correct what it names")  # fmt: skip


def _slip(
    one: Suppression, source: Source, rules: Collection[str], known: Collection[str], suppressible: Collection[str]
) -> Diagnostic | None:
    """A code that there is not or that cannot be suppressed, or a rule that there is not."""
    if one.code not in known:
        return _unknown("code", one.code, suppressible, source, one)
    if one.code not in suppressible:
        said = f"{shown(one.code)} cannot be suppressed: it is a fault, which has to be mended"
        help = "mend the fault, and delete this; the language reference lists what can be suppressed"
        return source.fault("not-suppressible", said, (*one.path, "code"), help=help)
    if one.rule is not None and one.rule not in rules:
        return _unknown("rule", one.rule, rules, source, one)
    return None


def _unknown(key: str, name: str, known: Collection[str], source: Source, one: Suppression) -> Diagnostic:
    near = nearest(name, known)
    hint = f"; did you mean {shown(near[0])}?" if near else ""
    listed = ", ".join(sorted(known)[:12]) + (", …" if len(known) > 12 else "")
    help = None if near else f"known are: {listed}" if known else "this rulebook has no rules"
    what = "diagnostic" if key == "code" else "rule"
    return source.fault("unknown-value", f"unknown {what} {shown(name)}{hint}", (*one.path, key), help=help)
