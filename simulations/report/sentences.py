"""What a replay found in sentences: the first three, the notes, and the flips to look at first.

Knows findings, decisions as the contract shapes them, and words; nothing of HTML.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..findings import OpenedDecision, OpenedMoment, Summary, TargetFound
from .retold import retold
from .values import value_said
from .wording import Words

_VALUES: Final = {"admission": "outcome", "classification": "kind", "priority": "level", "assignment": "group"}
_NOTES: Final = {"The recorded times are": "fixed.more", "By level, each side": "own_level", "There are too few": "few"}


def lead(summary: Summary, words: Words) -> list[str]:
    """Three sentences with the numbers that matter first; one, where nothing was decided."""
    if not summary.openings.decided and not (summary.events and summary.events.decided):
        return [words.say("lead.nothing", all=words.say("tickets", n=summary.size.tickets))]
    if summary.flips is None:
        return [_decided(summary, words), _missed(summary, words), _agreed(summary, words)]
    return [_changed(summary, words), _targets(summary, words), _disclosed(summary, words)]


def notes(summary: Summary, words: Words) -> list[str]:
    """What every page must say; a note that this report does not know stays as it was written."""
    told = []
    for note in summary.notes:
        key = next((key for start, key in _NOTES.items() if note.startswith(start)), None)
        told.append(words.say(key) if key else retold(note, words))
    return told


def explained(moment: OpenedMoment, words: Words) -> list[str]:
    """A flip in sentences, made from both decisions and traces."""
    if len(moment.decisions) != 2:
        return []
    before, after = moment.decisions
    reasons = {(line["stage"], line["rule"]): line["because"] for said in (before, after) for line in said.trace}
    return [
        sentence + _because(stage, rule, reasons, words) for stage, sentence, rule in _differences(before, after, words)
    ]


def _differences(before: OpenedDecision, after: OpenedDecision, words: Words) -> Iterator[tuple[str, str, str | None]]:
    # Disclosures first: they weigh most.
    yield from _effects("disclosures", "worst.disclosure", before, after, words)
    for stage, key in _VALUES.items():
        old, new = (said.decision.get(stage) or {} for said in (before, after))
        if old.get(key) != new.get(key):
            values = {"before": _plain(stage, old.get(key), words), "after": _plain(stage, new.get(key), words)}
            yield stage, words.say("worst.value", stage=words.say(f"stage.{stage}"), **values), new.get("by")
    yield from _escalation(before, after, words)
    yield from _promises(before, after, words)
    yield from _effects("permissions", "worst.permission", before, after, words)
    yield from _owed(before, after, words)


def _effects(
    stage: str, key: str, before: OpenedDecision, after: OpenedDecision, words: Words
) -> Iterator[tuple[str, str, str | None]]:
    old, new = before.decision.get(stage) or {}, after.decision.get(stage) or {}
    for name in dict.fromkeys((*old, *new)):
        was, will = old.get(name) or {}, new.get(name) or {}
        said = [_effect(part, words) for part in (was, will)]
        if said[0] != said[1]:
            yield stage, words.say(key, name=name, before=said[0], after=said[1]), will.get("by") or was.get("by")


def _effect(part: Mapping[str, Any], words: Words) -> str:
    if not part:
        return words.say("nothing")
    effect = words.known("effect", str(part["effect"]))
    return f"{effect} ({part['approver']})" if part.get("approver") else effect


def _escalation(before: OpenedDecision, after: OpenedDecision, words: Words) -> Iterator[tuple[str, str, str | None]]:
    old, new = (said.decision.get("escalation") or {} for said in (before, after))
    places = [(part.get("to"), part.get("level") or 0) for part in (old, new)]
    if places[0] != places[1]:
        said = [_level(_plain("escalation", to, words), level, words) for to, level in places]
        stage = words.say("stage.escalation")
        yield "escalation", words.say("worst.value", stage=stage, before=said[0], after=said[1]), new.get("by")


def _promises(before: OpenedDecision, after: OpenedDecision, words: Words) -> Iterator[tuple[str, str, str | None]]:
    old, new = (said.decision.get("sla") or {} for said in (before, after))
    targets = [part.get("targets") or {} for part in (old, new)]
    for name in dict.fromkeys((*targets[0], *targets[1])):
        said = [_promise(part.get(name), words) for part in targets]
        if said[0] != said[1]:
            yield "sla", words.say("worst.target", name=name, before=said[0], after=said[1]), new.get("by")


def _promise(target: Mapping[str, Any] | None, words: Words) -> str:
    if target is None:
        return words.say("standing.none")
    values = {"state": words.known("state", str(target["state"])), "due": words.instant(str(target.get("due")))}
    if not target.get("within"):
        return words.say("target.due", **values)
    values["within"] = words.span(str(target["within"]))
    if target["state"] == "breached" and target.get("overrun"):
        return words.say("target.late", overrun=words.span(str(target["overrun"])), **values)
    return words.say("target.said", **values)


def _owed(before: OpenedDecision, after: OpenedDecision, words: Words) -> Iterator[tuple[str, str, str | None]]:
    old, new = ([dict(part) for part in said.decision.get("obligations") or ()] for said in (before, after))
    was, will = ({part["do"] for part in side} for side in (old, new))
    for part in new:
        if part["do"] not in was:
            yield "obligations", words.say("worst.newly_owed", name=part["do"]), part.get("by")
        elif not any(part["do"] == one["do"] and part.get("with") == one.get("with") for one in old):
            yield "obligations", words.say("worst.otherwise_owed", name=part["do"]), part.get("by")
    for part in old:
        if part["do"] not in will:
            yield "obligations", words.say("worst.no_longer_owed", name=part["do"]), part.get("by")


def _because(stage: str, rule: str | None, reasons: Mapping[tuple[str, str], str], words: Words) -> str:
    if rule is None:
        return words.say("worst.end")
    because = reasons.get((stage, rule))
    return (
        words.say("worst.because", rule=rule, because=because.rstrip("."))
        if because
        else words.say("worst.by", rule=rule)
    )


def _level(to: str, level: int, words: Words) -> str:
    return words.say("value.level", to=to, level=str(level)) if level else to


def _plain(stage: str, value: object, words: Words) -> str:
    return words.say("nothing") if value is None else value_said(stage, str(value), words)


def _changed(summary: Summary, words: Words) -> str:
    flips = {found.stage: found for found in summary.flips or ()}
    everything = summary.size.tickets
    whole = words.say("tickets", n=everything)
    if "any" not in flips or not flips["any"].tickets:
        return words.say("lead.same", all=whole)
    most = max((found for stage, found in flips.items() if stage != "any"), key=lambda found: found.tickets)
    changed = flips["any"].tickets
    return words.say(
        "lead.flips",
        flipped=words.say("lead.flipped", n=changed),
        all=whole,
        share=words.share(changed, everything),
        stage=words.known("stage", most.stage),
        tickets=words.say("tickets", n=most.tickets),
    )


def _any_target(summary: Summary) -> TargetFound | None:
    return next((found for found in summary.targets if found.target == "any" and found.level is None), None)


def _targets(summary: Summary, words: Words) -> str:
    found = _any_target(summary)
    if found is None or found.candidate is None or not (found.baseline.told and found.candidate.told):
        return words.say("lead.no_targets")
    rate = found.breach_rate
    points = words.say("points", value=words.signed(rate.difference or 0))
    sure = words.say("sure.few")
    if rate.low is not None and rate.high is not None:
        bounds = {"low": words.signed(rate.low), "high": words.signed(rate.high)}
        sure = words.say("sure.clear" if rate.clear else "sure.unclear", **bounds)
    shares = [words.share(tally.missed, tally.told) for tally in (found.baseline, found.candidate)]
    moved = words.say("tickets", n=found.newly_missed), words.say("tickets", n=found.newly_met)
    return words.say(
        "lead.targets", missed=moved[0], met=moved[1], before=shares[0], after=shares[1], points=points, sure=sure
    )


def _disclosed(summary: Summary, words: Words) -> str:
    changes = [found.change for found in summary.disclosures or ()]
    told = {"permitted": changes.count("newly permitted"), "denied": changes.count("newly denied")}
    if not summary.guardrails:
        return words.say("lead.disclosures.unguarded", **told)
    broken = sum(found.verdict == "broken" for found in summary.guardrails)
    return words.say("lead.disclosures", **told, broken=broken, all=len(summary.guardrails))


def _decided(summary: Summary, words: Words) -> str:
    count = summary.openings
    return words.say(
        "lead.decided", decided=count.decided, all=words.say("tickets", n=count.total), aside=count.set_aside
    )


def _missed(summary: Summary, words: Words) -> str:
    found = _any_target(summary)
    if found is None or not found.baseline.told:
        return words.say("lead.no_targets")
    tally = found.baseline
    told, share = words.say("tickets", n=tally.told), words.share(tally.missed, tally.told)
    return words.say("lead.missed", missed=tally.missed, told=told, share=share)


def _agreed(summary: Summary, words: Words) -> str:
    told = [one for one in summary.agreement if one.compared]
    found = next((one for one in told if one.moment == "opening"), told[0] if told else None)
    if found is None:
        return words.say("lead.no_agreement")
    share = words.share(found.equal, found.compared)
    moment = words.say(f"moment.{found.moment}")
    return words.say(
        "lead.agreement", moment=moment, part=found.part, equal=found.equal, compared=found.compared, share=share
    )
