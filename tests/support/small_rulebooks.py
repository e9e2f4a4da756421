"""Random rulebooks so small that every request to them can be written down: for laws about all requests.

A rulebook is made from a number, so that a failure is repeated by that number alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, product
from random import Random
from typing import Any, NamedTuple

from hypothesis import strategies as st

AT = "2026-11-23T10:00:00Z"
MOST = 300
"""Requests to one rulebook."""


class Fact(NamedTuple):
    """How a fact is declared, every value that tells tests apart, and the tests that rules may make of it."""

    declared: Any
    values: tuple[Any, ...]
    tests: tuple[Any, ...]


_ABSENCE = ({"missing": True}, {"missing": False})


def _listed(*values: str, ordered: bool = False) -> Fact:
    tests: list[Any] = [*values, *({"none_of": [value]} for value in values), *_ABSENCE]
    if len(values) > 2:
        tests += [[*pair] for pair in pairwise(values)]
    if ordered:
        tests += [{"at_least": values[1]}, {"at_most": values[-2]}, {"more_than": values[0]}]
    return Fact({"ordered": [*values]} if ordered else [*values], (None, *values), tuple(tests))


_TRUTH = Fact("truth", (None, True, False), (True, False, *_ABSENCE))
FACTS: Mapping[str, Fact] = {
    "ticket.channel": _listed("mail", "phone", "chat"),
    "ticket.category": _listed("app", "net"),
    "ticket.service": _listed("print", "post", "wiki", "vpn"),
    "ticket.urgency": _listed("low", "normal", "high", ordered=True),
    "requester.tier": _listed("standard", "gold"),
    "ticket.fields.grade": _listed("c", "b", "a", ordered=True),
    "ticket.fields.vip": _TRUTH,
    "ticket.fields.beta": _TRUTH,
    "ticket.fields.n": Fact(
        {"whole": {"at_least": 0, "at_most": 2}},
        (None, 0, 1, 2),
        (0, 1, 2, [0, 2], {"at_least": 1}, {"less_than": 2}, {"more_than": 0}, {"none_of": [1]}, *_ABSENCE),
    ),
    "ticket.fields.marks": Fact(
        {"set": ["red", "green"]},
        (None, [], ["red"], ["green"], ["red", "green"]),
        ("red", {"has": "green"}, {"has_all": ["red", "green"]}, {"has_none": ["red"]},
         {"has_any": ["red", "green"]}, *_ABSENCE),
    ),
    "ticket.text": Fact(
        None,
        # neither; `b` inside, at the end; `ab` at the end, inside, at the beginning, at both ends, alone
        (None, "", " ", "x", "bx", "xb", "xab", "xabx", "abx", "abxb", "abab", "ab"),
        ({"contains": "ab"}, {"contains": "b"}, {"starts_with": "ab"}, {"ends_with": "b"}, {"is": "ab"}, *_ABSENCE),
    ),
    "requester.relation": _listed("employee", "client"),
}  # fmt: skip
_LEVELS, _KINDS, _TIMES = ("P1", "P2", "P3"), ("incident", "request"), ("none", "30m", "1h", "4h")
TOPICS, ACTIONS, AUDIENCES = ("prices", "dates"), ("close", "reopen"), ("employee", "client", "press")
ORDERS: tuple[Any, ...] = (
    {"group": "front"}, {"group": "back"}, {"group": "{ticket.channel}-desk"},
    {"choose": "round_robin"}, {"keep": "owner"}, {"keep": "owner", "never": ["ticket.owner"]},
    {"agent": "{ticket.owner}"}, {"agent": "{ticket.owner}", "never": ["ticket.owner"]},
    {"choose": "least_busy", "group": "front", "among": {"group": "back"}},
    {"choose": "least_busy", "group": "front", "among": {"group": ["front", "back"]}},
    {"choose": "least_busy", "among": {"skills": {"has_none": ["net"]}}, "skills": ["net"]},
    {"choose": "least_busy", "among": {"skills": {"has_none": ["sap"]}}, "skills": ["net"]},
    {"choose": "round_robin", "among": {"online": True}, "never": ["ticket.owner"]},
)  # fmt: skip


@dataclass(slots=True)
class _Draft:
    """A rulebook in the making: what its rules may ask about so far."""

    random: Random
    asked: dict[str, Sequence[Any]]
    """By fact, the tests that rules may make of it."""
    body: dict[str, Any] = field(default_factory=dict)

    def when(self, most: int = 2) -> dict[str, Any]:
        """Conditions of a rule."""
        facts = self.random.sample(
            [*self.asked], min(self.random.choice((0, *(1,) * 3, *(2,) * 4)), most, len(self.asked))
        )
        return {fact: self.random.choice(self.asked[fact]) for fact in facts}

    def rules(self, stage: str, thens: Sequence[Any], least: int = 0, most: int = 3) -> list[dict[str, Any]]:
        """Rules in prose."""
        number = self.random.randint(least, most)
        return [
            {"rule": f"{stage[:3]}-{i}", "when": self.when(), "then": self.random.choice(thens)} for i in range(number)
        ]


def small_rulebook(number: int) -> dict[str, Any]:
    """The rulebook of a number, as plain data. Not every one is without fault."""
    random = Random(number)
    facts = random.sample([*FACTS], random.randint(2, 4))
    while _number(facts) > MOST:
        facts.pop()
    stages = [name for name in _STAGES if random.random() < _STAGES[name]] or ["priority", "sla"]
    if "disclosures" in stages:
        facts = [*dict.fromkeys([*facts[:2], "requester.relation"])]
        while _number(facts) * (len(AUDIENCES) + 1) > MOST:
            facts.pop(0)
    draft = _Draft(random, {fact: FACTS[fact].tests for fact in facts})
    draft.body["facts"] = {fact: FACTS[fact].declared for fact in facts if FACTS[fact].declared is not None}
    if random.random() < 0.3 and "agent.role" not in facts:
        draft.body["facts"]["agent.role"] = ["lead", "engineer"]
    _derive(draft, facts)
    for name in stages:
        _WRITERS[name](draft)
    return {"language": "en", **draft.body}


def rulebooks() -> st.SearchStrategy[int]:
    """Numbers of rulebooks."""
    return st.integers(0, 2**48)


def requests_to(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every request to a rulebook, as far as its rules can tell them apart."""
    facts = [fact for fact in FACTS if fact in body["facts"] or f'"{fact}"' in _flat(body)]
    audiences = (None, *AUDIENCES) if "disclosures" in body else (None,)
    return [
        _request(dict(zip(facts, values, strict=True)), audience)
        for *values, audience in product(*(FACTS[fact].values for fact in facts), audiences)
    ]


def _flat(body: Any) -> str:
    return repr(body).replace("'", '"')


def _request(values: Mapping[str, Any], audience: str | None) -> dict[str, Any]:
    request: dict[str, Any] = {"rulebook": "desk", "version": "1.0.0", "at": AT, "ticket": {}}
    for fact, value in values.items():
        if value is not None:
            *path, name = fact.split(".")
            part = request
            for step in path:
                part = part.setdefault(step, {})
            part[name] = value
    return request | ({"ask": {"to": audience}} if audience else {})


def _number(facts: Sequence[str]) -> int:
    found = 1
    for fact in facts:
        found *= len(FACTS[fact].values)
    return found


def _derive(draft: _Draft, facts: Sequence[str]) -> None:
    truths = [fact for fact in facts if fact in ("ticket.fields.vip", "ticket.fields.beta")]
    possible: dict[str, tuple[Any, Sequence[Any]]] = {}
    if "ticket.channel" in facts:
        look_up = {"look_up": "ticket.channel", "in": {"mail": "written", "phone": "spoken"}}
        rest = draft.random.choice(({}, {"otherwise": "written"}, {"otherwise": "other"}))
        possible["medium"] = ({**look_up, **rest}, ("written", "spoken", *_ABSENCE))
    if truths:
        word = draft.random.choice(("any", "all"))
        possible["joined"] = ({word: truths}, (True, False, *_ABSENCE))
    named = [fact for fact in facts if fact != "requester.relation"][:2]
    if named:
        last = named[0].rsplit(".", 1)[-1]
        word = draft.random.choice(("missing", "present"))
        possible["lacking"] = ({word: named}, (last, {"has_none": [last]}))
    if "ticket.fields.marks" in facts:
        possible["marks_number"] = ({"size": "ticket.fields.marks"}, (0, 2, {"at_least": 1}, {"less_than": 2}))
    if possible and draft.random.random() < 0.5:
        name = draft.random.choice([*possible])
        draft.body["derive"] = {name: possible[name][0]}
        draft.asked[name] = possible[name][1]


def _admission(draft: _Draft) -> None:
    thens = ({"outcome": "reject"}, {"outcome": "redirect", "to": "elsewhere"}, {"outcome": "accept"})
    draft.body["admission"] = {
        "rules": draft.rules("admission", thens, 1, 2),
        "otherwise": {"then": {"outcome": draft.random.choice(("accept", "accept", "accept", "reject"))}},
    }


def _table(draft: _Draft, then: Sequence[str], outs: Sequence[Sequence[Any]]) -> dict[str, Any]:
    facts = draft.random.sample([*draft.asked], min(draft.random.randint(1, 3), len(draft.asked)))
    rows = []
    for _ in range(draft.random.randint(1, 6)):
        tests = [draft.random.choice(("any", *draft.asked[fact], *draft.asked[fact])) for fact in facts]
        rows.append([*tests, *(draft.random.choice(out) for out in outs)])
    table: dict[str, Any] = {"when": facts, "then": [*then], "rows": rows}
    if draft.random.random() < 0.25 and isinstance(draft.asked[facts[0]][0], str):
        plain = [test for test in draft.asked[facts[0]] if isinstance(test, str)]
        table |= {"hit": "unique", "rows": [[test, *row[1:]] for test, row in zip(plain, rows, strict=False)]}
    return table


def _chosen(draft: _Draft, stage: str, then: Sequence[str], outs: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Prose, a table or both, perhaps with a last rule for all else."""
    thens = [dict(zip(then, out, strict=True)) for out in product(*outs)]
    form = draft.random.choice(("rules", "table", "table", "both"))
    body: dict[str, Any] = {}
    if form != "table":
        body["rules"] = draft.rules(stage, thens, 1)
    if form != "rules":
        body["table"] = _table(draft, then, outs)
    if draft.random.random() < 0.4:
        body["otherwise"] = {"then": draft.random.choice(thens)}
    return body


def _classification(draft: _Draft) -> None:
    draft.body["classification"] = body = _chosen(draft, "classification", ["kind"], [_KINDS])
    draft.asked["classification"] = (*(kind for kind in _KINDS if f'"{kind}"' in _flat(body)), *_ABSENCE)


def _priority(draft: _Draft) -> None:
    body = {"levels": [*_LEVELS], **_chosen(draft, "priority", ["level"], [_LEVELS])}
    closed = [fact for fact in draft.asked if fact in FACTS and isinstance(FACTS[fact].declared, list)]
    if len(closed) > 1 and draft.random.random() < 0.5:
        down, across = draft.random.sample(closed, 2)
        head = FACTS[across].declared
        lines = {value: [draft.random.choice(_LEVELS) for _ in head] for value in FACTS[down].declared}
        body["matrix"] = {"down": down, "across": across, "levels": head, **lines}
        if draft.random.random() < 0.6:
            body.pop("table", None)
    draft.body["priority"] = body
    draft.asked["priority"] = (*_LEVELS, {"at_least": "P2"}, *_ABSENCE)


def _sla(draft: _Draft) -> None:
    draft.body["sla"] = _chosen(draft, "sla", ["first_response", "resolution"], [_TIMES, _TIMES])


def _assignment(draft: _Draft) -> None:
    orders = [order for order in ORDERS if "ticket.channel" in draft.asked or "{ticket.channel}" not in repr(order)]
    draft.body["assignment"] = {"rules": draft.rules("assignment", orders, 1)}
    if draft.random.random() < 0.5:
        draft.body["assignment"]["otherwise"] = {"then": draft.random.choice(orders)}


def _escalation(draft: _Draft) -> None:
    draft.body["escalation"] = _chosen(draft, "escalation", ["level", "to"], [(0, 1), ("lead", "head")])


def _effects(draft: _Draft, stage: str, names: Sequence[str]) -> dict[str, Any]:
    rules = []
    for i in range(draft.random.randint(1, 6)):
        rule: dict[str, Any] = {"rule": f"{stage[:3]}-{i}", "when": draft.when()}
        for name in draft.random.sample(names, draft.random.randint(1, len(names))):
            rule.setdefault(draft.random.choice(("permit", "permit", "deny", "approval")), []).append(name)
        if "approval" in rule:
            rule["from"] = draft.random.choice(("lead", "lead", "chief"))
        if stage == "disclosures" and draft.random.random() < 0.6:
            rule["to"] = draft.random.sample(AUDIENCES, draft.random.randint(1, 2))
        if stage == "disclosures" and draft.random.random() < 0.2:
            rule["say"] = "Ask us"
        rules.append(rule)
    return {"rules": rules}


def _disclosures(draft: _Draft) -> None:
    draft.body["disclosures"] = {
        "topics": [*TOPICS],
        "audiences": ["press"],
        **_effects(draft, "disclosures", TOPICS),
    }


def _permissions(draft: _Draft) -> None:
    draft.body["permissions"] = {"actions": [*ACTIONS], **_effects(draft, "permissions", ACTIONS)}


def _obligations(draft: _Draft) -> None:
    note, call = {"do": "note"}, {"do": "call", "with": {"who": "lead"}}
    draft.body["obligations"] = {"rules": draft.rules("obligations", (note, call, [note, call]), 1, 4)}


_STAGES: Mapping[str, float] = {
    "admission": 0.25,
    "classification": 0.25,
    "priority": 0.6,
    "sla": 0.4,
    "assignment": 0.25,
    "escalation": 0.15,
    "disclosures": 0.25,
    "permissions": 0.25,
    "obligations": 0.2,
}
"""How often a rulebook has a stage."""
_WRITERS = {
    "admission": _admission,
    "classification": _classification,
    "priority": _priority,
    "sla": _sla,
    "assignment": _assignment,
    "escalation": _escalation,
    "disclosures": _disclosures,
    "permissions": _permissions,
    "obligations": _obligations,
}
