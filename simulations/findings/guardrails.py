"""Guardrails: limits that a replay must keep to, as a person writes them, and what became of each.

`breach_rate.P1: no worse than +0.5 points` names a figure and a limit. The grammar stands in
docs/how-to/compare-two-procedures.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor
from typing import Final, Literal, NamedTuple

from .differences import COMPARES
from .flips import ANY as ANY_STAGE
from .model import GuardrailFound, Verdict
from .targets import ANY as ANY_TARGET
from .values import Agreement, DisclosureChange, Estimate, Load, StageFlips, TargetFound

Kind = Literal["breach_rate", "newly_missed", "flips", "newly_permitted", "newly_denied", "load", "agreement"]
Unit = Literal["points", "%", ""]
KINDS: Final[Mapping[Kind, str]] = {
    "breach_rate": "[.TARGET][.LEVEL]",
    "newly_missed": "[.TARGET][.LEVEL]",
    "flips": "[.STAGE]",
    "newly_permitted": "[.TOPIC]",
    "newly_denied": "[.TOPIC]",
    "load": ".GROUP",
    "agreement": ".PART",
}
"""The figures, and what may be named of each."""
_SHARES: Final = ("breach_rate", "agreement")
_COUNTS: Final = ("newly_missed", "flips", "newly_permitted", "newly_denied")
_LINE: Final = re.compile(r"\s*(?P<figure>[^\s:]+)\s*:\s*(?P<limit>.+?)\s*")
_NUMBER: Final = r"(?P<number>[+-]?[0-9]+(?:\.[0-9]+)?)"
_WORSE: Final = re.compile(rf"no worse than {_NUMBER} ?(?P<unit>points?|%)(?P<confidence> with confidence)?")
_MOST: Final = re.compile(r"at most (?P<number>[0-9]+(?:\.[0-9]+)?)(?P<unit> ?%)?")


class BadGuardrail(ValueError):
    """A guardrail that cannot be read; the message says why, and what would do."""


@dataclass(frozen=True, slots=True)
class Guardrail:
    """A figure and its limit. ``relative`` limits bound the candidate against the baseline."""

    says: str
    kind: Kind
    names: tuple[str, ...]
    limit: float
    unit: Unit
    relative: bool
    confidence: bool


class Readings(NamedTuple):
    """Where guardrails read from; None and empty: nothing was compared."""

    targets: Sequence[TargetFound]
    flips: Sequence[StageFlips] | None
    disclosures: Sequence[DisclosureChange] | None
    load: Sequence[Load]
    agreement: Sequence[Agreement]
    agreement_compared: Mapping[str, Estimate]
    topics: frozenset[str]
    """The topics that a side knows."""


def read_guardrail(text: str) -> Guardrail:
    """A guardrail from its line.

    Raises:
        BadGuardrail: when the line is none.
    """
    line = _LINE.fullmatch(text)
    if line is None:
        raise BadGuardrail("write a figure, a colon and a limit, such as `breach_rate.P1: no worse than +0.5 points`")
    return guardrail_of(line["figure"], line["limit"])


def guardrail_of(figure: str, limit: str) -> Guardrail:
    """A guardrail from its figure and its limit.

    Raises:
        BadGuardrail: when they are none, or do not go together.
    """
    name, *names = figure.split(".")
    kind = next((known for known in KINDS if known == name), None)
    if kind is None or not all(names):
        known = ", ".join(f"`{name}{rest}`" for name, rest in KINDS.items())
        raise BadGuardrail(f"`{figure}` is no figure; figures are {known}")
    parts, says = _joined(kind, names), f"{figure}: {limit}"
    if limit == "none" and kind in _COUNTS:
        return Guardrail(says, kind, parts, 0, "", relative=False, confidence=False)
    most, worse = _MOST.fullmatch(limit), _WORSE.fullmatch(limit)
    if most and kind != "agreement" and bool(most["unit"]) == (kind == "breach_rate"):
        unit: Unit = "%" if most["unit"] else ""
        return Guardrail(says, kind, parts, float(most["number"]), unit, relative=False, confidence=False)
    if worse and kind in _SHARES and worse["unit"] != "%":
        sure = worse["confidence"] is not None
        return Guardrail(says, kind, parts, float(worse["number"]), "points", relative=True, confidence=sure)
    if worse and kind == "load" and worse["unit"] == "%" and not worse["confidence"]:
        return Guardrail(says, kind, parts, float(worse["number"]), "%", relative=True, confidence=False)
    raise BadGuardrail(f"`{limit}` is no limit of `{kind}`; write {_LIMITS[kind]}")


_LIMITS: Final = {
    "breach_rate": "`no worse than +0.5 points`, `no worse than +0.5 points with confidence` or `at most 5%`",
    "agreement": "`no worse than +0.5 points` or `no worse than +0.5 points with confidence`",
    **dict.fromkeys(_COUNTS, "`none` or `at most 20`"),
    "load": "`no worse than +10%` or `at most 2000`",
}


def _joined(kind: Kind, names: list[str]) -> tuple[str, ...]:
    # Groups and parts of decisions may have dots in their names.
    most = 2 if kind in ("breach_rate", "newly_missed") else 1
    if kind in ("load", "agreement"):
        if not names:
            raise BadGuardrail(f"`{kind}` needs a name, such as `{kind}{KINDS[kind].lower()}`")
        return (".".join(names),)
    if len(names) > most:
        raise BadGuardrail(f"`{kind}` takes `{kind}{KINDS[kind]}`")
    return tuple(names)


def judge(guardrail: Guardrail, readings: Readings) -> GuardrailFound:
    """What became of a guardrail."""
    try:
        reading, detail = _reading(guardrail, readings)
    except LookupError as untold:
        return _found(guardrail, None, "unknown", str(untold.args[0]))
    worst = round(reading, 9)
    verdict: Verdict = "kept" if worst <= guardrail.limit else "broken"
    return _found(guardrail, worst, verdict, detail)


def _found(guardrail: Guardrail, reading: float | None, verdict: Verdict, why: str) -> GuardrailFound:
    return GuardrailFound(guardrail.says, reading, guardrail.unit, guardrail.limit, guardrail.confidence, verdict, why)


def _reading(guardrail: Guardrail, readings: Readings) -> tuple[float, str]:
    if readings.flips is None:
        raise LookupError("there is no candidate to compare with")
    if guardrail.kind == "breach_rate":
        found = _target(guardrail, readings.targets)
        reading, said = _of_estimate(guardrail, found.breach_rate, worse=1)
        return reading, said + _composition(found)
    if guardrail.kind == "newly_missed":
        found = _target(guardrail, readings.targets)
        return found.newly_missed, f"{found.newly_missed:,} tickets"
    if guardrail.kind == "agreement":
        part = guardrail.names[0]
        if part not in readings.agreement_compared:
            raise LookupError(f"the history records no `{part}` that could be compared")
        return _of_estimate(guardrail, readings.agreement_compared[part], worse=-1)
    if guardrail.kind == "load":
        return _of_load(guardrail, readings.load)
    if guardrail.kind == "flips":
        stage = guardrail.names[0] if guardrail.names else ANY_STAGE
        tickets = next((flips.tickets for flips in readings.flips if flips.stage == stage), None)
        if tickets is None:
            raise LookupError(f"there is no stage `{stage}`; stages are {', '.join((*COMPARES, ANY_STAGE))}")
        return tickets, f"{tickets:,} tickets"
    return _of_disclosures(guardrail, readings)


def _target(guardrail: Guardrail, targets: Sequence[TargetFound]) -> TargetFound:
    # One name is a target or a level, whichever there is.
    names = guardrail.names
    wanted: list[tuple[str, str | None]] = (
        [(ANY_TARGET, None)] if not names else [(names[0], names[1])] if len(names) > 1 else
        [(names[0], None), (ANY_TARGET, names[0])]
    )  # fmt: skip
    for found in targets:
        if (found.target, found.level) in wanted:
            return found
    known = sorted({found.target for found in targets} | {found.level for found in targets if found.level})
    said = ", ".join(known) if known else "none"
    raise LookupError(f"no ticket has the target or level `{'.'.join(names) or ANY_TARGET}`; there are {said}")


def _composition(found: TargetFound) -> str:
    """A word of caution where the sides do not speak of the same tickets, since each gives its own levels."""
    if found.level is None or found.candidate is None:
        return ""
    before, after = (sum((side.met, side.missed, side.open, side.none)) for side in (found.baseline, found.candidate))
    if before == after:
        return ""
    return f"; not of the same tickets: {found.level} has {before:,} of the baseline and {after:,} of the candidate"


def _of_estimate(guardrail: Guardrail, estimate: Estimate, worse: int) -> tuple[float, str]:
    before, after, difference = estimate.baseline, estimate.candidate, estimate.difference
    if after is None:
        raise LookupError("no ticket of the candidate tells it")
    if not guardrail.relative:
        return 100 * after, f"{_percent(after)}%"
    if before is None or difference is None:
        raise LookupError("no ticket of the baseline tells it")
    shares = f"{_percent(before)}% → {_percent(after)}%, {100 * difference:+.2f} points"
    if not guardrail.confidence:
        return 100 * worse * difference, shares
    if estimate.low is None or estimate.high is None:
        raise LookupError(f"{shares}; there are too few days for an interval")
    end = estimate.high if worse > 0 else -estimate.low
    return 100 * end, f"{shares}, between {100 * estimate.low:+.2f} and {100 * estimate.high:+.2f}"


def _percent(share: float) -> str:
    # Rounded down, as everywhere: 100.00% is said of all and of nothing less.
    return f"{floor(round(share * 10_000, 6)) / 100:.2f}"


def _of_load(guardrail: Guardrail, load: Sequence[Load]) -> tuple[float, str]:
    name = guardrail.names[0]
    row = next((row for row in load if row.group == name), None)
    if row is None:
        known = ", ".join(sorted(row.group for row in load if row.group)) or "none"
        raise LookupError(f"no ticket comes to a group `{name}`; groups are {known}")
    after = row.candidate or 0
    said = f"{row.baseline:,} → {after:,} tickets"
    if not guardrail.relative:
        return after, said
    if not row.baseline:
        raise LookupError(f"{said}; of nothing there is no percentage")
    return 100 * (after - row.baseline) / row.baseline, said


def _of_disclosures(guardrail: Guardrail, readings: Readings) -> tuple[float, str]:
    change = guardrail.kind.replace("_", " ")
    topic = guardrail.names[0] if guardrail.names else None
    if topic is not None and topic not in readings.topics:
        raise LookupError(f"there is no topic `{topic}`; topics are {', '.join(sorted(readings.topics)) or 'none'}")
    found = [said for said in readings.disclosures or () if said.change == change and topic in (None, said.topic)]
    decisions = sum(said.openings + said.events for said in found)
    return decisions, f"{decisions:,} decisions"
