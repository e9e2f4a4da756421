"""Assignment: which group, and who of the roster."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from ..diagnostics import Path
from ..facts import ROSTER, Closed, FactType, SetOf, Text, normal, shown
from ..rulebook import Reader, Row, Template, Then
from ..tables import ANY, Condition, described
from .case import NO_CASE, Case
from .program import NOTHING, Parts, Prepared, Runner, Settled, first_place
from .renderings import Give, Rendering
from .roster import STRATEGIES, Search, passed_over, search
from .texts import filled

AMONG = ("online", "in_distribution", "group", "role", "line", "skills", "open_tickets")
OUTPUTS = ("keep", "group", "agent", "choose", "among", "skills", "never")


@dataclass(frozen=True, slots=True)
class Order:
    """What a row orders."""

    keep: str | None
    """`owner`: the ticket stays with its owner; `group`: in its group."""
    group: Template | None
    agent: Template | None
    choose: str | None
    among: Mapping[str, Condition]
    skills: frozenset[str]
    skills_from: str | None
    """A set fact that holds the skills, instead of a list."""
    never: tuple[str, ...]
    """Facts that hold ids of agents who do not get it."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """`keep`, `group`, `agent`, `choose`, `among`, `skills`, `never`."""

    name: str = "assignment"
    kind: Literal["choice"] = "choice"
    main: str | None = "group"
    must_end: bool = False

    def read_settings(self, body: Mapping[str, Any], path: Path, reader: Reader) -> None:
        """None."""

    def read_outcome(self, then: Then, settings: None) -> Order | None:
        """A row's order; None where faults were noted."""
        before = len(then.reader.faults)
        then.refuse_unknown(OUTPUTS)
        keep = then.one_of("keep", ("owner", "group"))
        group = then.template("group", finite=True)
        agent = then.template("agent", finite=False)
        choose = then.one_of("choose", STRATEGIES)
        among = _among(then)
        skills, skills_from = _skills(then)
        order = Order(keep, group, agent, choose, among, skills, skills_from, _never(then))
        if len(then.reader.faults) == before:
            _check(then)
        return order if len(then.reader.faults) == before else None

    def results(
        self, rows: tuple[Row, ...], settings: None, values: Callable[[Template], list[str]]
    ) -> dict[str, FactType]:
        """The group, from all that the rules can name, and the agent. A kept ticket may be in a group of its own."""
        groups = dict.fromkeys(g for row in rows if row.outcome.group for g in values(row.outcome.group))
        open_ended = any(row.outcome.keep or row.outcome.agent for row in rows)
        kind: FactType = Text() if open_ended or not groups else Closed(tuple(groups))
        return {"assignment.group": kind, "assignment.agent": Text()}

    def calendars(self, outcome: Order) -> tuple[str, ...]:
        """An order promises nothing on a calendar."""
        return ()

    def facts(self, outcome: Order) -> tuple[str, ...]:
        """The facts named in its texts."""
        return (outcome.group.facts if outcome.group else ()) + (outcome.agent.facts if outcome.agent else ())

    def program(self, parts: Parts) -> "AssignmentProgram":
        """The stage made ready to run."""
        return AssignmentProgram(parts)


def _check(then: Then) -> None:
    if not any(then.is_given(key) for key in ("keep", "group", "agent", "choose")):
        help = "give `group`, `choose`, `keep` or `agent`"
        then.fault("missing-key", "this rule assigns to nobody", "group", help=help)
        return
    for key in ("among", "skills"):
        if then.is_given(key) and not then.is_given("choose"):
            said = f"`{key}` means nothing without `choose`"
            then.fault_of_name("unknown-key", said, key, help="add `choose: round_robin`")


def _among(then: Then) -> dict[str, Condition]:
    raw = then.values.get("among")
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        then.fault("wrong-shape", "`among` must be a mapping, such as {online: true}", "among",
                   help=f"it tests members of the roster: {', '.join(AMONG)}")  # fmt: skip
        return {}
    found = {}
    for key, test in raw.items():
        path = (*then.paths["among"], key)
        if key not in AMONG:
            then.reader.unknown("unknown-key", "key", key, AMONG, path, key=True,
                                help=f"members of the roster have: {', '.join(AMONG)}")  # fmt: skip
            continue
        condition = then.reader.condition(test, ROSTER[key], path)
        if condition != ANY:
            found[key] = condition
    return {key: found[key] for key in AMONG if key in found}


def _skills(then: Then) -> tuple[frozenset[str], str | None]:
    raw = then.values.get("skills")
    if raw is None:
        return frozenset(), None
    if isinstance(raw, list) and raw and all(isinstance(item, str) and item for item in raw):
        return frozenset(map(normal, raw)), None
    if isinstance(raw, str):
        help = "give a list of skills in brackets, or name a set fact"
        kind = then.reader.fact(raw, then.paths["skills"], help=help)
        if kind is not None and not isinstance(kind, SetOf):
            then.fault("wrong-type", f"{shown(raw)} is {described(kind)}, not a set", "skills", help=help)
        return frozenset(), raw
    then.fault("wrong-shape", "`skills` must be a list of texts or the name of a set fact", "skills",
               help="such as `[networks]` or `ticket.fields.needed_skills`")  # fmt: skip
    return frozenset(), None


def _never(then: Then) -> tuple[str, ...]:
    raw = then.values.get("never")
    if raw is None:
        return ()
    if not isinstance(raw, list) or not all(isinstance(item, str) for item in raw):
        then.fault("wrong-shape", "`never` must be a list of facts", "never",
                   help="such as `[ticket.parent_owner]`")  # fmt: skip
        return ()
    for i, name in enumerate(raw):
        kind = then.reader.fact(name, (*then.paths["never"], i))
        if kind is not None and not isinstance(kind, Text | Closed | SetOf):
            said = f"{shown(name)} is {described(kind)}, which holds no ids of agents"
            then.reader.fault("wrong-type", said, (*then.paths["never"], i), help="name facts such as `ticket.owner`")
    return tuple(raw)


@dataclass(frozen=True, slots=True)
class AssignmentProgram:
    """The order of the first row that applies, carried out on the roster of the request."""

    parts: Parts

    @property
    def name(self) -> str:
        """The stage's name."""
        return self.parts.name

    def runner(self, language: str, rendering: Rendering) -> Runner:
        """The stage for requests answered in a language."""
        rows = self.parts.table.rows
        prepared = Prepared(rows, partial(self._prepare, rendering))
        trace = self.parts.tracer(language, rendering)

        def run(case: Case, applying: int) -> Any:
            place = first_place(applying)
            give, known = prepared.at(place)
            if case.trace is not None:
                trace(case, place)
            if give is None:
                return rendering.made(self._assigned(rows[place - 1], case))
            if known is not NOTHING:
                known.tell(case)
            return give()

        return Runner(run, prepared.ready)

    def _prepare(
        self, rendering: Rendering, row: Row | None
    ) -> tuple[tuple[Give | None, Settled], tuple[Any, ...] | None]:
        """The part and what it makes known, and the same as an entry of Ready; None where the request has a say."""
        order: Order | None = row.outcome if row else None
        if order is not None and (order.keep or order.agent or order.choose or self._named(order)):
            return (None, NOTHING), None
        group = filled(order.group, NO_CASE) if order and order.group else None
        give, known = rendering.ready(self._part(row, group, None, None, [])), self._known(group, None)
        return (give, known), self.parts.ready(rendering, give, known)

    def _assigned(self, row: Row, case: Case) -> dict[str, Any]:
        group, agent, strategy, passed = assigned(row.outcome, case)
        self._known(group, agent).tell(case)
        return self._part(row, group, agent, strategy, passed)

    def _part(
        self, row: Row | None, group: str | None, agent: str | None, strategy: str | None, passed: list[dict[str, str]]
    ) -> dict[str, Any]:
        by = self.parts.by(row)
        return {"group": group, "agent": agent, "strategy": strategy, "passed_over": passed, "by": by}

    def _known(self, group: str | None, agent: str | None) -> Settled:
        return self.parts.settled({"assignment.group": group, "assignment.agent": agent})

    def _named(self, order: Order) -> tuple[str, ...]:
        return order.group.facts if order.group else ()


def assigned(order: Order, case: Case) -> tuple[str | None, str | None, str | None, list[dict[str, str]]]:
    """Group, agent, strategy and who was passed over."""
    group = filled(order.group, case) if order.group else None
    roster = case.request.get("roster") or ()
    never = _excluded(order, case)
    if order.keep == "group":
        group = case.value("ticket.group") or group
    owner = case.value("ticket.owner") if order.keep == "owner" else None
    if owner is not None and owner not in never:
        return (
            group or _group_of(owner, case),
            owner,
            "keep_owner",
            passed_over(roster, owner, never, "the owner keeps it"),
        )
    if order.agent is not None:
        named = filled(order.agent, case)
        if named is not None and named not in never:
            return (
                group or _group_of(named, case),
                named,
                "named",
                passed_over(roster, named, never, "another agent is named"),
            )
    if order.choose is None:
        return group, None, None, []
    found = search(roster, Search(group, order.among, _wanted_skills(order, case), never, order.choose))
    return group, found.agent, order.choose, found.passed_over


def _excluded(order: Order, case: Case) -> frozenset[str]:
    ids: set[str] = set()
    for fact in order.never:
        value = case.value(fact)
        ids |= value if isinstance(value, frozenset) else {value} if value is not None else set()
    return frozenset(ids)


def _wanted_skills(order: Order, case: Case) -> frozenset[str]:
    if order.skills_from is None:
        return order.skills
    return case.value(order.skills_from) or frozenset()


def _group_of(agent: str, case: Case) -> str | None:
    """The group of a ticket that stays with someone: the ticket's, else the one the roster states for them."""
    stated = case.value("ticket.group")
    if stated is not None:
        return str(stated)
    return next((m.get("group") for m in case.request.get("roster") or () if normal(m["id"]) == agent), None)
