"""Puts the page together: from the bytes of `summary.json` to those of the HTML file, always the same for the same.

Texts of the history are escaped by Jinja, which escapes all that is not marked; only the drawn charts, the style sheet
and the script are marked. The Content-Security-Policy names the digests of those two and permits nothing else, so that
neither a network nor a script of anyone else is reached.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files as resources
from typing import Any, Final

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ..findings import Load, StageFlips, Summary
from . import charts, flip_tables, tables
from .sentences import explained, lead, notes
from .table import Cell, Table, columns
from .wording import Language, Words

_GROUPS: Final = 4
"""Groups whose hours are drawn."""
_BARS: Final = 12


class UnreadableSummary(Exception):
    """What should be `summary.json` of a replay is not; the message is one line."""


class _Told(msgspec.Struct, frozen=True):
    files: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart with its caption."""

    caption: str
    svg: Markup
    bars: bool = False
    """Whether it may be drawn smaller on a narrow screen and can still be read."""


def report_html(raw: bytes, language: Language = "en") -> bytes:
    """The report in a language, as a whole HTML file, of the bytes of `summary.json`.

    Raises:
        UnreadableSummary: when the bytes are no summary of a replay.
    """
    try:
        summary = msgspec.json.decode(raw, type=Summary)
        digests = msgspec.json.decode(raw, type=_Told).files
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableSummary(f"no summary of a replay: {str(error)[:200].lower()}") from None
    words = Words(language)
    style = _text("report.css").replace("FIXED", _css_string(words.say("fixed")))
    script = _text("report.js")
    only = f"style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    policy = f"default-src 'none'; {only}; base-uri 'none'; form-action 'none'"
    environment = Environment(
        loader=PackageLoader("simulations.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("report.html.jinja").render(
        **_parts(summary, digests, words),
        s=summary,
        say=words.say,
        words=words,
        policy=policy,
        style=Markup(style),
        script=Markup(script),
        shown=_json,
    )
    return page.encode()


def _parts(summary: Summary, digests: Mapping[str, str], words: Words) -> dict[str, Any]:
    stages = [found for found in summary.flips or () if found.matrix]
    return {
        "lead": lead(summary, words),
        "notes": notes(summary, words),
        "guardrails": flip_tables.guardrails(summary.guardrails, words),
        "disclosures": flip_tables.disclosures(summary, words),
        "flips": flip_tables.flips(summary.flips or (), words),
        "flips_chart": _flips_chart(summary.flips or (), words),
        "stages": [
            (flip_tables.matrix(found, words), flip_tables.changes(found, words), flip_tables.unlisted(found))
            for found in stages
        ],
        "worst": [(moment, explained(moment, words)) for moment in summary.worst],
        "changed": next((found.tickets for found in summary.flips or () if found.stage == "any"), 0),
        "targets": tables.targets(summary.targets, words),
        "targets_chart": _targets_chart(summary, words),
        "moves": tables.moves(summary.targets, words),
        "load": tables.load(summary.load, words),
        "load_hours": tables.load_hours(summary.load, words),
        "load_charts": list(_load_charts(summary.load, words)),
        "zone": summary.method.zone if summary.method else None,
        "agreement": tables.agreement(summary.agreement, words),
        "agreement_compared": tables.agreement_compared(summary, words),
        "differences": tables.differences(summary.agreement, words),
        "breakdown": [tables.breakdown(found, words) for found in summary.breakdown],
        "used": tables.rules_used(summary.rules_used, words),
        "untouched": sum(not (rule.baseline or rule.candidate) for rule in summary.rules_used),
        "counts": tables.counts(summary, words),
        "set_aside": tables.set_aside(summary.set_aside, words),
        "withheld": ", ".join(f"{fact} {words.number(count)}" for fact, count in summary.withheld.items()),
        "made": _made(summary, digests, words),
    }


def _flips_chart(found: Sequence[StageFlips], words: Words) -> Picture | None:
    side = words.say("Tickets")
    bars = [
        charts.Bar(words.known("stage", one.stage), side, one.tickets, words.number(one.tickets))
        for one in found
        if one.tickets
    ]
    return Picture(words.say("flips"), Markup(charts.bars(bars, [side])), bars=True) if bars else None


def _targets_chart(summary: Summary, words: Words) -> Picture | None:
    sides = [words.say(side.side) for side in summary.sides]
    bars = []
    for one in [found for found in summary.targets if found.level is None][:_BARS]:
        for side, tally in zip(sides, (one.baseline, one.candidate), strict=False):
            if tally is not None and tally.told:
                name = words.say("any") if one.target == "any" else one.target
                share = words.share(tally.missed, tally.told)
                bars.append(charts.Bar(name, side, tally.missed / tally.told, share))
    return Picture(words.say("targets.chart"), Markup(charts.bars(bars, sides)), bars=True) if bars else None


def _load_charts(found: Sequence[Load], words: Words) -> Iterator[Picture]:
    days = [words.day(day) for day in range(7)]
    ranked = sorted(found, key=lambda one: (one.candidate_hours in (None, one.baseline_hours), -one.baseline))
    for one in ranked[:_GROUPS]:
        group = one.group or words.say("no_group")
        same = one.candidate_hours in (None, one.baseline_hours)
        sides = [("baseline", one.baseline_hours), *([] if same else [("candidate", one.candidate_hours or ())])]
        for side, hours in sides:
            caption = words.say("load.chart", group=group, side=words.say(side))
            yield Picture(caption, Markup(charts.hours(hours, days, [words.number(count) for count in hours])))


def _made(summary: Summary, digests: Mapping[str, str], words: Words) -> Table:
    say = words.say
    told = [
        (say("made.history"), summary.history),
        (say("made.history_sha256"), summary.history_sha256),
        (say("made.form"), summary.form),
        (say("made.mapping"), summary.mapping),
        (say("made.mapping_sha256"), summary.mapping_sha256),
    ]
    for side in summary.sides:
        name = say(side.side)
        told += [
            (say("made.version", side=f"{name} {side.rulebook}", version=version), digest)
            for version, digest in side.versions.items()
        ]
        told += [
            (say("made.change", line=one.line, path=one.path), f"{one.before} → {one.after}") for one in side.changes
        ]
    told += [(say("made.file", name=name), digest) for name, digest in sorted(digests.items())]
    if (method := summary.method) is not None:
        block, share = say(f"block.{method.block}"), words.percent(method.confidence)
        interval = say(
            "made.interval.said", interval=method.interval, confidence=share, n=method.resamples, block=block
        )
        told += [(say("made.interval"), interval), (say("made.blocks"), words.number(method.blocks))]
        if method.week_statistic is not None:
            told.append((say("made.week"), words.rounded(method.week_statistic)))
        told += [(say("made.seed"), str(method.seed)), (say("made.zone"), method.zone)]
        told.append((say("made.compared"), words.number(method.compared)))
    rows = tuple((Cell(name), Cell(value)) for name, value in told)
    return Table(say("made"), columns(say("made.what"), say("made.value")), rows)


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _text(name: str) -> str:
    return resources(__package__).joinpath(name).read_text(encoding="utf-8")


def _css_string(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
