"""A first rulebook to start from: small, with its clauses and with scenarios that pass and cover all of it."""

import re
from collections.abc import Mapping
from typing import Final

from ..diagnostics import did_you_mean
from ..rulebook import is_language

_ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "title": "A new rulebook",
        "clients": "Clients are served by their account manager, not by this desk",
        "others": "Whoever is not a client is served",
        "matrix": "The more it affects and the less it can wait, the sooner it is solved",
        "unknown": "Impact or urgency is not stated",
        "in_turn": "In working hours requests go in turn to whoever is online",
        "night": "Out of working hours the people on call take it",
        "survey": "Whoever was helped is asked how it went",
        "tone": "Answers are friendly and plain",
        "tone_why": "how to write, not what to decide",
    },
    "ru": {
        "title": "Новый регламент",
        "clients": "Клиентам помогает их менеджер, а не эта служба",
        "others": "Все, кроме клиентов, обслуживаются здесь",
        "matrix": "Чем больше затронуто и чем меньше можно ждать, тем раньше решение",
        "unknown": "Влияние или срочность не указаны",
        "in_turn": "В рабочее время запросы по очереди получают те, кто в сети",
        "night": "Вне рабочего времени запрос получают дежурные",
        "survey": "После решения постановщика просят оценить работу",
        "tone": "Ответы доброжелательны и понятны",
        "tone_why": "стиль письма, а не решение",
    },
    "pl": {
        "title": "Nowa procedura",
        "clients": "Klientom pomaga ich opiekun, nie ten zespół",
        "others": "Zespół obsługuje wszystkich poza klientami",
        "matrix": "Im większy wpływ i im mniej czasu, tym wcześniej rozwiązanie",
        "unknown": "Nie podano wpływu lub pilności",
        "in_turn": "W godzinach pracy zgłoszenia trafiają po kolei do osób zalogowanych",
        "night": "Poza godzinami pracy zgłoszenie przejmuje dyżur",
        "survey": "Po rozwiązaniu pytamy, jak poszło",
        "tone": "Odpowiedzi są życzliwe i proste",
        "tone_why": "styl pisania, a nie decyzja",
    },
}


class CannotScaffold(ValueError):
    """A rulebook cannot have this id, or its procedure this language; the message says why."""


def scaffold(id: str, language: str) -> dict[str, str]:
    """The files of a new rulebook by name: its first version, its clauses, its scenarios. Raises CannotScaffold.

    Texts are in the language where there are any in it, otherwise in English.
    """
    if not _ID.fullmatch(id) or len(id) > 100:
        raise CannotScaffold(f"`{id}` cannot be the id of a rulebook: lower-case words joined by hyphens are wanted")
    if not is_language(language):
        hint = did_you_mean(language, _TEXTS)
        raise CannotScaffold(
            f"`{language}` is no code of a language, such as `en` or `ru`" + (f"; {hint}" if hint else "")
        )
    spoken = language if language in _TEXTS else "en"
    words = {name: f'{{{spoken}: "{text}"}}' for name, text in _TEXTS[spoken].items()}
    words |= {"id": id, "language": language}
    return {
        "1.0.0.yaml": _filled(_RULEBOOK, words),
        "clauses.yaml": _filled(_CLAUSES, words),
        "scenarios.yaml": _filled(_SCENARIOS, words),
    }


def _filled(text: str, words: Mapping[str, str]) -> str:
    return re.sub(r"<(\w+)>", lambda found: words[found[1]], text)


_RULEBOOK: Final = """\
# yaml-language-server: $schema=../../schemas/rulebook.schema.json
#
# A rulebook decides in stages: admission, classification, priority, sla, assignment, escalation, disclosures,
# permissions, obligations. Each may be left out. The first rule that applies settles a stage; obligations add up.

rulebook: <id>
version: 1.0.0
# in_force: {from: 2027-01-01}            # without it the version is a draft, used only when asked for by its number
title: <title>
language: <language>                      # of the written procedure

calendars:
  office: {zone: UTC, hours: {mon-fri: "09:00-17:00"}}

# What the rules may ask about, beside the facts that every ticket has. A name that is not declared is refused.
facts:
  ticket.impact: {ordered: [low, high]}
  ticket.urgency: {ordered: [low, high]}

# A rule tests one fact at a time; what takes more is derived first.
derive:
  in_working_hours: {open: office}

admission:
  rules:
    - rule: clients-to-their-manager
      when: {requester.relation: [client, prospect]}
      then: {outcome: redirect, to: account-manager}
      because: <clients>
      cites: ["1"]                        # the clauses of the procedure, listed in clauses.yaml
  otherwise:
    rule: everyone-else
    then: {outcome: accept}
    because: <others>
    cites: ["1"]

priority:
  levels: [P1, P2, P3]                    # the highest first
  matrix:
    down: ticket.impact
    across: ticket.urgency
    levels: [high, low]
    high:   [P1, P2]
    low:    [P2, P3]
    because: <matrix>
    cites: ["2"]
  otherwise:
    rule: not-stated
    then: {level: P3}
    because: <unknown>
    assumed: true                         # the procedure does not say; `deskpolicy check --assumptions` lists these

sla:
  table:
    when: [priority]
    then: [first_response, resolution, calendar]
    because: <matrix>
    cites: ["2"]
    rows:
      P1: [P1, 15m, 4h, always]
      P2: [P2, 1h, 8h, office]
      P3: [P3, 4h, 40h, office]

assignment:
  rules:
    - rule: in-turn
      when: {in_working_hours: true}
      then: {group: first-line, choose: round_robin, among: {online: true}}
      because: <in_turn>
      cites: ["3"]
  otherwise:
    rule: on-call
    then: {group: on-call}
    because: <night>
    cites: ["3"]

obligations:
  rules:
    - rule: ask-how-it-went
      when: {ticket.status: [resolved, closed]}
      then: {do: send_survey}
      because: <survey>
      cites: ["4"]
"""

_CLAUSES: Final = """\
# yaml-language-server: $schema=../../schemas/clauses.schema.json
#
# What the written procedure says, clause by clause, in our own words, and the stages that it settles.
# `deskpolicy test --matrix` shows which rules carry a clause out, and which scenarios show it.

"1": {says: <clients>, decides: [admission]}
"2": {says: <matrix>, decides: [priority, sla]}
"3": {says: <in_turn>, decides: [assignment]}
"4": {says: <survey>, decides: [obligations]}
"5": {says: <tone>, no_decision: <tone_why>}
"""

_SCENARIOS: Final = """\
# yaml-language-server: $schema=../../schemas/scenarios.schema.json
#
# What the rulebook must decide: `deskpolicy test --watch` runs these while you edit.

rulebook: <id>
coverage: {rules: 100, clauses: 100}      # percent; with less, the tests fail
at: "2026-11-23T10:00:00Z"                # a Monday; the instant of scenarios that name none
given:                                    # lies under what each scenario gives
  ticket: {id: T1, status: new, created_at: "2026-11-23T09:55:00Z", impact: high, urgency: low}
  requester: {relation: employee}
  roster:
    - {id: ana, online: true, last_assigned_at: "2026-11-23T09:50:00Z"}
    - {id: bo, online: false}

scenarios:
  - scenario: a client is sent to the account manager
    clauses: ["1"]
    given: {requester: {relation: client}}
    expect: {admission: {outcome: redirect, to: account-manager}, priority: null}

  - scenario: in working hours someone who is online gets it
    clauses: ["3"]
    expect:
      admission: {outcome: accept}
      assignment: {group: first-line, agent: ana, passed_over: {has: {agent: bo}}}
      sla: {targets: {first_response: {due: "2026-11-23T10:55:00Z", state: running}}}
    expect_not: {obligations: {has: {do: send_survey}}}

  - scenario: at night the people on call get it
    clauses: ["3"]
    at: "2026-11-23T23:00:00Z"
    expect: {assignment: {group: on-call, agent: null}}

  - scenario: whoever was helped is asked how it went
    clauses: ["4"]
    given: {ticket: {status: resolved, resolved_at: "2026-11-23T09:59:00Z"}}
    expect: {sla: {clock: stopped}, obligations: {has: {do: send_survey}}}

  - scenario: nothing is known of impact
    given: {ticket: {impact: null}}
    expect: {priority: {level: P3}}

  - scenario: a slip in the name of a fact is refused
    given: {ticket: {urgancy: high}}
    refused: {status: 422, pointer: /ticket/urgancy, nearest: urgency}

tables:
  - scenarios: priority and its promise
    clauses: ["2"]
    when: [ticket.impact, ticket.urgency]
    then: [priority.level, sla.targets.first_response.within]
    rows:
      - [high, high, P1, 15m]
      - [high, low, P2, 1h]
      - [low, high, P2, 1h]
      - [low, low, P3, 4h]
"""
