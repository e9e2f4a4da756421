"""A desk of nine stages, its tickets as a file, and the same tables for zen-engine: the workload of `bench_replay.py`.

Ten facts a ticket (channel, category, keyword, impact, urgency, tier, relation, status, minutes waited, reopenings) and
the instants from which its targets run. The tables are said once; both engines' rules are made from them.
"""

import importlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

CHANNELS = ("email", "chat", "phone", "portal", "social")
CATEGORIES = (
    "hardware",
    "software",
    "network",
    "access",
    "billing",
    "shipping",
    "account",
    "security",
    "data",
    "other",
)
KEYWORDS = ("none", "outage", "refund", "legal", "breach")
TIERS = ("gold", "silver", "bronze")
RELATIONS = ("employee", "client", "partner", "prospect")
STATUSES = ("new", "open", "waiting", "resolved", "closed")
TOPICS = ("progress", "due_time", "workaround", "internal_notes", "roadmap", "contract_terms")
ACTIONS = ("reassign", "resolve", "close", "change_priority")
NAMES = {
    "channel": "ticket.channel", "category": "ticket.category", "keyword": "ticket.fields.keyword",
    "impact": "ticket.impact", "urgency": "ticket.urgency", "tier": "requester.tier", "relation": "requester.relation",
    "status": "ticket.status", "waited": "ticket.fields.waited", "reopened": "ticket.reopened",
}  # fmt: skip
"""The ten facts: their names in zen-engine's input, and in the rulebook."""
LISTED = {"ticket.channel": CHANNELS, "ticket.category": CATEGORIES, "ticket.fields.keyword": KEYWORDS,
          "requester.tier": TIERS}  # fmt: skip

Row = tuple[Mapping[str, Any], Any]
"""Conditions by fact (a list of values, or the least number), and what the row gives."""
_MINUTES = {"P1": (15, 240), "P2": (30, 480), "P3": (120, 1_440), "P4": (480, 4_320)}
_TIMES = {"gold": 1, "silver": 2, "bronze": 4}
_TOLD = {
    "employee": TOPICS, "client": TOPICS[:3], "partner": (*TOPICS[:3], "contract_terms"), "prospect": ("roadmap",),
}  # fmt: skip


def _level(impact: int, urgency: int) -> str:
    return ("P1", "P1", "P2", "P3", "P3", "P4", "P4")[impact + urgency - 2]


def tables(*, candidate: bool = False) -> dict[str, list[Row]]:
    """The rows of each stage; the candidate answers sooner, and moves what waits up earlier."""
    faster = 2 if candidate else 1
    return {
        "admission": [({"relation": ["prospect"], "channel": ["social"]}, "reject"), ({}, "accept")],
        "classification": [
            ({"keyword": ["breach"]}, "security_incident"),
            ({"category": ["security"]}, "security_incident"),
            ({"keyword": ["legal"]}, "legal_request"),
            ({"category": ["network", "software", "data"], "keyword": ["outage"]}, "major_incident"),
            ({"keyword": ["outage"]}, "incident"),
            ({"category": ["billing", "shipping"], "keyword": ["refund"]}, "refund_request"),
            ({"channel": ["social"]}, "public_complaint"),
            ({"channel": ["phone"], "category": ["hardware", "network"]}, "incident"),
            ({"category": ["access"]}, "access_request"),
            ({}, "question"),
        ],
        "priority": [
            ({"impact": [i], "urgency": [u]}, _level(i, u)) for i in (1, 2, 3, 4) for u in (1, 2, 3, 4)
        ],
        "sla": [
            ({"tier": [tier], "priority": [level]}, (first * times // faster, solve * times))
            for tier, times in _TIMES.items()
            for level, (first, solve) in _MINUTES.items()
        ],
        "assignment": [
            ({"category": [category], "tier": tiers}, f"{category}-{group}")
            for category in CATEGORIES
            for tiers, group in ((["gold"], "first"), (["silver", "bronze"], "desk"))
        ],
        "escalation": [
            ({"priority": ["P1"], "tier": ["gold"]}, "duty-manager"),
            ({"classification": ["security_incident"]}, "security"),
            ({"classification": ["legal_request"]}, "legal"),
            ({"priority": ["P1", "P2"], "waited": 60 if candidate else 120}, "lead"),
            ({"reopened": 3}, "problem-manager"),
        ],
        "disclosures": [({"relation": [relation]}, topics) for relation, topics in _TOLD.items()],
        "permissions": [
            ({}, ACTIONS[:2]),
            ({"status": ["resolved", "closed"]}, ("close",)),
            ({"relation": ["employee"]}, ("change_priority",)),
        ],
        "obligations": [
            ({"status": ["waiting"]}, "remind_requester"),
            ({"status": ["resolved"]}, "send_survey"),
            ({"reopened": 2}, "open_problem_record"),
            ({"classification": ["security_incident"], "status": ["new", "open"]}, "call_security"),
        ],
    }  # fmt: skip


def rulebook(*, candidate: bool = False) -> dict[str, Any]:
    """The tables as a rulebook; its promises run by a business calendar with the holidays of a country."""
    made = {stage: [_rule(stage, i, *row) for i, row in enumerate(rows)]
            for stage, rows in tables(candidate=candidate).items()}  # fmt: skip
    return {
        "rulebook": "replayed",
        "version": "2.0.0" if candidate else "1.0.0",
        "calendars": {"desk": {"zone": "Europe/Moscow", "holidays": "RU", "hours": {"mon-fri": "09:00-18:00"}}},
        "facts": {
            **{fact: list(values) for fact, values in LISTED.items()},
            "ticket.impact": {"whole": {"at_least": 1, "at_most": 4}},
            "ticket.urgency": {"whole": {"at_least": 1, "at_most": 4}},
            "ticket.fields.waited": "count",
        },
        **{stage: {"rules": rules} for stage, rules in made.items()},
        "disclosures": {"topics": list(TOPICS), "rules": made["disclosures"]},
        "permissions": {"actions": list(ACTIONS), "rules": made["permissions"]},
    }


def _rule(stage: str, number: int, when: Mapping[str, Any], gives: Any) -> dict[str, Any]:
    tests = {
        NAMES.get(fact, fact): test if isinstance(test, list) else {"at_least": test} for fact, test in when.items()
    }
    rule: dict[str, Any] = {"rule": f"{stage}-{number}", "when": tests}
    match stage:
        case "sla":
            first, solve = gives
            rule["then"] = {"first_response": f"{first}m", "resolution": f"{solve}m", "calendar": "desk"}
        case "disclosures" | "permissions":
            rule["permit"] = list(gives)
        case "obligations":
            rule["then"] = {"do": gives}
        case _:
            key = {"admission": "outcome", "classification": "kind", "priority": "level", "assignment": "group"}
            rule["then"] = {key.get(stage, "to"): gives}
    return rule


def tickets(count: int, seed: int, first: int = 0) -> pl.DataFrame:
    """Tickets of a year, in the order of their decisions, numbered on from `first`; columns are named by facts."""
    chance = np.random.default_rng(seed)
    start = int(datetime(2025, 11, 1, tzinfo=UTC).timestamp()) * 1_000_000
    second = 1_000_000
    at = start + np.sort(chance.integers(0, 365 * 86_400, count)) * second
    created = at - chance.integers(0, 10 * 86_400, count) * second
    answered = created + chance.integers(60, 86_400, count) * second
    status = chance.choice(len(STATUSES), count, p=(0.1, 0.3, 0.1, 0.2, 0.3))
    solved = np.where(status >= 3, created + chance.integers(600, 8 * 86_400, count) * second, 0)

    def listed(values: Sequence[str], chances: Sequence[float] | None = None) -> pl.Series:
        return pl.Series(list(values)).gather(chance.choice(len(values), count, p=chances))

    def instants(micros: Any, present: Any) -> pl.Series:
        series = pl.Series(micros).cast(pl.Datetime("us", "UTC"))
        return pl.select(pl.when(pl.Series(present)).then(series)).to_series()

    return pl.DataFrame({
        "at": instants(at, at > 0),
        "ticket.id": pl.Series(np.arange(first, first + count)).cast(pl.String),
        "ticket.channel": listed(CHANNELS),
        "ticket.category": listed(CATEGORIES),
        "ticket.fields.keyword": listed(KEYWORDS, (0.7, 0.08, 0.12, 0.06, 0.04)),
        "ticket.impact": chance.integers(1, 5, count),
        "ticket.urgency": chance.integers(1, 5, count),
        "requester.tier": listed(TIERS),
        "requester.relation": listed(RELATIONS, (0.2, 0.6, 0.15, 0.05)),
        "ticket.status": pl.Series(STATUSES).gather(status),
        "ticket.fields.waited": chance.integers(0, 400, count),
        "ticket.reopened": chance.choice(5, count, p=(0.6, 0.2, 0.1, 0.06, 0.04)),
        "ticket.created_at": instants(created, created > 0),
        "ticket.first_response_at": instants(answered, answered <= at),
        "ticket.resolved_at": instants(solved, (solved > 0) & (solved <= at)),
    })  # fmt: skip


def zen_inputs(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """The ten facts of each ticket, as zen-engine takes them."""
    return frame.select(pl.col(fact).alias(name) for name, fact in NAMES.items()).to_dicts()


def zen_call() -> Callable[[Any], Any] | None:
    """The baseline's tables in zen-engine, due times left out; None where it is not installed."""
    try:
        zen = importlib.import_module("zen")
    except ImportError:
        return None
    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"desk": _zen_model()}}})
    return lambda facts: engine.evaluate("desk", facts)["result"]


def differs(result: Mapping[str, Any], decision: Mapping[str, Any]) -> str | None:
    """The first stage in which zen-engine's result is not the decision; None: they agree."""
    own = {
        "admission": decision["admission"]["outcome"],
        "permissions": {name for name, part in decision["permissions"].items() if part["effect"] == "permit"},
        "disclosures": {name for name, part in decision["disclosures"].items() if part["effect"] == "permit"},
        "obligations": [duty["do"] for duty in decision["obligations"]],
    }
    theirs = {
        "admission": result["admission"],
        "permissions": {name for hit in result["permissions"] for name in hit["permissions"]},
        "disclosures": {name for hit in result["disclosures"] for name in hit["disclosures"]},
        "obligations": [hit["obligations"] for hit in result["obligations"]],
    }
    if own["admission"] == "accept":
        plain = {"classification": "kind", "priority": "level", "assignment": "group", "escalation": "to"}
        own |= {stage: decision[stage][key] for stage, key in plain.items()}
        theirs |= {stage: result.get(stage) for stage in plain}
    else:  # zen-engine goes on with what is not accepted
        del own["obligations"], theirs["obligations"]
    return next((stage for stage, part in own.items() if part != theirs[stage]), None)


def write_desk(folder: Path, *, events: bool = False) -> tuple[Path, Path]:
    """Both rulebooks and a mapping of the tickets, as the command takes them: the folder of rules, and the mapping.

    ``events``: a row is an event of its ticket, and the rows of a ticket lie anywhere.
    """
    own = folder / "rules" / "replayed"
    own.mkdir(parents=True)
    for candidate in (False, True):
        body = rulebook(candidate=candidate)
        (own / f"{body['version']}.yaml").write_text(json.dumps(body), encoding="utf-8")
    whole = ("ticket.impact", "ticket.urgency", "ticket.fields.waited", "ticket.reopened")
    instants = ("ticket.created_at", "ticket.first_response_at", "ticket.resolved_at")
    mapping: dict[str, Any] = {
        "mapping": "workload",
        "history": {"rows": "ticket"},
        "ticket": "ticket.id",
        "instants": {"format": "rfc3339", "opened": "ticket.created_at"},
        "facts": {
            **{fact: fact for fact in ("ticket.id", *LISTED, "requester.relation", "ticket.status")},
            **{fact: {"column": fact, "type": "whole"} for fact in whole},
            **{fact: {"column": fact, "type": "instant"} for fact in instants},
        },
        "at_opening": {"ticket.status": "new", "ticket.reopened": 0},
    }
    if events:
        mapping["history"] = {"rows": "event"}
        mapping["order"] = [{"column": "at", "type": "instant"}]
        mapping["instants"] = {"format": "rfc3339", "opened": "ticket.created_at", "event_at": "at"}
    path = folder / "workload.map.yaml"
    path.write_text(json.dumps(mapping), encoding="utf-8")
    return folder / "rules", path


def _zen_model() -> dict[str, Any]:
    place = {"x": 0, "y": 0}
    nodes: list[dict[str, Any]] = [
        {"type": "inputNode", "id": "in", "name": "in", "content": {"schema": ""}, "position": place}
    ]
    edges: list[tuple[str, str]] = []
    for stage, rows in tables().items():
        fields = sorted({fact for when, _ in rows for fact in when})
        content = {
            "hitPolicy": "collect" if stage in ("disclosures", "permissions", "obligations") else "first",
            "inputs": [{"id": f"i{k}", "name": field, "field": field} for k, field in enumerate(fields)],
            "outputs": [{"id": "o", "name": stage, "field": stage}],
            "rules": [_zen_row(f"{stage}{i}", fields, *row) for i, row in enumerate(rows)],
            "passThrough": False, "inputField": None, "executionMode": "single",
            "outputPath": stage if stage in ("disclosures", "permissions", "obligations") else None,
        }  # fmt: skip
        nodes.append({"type": "decisionTableNode", "id": stage, "name": stage, "position": place, "content": content})
        edges += [("in", stage), (stage, "out"), *((field, stage) for field in fields if field not in NAMES)]
    nodes.append({"type": "outputNode", "id": "out", "name": "out", "content": {"schema": ""}, "position": place})
    joined = [{"id": f"e{i}", "type": "edge", "sourceId": a, "targetId": b} for i, (a, b) in enumerate(edges)]
    return {"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": joined}


def _zen_row(name: str, fields: Sequence[str], when: Mapping[str, Any], gives: Any) -> dict[str, str]:
    row = {"_id": name, "o": json.dumps(gives)}
    for k, field in enumerate(fields):
        test = when.get(field)
        row[f"i{k}"] = (
            "" if test is None else f">= {test}" if isinstance(test, int) else ", ".join(map(json.dumps, test))
        )
    return row


def write(path: Path, count: int, piece: int = 1 << 18, *, events: bool = False) -> None:
    """A Parquet file of so many tickets, or ``events`` of a fifth as many tickets, written piece by piece."""
    names = [path.with_suffix(f".{i}") for i in range(-(-count // piece))]
    for i, name in enumerate(names):
        some = tickets(min(piece, count - i * piece), seed=i, first=i * piece)
        if events:
            drawn = np.random.default_rng(i).integers(0, count // 5, len(some))
            some = some.with_columns(pl.Series("ticket.id", drawn).cast(pl.String))
        some.write_parquet(name, compression="lz4", row_group_size=1 << 16)
    pl.scan_parquet(names).sink_parquet(path, compression="lz4", row_group_size=1 << 16)
    for name in names:
        name.unlink()
