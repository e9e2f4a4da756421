"""What is to be found in a rulebook, by deciding every request to it: the slow way, for small rulebooks.

Knows what findings mean, and nothing of the solver. A finding is told by its code, its place and what else it names.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import product
from typing import Any, NamedTuple

from rulebook_kit import AT

from engine.decision import CompiledRulebook, compile_rulebook, decide
from engine.diagnostics import Path
from engine.facts import Closed, parse_instant
from engine.proof.space.observed import Observed, observe
from engine.rulebook import Row, Stage, stage_of_result
from engine.tables import holds

CHOOSING = ("admission", "classification", "priority", "sla", "assignment", "escalation")
COMPLETE = ("classification", "priority", "sla", "assignment")
SPEAKING = ("disclosures", "permissions")
_INSTANT = parse_instant(AT)


class Told(NamedTuple):
    """A finding as it is compared: places are paths in the file."""

    code: str
    place: Path
    more: frozenset[Any] = frozenset()
    """Other rules by their places, or names."""


@dataclass(slots=True)
class Seen:
    """A request as it was decided, with the rules at work by their numbers."""

    observed: Observed
    decision: Mapping[str, Any]
    meant: dict[str, frozenset[int]]
    """By stage, the rules whose conditions hold, whether the stage is decided or not."""
    runs: dict[str, bool]
    settles: dict[str, int | None]
    """Of stages that choose: the rule by which; None where none applies or the stage is not decided."""

    def applies(self, stage: str) -> frozenset[int]:
        """The rules that apply."""
        return self.meant[stage] if self.runs.get(stage) else frozenset()

    def at_work(self, stage: str) -> Collection[int]:
        """The rules that fire."""
        if stage not in CHOOSING:
            return self.applies(stage)
        settled = self.settles.get(stage)
        return () if settled is None else (settled,)

    def is_open(self, stage: str) -> bool:
        """Whether the stage is decided and no rule of it applies."""
        return self.runs[stage] and self.settles[stage] is None


class Enumerated:
    """A rulebook and the decisions on all requests to it."""

    def __init__(self, book: CompiledRulebook, requests: Sequence[Mapping[str, Any]]) -> None:
        self.book = book
        self.requests = requests
        self.stages: Mapping[str, Stage] = book.rulebook.stages
        self.seen = [self._seen(request) for request in requests]

    def _seen(self, request: Mapping[str, Any]) -> Seen:
        observed = observe(self.book, request)
        decision = observed.answer["decision"]
        accepted = decision["admission"] is None or decision["admission"]["outcome"] in (None, "accept")
        meant, runs, settles = {}, {}, {}
        values = {
            fact: observed.value(fact) for stage in self.stages.values() for row in stage.rows for fact in row.when
        }
        for name, stage in self.stages.items():
            runs[name] = accepted or name not in ("classification", "priority", "sla", "assignment", "escalation")
            meant[name] = frozenset(i for i, row in enumerate(stage.rows) if _is_meant(row, values))
            if name in CHOOSING:
                by = decision[name]["by"] if decision[name] else None
                settles[name] = next((i for i, row in enumerate(stage.rows) if row.id == by), None)
        return Seen(observed, decision, meant, runs, settles)

    def rows(self, stage: str) -> tuple[Row, ...]:
        """The rules of a stage."""
        return self.stages[stage].rows if stage in self.stages else ()

    def never(self, stage: str) -> set[int]:
        """The rules that never fire."""
        fired = {i for one in self.seen for i in one.at_work(stage)}
        return set(range(len(self.rows(stage)))) - fired

    def without(self, stage: str, gone: Collection[int]) -> CompiledRulebook:
        """The rulebook, had a stage not some of its rules."""
        rows = tuple(row for i, row in enumerate(self.rows(stage)) if i not in gone)
        stages = {**self.stages, stage: replace(self.stages[stage], rows=rows)}
        return compile_rulebook(replace(self.book.rulebook, stages=stages))

    @cached_property
    def inputs(self) -> Mapping[str, frozenset[str]]:
        """By stage and by derived fact, the facts of requests on which they depend."""
        found: dict[str, frozenset[str]] = {}
        for name, derived in self.book.rulebook.derived.items():
            found[name] = frozenset(derived.needs)
        for name in self.stages:
            found[name] = frozenset(fact for row in self.rows(name) for fact in row.when)
        return found

    def inputs_of(self, facts: Collection[str]) -> set[str]:
        """The facts of requests on which some facts depend."""
        found = set(facts)
        while True:
            more = set().union(*(self.inputs.get(stage_of_result(f) or f, {f}) for f in found)) if found else set()
            if more == found:
                return found
            found = more


def _is_meant(row: Row, values: Mapping[str, Any]) -> bool:
    return all(holds(test, values[fact]) for fact, condition in row.when.items() for test in condition)


def expected(known: Enumerated, body: Mapping[str, Any]) -> set[Told]:
    """Everything that is to be found, by deciding every request; `body` is the rulebook as it is written."""
    found = {told for search in _SEARCHES for told in search(known)}
    return found | {*_unmentioned(known, body), *_unused(known, body), *_approvers(known, body)}


def _gaps(known: Enumerated) -> Iterator[Told]:
    for stage in COMPLETE:
        rows = known.rows(stage)
        if not rows or not all(row.when for row in rows):
            continue
        facts = {fact for row in rows for fact in row.when}
        earlier = [name for name in COMPLETE[: COMPLETE.index(stage)] if known.rows(name)]
        for one in known.seen:
            if one.is_open(stage) and all(one.observed.value(fact) is not None for fact in facts):
                yield Told("gap", rows[-1].path)
            elif one.is_open(stage) and not any(one.is_open(name) for name in earlier):
                yield Told("gap-where-absent", rows[-1].path)


def _hidden(known: Enumerated) -> Iterator[Told]:
    for stage in CHOOSING:
        rows, never = known.rows(stage), known.never(stage)
        for i, row in enumerate(rows):
            settled = [one.applies(stage) for one in known.seen if one.settles.get(stage) == i]
            hidden = [
                other.path
                for j, other in enumerate(rows)
                if j > i and j not in never and row.path[1:2] == other.path[1:2] == ("table",)
                if row.outcome != other.outcome
                if any(j in applies for applies in settled) and not all(j in applies for applies in settled)
                if any(j in one.applies(stage) and i not in one.applies(stage) for one in known.seen)
            ]  # fmt: skip
            if hidden:
                yield Told("hidden-result", row.path, frozenset(hidden))


def _never_fires(known: Enumerated) -> Iterator[Told]:
    for stage in known.stages:
        for i in known.never(stage):
            yield Told("never-fires", known.rows(stage)[i].path)


def _changes_nothing(known: Enumerated) -> Iterator[Told]:
    for stage, rows in ((name, known.rows(name)) for name in known.stages):
        gone = known.never(stage)
        at_work = {i for one in known.seen for i in one.at_work(stage)}
        usual = {row.id for row in rows if not row.when}
        parts = [one.decision[stage] for one in known.seen]
        for i in sorted(at_work, reverse=True):
            if rows[i].path[1:2] == ("matrix",) or (stage in SPEAKING and _is_wholly_outdone(known, stage, rows[i], i)):
                continue
            fewer, after = known.without(stage, {*gone, i}), {}
            for k, one in enumerate(known.seen):
                if f'"{rows[i].id}"' in json.dumps(parts[k]):
                    after[k] = decide(fewer, one.observed.request, _INSTANT, ())["decision"][stage]
                    if stage == "assignment" and not _orders_alike(rows, parts[k]["by"], after[k]["by"]):
                        break  # to whom it goes depends on the roster too
                    if not _is_same(stage, parts[k], after[k], rows[i].id, usual):
                        break
            else:
                gone.add(i)
                parts = [after.get(k, part) for k, part in enumerate(parts)]
                yield Told("changes-nothing", rows[i].path)


def _orders_alike(rows: Sequence[Row], by: str, other: str) -> bool:
    orders = {row.id: row.outcome for row in rows}
    return other in orders and bool(orders[by] == orders[other])


def _is_same(stage: str, before: Any, after: Any, lost: str, usual: set[str]) -> bool:
    """Whether a part says the same without a rule, and where the rule spoke not by one without conditions alone."""
    if before is None:
        return after is None
    if stage == "obligations":
        return {_plain(duty) for duty in before if duty["by"] == lost} <= {
            _plain(duty) for duty in after if duty["by"] not in usual
        }
    pairs = [(before[name], after[name]) for name in before] if stage in SPEAKING else [(before, after)]
    return all(
        one["by"] != lost or (_plain(one) == _plain(other) and other["by"] not in {*usual, f"{stage}.none"})
        for one, other in pairs
    )


def _plain(part: Mapping[str, Any]) -> str:
    """A part without the names of rules and their reasons."""
    return json.dumps({k: v for k, v in part.items() if k not in ("by", "because")}, sort_keys=True)


def _is_wholly_outdone(known: Enumerated, stage: str, row: Row, i: int) -> bool:
    """Whether all that a rule says a stricter one takes back: that is a finding of its own."""
    return all(
        _is_lost(known, stage, row, i, effect, name) for effect, names in row.outcome.names.items() for name in names
    )


def _outdone(known: Enumerated) -> Iterator[Told]:
    for stage in SPEAKING:
        never = known.never(stage)
        for i, row in enumerate(known.rows(stage)):
            for effect in ("approval", "permit"):
                names = row.outcome.names.get(effect, ()) if i not in never else ()
                lost = [name for name in names if _is_lost(known, stage, row, i, effect, name)]
                if lost:
                    yield Told("outdone", row.path, frozenset(lost))


def _is_lost(known: Enumerated, stage: str, row: Row, i: int, effect: str, name: str) -> bool:
    return not any(
        i in one.applies(stage) and _is_addressed(row, effect, one) and one.decision[stage][name]["effect"] == effect
        for one in known.seen
    )


def _is_addressed(row: Row, effect: str, one: Seen) -> bool:
    audiences = row.outcome.audiences
    to = one.observed.value("ask.to") or one.observed.value("requester.relation")
    return audiences is None or to in audiences or (to is None and effect != "permit")


def _never_disclosed(known: Enumerated) -> Iterator[Told]:
    for name in known.seen[0].decision["disclosures"] if "disclosures" in known.stages else ():
        if all(one.decision["disclosures"][name]["effect"] == "deny" for one in known.seen):
            denying = [row for row in known.rows("disclosures") if name in row.outcome.names.get("deny", ())]
            yield Told("never-disclosed", denying[0].path if denying else ("disclosures", "topics"), frozenset([name]))


# Targets.


def _late_responses(known: Enumerated) -> Iterator[Told]:
    never = known.never("sla")
    for i, row in enumerate(known.rows("sla")):
        within = dict(row.outcome.targets)
        if i not in never and within.get("first_response", 0) > within.get("resolution", 2**62):
            yield Told("response-after-resolution", row.path)


def _served_later(known: Enumerated) -> Iterator[Told]:
    tested = {fact for row in known.rows("sla") for fact in row.when}
    found: dict[tuple[str, int, int], str] = {}
    kind = known.book.rulebook.facts.get("priority")
    if "priority" in tested and isinstance(kind, Closed) and kind.ordered:
        differing = known.inputs_of({"priority"}) - known.inputs_of(tested - {"priority"})
        ranks: dict[Any, int] = {value: rank for rank, value in enumerate(kind.values)}
        for triple in _later_pairs(known, differing, "priority", ranks) if differing else ():
            found[triple] = "priority-served-later"
    for fact in ("ticket.urgency", "requester.tier"):
        if fact in known.inputs_of(tested) and fact in known.book.rulebook.declared:
            values = ("low", "normal", "high") if fact == "ticket.urgency" else ("standard", "gold")
            ranks = {value: rank for rank, value in enumerate(values)}
            for triple in _later_pairs(known, {fact}, fact, ranks):
                found.setdefault(triple, "better-served-later")
    rows = known.rows("sla")
    for (target, i, j), code in found.items():
        yield Told(code, rows[i].path, frozenset([rows[j].path, target]))


def _later_pairs(
    known: Enumerated, differing: Collection[str], fact: str, ranks: Mapping[Any, int]
) -> Iterator[tuple[str, int, int]]:
    """Targets with pairs of rules: by the first the better of two requests is promised more time than the other."""
    alike = sorted({f for f in known.book.rulebook.declared if f not in differing} | {"ticket.text"} - {*differing})
    groups = defaultdict(set)
    for one in known.seen:
        row, rank = one.settles.get("sla"), ranks.get(one.observed.value(fact))
        if row is not None and rank is not None:
            groups[tuple(repr(one.observed.value(f)) for f in alike)].add((rank, row))
    within = [dict(row.outcome.targets) for row in known.rows("sla")]
    for group in groups.values():
        for (high, i), (low, j) in product(group, group):
            if high > low:
                for target in within[i].keys() & within[j].keys():
                    if within[i][target] > within[j][target]:
                        yield target, i, j


# Assignments.


def _unfillable(known: Enumerated) -> Iterator[Told]:
    channels = ("mail", "phone", "chat") if "ticket.channel" in known.book.rulebook.declared else ()
    for row in known.rows("assignment"):
        order = row.outcome
        is_for_someone = order.choose is not None or order.agent is not None or order.keep == "owner"
        if is_for_someone and not _can_be_filled(_Alone(known.book, row), channels):
            yield Told("unfillable-assignment", row.path)


class _Alone:
    """A rule of assignment alone in its rulebook; equal to any that orders the same."""

    def __init__(self, book: CompiledRulebook, row: Row) -> None:
        self.book, self.row = book, row

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Alone) and self.row.outcome == other.row.outcome

    def __hash__(self) -> int:
        return hash(repr(self.row.outcome))

    def compiled(self) -> CompiledRulebook:
        """The rulebook."""
        stage = replace(self.book.rulebook.stages["assignment"], rows=(replace(self.row, when={}),))
        return compile_rulebook(replace(self.book.rulebook, stages={"assignment": stage}))


@cache
def _can_be_filled(alone: _Alone, channels: tuple[str, ...]) -> bool:
    """Whether some ticket and some roster of one give it somebody."""
    book = alone.compiled()
    skills = (None, ["net"], ["sap"], ["net", "sap"])
    for owner, channel, group, online, able in product(
        (None, "ana"), (None, *channels), (None, "front", "back"), (None, True, False), skills
    ):
        member = {"id": "ana", "group": group, "online": online, "skills": able, "in_distribution": True}
        request = {"rulebook": "desk", "version": "1.0.0", "at": AT, "roster": [member],
                   "ticket": {"owner": owner, **({"channel": channel} if channel else {})}}  # fmt: skip
        if decide(book, request, _INSTANT, ())["decision"]["assignment"]["agent"] is not None:
            return True
    return False


# What is written, whatever is decided.


def _unmentioned(known: Enumerated, body: Mapping[str, Any]) -> Iterator[Told]:
    for fact, kind in known.book.rulebook.declared.items():
        if not isinstance(kind, Closed) or not _is_used(fact, known, body) or f"{{{fact}}}" in json.dumps(body):
            continue
        left = [value for value in kind.values if not _is_named(fact, value, known, body)]
        if len(left) > 1:
            yield Told("unmentioned-values", ("facts", fact))


def _is_named(fact: str, value: str, known: Enumerated, body: Mapping[str, Any]) -> bool:
    tests = [t for name in known.stages for row in known.rows(name) for t in row.when.get(fact, ())]
    in_tests = any(isinstance(t.operand, frozenset) and value in t.operand for t in tests)
    return in_tests or any(value in d["in"] for d in body.get("derive", {}).values() if d.get("look_up") == fact)


def _unused(known: Enumerated, body: Mapping[str, Any]) -> Iterator[Told]:
    for section in ("facts", "derive"):
        for fact in body.get(section, {}):
            if not _is_used(fact, known, body):
                yield Told("unused-fact", (section, fact))


def _is_used(fact: str, known: Enumerated, body: Mapping[str, Any]) -> bool:
    """Whether a stage names a fact, or names one that is derived from it."""
    stages = json.dumps({k: v for k, v in body.items() if k not in ("facts", "derive")})
    asked = {name for stage in known.stages.values() for row in stage.rows for name in row.when}
    if fact in asked or f"{{{fact}}}" in stages:
        return True
    if fact == "requester.relation" and "disclosures" in body:
        return True
    return any(f'"{fact}"' in json.dumps(derived) and name in asked for name, derived in body.get("derive", {}).items())


def _approvers(known: Enumerated, body: Mapping[str, Any]) -> Iterator[Told]:
    to = json.dumps(body.get("escalation", {}))
    roles = body["facts"].get("agent.role", [])
    for stage in SPEAKING:
        for row in known.rows(stage):
            approver = row.outcome.approver
            if approver is not None and approver not in roles and f'"{approver}"' not in to:
                yield Told("unknown-approver", row.path)


_SEARCHES = (
    _gaps,
    _hidden,
    _never_fires,
    _changes_nothing,
    _outdone,
    _never_disclosed,
    _late_responses,
    _served_later,
    _unfillable,
)
