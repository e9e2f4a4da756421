"""What a replay found of targets, load, conformance, facts and rules, as tables of the report.

Knows findings and words; nothing of HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ..findings import (
    Agreement,
    Breakdown,
    Count,
    Estimate,
    Load,
    RuleUse,
    SetAsideReason,
    Summary,
    TargetFound,
    TargetTally,
)
from .retold import retold
from .table import Cell, Table, columns, named, number
from .values import recorded_said
from .wording import Words

_LISTED: Final = 100
_LINE: Final = re.compile(r"line (\d+)(?=: |$)")
_SHOWN: Final = 60


def targets(found: Sequence[TargetFound], words: Words) -> Table:
    """Targets met and missed under each side, with the difference and how sure it is."""
    compared = any(one.candidate is not None for one in found)
    still = _any_open([tally for one in found for tally in (one.baseline, one.candidate)])
    names = ["target", "level", *_missed_names("baseline", still)]
    if compared:
        names += [*_missed_names("candidate", still), ">newly_missed", ">newly_met"]
        names += [">difference", ">interval", ">p", "clear"]
    rows = []
    for one in found:
        row = [Cell(_target(one.target, words)), Cell(one.level or words.say("all"))]
        row += _missed(one.baseline, words, still)
        if one.candidate is not None:
            moved = number(one.newly_missed, words), number(one.newly_met, words)
            row += [*_missed(one.candidate, words, still), *moved, *_sure(one.breach_rate, words)]
        rows.append(tuple(row))
    return Table(words.say("targets"), named(names, words), tuple(rows))


def moves(found: Sequence[TargetFound], words: Words) -> Table:
    """Tickets from one standing to another, over all levels."""
    rows = [
        (
            Cell(_target(one.target, words)),
            Cell(words.known("standing", move.before)),
            Cell(words.known("standing", move.after)),
            number(move.tickets, words),
        )
        for one in found
        if one.level is None
        for move in one.transitions
    ]
    return Table(words.say("moves"), named(["target", "from", "to", ">Tickets"], words), tuple(rows))


def load(found: Sequence[Load], words: Words) -> Table:
    """Tickets that come to each group, and its busiest hour under each side."""
    compared = any(one.candidate is not None for one in found)
    sides = ["baseline", "candidate"] if compared else ["baseline"]
    head = [words.say("group"), *(f">{words.say(side)}" for side in sides)]
    head += [words.say("busiest", side=words.say(side)) for side in sides]
    rows = []
    for one in found:
        counts = [one.baseline, *([one.candidate] if one.candidate is not None else [])]
        hours = [one.baseline_hours, *([one.candidate_hours] if one.candidate_hours is not None else [])]
        row = [Cell(one.group or words.say("no_group")), *(number(count, words) for count in counts)]
        rows.append((*row, *(_busiest(by_hour, words) for by_hour in hours)))
    return Table(words.say("load"), columns(*head), tuple(rows))


def load_hours(found: Sequence[Load], words: Words) -> Table:
    """Tickets that come to each group by the hour of the day, under each side."""
    rows = [
        (Cell(one.group or words.say("no_group")), Cell(words.say(side)), *_by_hour(hours, words))
        for one in found
        for side, hours in (("baseline", one.baseline_hours), ("candidate", one.candidate_hours))
        if hours is not None
    ]
    names = (words.say("group"), words.say("side"), *(f">{hour:02}" for hour in range(24)))
    return Table(words.say("load.hours"), columns(*names), tuple(rows))


def agreement(found: Sequence[Agreement], words: Words) -> Table:
    """How often decisions equal the record."""
    rows = [
        (
            *_place(one, words),
            number(one.compared, words),
            number(one.equal, words),
            Cell(words.share(one.equal, one.compared), one.equal / one.compared if one.compared else -1),
            number(one.unrecorded, words),
        )
        for one in found
    ]
    names = ["part", "side", "decisions", ">compared", ">equal", ">share", ">unrecorded"]
    return Table(words.say("conformance"), named(names, words), tuple(rows))


def agreement_compared(summary: Summary, words: Words) -> Table:
    """The shares that agree under each side, their difference, and how sure it is."""
    rows = [
        (
            Cell(part),
            *(
                Cell(words.floored(share) if share is not None else "–", share or 0)
                for share in (estimate.baseline, estimate.candidate)
            ),
            *_sure(estimate, words),
        )
        for part, estimate in summary.agreement_compared.items()
    ]
    names = ["part", ">baseline", ">candidate", ">difference", ">interval", ">p", "clear"]
    return Table(words.say("agreement.sure"), named(names, words), tuple(rows))


def differences(found: Sequence[Agreement], words: Words) -> Table:
    """What was not decided as recorded."""
    rows = [
        (
            *_place(one, words),
            Cell(recorded_said(pair.recorded, words)),
            Cell(recorded_said(pair.decided, words)),
            number(pair.count, words),
        )
        for one in found
        for pair in one.differences[:_LISTED]
    ]
    names = ["part", "side", "decisions", "recorded", "decided", ">count"]
    return Table(words.say("differences"), named(names, words), tuple(rows))


def breakdown(found: Breakdown, words: Words) -> Table:
    """The findings by the values of a fact."""
    compared = any(row.candidate is not None for row in found.rows)
    names = ["value", ">Tickets", *([">flipped"] if compared else [])]
    still = _any_open([tally for row in found.rows for tally in (row.baseline, row.candidate)])
    names += [*_missed_names("baseline", still), *(_missed_names("candidate", still) if compared else [])]
    rows = []
    for one in found.rows:
        value = words.say("not_stated") if one.value is None else one.value
        row = [Cell(words.say("others") if value == "(others)" else value), number(one.tickets, words)]
        row += [number(one.flipped, words)] if compared else []
        for tally in (one.baseline, one.candidate):
            row += _missed(tally, words, still) if tally is not None else ()
        rows.append(tuple(row))
    return Table(words.say("breakdown.by", fact=found.fact), named(names, words), tuple(rows))


def rules_used(found: Sequence[RuleUse], words: Words) -> Table:
    """Which rules the traffic used and which it never touched, beside the coverage of the scenarios."""
    reached = {None: "scenario.unknown", True: "yes", False: "no"}
    compared = any(one.candidate is not None for one in found)
    rows = []
    for one in found:
        used = "touched.yes" if one.baseline or one.candidate else "touched.no"
        counts = [one.baseline, *([one.candidate] if compared else [])]
        row = [Cell(one.rule), Cell(words.known("stage", one.stage))]
        row += [Cell("–", -1) if count is None else number(count, words) for count in counts]
        tone = "warn" if used == "touched.no" else ""
        rows.append((*row, Cell(words.say(used), tone=tone), Cell(words.say(reached[one.scenario]))))
    names = ["rule", "stage", ">baseline", *([">candidate"] if compared else []), "touched", "scenario"]
    return Table(words.say("used"), named(names, words), tuple(rows))


def counts(summary: Summary, words: Words) -> Table:
    """How many decisions were taken and set aside."""
    listed: list[tuple[str, Count | None]] = [("openings", summary.openings), ("events", summary.events)]
    rows = [
        (Cell(words.say(f"counts.{name}")), *(number(n, words) for n in (count.total, count.decided, count.set_aside)))
        for name, count in (*listed, ("ends", summary.ends))
        if count is not None
    ]
    names = ["decisions", ">whole", ">decided", ">set_aside"]
    return Table(words.say("aside.counts"), named(names, words), tuple(rows))


def set_aside(found: Sequence[SetAsideReason], words: Words) -> Table:
    """Why decisions were set aside."""
    rows = [
        (
            Cell(retold(one.reason, words)),
            Cell(one.column),
            Cell(words.known("decisions", one.decision)),
            number(one.count, words),
            number(one.first_row, words),
            Cell(", ".join(_short(text, words) for text in one.examples)),
        )
        for one in found
    ]
    names = ["reason", "column", "decisions", ">count", ">first_row", "examples"]
    return Table(words.say("aside.reasons"), named(names, words), tuple(rows))


def _short(text: str, words: Words) -> str:
    # The whole text stands in `set_aside.csv`.
    if found := _LINE.match(text):
        text = words.say("line", n=int(found[1])) + text[found.end() :]
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _target(name: str, words: Words) -> str:
    return words.say("any") if name == "any" else name


def _any_open(tallies: Sequence[TargetTally | None]) -> bool:
    return any(tally is not None and tally.open for tally in tallies)


def _missed_names(side: str, still: bool) -> list[str]:
    return [f">missed.{side}", f">missed.share.{side}", *([f">open.{side}"] if still else [])]


def _missed(tally: TargetTally, words: Words, still: bool) -> list[Cell]:
    said = words.say("of", part=tally.missed, whole=tally.told)
    share = tally.missed / tally.told if tally.told else -1.0
    found = [Cell(said, tally.missed), Cell(words.share(tally.missed, tally.told), share)]
    return [*found, number(tally.open, words)] if still else found


def _sure(estimate: Estimate, words: Words) -> tuple[Cell, ...]:
    if estimate.difference is None:
        return Cell("–", 0), Cell("–", 0), Cell("–", 2), Cell("–")
    points = Cell(words.signed(estimate.difference), estimate.difference)
    if estimate.low is None or estimate.high is None:
        return points, Cell(words.say("interval.few"), 0), Cell("–", 2), Cell("–")
    bounds = f"{words.signed(estimate.low)} … {words.signed(estimate.high)}"
    p = 1.0 if estimate.adjusted is None else estimate.adjusted
    clear = words.say("yes" if estimate.clear else "no")
    return points, Cell(bounds, estimate.low), Cell(words.rounded(p), p), Cell(clear)


def _by_hour(hours: Sequence[int], words: Words) -> Iterator[Cell]:
    return (number(sum(hours[hour::24]), words) for hour in range(24))


def _busiest(hours: Sequence[int], words: Words) -> Cell:
    most = max(hours, default=0)
    if not most:
        return Cell("–", 0)
    at = hours.index(most)
    return Cell(words.say("busiest.said", day=words.day(at // 24), hour=f"{at % 24:02}:00", n=most), most)


def _place(found: Agreement, words: Words) -> tuple[Cell, Cell, Cell]:
    return Cell(found.part), Cell(words.say(found.side)), Cell(words.known("decisions", found.moment))
