"""The examples that the OpenAPI document shows, and the one that `deskpolicy serve` offers to try."""

from typing import Any, Final

RULEBOOK: Final = "internal-it"

REQUEST: Final[dict[str, Any]] = {
    "rulebook": "internal-it",
    "at": "2026-11-23T11:00:00+03:00",
    "ticket": {
        "id": "T-1",
        "channel": "zm",
        "category": "product_service",
        "urgency": "high",
        "created_at": "2026-11-23T10:55:00+03:00",
        "status": "new",
        "fields": {"nature": "unplanned_event"},
    },
    "requester": {"relation": "employee", "role": "employee", "language": "ru"},
    "roster": [
        {"id": "ana", "online": True, "in_distribution": True, "last_assigned_at": "2026-11-23T10:40:00+03:00"},
        {"id": "bo", "online": False, "in_distribution": True},
    ],
    "explain": True,
}
"""The question that the README asks."""

EVALUATION: Final[dict[str, Any]] = {
    "subject": {"type": "agent", "id": "kim", "properties": {"role": "engineer"}},
    "action": {"name": "reassign"},
    "resource": {"type": "ticket", "id": "T-7", "properties": {"category": "issue"}},
    "context": {"rulebook": "shift-lead-desk", "at": "2026-11-23T09:30:00+03:00"},
}
"""A question of AuthZEN: may the engineer Kim reassign a ticket."""

ANSWER: Final[dict[str, Any]] = {
    "rulebook": {
        "id": "internal-it",
        "version": "1.0.0",
        "digest": "sha256:77707a005ad3569334d4a1bf48119aedda680084123b021845689a8c6f8951f6",
    },
    "at": "2026-11-23T08:00:00Z",
    "decision": {
        "admission": {"outcome": "accept", "to": None, "by": "bots-of-the-departments"},
        "classification": {"kind": "incident", "by": "classification.event"},
        "priority": {"level": "P2", "by": "priority.product_service.high"},
        "sla": {
            "calendar": "office",
            "clock": "running",
            "by": "sla.P2",
            "next_due": "2026-11-23T08:25:00Z",
            "targets": {
                "first_response": {
                    "within": "PT30M",
                    "due": "2026-11-23T08:25:00Z",
                    "warn_at": "2026-11-23T08:17:30Z",
                    "state": "running",
                    "started_at": "2026-11-23T07:55:00Z",
                    "met_at": None,
                    "elapsed": "PT5M",
                    "remaining": "PT25M",
                    "overrun": "PT0S",
                },
                "resolution": {
                    "within": "PT8H",
                    "due": "2026-11-24T06:55:00Z",
                    "warn_at": "2026-11-23T13:55:00Z",
                    "state": "running",
                    "started_at": "2026-11-23T07:55:00Z",
                    "met_at": None,
                    "elapsed": "PT5M",
                    "remaining": "PT7H55M",
                    "overrun": "PT0S",
                },
            },
        },
        "assignment": {
            "group": "first-line",
            "agent": "ana",
            "strategy": "round_robin",
            "passed_over": [{"agent": "bo", "why": "offline"}],
            "by": "in-turn",
        },
        "escalation": {"to": None, "level": 0, "request": None, "by": "stays-with-the-first-line"},
        "disclosures": {
            "support_channels": {
                "effect": "permit",
                "say": "Напишите, пожалуйста, боту Вашего департамента",
                "approver": None,
                "by": "employees-know-the-channels",
            }
        },
        "permissions": {
            "request_information": {"effect": "permit", "approver": None, "by": "may-ask-for-information"},
            "redirect_to_bot": {"effect": "deny", "approver": None, "by": "permissions.none"},
            "use_knowledge_base": {"effect": "permit", "approver": None, "by": "may-use-knowledge-and-lead"},
            "ask_team_lead": {"effect": "permit", "approver": None, "by": "may-use-knowledge-and-lead"},
        },
        "obligations": [{"do": "address_formally", "with": {}, "by": "formal-address"}],
    },
    "trace": [
        {
            "stage": "admission",
            "rule": "bots-of-the-departments",
            "because": "Сотрудник написал боту о сервисе продуктовой команды или вендора",
            "cites": ["1.1", "1.2", "1.4", "1.18"],
            "assumed": False,
        },
        {
            "stage": "classification",
            "rule": "classification.event",
            "because": "Одно незапланированное событие нарушило работу сервиса",
            "cites": ["1.24"],
            "assumed": False,
        },
        {
            "stage": "priority",
            "rule": "priority.product_service.high",
            "because": "ticket.category это product_service; ticket.urgency это high.",
            "cites": ["1.6"],
            "assumed": True,
        },
        {
            "stage": "sla",
            "rule": "sla.P2",
            "because": "Отдельные сроки ответа и решения, ожидание ответа постановщика не считается",
            "cites": ["1.6", "1.7", "1.21"],
            "assumed": True,
        },
        {
            "stage": "assignment",
            "rule": "in-turn",
            "because": "В рабочее время запросы получают по очереди агенты, которые в сети и в распределении",
            "cites": ["1.9", "1.11", "1.12"],
            "assumed": True,
        },
        {
            "stage": "escalation",
            "rule": "stays-with-the-first-line",
            "because": "Решает первая из двух линий",
            "cites": ["1.27"],
            "assumed": False,
        },
        {
            "stage": "disclosures",
            "rule": "employees-know-the-channels",
            "because": "Сотрудники группы обращаются по этим каналам",
            "cites": ["1.2", "1.4"],
            "assumed": False,
        },
        {
            "stage": "permissions",
            "rule": "may-ask-for-information",
            "because": "Агент может запросить у постановщика нужную информацию",
            "cites": ["1.17"],
            "assumed": False,
        },
        {
            "stage": "permissions",
            "rule": "permissions.none",
            "because": "Ни одно правило не подходит.",
            "cites": [],
            "assumed": False,
        },
        {
            "stage": "permissions",
            "rule": "may-use-knowledge-and-lead",
            "because": "База знаний и помощь тимлида доступны агентам",
            "cites": ["1.25"],
            "assumed": False,
        },
        {
            "stage": "obligations",
            "rule": "formal-address",
            "because": "К постановщику всегда обращаются на «Вы»",
            "cites": ["1.15"],
            "assumed": False,
        },
    ],
}
"""What version 1.0.0 answers to it (a test compares). Its digest changes with the data of holidays and zones too."""

TRIAL: Final[dict[str, Any]] = {
    "rulebook": RULEBOOK,
    "ticket": {"channel": "hm", "urgency": "high"},
    "requester": {"relation": "employee"},
}
"""A short question, for a command line."""
