"""Rulebooks that are broken in every way: a small sound one, strings of bytes, and changes to plain data.

All of it comes from a `random.Random`, so that equal seeds give equal examples.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

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
"""A rulebook that says a little of everything."""

_TOKENS = [
    "rulebook: desk\n", "version: 1.0.0\n", "facts:\n", "derive:\n", "admission:\n", "priority:\n", "sla:\n",
    "rules:\n", "  ", "    ", "- ", "- {rule: a, ", "when: {", "then: {", "}", "]", "[", "{", ": ", ", ", "\n", "'",
    '"', "|\n", ">-\n", "&a ", "*a", "!!str ", "<<: ", "? ", "# ", "---\n", "...\n", "%YAML 1.2\n", "\t", "any",
    "null", "~", "true", "yes", "1", "1e9", ".nan", "-", "P1", "ticket.status: new",
    "otherwise: {then: {outcome: accept}}\n", "{ticket.id}", "é", "e\u0301", "\u200b", "\u2028", "\ufeff", "😀",
    "\\x41", "\\", "@", "`", "\r\n", "\r", "\x00", "\x07",
]  # fmt: skip


def soup(chance: random.Random) -> bytes:
    """A string of bytes: of any kind, or of pieces that rulebooks are made of."""
    kind = chance.random()
    if kind < 0.3:
        return chance.randbytes(chance.randrange(60))
    raw = "".join(chance.choices(_TOKENS, k=chance.randrange(1, 25))).encode()
    if kind > 0.9 and raw:
        at = chance.randrange(len(raw))
        raw = raw[:at] + chance.randbytes(1) + raw[at + 1 :]
    return raw


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


def keys_of(value: Any) -> set[str]:
    """The keys of a rulebook, and some that it could have."""
    return {*_MORE_KEYS, *(step for path in _places(value) for step in path if isinstance(step, str))}


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def mutate(data: Any, keys: list[str], chance: random.Random) -> None:
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
