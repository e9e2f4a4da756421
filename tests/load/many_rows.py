"""Tables of any number of rows, for the cost of a decision by rows.

As data, as a rulebook, and as a zen-engine model.
"""

import importlib
import json
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine import Catalogue

CATEGORIES = [f"category-{i}" for i in range(50)]
SERVICES = [f"service-{i}" for i in range(50)]
CHANNELS = [f"channel-{i}" for i in range(10)]
MOST = 1_000_000
"""The number fact runs up to this, so that hardly two decisions share it."""
STAGES = {
    "classification": ("kind", "kind"),
    "priority": ("level", "level"),
    "assignment": ("group", "group"),
    "escalation": ("to", "to"),
    "admission": ("to", "to"),
}
"""Five stages that choose, with the output that a row gives."""

Row = tuple[list[str] | None, list[str] | None, str | None, int | None, str]
"""Categories, services, channel, least number (None: any), and what the row gives."""


def tables(size: int, chance: random.Random) -> dict[str, list[Row]]:
    """For each stage `size` rows."""
    return {stage: [_row(chance, f"{stage}-{i % 97}") for i in range(size)] for stage in STAGES}


def _row(chance: random.Random, gives: str) -> Row:
    return (
        [chance.choice(CATEGORIES)],
        chance.sample(SERVICES, 3) if chance.random() < 0.9 else None,
        chance.choice(CHANNELS) if chance.random() < 0.5 else None,
        chance.randrange(0, MOST, 1000) if chance.random() < 0.7 else None,
        gives,
    )


def rulebook(rows: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    """The tables as a rulebook; what no row takes falls to `otherwise`."""
    body: dict[str, Any] = {
        "rulebook": "many-rows",
        "version": "1.0.0",
        "in_force": {"from": "2020-01-01"},
        "facts": {
            "ticket.category": CATEGORIES,
            "ticket.service": SERVICES,
            "ticket.channel": CHANNELS,
            "ticket.fields.number": "count",
        },
    }
    for stage, (output, _) in STAGES.items():
        then = ["outcome", "to"] if stage == "admission" else [output]
        body[stage] = {
            "table": {
                "when": ["ticket.category", "ticket.service", "ticket.channel", "ticket.fields.number"],
                "then": then,
                "rows": [_cells(row, admission=stage == "admission") for row in rows[stage]],
            },
            "otherwise": {"then": {"outcome": "accept"} if stage == "admission" else {output: "none"}},
        }
    return body


def _cells(row: Row, *, admission: bool) -> list[Any]:
    categories, services, channel, least, gives = row
    when = [categories or "any", services or "any", channel or "any", "any" if least is None else {"at_least": least}]
    return [*when, *(["accept", None] if admission else [gives])]


def facts(count: int, chance: random.Random) -> list[dict[str, Any]]:
    """Facts of `count` tickets."""
    return [
        {
            "category": chance.choice(CATEGORIES),
            "service": chance.choice(SERVICES),
            "channel": chance.choice(CHANNELS),
            "number": chance.randrange(MOST),
        }
        for _ in range(count)
    ]


def request(fact: Mapping[str, Any]) -> dict[str, Any]:
    """The request of a ticket."""
    plain = {key: fact[key] for key in ("category", "service", "channel")}
    return {
        "rulebook": "many-rows",
        "at": "2026-11-23T09:30:00Z",
        "ticket": {**plain, "fields": {"number": fact["number"]}},
    }


def scanned(rows: Sequence[Row], fact: Mapping[str, Any]) -> str:
    """What a plain scan of the rows gives: the reference."""
    for categories, services, channel, least, gives in rows:
        if (
            (categories is None or fact["category"] in categories)
            and (services is None or fact["service"] in services)
            and (channel is None or fact["channel"] == channel)
            and (least is None or fact["number"] >= least)
        ):
            return gives
    return "none"


def check(rows: Mapping[str, Sequence[Row]], catalogue: Catalogue, some: Sequence[Mapping[str, Any]]) -> None:
    """Raise unless the rulebook answers as a plain scan does."""
    for fact in some:
        decision = catalogue.decide(request(fact))["decision"]
        for stage, (output, _) in STAGES.items():
            if stage != "admission" and decision[stage][output] != scanned(rows[stage], fact):
                raise SystemExit(f"many rows: {stage} differs from the scan for {fact}")


def zen_call(rows: Mapping[str, Sequence[Row]], some: Sequence[Mapping[str, Any]]) -> Callable[[Any], Any] | None:
    """The same tables in zen-engine, checked, or None where it is not installed."""
    try:
        zen = importlib.import_module("zen")
    except ImportError:
        return None
    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"many": _zen_model(rows)}}})
    for fact in some:
        result = engine.evaluate("many", fact)["result"]
        if any(result.get(stage, "none") != scanned(rows[stage], fact) for stage in STAGES):
            raise SystemExit(f"many rows: zen-engine differs from the scan for {fact}")
    return lambda fact: engine.evaluate("many", fact)


def _zen_model(rows: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    inputs = ["category", "service", "channel", "number"]
    nodes = [{"type": "inputNode", "id": "in", "name": "in", "content": {"schema": ""}, "position": {"x": 0, "y": 0}}]
    for stage in STAGES:
        nodes.append(
            {
                "type": "decisionTableNode", "id": stage, "name": stage, "position": {"x": 0, "y": 0},
                "content": {
                    "hitPolicy": "first",
                    "inputs": [{"id": f"i{k}", "name": field, "field": field} for k, field in enumerate(inputs)],
                    "outputs": [{"id": "o", "name": stage, "field": stage}],
                    "rules": [_zen_row(f"{stage}{i}", row) for i, row in enumerate(rows[stage])],
                    "passThrough": False, "inputField": None, "outputPath": None, "executionMode": "single",
                },
            }
        )  # fmt: skip
    place = {"x": 0, "y": 0}
    nodes.append({"type": "outputNode", "id": "out", "name": "out", "content": {"schema": ""}, "position": place})
    pairs = [("in", stage) for stage in STAGES] + [(stage, "out") for stage in STAGES]
    edges = [{"id": f"e{i}", "type": "edge", "sourceId": a, "targetId": b} for i, (a, b) in enumerate(pairs)]
    return {"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges}


def _zen_row(name: str, row: Row) -> dict[str, str]:
    categories, services, channel, least, gives = row
    return {
        "_id": name,
        "i0": ", ".join(map(json.dumps, categories or [])),
        "i1": ", ".join(map(json.dumps, services or [])),
        "i2": json.dumps(channel) if channel else "",
        "i3": "" if least is None else f">= {least}",
        "o": json.dumps(gives),
    }
