"""Never a traceback: whatever the bytes of a rulebook are, the answer is diagnostics, or a rulebook that decides.

The examples come from seeded generators, not from hypothesis: ten thousand of them must run within a minute.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from engine import CODES, Catalogue, RequestRefused, read_source
from engine.decision import compile_rulebook, decide
from engine.decision.files import RulebookFile, read_bytes
from engine.facts import Closed, Duration, FactType, Instant, Number, SetOf, Truth, parse_instant

ROOT = Path(__file__).parents[2]
DEPTH = max(1, settings().max_examples // 60)
"""How many times over the examples run: once by default, more often in the `deep` profile."""
RULEBOOKS = sorted(ROOT.glob("rules/*/1.0.0.yaml"))
AT = "2026-11-23T10:00:00Z"

SMALL = """
rulebook: desk
version: 1.0.0
in_force: {from: 2026-01-01, until: 2027-01-01, zone: Europe/Moscow}
title: {en: Desk, ru: Служба}
language: en
clock: {due_lands_on: next_opening, daylight_saving: nominal, zero_target: none, backwards: zero, granularity: minute}
states: [open, pending, done]
calendars:
  office:
    zone: Europe/Moscow
    hours: {mon-thu: "09:00-18:00", fri: ["09:00-13:00", "14:00-16:45"], sat: closed}
    holidays: RU
    days_off: [2026-12-31]
    special_days: {2026-12-30: "09:00-13:00"}
    breaks: {2026-12-29: "12:00-15:00"}
    assumed: true
facts:
  ticket.channel: [email, phone]
  ticket.urgency: {ordered: [low, normal, high]}
  ticket.fields.tags: {set: [vip, press]}
  ticket.fields.cost: {decimal: {at_least: 0, at_most: 100}}
  ticket.fields.worked: duration
  ticket.fields.outage: {truth: true, says: Something is down}
derive:
  at_work: {open: office}
  age: {elapsed: ticket.created_at, calendar: office, less_waits: true}
  last: {latest: [ticket.created_at, ticket.last_update_at]}
  idle: {elapsed: last, paused_by: [waits, {states: [pending]}]}
  own: {same: [ticket.owner, agent.id]}
  busy: {all: [at_work, ticket.fields.outage]}
  gaps: {missing: [ticket.owner, ticket.channel]}
  tags: {size: ticket.tags}
  effort: {sum: [age, ticket.fields.worked]}
  way: {look_up: ticket.channel, in: {email: slow}, otherwise: quick}
  day: {weekday: at, zone: Europe/Moscow}
  hour: {time_of_day: ticket.created_at, zone: UTC}
admission:
  rules:
    - {rule: outsiders, when: {requester.relation: [partner]}, then: {outcome: redirect, to: "desk-{ticket.channel}"}}
  otherwise: {then: {outcome: accept}, because: {en: Everyone is helped}}
classification:
  kinds: [incident, question]
  rules:
    - {rule: down, when: {ticket.text: {any_word: [down, out], matches: "is (down|out)"}}, then: {kind: incident}}
    - {rule: how, when: {ticket.subject: {starts_with: how, contains: [to, do]}}, then: {kind: question}}
priority:
  levels: [P1, P2, P3]
  matrix:
    down: ticket.channel
    across: ticket.urgency
    levels: [high, low]
    email: [P1, P3]
    phone: [P1, P2]
  table:
    hit: unique
    when: [day, effort]
    then: [level]
    rows:
      weekend: [[sat, sun], {at_least: 4h}, P2, {cites: ["1.1"], assumed: true}]
      week: [{at_most: fri}, any, P3]
sla:
  targets:
    resolution: {starts: [ticket.last_update_at, ticket.created_at], warn_after: 50%, paused_by: [waits]}
    workaround: {met: ticket.first_response_at, warn_after: 10m, paused_by: [waits], pauses: stop_time}
    reply: {starts: oldest_unanswered, met: agent_reply, paused_by: [{states: [pending]}], while_paused: hidden}
    closing: {starts: {states: [done]}, reopening: starts_anew}
  table:
    when: [priority]
    then: [resolution, workaround, reply, closing, calendar]
    rows: [[P1, 4h, 1h, 30m, 1d, always], [{at_most: P2}, 8h, none, 0m, none, office]]
assignment:
  rules:
    - {rule: keep, when: {own: true}, then: {keep: owner}}
    - rule: turn
      when: {at_work: true, hour: {at_least: 6h}}
      then: {choose: round_robin, group: "g-{way}", among: {online: true}, skills: ticket.tags, never: [ticket.owner]}
  otherwise: {then: {agent: "{ticket.parent_owner}"}}
escalation:
  rules:
    - {rule: up, when: {sla.resolution: breached}, then: {to: team, level: 2, request: {tracker: "{classification}"}}}
disclosures:
  topics: [prices, dates]
  audiences: [press]
  rules:
    - {rule: dates, deny: [dates], to: [client, press], say: {en: Nobody knows}}
    - {rule: prices, permit: [prices], when: {gaps: {has_none: [owner]}}}
permissions:
  rules:
    - {rule: ask, approval: [close], from: lead, when: {ticket.fields.cost: {more_than: 10.5}}}
obligations:
  rules:
    - rule: remind
      when: {idle: {more_than: 1h}, age: {more_than: 1d}, ticket.tags: {has_any: [vip]}, tags: 1}
      then: [{do: remind, with: {age: "{age}", who: ["{ticket.owner}", 1, true]}}, {do: note}]
"""


def _holds(name: str, raw: bytes) -> RulebookFile:
    """Read, and check that what comes out can be used."""
    file = read_bytes(name, raw)
    assert (file.rulebook is None) == bool(file.faults), raw
    for fault in file.faults:
        assert fault.code in CODES
        assert fault.span.line >= 1 <= fault.span.column
        assert "\n" not in fault.message
    return file


# Bytes.

_TOKENS = [
    "rulebook: desk\n", "version: 1.0.0\n", "facts:\n", "derive:\n", "admission:\n", "priority:\n", "sla:\n",
    "rules:\n", "  ", "    ", "- ", "- {rule: a, ", "when: {", "then: {", "}", "]", "[", "{", ": ", ", ", "\n", "'",
    '"', "|\n", ">-\n", "&a ", "*a", "!!str ", "<<: ", "? ", "# ", "---\n", "...\n", "%YAML 1.2\n", "\t", "any",
    "null", "~", "true", "yes", "1", "1e9", ".nan", "-", "P1", "ticket.status: new",
    "otherwise: {then: {outcome: accept}}\n", "{ticket.id}", "é", "e\u0301", "\u200b", "\u2028", "\ufeff", "😀",
    "\\x41", "\\", "@", "`", "\r\n", "\r", "\x00", "\x07",
]  # fmt: skip


def _soup(chance: random.Random) -> bytes:
    """A string of bytes: of any kind, or of pieces that rulebooks are made of."""
    kind = chance.random()
    if kind < 0.3:
        return chance.randbytes(chance.randrange(60))
    raw = "".join(chance.choices(_TOKENS, k=chance.randrange(1, 25))).encode()
    if kind > 0.9 and raw:
        at = chance.randrange(len(raw))
        raw = raw[:at] + chance.randbytes(1) + raw[at + 1 :]
    return raw


@pytest.mark.parametrize("seed", range(10))
def test_any_bytes(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(1_000 * DEPTH):
        _holds("rulebook.yaml", _soup(chance))


@pytest.mark.parametrize("path", RULEBOOKS, ids=lambda path: path.parent.name)
def test_damaged_files(path: Path) -> None:
    """Real files with bytes dropped, doubled, swapped and replaced."""
    text = path.read_bytes()
    chance = random.Random(path.parent.name)
    for _ in range(15 * DEPTH):
        raw = bytearray(text)
        for _ in range(chance.randrange(1, 4)):
            at, length = chance.randrange(len(raw)), chance.randrange(1, 30)
            piece = raw[at : at + length]
            raw[at : at + length] = chance.choice((b"", piece * 2, chance.randbytes(2), b"\n", b": ", b"["))
        _holds(path.name, bytes(raw))


# Mutations of the data.

_DEEP: Any = "x"
for _ in range(30):
    _DEEP = [_DEEP]
SCALARS: list[Any] = [
    "waits", ["waits"], {"states": ["open"]}, "oldest_unanswered", "agent_reply", "hidden", "keep_due", "next_opening",
    None, True, False, 0, 1, -1, 2**62, 1.5, 1e300, -1e-300, "", " ", "any", "none", "x", "1", "é", "e\u0301",
    "\u200b", "\u0007", "{", "}", "{}", "{ticket.channel}", "{ticket.text}", "{priority}-{ticket.channel}",
    "ticket.channel", "sla.clock", "at", "priority", "P1", "accept", "always", "office", "4h", "PT0S", "99999d",
    "75%", "24:00-24:00", "2026-02-30", "Europe/Moscow", "mon-sun", "(", "a{999}{999}", "x" * 500, "\n", [], {}, [[]],
    {"": ""}, ["x"], {"x": "x"}, {"missing": True}, {"is": "x"}, {"at_least": "x"}, {"one_of": []}, {"do": "x"},
    {"en": "x"}, {"rule": "x"}, {"group": "x"}, _DEEP,
]  # fmt: skip


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all that a value holds."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        yield (*path, step)
        yield from _places(item, (*path, step))


_MORE_KEYS = (
    "paused_by",
    "while_paused",
    "pauses",
    "reopening",
    "states",
    "earliest",
    "latest",
    "granularity",
    "gives",
)


def _keys(value: Any) -> set[str]:
    """The keys of a rulebook, and some that it could have."""
    return {*_MORE_KEYS, *(step for path in _places(value) for step in path if isinstance(step, str))}


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def _mutate(data: Any, keys: list[str], chance: random.Random) -> None:
    """One change somewhere: a node dropped, doubled, moved, replaced, nested, or its key renamed."""
    places = list(_places(data))
    if not places:
        return
    path = chance.choice(places)
    parent, step = _at(data, path[:-1]), path[-1]
    other = chance.choice(places)
    match chance.randrange(8):
        case 0:
            del parent[step]
        case 1 if isinstance(parent, list):
            parent.insert(step, copy.deepcopy(parent[step]))
        case 2:
            parent[step] = copy.deepcopy(_at(data, other))
        case 3:
            parent[step], item = [parent[step]], parent[step]
            if chance.random() < 0.5:
                parent[step] = {chance.choice(keys): item}
        case 4 if isinstance(parent, dict):
            parent[chance.choice(keys)] = parent.pop(step)
        case 5 if isinstance(parent, dict):
            at = chance.randrange(len(step) + 1)
            letter = chance.choice(("x", "é", "e\u0301", "\u200b", ".", " ", "{"))
            parent[step[:at] + letter + step[at + 1 :]] = parent.pop(step)
        case 6 if isinstance(parent, dict):
            parent[chance.choice(keys)] = copy.deepcopy(chance.choice(SCALARS))
        case _:
            parent[step] = copy.deepcopy(chance.choice(SCALARS))


def _values(kind: FactType) -> list[Any]:
    """Values that fit a type."""
    match kind:
        case Closed():
            return list(kind.values[:5])
        case Truth():
            return [True, False]
        case Number():
            low = kind.at_least or 0
            return [low, low + 1, low + (1 if kind.whole else 1.5)]
        case Duration():
            return ["PT0S", "PT5H", "P2D"]
        case Instant():
            return [AT, "2026-11-20T21:00:00+03:00", "2026-11-24T00:00:00Z"]
        case SetOf():
            return [[], list(kind.values[:2] if kind.values else ("vip", "x"))]
    return ["ana", "how to do it: it is down", "", "Ж"]


def _request(types: Any, chance: random.Random) -> dict[str, Any]:
    """A request in a rulebook's words, with now and then a value that does not fit."""
    parts: dict[str, Any] = {}
    for group in ("ticket", "requester", "agent"):
        part: dict[str, Any] = {}
        for name in (group, f"{group}.fields"):
            into = part if name == group else part.setdefault("fields", {})
            for fact, kind in types[name].items():
                if chance.random() < 0.5:
                    into[fact] = chance.choice(_values(kind)) if chance.random() < 0.97 else chance.choice(SCALARS)
        parts[group] = part
    parts["ticket"]["messages"] = [
        {"at": AT, "from": chance.choice(("agent", "requester")), "channel": "email"}
        for _ in range(chance.randrange(3))
    ]
    parts["ticket"]["states"] = [
        {"at": chance.choice((AT, "2026-11-20T00:00:00Z")), "state": chance.choice(("open", "pending", "done"))}
        for _ in range(chance.randrange(3))
    ]
    parts["ticket"]["waits"] = chance.choice(([], [{"from": AT}], [{"from": "2026-11-20T00:00:00Z", "until": AT}]))
    roster = [{"id": name, "online": chance.random() < 0.5, "group": "g-slow"} for name in ("ana", "bo")]
    return {**parts, "roster": roster, "ask": chance.choice(({}, {"to": "client"})), "explain": chance.random() < 0.5}


def _decides(file: RulebookFile, chance: random.Random) -> None:
    """A rulebook that was read compiles, and answers or refuses."""
    assert file.rulebook is not None
    book = compile_rulebook(file.rulebook)
    for _ in range(3):
        try:
            answer = decide(book, _request(book.types, chance), parse_instant(AT), ())
        except RequestRefused:
            continue
        json.dumps(answer)


def _data(raw: bytes) -> Any:
    source, faults = read_source("rulebook.yaml", raw)
    assert source is not None
    assert not faults
    return source.data


def test_the_small_rulebook_is_sound() -> None:
    file = _holds("rulebook.yaml", SMALL.encode())
    assert not file.faults
    _decides(file, random.Random(0))


@pytest.mark.parametrize("seed", range(12))
def test_mutations_of_a_small_rulebook(seed: int) -> None:
    whole, chance = _data(SMALL.encode()), random.Random(seed)
    keys, good = sorted(_keys(whole)), 0
    for _ in range(200 * DEPTH):
        data = copy.deepcopy(whole)
        for _ in range(chance.randrange(1, 4)):
            _mutate(data, keys, chance)
        file = _holds("rulebook.yaml", json.dumps(data, ensure_ascii=chance.random() < 0.5).encode())
        if file.rulebook:
            _decides(file, chance)
            good += 1
    assert good


@pytest.mark.parametrize("path", RULEBOOKS, ids=lambda path: path.parent.name)
def test_mutations_of_the_rulebooks(path: Path) -> None:
    whole, chance = _data(path.read_bytes()), random.Random(path.parent.name)
    keys = sorted(_keys(whole))
    for _ in range(30 * DEPTH):
        data = copy.deepcopy(whole)
        for _ in range(chance.randrange(1, 4)):
            _mutate(data, keys, chance)
        file = _holds(path.name, json.dumps(data).encode())
        if file.rulebook:
            _decides(file, chance)


def test_the_rulebooks_themselves_decide() -> None:
    assert Catalogue.load(ROOT / "rules").summaries()
