"""Small random rulebooks as plain data, and random requests to them, for laws that hold for all rulebooks."""

import unicodedata
from typing import Any

from hypothesis import Phase
from hypothesis import strategies as st

UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)
"""Phases for laws over whole rulebooks: making a counterexample small takes minutes, and it is readable as it is."""

INSTANTS = ("2026-11-20T15:00:00Z", "2026-11-23T08:59:59.999999Z", "2026-11-23T09:00:00Z", "2026-11-23T09:30:00Z",
            "2026-11-23T12:30:00+03:00", "2026-11-23T10:00:00Z", "2026-11-23T10:30:00Z",
                "2026-11-23T14:00:00Z")  # fmt: skip
DURATIONS = ("0s", "PT0.5S", "30m", "PT30M", "1h", "90m", "2d")
TEXTS = ("", " ", "printer", "PRINTER on fire", "Straße 5", "STRASSE", "caf\u00e9", "cafe\u0301", "ПРИВЕТ", "ana", "bo")
PARTS = ("print", "strasse", "CAF\u00c9", "привет", "a", "5", "\u00df")
AGENTS = ("ana", "bo", "cy", "Jos\u00e9")
SKILLS = ("sap", "net", "ru")

FACTS: dict[str, Any] = {
    "ticket.channel": ["mail", "phone", "chat"],
    "ticket.category": ["app", "net", "caf\u00e9"],
    "ticket.urgency": {"ordered": ["low", "normal", "high"]},
    "ticket.impact": {"whole": {"at_least": 1, "at_most": 4}},
    "requester.tier": ["gold", "silver"],
    "agent.role": ["engineer", "lead"],
    "ticket.fields.vip": "truth",
    "ticket.fields.beta": "truth",
    "ticket.fields.count": "count",
    "ticket.fields.ratio": "decimal",
    "ticket.fields.pause": "duration",
    "ticket.fields.call_at": "instant",
    "ticket.fields.note": "text",
    "ticket.fields.marks": {"set": ["red", "green", "blue"]},
}
DERIVED: dict[str, Any] = {
    "same_owner": {"same": ["ticket.owner", "ticket.parent_owner"]},
    "either": {"any": ["ticket.fields.vip", "same_owner"]},
    "both": {"all": ["ticket.fields.vip", "ticket.fields.beta"]},
    "lacking": {"missing": ["ticket.owner", "ticket.fields.note", "classification"]},
    "given": {"present": ["ticket.text", "ticket.fields.count", "priority"]},
    "marks_number": {"size": "ticket.fields.marks"},
    "total": {"sum": ["ticket.fields.count", "requester.warnings", "ticket.fields.ratio"]},
    "medium": {"look_up": "ticket.channel", "in": {"mail": "written", "chat": "written"}, "otherwise": "spoken"},
    "age": {"elapsed": "ticket.created_at"},
    "day": {"weekday": "at", "zone": "Asia/Kolkata"},
}
NUMBERS = (0, 1, 2, 3, 4, 5)
KINDS: dict[str, tuple[str, tuple[Any, ...]]] = {
    # how a fact is tested, and the values to test it for
    **{
        name: ("ordered" if isinstance(body, dict) and "ordered" in body else "listed", tuple(body if isinstance(body,
            list) else body["ordered"]))
        for name, body in FACTS.items()
        if isinstance(body, list) or (isinstance(body, dict) and "ordered" in body)
    },
    "ticket.impact": ("line", (1, 2, 3, 4)),
    "ticket.line": ("line", (1, 2, 3)),
    "ticket.status": ("listed", ("new", "open", "waiting", "resolved", "closed")),
    "requester.relation": ("listed", ("employee", "client", "partner")),
    "requester.warnings": ("line", NUMBERS),
    "ticket.fields.vip": ("truth", (True, False)),
    "ticket.fields.beta": ("truth", (True, False)),
    "ticket.fields.count": ("line", NUMBERS),
    "ticket.fields.ratio": ("line", (-3, 0.5, 1, 1.5, 2.0)),
    "ticket.fields.pause": ("line", DURATIONS),
    "ticket.fields.call_at": ("instants", INSTANTS),
    "ticket.created_at": ("instants", INSTANTS),
    "ticket.fields.note": ("text", TEXTS),
    "ticket.text": ("text", TEXTS),
    "ticket.owner": ("text", AGENTS),
    "ticket.tags": ("set", ("red", "green", "x")),
    "ticket.fields.marks": ("set", ("red", "green", "blue")),
    "same_owner": ("truth", (True, False)),
    "either": ("truth", (True, False)),
    "both": ("truth", (True, False)),
    "lacking": ("set", ("owner", "note", "classification")),
    "given": ("set", ("text", "count", "priority")),
    "marks_number": ("line", NUMBERS),
    "total": ("line", (0, 1, 2, 2.5, 3, 5)),
    "medium": ("listed", ("written", "spoken")),
    "age": ("line", DURATIONS),
    "day": ("ordered", ("mon", "tue", "wed", "thu", "fri", "sat", "sun")),
    # results of stages
    "admission": ("listed", ("accept",)),
    "classification": ("listed", ("incident", "request")),
    "priority": ("ordered", ("P3", "P2", "P1")),
    "sla.clock": ("listed", ("running", "paused", "warned", "met", "breached", "stopped")),
    "assignment.agent": ("text", AGENTS),
    "escalation.level": ("line", (0, 1, 2)),
}  # fmt: skip
STAGES = (
    "admission",
    "classification",
    "priority",
    "sla",
    "assignment",
    "escalation",
    "disclosures",
    "permissions",
    "obligations",
)
KNOWN_AFTER = {"lacking": "classification", "given": "priority"}
TOPICS, ACTIONS = ("prices", "dates", "roadmap"), ("close", "reassign")
AUDIENCES = ("employee", "client", "partner", "press")

one = st.sampled_from


def some(values: Any, most: int = 3) -> st.SearchStrategy[list[Any]]:
    return st.lists(one(values), min_size=1, max_size=most, unique_by=repr)


def tests_on(fact: str) -> st.SearchStrategy[Any]:
    """What a rule may write after a fact."""
    how, values = KINDS[fact]
    member = one([{"is": value} for value in values] if how == "text" else values).filter(lambda v: v != {"is": ""})
    ways = [st.booleans().map(lambda absent: {"missing": absent})]
    if how != "set" and how != "instants":
        ways += [member, some([v for v in values if v != ""])]
    if how in ("line", "text") or len(values) > 1:
        ways += (
            [some(values, min(3, len(values) - 1)).map(lambda listed: {"none_of": listed})]
            if how not in ("set", "instants")
            else []
        )
    if how == "line":
        ends = st.tuples(one(range(len(values))), one(range(len(values)))).map(sorted)
        ways += [ends.map(lambda pair: {"at_least": values[pair[0]], "at_most": values[pair[1]]})]
        ways += [
            one(values[:-1]).map(lambda value: {"more_than": value}),
            one(values[1:]).map(lambda value: {"less_than": value}),
        ]
    if how == "ordered":
        ways += [member.map(lambda value: {"at_least": value}), member.map(lambda value: {"at_most": value})]
    if how == "instants":
        ways += [member.map(lambda value: {"from": value}), member.map(lambda value: {"before": value})]
    if how == "text":
        ops = one(("contains", "starts_with", "ends_with"))
        ways += [st.tuples(ops, some(PARTS)).map(lambda pair: dict([pair]))]
        ways += [some(("printer", "STRASSE", "привет", "cafe\u0301")).map(lambda words: {"any_word": words})]
    if how == "set":
        ways += [member, some(values), st.tuples(one(("has_any", "has_all", "has_none")),
            some(values)).map(lambda pair: dict([pair]))]  # fmt: skip
    return st.one_of(ways)


def whens(stage: str) -> st.SearchStrategy[dict[str, Any]]:
    """Conditions that a rule of a stage may have: on the request, on derived facts, on the stages before it."""
    facts = [fact for fact in KINDS if _known_before(fact, stage)]
    return st.lists(one(facts), max_size=2, unique=True).flatmap(
        lambda chosen: st.fixed_dictionaries({fact: tests_on(fact) for fact in chosen})
    )


def _known_before(fact: str, stage: str) -> bool:
    maker = KNOWN_AFTER.get(fact, fact.split(".")[0])
    return maker not in STAGES or STAGES.index(maker) < STAGES.index(stage)


TEMPLATE = one(("duty-{ticket.channel}", "{medium}-team", "front"))
ORDERS = st.one_of(
    st.fixed_dictionaries({"group": TEMPLATE}),
    st.fixed_dictionaries({"keep": one(("owner", "group"))}, optional={"group": TEMPLATE,
        "choose": one(("round_robin", "least_busy"))}),
    st.fixed_dictionaries({"agent": st.just("{ticket.parent_owner}")}, optional={"group": TEMPLATE}),
    st.fixed_dictionaries(
        {"choose": one(("round_robin", "least_busy"))},
        optional={
            "group": TEMPLATE,
            "among": st.fixed_dictionaries({}, optional={"online": st.booleans(), "line": one((1, [2, 3],
                {"at_least": 2}))}),
            "skills": st.one_of(some(SKILLS, 2), st.just("ticket.tags")),
            "never": some(("ticket.owner", "ticket.parent_owner", "ticket.tags"), 2),
        },
    ),
)  # fmt: skip
THENS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "admission": one(({"outcome": "accept"}, {"outcome": "accept"}, {"outcome": "reject"}, {"outcome": "redirect",
        "to": "desk-{ticket.channel}"})),
    "classification": one(("incident", "request", "is-{ticket.category}")).map(lambda kind: {"kind": kind}),
    "priority": one(("P1", "P2", "P3")).map(lambda level: {"level": level}),
    "sla": st.fixed_dictionaries(
        {"resolution": one(("0m", "30m", "1h", "4h", "none"))},
        optional={"first_response": one(("15m", "PT1H")), "next_update": one(("30m", "2h")),
            "calendar": st.just("always")},
    ),
    "assignment": ORDERS,
    "escalation": st.fixed_dictionaries(
        {"level": st.integers(0, 2)},
        optional={"to": one(("lead", "{ticket.category}-team")), "request": one(({"type": "Bug",
            "area": "{ticket.channel}", "weight": 1.5},))},
    ),
}  # fmt: skip
WITH = st.fixed_dictionaries(
    {},
    optional={
        "lone": one(("{ticket.fields.count}", "{ticket.fields.marks}", "{ticket.fields.pause}",
            "{ticket.fields.call_at}", "{lacking}",
                     "{ticket.fields.vip}", "{age}", "{total}", "{priority}", "{ticket.tags}", "{assignment.agent}")),
        "mixed": one(("{ticket.owner} by {ticket.channel}", "{ticket.fields.call_at}/{ticket.fields.pause}",
            "v={ticket.fields.vip} {given}")),
        "deep": one((["{ticket.owner}", {"x": "{sla.clock}"}], {"y": [1, True, "plain"]})),
    },
)  # fmt: skip


def texts() -> st.SearchStrategy[Any]:
    return st.dictionaries(one(("en", "ru", "pl")), one(("A", "Б", "C d")), min_size=1)


def noted(rule: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    notes = st.fixed_dictionaries(
        {}, optional={"because": texts(), "cites": st.just(["1.1"]), "assumed": st.booleans()}
    )
    return notes.map(lambda found: {**rule, **found})


KEPT = "an-x"
"""The rule that has both kinds known, always; one who edits a rulebook leaves it."""


@st.composite
def choices(draw: st.DrawFn, stage: str) -> dict[str, Any]:
    rules = draw(st.lists(st.tuples(whens(stage), THENS[stage]), max_size=3))
    body: dict[str, Any] = {
        "rules": [
            draw(noted({"rule": f"{stage}-{i}", "when": when, "then": then})) for i, (when, then) in enumerate(rules)
        ]
    }
    if stage == "classification":
        body["rules"].append({"rule": KEPT, "when": {"ticket.tags": "x"}, "then": {"kind": "incident"}})
    if stage in ("classification", "priority") and draw(st.booleans()):
        facts = draw(some([f for f in KINDS if _known_before(f, stage)], 2))
        cells = st.tuples(
            *(st.one_of(st.just("any"), tests_on(f)) for f in facts), THENS[stage].map(lambda t: next(iter(t.values())))
        )
        output = "kind" if stage == "classification" else "level"
        body["table"] = {
            "when": facts,
            "then": [output],
            "rows": draw(st.lists(cells.map(list), min_size=1, max_size=4)),
        }
    if stage == "priority":
        body["levels"] = ["P1", "P2", "P3"]
        if draw(st.booleans()):
            body["matrix"] = {"down": "requester.tier", "across": "ticket.urgency", "levels": ["high", "low"],
                              "gold": ["P1", "P2"], "silver": ["P2", "P3"]}  # fmt: skip
    if stage in ("admission", "classification") or draw(st.booleans()):
        plain = {"outcome": "accept"} if stage == "admission" else {"kind": "request"}
        body["otherwise"] = {"then": plain if stage in ("admission", "classification") else draw(THENS[stage])}
    return body


@st.composite
def effects(draw: st.DrawFn, stage: str, names: tuple[str, ...]) -> dict[str, Any]:
    rules = []
    for i in range(draw(st.integers(1, 5))):
        rule: dict[str, Any] = {"rule": f"{stage}-{i}", "when": draw(whens(stage))}
        for name in draw(some(names, 2)):
            rule.setdefault(draw(one(("permit", "deny", "approval"))), []).append(name)
        if "approval" in rule:
            rule["from"] = draw(one(("lead", "head")))
        if stage == "disclosures":
            rule |= draw(st.fixed_dictionaries({}, optional={"to": some(AUDIENCES, 2), "say": texts()}))
        rules.append(draw(noted(rule)))
    return {"topics" if stage == "disclosures" else "actions": list(names), "rules": rules} | (
        {"audiences": ["press"]} if stage == "disclosures" else {}
    )


@st.composite
def rulebooks(draw: st.DrawFn) -> dict[str, Any]:
    """A rulebook with all nine stages."""
    book: dict[str, Any] = {"language": draw(one(("en", "ru"))), "facts": FACTS, "derive": DERIVED}
    for stage in STAGES[:6]:
        book[stage] = draw(choices(stage))
    book["disclosures"] = draw(effects("disclosures", TOPICS))
    book["permissions"] = draw(effects("permissions", ACTIONS))
    duties = st.fixed_dictionaries({"do": one(("note", "call"))}, optional={"with": WITH})
    rules = draw(
        st.lists(
            st.tuples(whens("obligations"), st.one_of(duties, st.lists(duties, min_size=1, max_size=2))), max_size=4
        )
    )
    book["obligations"] = {
        "rules": [{"rule": f"obligations-{i}", "when": w, "then": t} for i, (w, t) in enumerate(rules)]
    }
    return book


def respelt(value: Any) -> st.SearchStrategy[Any]:
    """The same value as another sender may write it."""
    if isinstance(value, str):
        return one((value, unicodedata.normalize("NFD", value)))
    if isinstance(value, int) and not isinstance(value, bool):
        return one((value, value, float(value)))
    return st.just(value)


def valued(fact: str) -> st.SearchStrategy[Any]:
    how, values = KINDS[fact]
    present = some(values).map(list) if how == "set" else one(values).flatmap(respelt)
    return st.one_of(present, present, st.none())


def group(name: str, *more: tuple[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    plain = {f.split(".")[1]: valued(f) for f in KINDS if f.startswith(f"{name}.") and f.count(".") == 1}
    fields = {f.split(".")[2]: valued(f) for f in KINDS if f.startswith(f"{name}.fields.")}
    inner = st.one_of(st.fixed_dictionaries({}, optional=fields), st.none())
    return st.fixed_dictionaries({}, optional={**plain, **dict(more), "fields": inner})


def _wait(pair: tuple[str, str | None]) -> dict[str, Any]:
    return {"from": pair[0], "until": pair[1]} if pair[1] else {"from": pair[0]}


def _is_forward(pair: tuple[str, str | None]) -> bool:
    begin, until = pair
    return until is None or INSTANTS.index(begin) <= INSTANTS.index(until)


WAITS = st.lists(
    st.tuples(one(INSTANTS), st.one_of(st.none(), one(INSTANTS))).filter(_is_forward).map(_wait), max_size=3
)
TICKET = group(
    "ticket", ("parent_owner", one((*AGENTS, None))), ("group", one(("front", "back", None))), ("waits", WAITS),
    *((name, one((*INSTANTS, None))) for name in ("first_response_at", "last_update_at", "resolved_at")),
)  # fmt: skip
MEMBER = st.fixed_dictionaries(
    {},
    optional={
        "group": one(("front", "duty-mail", "written-team", None)), "line": one((1, 2, 3, None)),
            "skills": some(SKILLS),
        "online": one((True, False, None)), "open_tickets": st.integers(0, 3), "capacity": st.integers(1, 3),
        "last_assigned_at": one(INSTANTS), "on_leave": st.booleans(),
    },
)  # fmt: skip
ROSTER = st.lists(one(AGENTS), unique=True, max_size=4).flatmap(
    lambda ids: st.tuples(*(MEMBER.map(lambda member, id=id: {"id": id, **member}) for id in ids)).map(list)  # type: ignore[misc]
)
ASK = st.fixed_dictionaries(
    {}, optional={"disclose": st.one_of(st.none(), some(TOPICS)), "do": some(ACTIONS), "to": one((*AUDIENCES, None))}
)

EXPLAINED = st.one_of(
    one((True, False, None, "near")),
    st.fixed_dictionaries({}, optional={"near": one((True, False, None)), "to": one(("press", "requester", None))}),
)


def requests() -> st.SearchStrategy[dict[str, Any]]:
    """A request that fits every generated rulebook."""
    return st.fixed_dictionaries(
        {"rulebook": st.just("desk"), "version": st.just("1.0.0"), "at": one(INSTANTS)},
        optional={
            "ticket": st.one_of(TICKET, TICKET, TICKET, st.none()), "requester": st.one_of(group("requester"),
                st.none()),
            "agent": group("agent"), "roster": st.one_of(ROSTER, st.none()), "ask": st.one_of(ASK, st.none()),
            "explain": EXPLAINED, "language": one(("en", "ru", "de", "pl-PL", None)),
        },
    )  # fmt: skip
