"""A review in sections and sentences, the same for a terminal, Markdown and a page. Knows nothing of drawing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import msgspec

from engine import Change, Review, RuleShown, SameDecision, WitnessShown

_NAMED_RULES = 2
"""As many pairs of rules are named for a region; where they are more, they are counted, and one is named."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How many real tickets fall in each change, by its place; ``tickets``: how many both versions decided."""

    tickets: int
    by_change: Mapping[int, int]
    refused: int
    """Tickets that one version does not take, or that cannot be read."""

    def share(self, place: int) -> float:
        """The share of tickets in a change."""
        return self.by_change.get(place, 0) / self.tickets if self.tickets else 0.0


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is told: what changes, for which requests, by which rules, with a request that shows it."""

    head: str
    notes: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    request: str | None = None
    old: str | None = None
    new: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """Some things of a kind."""

    title: str
    items: tuple[Item, ...]


def summary_of(review: Review) -> str:
    """One sentence: what was found, the gravest first."""
    if review.verdict == "same":
        return "no decision changes: proved over all requests"
    own = [change for change in review.changes if not change.follows_from]
    changes = _count(len(own), "change of decisions", "changes of decisions")
    told = [
        _count(len(review.undecided), "question undecided", "questions undecided"),
        changes and f"{changes} in {_listed(list(dict.fromkeys(change.stage for change in own)), '')}",
        _count(len(review.only_one), "name or value known to one version only", "names or values known to one only"),
        _count(len(review.changes) - len(own), "consequence", "consequences"),
    ]
    return ", ".join(part for part in told if part)


def sections_of(review: Review, weights: Weights | None = None) -> list[Section]:
    """All of a review; with weights the heaviest changes of a stage come first."""
    found = []
    if review.only_one:
        found.append(Section("accepted by one version only", tuple(map(_only_one, review.only_one))))
    placed = list(enumerate(review.changes))
    by_stage = groupby(placed, key=lambda pair: pair[1].stage)
    for stage, group in by_stage:
        found += _stage(stage, list(group), weights)
    found += _decided_or_not(placed, weights)
    if review.same_decision:
        items = tuple(map(_same_decision, review.same_decision))
        found.append(Section("same decision, other rule or reason", items))
    if review.undecided:
        items = tuple(Item(f"{_part(one['stage'], one['name'])}: {one['why']}") for one in review.undecided)
        found.append(Section("undecided", items))
    return found


def _only_one(one: Mapping[str, str | None]) -> Item:
    name = f"{one['kind']} `{one['name']}`"
    return Item(f"{name}: {one['old'] or 'none'} → {one['new'] or 'none'}")


def _stage(stage: str, changes: list[tuple[int, Change]], weights: Weights | None) -> Iterator[Section]:
    if weights is not None:
        changes = sorted(changes, key=lambda pair: -weights.by_change.get(pair[0], 0))
    items = [_item(place, change, weights) for place, change in changes if not _is_whether(change)]
    if items:
        yield Section(stage, tuple(items))


def _is_whether(change: Change) -> bool:
    """Whether a change is that its stage is decided at all, or no longer."""
    return change.old is None or change.new is None


def _decided_or_not(changes: Iterable[tuple[int, Change]], weights: Weights | None) -> Iterator[Section]:
    """Stages that are decided, or no longer, since admission changed: told together."""
    found: dict[bool, list[tuple[int, Change]]] = {}
    for place, change in changes:
        if _is_whether(change):
            found.setdefault(change.old is None, []).append((place, change))
    items = []
    for is_new, some in found.items():
        stages = ", ".join(change.stage for _, change in some)
        said = "not decided → decided" if is_new else "decided → not decided"
        notes = ("follows from `admission`", *_weight(some[0][0], weights))
        items.append(Item(f"{stages}: {said}", notes))
    if items:
        yield Section("stages decided or not", tuple(items))


def _item(place: int, change: Change, weights: Weights | None) -> Item:
    outputs = ", ".join(f"{_spoken(o.name)}{o.old} → {o.new}" for o in change.outputs)
    name = f"{change.name}: " if change.name else ""
    notes = [*_weight(place, weights)]
    if weights is None and change.share is not None:
        share = change.share
        notes.append(f"{share.combinations:,} of {share.of:,} combinations of {_listed(share.facts)}")
    if change.follows_from:
        notes.append(f"follows from {_listed(change.follows_from)}")
    if change.certainty == "some":
        notes.append("for some of these requests: it depends on more than rules test")
    if change.why_undecided:
        notes.append(f"undecided: {change.why_undecided}")
    where = [region.words for region in change.regions if region.words]
    if not change.is_complete:
        where.append(_others(change))
    witness = change.witness or (change.regions[0].witness if change.regions else None)
    return Item(f"{name}{outputs}", tuple(notes), tuple(where), tuple(_pairs(change)), *_shown(witness))


def _others(change: Change) -> str:
    if not change.has_all_rules:
        known = [
            f"{when} by {' or '.join(map(_rules, rules))}"
            for when, rules in zip(("before", "now"), change.rules_by_side, strict=True)
            if rules is not None
        ]
        said = f"all of them settled {' and '.join(known)}" if known else "by more rules than were looked for"
        return f"and others, {said}"
    is_named = len(change.rules) <= _NAMED_RULES
    named = "the pairs of rules below" if is_named else "its pairs of rules (all of them: `--format json`)"
    return f"and others: exactly those that {named} settle"


def _weight(place: int, weights: Weights | None) -> tuple[str, ...]:
    if weights is None:
        return ()
    count = weights.by_change.get(place, 0)
    return (f"{_count(count, 'ticket', 'tickets') or 'no ticket'} of {weights.tickets:,} ({weights.share(place):.1%})",)


def _spoken(name: str) -> str:
    return f"{name.replace('_', ' ')} " if name else ""


def _pairs(change: Change) -> Iterator[str]:
    pairs = [f"{_rules(old)} → {_rules(new)}" for old, new in change.rules]
    if len(pairs) <= _NAMED_RULES and change.has_all_rules:
        yield from pairs
    else:
        yield f"{len(pairs)}{'' if change.has_all_rules else ' or more'} pairs, such as {pairs[0] if pairs else 'none'}"


def _rules(rules: Sequence[RuleShown]) -> str:
    return " + ".join(f"`{rule.rule}` ({rule.file}:{rule.line})" for rule in rules) or "no rule"


def _same_decision(one: SameDecision) -> Item:
    part = _part(one.stage, one.name)
    if one.what == ("more",):
        return Item(f"{part}: and more pairs of rules than these")
    if one.what == ("rule",):
        return Item(f"{part}: {_rules(one.old)} → {_rules(one.new)}", where=(one.words,) if one.words else ())
    return Item(f"{part}: {_rules(one.new)} has another {_listed(one.what, '')}")


def _part(stage: str | None, name: str | None) -> str:
    return f"{stage} {name}" if name else str(stage)


def _listed(names: Sequence[str], mark: str = "`") -> str:
    *most, last = (f"{mark}{name}{mark}" for name in names)
    return f"{', '.join(most)} and {last}" if most else last


def _shown(witness: WitnessShown | None) -> tuple[str | None, str | None, str | None]:
    if witness is None:
        return None, None, None
    old, new = _differing(witness.old, witness.new)
    return _json(witness.request), _json(old), _json(new)


def _differing(old: Any, new: Any) -> tuple[Any, Any]:
    """What differs of two parts of decisions, and which rules they name; of other values all."""
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return old, new
    kept: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    for key in [*old, *(key for key in new if key not in old)]:
        if key == "by" or old.get(key) != new.get(key):
            pair = _differing(old.get(key), new.get(key))
            for side, values, value in zip(kept, (old, new), pair, strict=True):
                if key in values:
                    side[key] = value
    return kept


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _count(number: int, one: str, many: str) -> str:
    return "" if not number else f"{number:,} {one if number == 1 else many}"
