"""Digests: what they cover and what they do not, and that equal digests mean equal answers."""

from dataclasses import replace
from typing import Any

import pytest
from rulebook_kit import AT, as_bytes, catalogue_of, rulebook_of

import engine.calendars.days as days
from engine.rulebook import digests

BOOK = """
rulebook: desk
version: 1.0.0
title: {en: Desk}
language: ru
clock: {due_lands_on: period_end}
calendars:
  office: {zone: Europe/Moscow, holidays: RU, hours: {mon-fri: "09:00-18:00"}, days_off: [2026-12-31]}
facts:
  ticket.channel: [mail, phone]
  ticket.fields.pause: duration
  ticket.fields.size: count
derive:
  big: {look_up: ticket.channel, in: {mail: letter, phone: call}}
  day: {weekday: at, zone: Europe/Berlin}
priority:
  levels: [P1, P2]
  rules:
    - rule: urgent
      when: {ticket.channel: phone, ticket.fields.pause: {at_least: 30m}}
      then: {level: P1}
      because: {pl: Pilne, ru: Срочно}
      cites: ["1.1"]
  otherwise: {then: {level: P2}}
sla:
  targets: {b: {met: ticket.resolved_at}, a: {warn_after: 50%}}
  table:
    {when: [priority, ticket.channel], then: [b, a, calendar],
     rows: [[P1, any, 30m, 1h, office], [P2, phone, 2h, 4h, always]]}
escalation: {rules: [{rule: up, when: {ticket.fields.size: 9}, then: {to: lead, request: {type: Bug, area: net}}}]}
assignment: {rules: [{rule: turn, then: {choose: round_robin, among: {online: true, in_distribution: true}}}]}
disclosures: {rules: [{rule: say, deny: [x], say: {pl: Nie, ru: Нет}}]}
obligations: {rules: [{rule: do, when: {big: [letter, call]}, then: {do: note, with: {b: 1, a: "{ticket.channel}"}}}]}
"""
REQUESTS: list[dict[str, Any]] = [
    {"ticket": {"channel": "phone", "fields": {"pause": "1h", "size": 9}, "created_at": AT}, "roster": [{"id": "a",
        "online": False}]},
    {"ticket": {"channel": "mail", "created_at": AT}, "language": "en", "roster": [{"id": "a"}]},
    {"language": "de"},
    {},
]  # fmt: skip


def digest(text: str) -> str:
    return digests(rulebook_of(text))[1]


def answers(text: str) -> list[bytes]:
    catalogue = catalogue_of(text)
    return [
        as_bytes(catalogue.decide({"rulebook": "desk", "version": "1.0.0", "at": AT, "explain": True, **request}))
        for request in REQUESTS
    ]


SAME = {
    "a comment": ("language: ru", "language: ru   # the procedure's"),
    "layout": ("clock: {due_lands_on: period_end}", "clock:\n      due_lands_on:    period_end"),
    "a default written out": ("clock: {due_lands_on: period_end}",
        "clock: {backwards: negative, due_lands_on: period_end}"),
    "seconds for minutes": ("at_least: 30m", "at_least: 1800s"),
    "ISO for short": ("[P1, any, 30m,", "[P1, any, PT30M,"),
    "a list of one": ("ticket.channel: phone,", "ticket.channel: [phone],"),
    "another spelling": ("ticket.fields.size: 9", "ticket.fields.size: {is: 9}"),
    "the order of conditions": ("{ticket.channel: phone, ticket.fields.pause: {at_least: 30m}}",
        "{ticket.fields.pause: {at_least: 30m}, ticket.channel: phone}"),
    "the order of languages": ("because: {pl: Pilne, ru: Срочно}", "because: {ru: Срочно, pl: Pilne}"),
    "the order of what may be said": ("say: {pl: Nie, ru: Нет}", "say: {ru: Нет, pl: Nie}"),
    "the order of particulars": ('with: {b: 1, a: "{ticket.channel}"}', 'with: {a: "{ticket.channel}", b: 1}'),
    "the order of a request": ("request: {type: Bug, area: net}", "request: {area: net, type: Bug}"),
    "the order of among": ("{online: true, in_distribution: true}", "{in_distribution: true, online: true}"),
    "the order of columns": (
        "when: [priority, ticket.channel], then: [b, a, calendar],\n     rows: [[P1, any, 30m, 1h, office], "
        "[P2, phone, 2h, 4h, always]]",
        "when: [ticket.channel, priority], then: [calendar, a, b],\n     rows: [[any, P1, office, 1h, 30m], "
        "[phone, P2, always, 4h, 2h]]",
    ),
    "the order of targets": ("targets: {b: {met: ticket.resolved_at}, a: {warn_after: 50%}}",
        "targets: {a: {warn_after: 50%}, b: {met: ticket.resolved_at}}"),
    "the order of facts": ("  ticket.channel: [mail, phone]\n  ticket.fields.pause: duration\n",
        "  ticket.fields.pause: duration\n  ticket.channel: [mail, phone]\n"),
    "the order of derived facts": ("  big: {look_up: ticket.channel, in: {mail: letter, "
                                   "phone: call}}\n  day: {weekday: at, zone: Europe/Berlin}\n",
                                   "  day: {weekday: at, zone: Europe/Berlin}\n  big: {in: {phone: call, "
                                   "mail: letter}, look_up: ticket.channel}\n"),
    "a list looked up in": ("when: {big: [letter, call]}", "when: {big: [call, letter]}"),
    "the order of the file": ("title: {en: Desk}\nlanguage: ru\n", "language: ru\ntitle: {en: Desk}\n"),
    "a title": ("title: {en: Desk}", "title: {en: Other}"),
    "sections": ("[P2, phone, 2h,", "[P2, phone, 120m,"),
    "hours": ('{mon-fri: "09:00-18:00"}', '{mon-thu: "09:00-18:00", fri: "09:00-18:00"}'),
    "says": ("ticket.fields.size: count", "ticket.fields.size: {count: true, says: How many}"),
}  # fmt: skip

OTHER = {
    "version": ("version: 1.0.0", "version: 1.0.1"),
    "a level": ("then: {level: P2}", "then: {level: P1}"),
    "a bound": ("at_least: 30m", "at_least: 31m"),
    "a test": ("at_least: 30m", "more_than: 30m"),
    "a condition": ("ticket.channel: phone, ", ""),
    "a rule's name": ("rule: urgent", "rule: very-urgent"),
    "a reason": ("Срочно", "Очень срочно"),
    "a clause": ('cites: ["1.1"]', 'cites: ["1.2"]'),
    "assumed results": ('cites: ["1.1"]', 'cites: ["1.1"]\n      assumed: [level]'),
    "assumed": ('cites: ["1.1"]', 'cites: ["1.1"]\n      assumed: true'),
    "a convention": ("due_lands_on: period_end", "due_lands_on: next_opening"),
    "a calendar's hours": ("09:00-18:00", "09:00-17:00"),
    "a calendar's country": ("holidays: RU", "holidays: DE"),
    "a day off": ("2026-12-31", "2026-12-30"),
    "a zone": ("zone: Europe/Moscow", "zone: Europe/Berlin"),
    "a derived fact's zone": ("zone: Europe/Berlin", "zone: Europe/Paris"),
    "a fact's values": ("[mail, phone]", "[mail, phone, fax]"),
    "a fact's type": ("size: count", "size: whole"),
    "a look-up": ("{mail: letter, phone: call}", "{mail: call, phone: letter}"),
    "a target's time": ("30m, 1h, office", "30m, 2h, office"),
    "a target's warning": ("warn_after: 50%", "warn_after: 60%"),
    "a row's calendar": ("1h, office", "1h, always"),
    "the order of rows": ("[[P1, any, 30m, 1h, office], [P2, phone, 2h, 4h, always]]",
        "[[P2, phone, 2h, 4h, always], [P1, any, 30m, 1h, office]]"),
    "an effect": ("deny: [x]", "permit: [x]"),
    "what may be said": ("Нет", "Да"),
    "a request": ("area: net", "area: web"),
    "a strategy": ("round_robin", "least_busy"),
    "among": ("online: true", "online: false"),
    "an obligation": ("do: note", "do: call"),
    "a particular": ("{b: 1,", "{b: 2,"),
    "levels": ("levels: [P1, P2]", "levels: [P2, P1]"),
    "language": ("language: ru", "language: pl"),
    "in force": ("version: 1.0.0", "version: 1.0.0\nin_force: {from: 2026-01-01}"),
}  # fmt: skip


def changed(change: tuple[str, str]) -> str:
    before, after = change
    assert before in BOOK
    return BOOK.replace(before, after)


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_layout_leaves_no_trace_in_the_digest_nor_in_the_answers(change: tuple[str, str]) -> None:
    text = changed(change)
    assert digest(text) == digest(BOOK)
    assert answers(text) == answers(BOOK)


@pytest.mark.parametrize("change", OTHER.values(), ids=OTHER)
def test_any_meaning_changes_the_digest(change: tuple[str, str]) -> None:
    assert digest(changed(change)) != digest(BOOK)


def test_every_answer_names_the_digest() -> None:
    answer = catalogue_of(BOOK).decide({"rulebook": "desk", "version": "1.0.0", "at": AT})
    assert answer["rulebook"] == {"id": "desk", "version": "1.0.0", "digest": digest(BOOK)}
    assert digest(BOOK).startswith("sha256:")
    assert len(digest(BOOK)) == len("sha256:") + 64


def test_the_digest_covers_the_holidays_that_calendars_resolve_to(monkeypatch: pytest.MonkeyPatch) -> None:
    said, before = digests(rulebook_of(BOOK))
    real = days.public_days

    def one_day_less(country: str, subdivision: str | None, year: int) -> Any:
        found = real(country, subdivision, year)
        return replace(found, holidays=frozenset(sorted(found.holidays)[1:])) if year == 2026 else found

    monkeypatch.setattr(days, "public_days", one_day_less)
    said_then, after = digests(rulebook_of(BOOK))
    assert said_then == said
    assert after != before


def test_the_digest_covers_the_data_of_the_zones_that_derived_facts_name(monkeypatch: pytest.MonkeyPatch) -> None:
    import engine.calendars

    text = "derive: {day: {weekday: at, zone: Europe/Berlin}}"
    _, before = digests(rulebook_of(text))
    real = engine.calendars.offset_changes
    monkeypatch.setattr(engine.calendars, "offset_changes", lambda name: real(name)[:-1])
    _, after = digests(rulebook_of(text))
    assert after != before
