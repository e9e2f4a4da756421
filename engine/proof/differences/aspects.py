"""The parts of a decision that two rulebooks may settle differently, as literals: what each side says, by which rule.

An aspect is a stage that chooses, or one topic or action of a stage of effects. Each side's cases exclude each other,
and one of them holds of every request. Knows one space of two sides; nothing of how differences are told.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

from ...decision import NOT_DECIDED
from ...rulebook import Row, Template
from ..space import AUDIENCE, Model, Observed, Ordered, Space, literals
from .alignment import common
from .sameness import Sameness
from .sayings import OUTPUTS, Said, filled, mark, plain, said_by, templates_in

_TEXTS = 400
"""As many combinations of values are put into a rule's texts."""
EFFECTS = ("deny", "approval", "permit")
"""From the strictest on."""


@dataclass(frozen=True, slots=True)
class Case:
    """What one side may say."""

    literal: int
    what: str
    """The same text for the same saying."""
    said: Said | None
    """None: the stage is not decided."""
    rows: tuple[int, ...] = ()
    """The rules behind it, by their places; none: no rule applies."""
    needs: tuple[str, ...] = ()
    """Facts that its texts name: only when these are the same does the saying come to the same."""
    is_sure: bool = True
    """Whether another saying is another answer, whatever the request; else that depends on the request."""
    text: str = ""
    """The same text for what rules write alike, before facts are put in."""
    written: Said | None = None
    """As the rule writes it; None: there are no facts to be put in."""
    covers: frozenset[str] = frozenset()
    """What it comes to, where several sayings are told as one."""


@dataclass
class Aspect:
    """A part of the decision, and each side's cases in the order in which rules are tried."""

    stage: str
    name: str | None
    """The topic or action; None: the stage as a whole."""
    cases: tuple[list[Case], list[Case]]
    tested: tuple[str, ...]
    """The facts that rules of either side test."""
    named: tuple[str, ...]
    """The facts whose values they look up."""
    space: Space = field(repr=False)
    touched: int = 0
    """A literal without which, where all that is consulted is the same, both sides are settled by the same rule."""

    @cached_property
    def _by_what(self) -> tuple[dict[str, Case], dict[str, Case]]:
        found: list[dict[str, Case]] = []
        for cases in self.cases:
            groups: dict[str, list[Case]] = {}
            for case in cases:
                groups.setdefault(case.what, []).append(case)
            any_of = self.space.clauses.any_of
            found.append({w: replace(g[0], literal=any_of(c.literal for c in g), rows=()) for w, g in groups.items()})
        return found[0], found[1]

    @property
    def told_in(self) -> tuple[str, ...]:
        """The facts in which its regions are told."""
        return (*self.tested, *self.named, *((AUDIENCE,) if self.stage == "disclosures" else ()))

    def same(self, sameness: Sameness) -> int:
        """The literal of both sides' saying the same."""
        clauses, (old, new) = self.space.clauses, self._by_what
        return clauses.any_of(
            clauses.all_of((case.literal, new[what].literal, sameness.all_of(case.needs)))
            for what, case in old.items()
            if what in new
        )

    def read(self, model: Model, side: int) -> Case:
        """What a side says in an answer of the solver, whichever rule says it."""
        return self._by_what[side][self.settled(model, side).what]

    def saying(self, side: int, what: str) -> Case:
        """What a side says, whichever rule says it."""
        return self._by_what[side][what]

    def wider(self, model: Model, side: int) -> Case:
        """What a side says as its rules write it, with all that this comes to."""
        case = self.settled(model, side)
        if case.written is None:
            return self._by_what[side][case.what]
        alike = [other for other in self.cases[side] if other.text == case.text]
        literal = self.space.clauses.any_of(other.literal for other in alike)
        return replace(
            case, literal=literal, what=case.text, said=case.written, covers=frozenset(o.what for o in alike)
        )

    def known(self, case: Case) -> list[Case]:
        """All that a saying comes to, each by itself."""
        by_what = (self._by_what[0] | self._by_what[1]).get
        return [found for found in map(by_what, case.covers) if found] or [case]

    def settled(self, model: Model, side: int) -> Case:
        """The very case that holds in an answer of the solver."""
        return next(case for case in self.cases[side] if model[case.literal])

    def signed(self, side: int) -> dict[str, int]:
        """The literal of each rule's being named as the one that settled it."""
        rows, found = _rows(self.space, side, self.stage), dict[str, list[int]]()
        for case in self.cases[side]:
            found.setdefault(rows[case.rows[0]].id if case.rows else case.what, []).append(case.literal)
        return {name: self.space.clauses.any_of(lits) for name, lits in found.items()}

    def part(self, seen: Observed) -> Any:
        """The part of a decision that is meant."""
        part = seen.answer["decision"][self.stage]
        return part if part is None or self.name is None else part.get(self.name)

    def shown(self, seen: Observed, side: int) -> str | None:
        """What a decision shows a side to say; None where no case is like it."""
        part = self.part(seen)
        rows = _rows(self.space, side, self.stage)
        fitting = [
            case
            for case in self.cases[side]
            if (case.said is None) == (part is None)
            and (part is None or part["by"] == (rows[case.rows[0]].id if case.rows else f"{self.stage}.none"))
        ]
        if len(fitting) > 1:
            fitting = [
                c for c in fitting if c.said and all(plain(v) == part.get(k) for k, v in c.said.items() if k in part)
            ]
        return fitting[0].what if fitting else None

    def differs(self, seen: Sequence[Observed]) -> bool:
        """Whether two decisions answer otherwise, whichever rules they name."""
        one, other = (self._bare(self.part(s)) for s in seen)
        return bool(one != other)

    def _bare(self, part: Any) -> Any:
        return {key: value for key, value in part.items() if key != "by"} if isinstance(part, Mapping) else part


def choice(space: Space, stage: str) -> Aspect:
    """The aspect of a stage that chooses."""
    cases: tuple[list[Case], list[Case]] = ([], [])
    for side in (0, 1):
        decided = space.decided[side][stage]
        for place, (literal, row) in enumerate(zip(decided.settles, _rows(space, side, stage), strict=True)):
            cases[side].extend(_cases(space, side, stage, row, place, literal))
        cases[side].extend(_cases(space, side, stage, None, None, decided.none))
        if stage in NOT_DECIDED:
            cases[side].append(Case(-decided.runs, "not decided", None))
    return _aspect(space, stage, None, cases)


def _cases(space: Space, side: int, stage: str, row: Row | None, place: int | None, literal: int) -> Iterator[Case]:
    said = said_by(stage, row)
    is_sure = stage != "assignment" or not {"keep", "agent"} & said.keys()
    rows = () if place is None else (place,)
    texts = [] if not is_sure else templates_in(said)
    facts = tuple(dict.fromkeys(fact for text in texts for fact in text.facts))
    if not facts:
        needs = tuple(dict.fromkeys(f for t in templates_in(said) for f in t.facts)) + _named(row)
        yield Case(literal, mark(said), said, rows, needs, is_sure)
        return
    variables = [space.variables.get(space.key(fact, side)) for fact in facts]
    lists = [_values(variable) for variable in variables]
    if not all(isinstance(v, Ordered) for v in variables) or prod(map(len, lists)) > _TEXTS:
        yield Case(literal, mark(said), said, rows, facts + _named(row), is_sure=False)
        return
    for values in product(*lists):
        guards = [lit for v, value in zip(variables, values, strict=True) for lit in literals(v, _cell(v, value))]  # type: ignore[arg-type]
        given = filled(said, dict(zip(facts, values, strict=True)))
        held = space.clauses.all_of((literal, *guards))
        yield Case(held, mark(given), given, rows, _named(row), is_sure, mark(said), said)


def _named(row: Row | None) -> tuple[str, ...]:
    """The facts that an order of assignment looks up."""
    order = row.outcome if row else None
    found = (*getattr(order, "never", ()), getattr(order, "skills_from", None))
    return tuple(fact for fact in found if fact)


def _values(variable: Any) -> list[Any]:
    return [None, *getattr(variable.partition, "cell_of_value", ())] if isinstance(variable, Ordered) else []


def _cell(variable: Any, value: Any) -> int:
    return 0 if value is None else variable.partition.cell(value)


def effect(space: Space, stage: str, name: str) -> Aspect:
    """The aspect of a topic or an action: the strictest of what applies is said, by the first rule that says it."""
    clauses = space.clauses
    cases: tuple[list[Case], list[Case]] = ([], [])
    for side in (0, 1):
        decided, earlier = space.decided[side][stage], -clauses.true
        for kind in EFFECTS:
            for place, row in enumerate(_rows(space, side, stage)):
                if name in row.outcome.names.get(kind, ()):
                    meant = space.addressed(row.outcome.audiences, kind, side)
                    applies = clauses.all_of((decided.applies[place], meant))
                    said = _effect_said(kind, row, stage)
                    cases[side].append(Case(clauses.all_of((applies, -earlier)), mark(said), said, (place,)))
                    earlier = clauses.any_of((earlier, applies))
        said = _effect_said("deny", None, stage)
        cases[side].append(Case(-earlier, mark(said), said))
    return _aspect(space, stage, name, cases)


def _effect_said(kind: str, row: Row | None, stage: str) -> dict[str, Any]:
    found: dict[str, Any] = {"effect": kind, "approver": row.outcome.approver if row and kind == "approval" else None}
    if stage == "disclosures":
        found["say"] = dict(sorted(row.outcome.say.items())) if row and row.outcome.say else None
    return found


def is_sure(stage: str, old: Case, new: Case) -> bool:
    """Whether two sayings that differ give two answers, whatever else the request states."""
    if old.said is None or new.said is None:
        return True
    if old.covers or new.covers:
        return old.is_sure and new.is_sure
    if stage == "disclosures":
        return any(old.said[key] != new.said[key] for key in ("effect", "approver"))
    if stage == "assignment":
        told = [
            (plain(case.said.get("group")), case.said.get("choose")) for case in (old, new) if case.said is not None
        ]
        return old.is_sure and new.is_sure and told[0] != told[1]
    return (old.is_sure and new.is_sure) or _differs_plainly(old.said, new.said)


def _differs_plainly(old: Said, new: Said) -> bool:
    return any(
        plain(value) != plain(new.get(key)) and not templates_in(value) and not templates_in(new.get(key))
        for key, value in old.items()
    )  # fmt: skip


# What both sides say in the same order.


def _rows(space: Space, side: int, stage: str) -> tuple[Row, ...]:
    found = space.decided[side][stage].stage
    return found.rows if found else ()


def _aspect(space: Space, stage: str, name: str | None, cases: tuple[list[Case], list[Case]]) -> Aspect:
    rows = [_rows(space, side, stage) for side in (0, 1)]
    tested = {fact for some in rows for row in some for fact in row.when}
    needs = {need for side in cases for case in side for need in case.needs}
    texts = {fact for some in rows for row in some for text in _texts(stage, row) for fact in text.facts}
    audience = {"requester.relation"} if stage == "disclosures" else set()
    found = Aspect(stage, name, cases, tuple(sorted(tested | audience)), tuple(sorted(needs | texts)), space)
    found.touched = _touched(space, stage, cases, rows)
    return found


def _texts(stage: str, row: Row) -> Iterable[Template]:
    return templates_in(said_by(stage, row)) if stage in OUTPUTS or stage == "assignment" else ()


def _touched(space: Space, stage: str, cases: tuple[list[Case], list[Case]], rows: Sequence[Sequence[Row]]) -> int:
    """Some rule settles that does not stand on both sides in the same order with the same conditions and sayings.

    Where all that rules consult is the same and neither side is settled by such a rule, both are settled by the same:
    the one that settles the old side applies on the new side too, so the rule that settles there stands at or before
    it; and the other way round.
    """
    marked = [[(_key(stage, case, rows[side]), case.literal) for case in cases[side]] for side in (0, 1)]
    kept = common([key for key, _ in marked[0]], [key for key, _ in marked[1]])
    odd = [literal for side in (0, 1) for place, (_, literal) in enumerate(marked[side]) if place not in kept[side]]
    return space.clauses.any_of(odd)


def _key(stage: str, case: Case, rows: Sequence[Row]) -> Any:
    if not case.rows:
        return case.what
    row = rows[case.rows[0]]
    kinds = tuple(sorted(row.outcome.audiences or ())) if stage == "disclosures" else None
    spoken = row.outcome.audiences is None if stage == "disclosures" else None
    return case.what, row.id, tuple(sorted(row.when.items(), key=lambda pair: pair[0])), kinds, spoken
