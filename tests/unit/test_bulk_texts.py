"""Decisions in bulk as JSON: column by column what an encoder writes of each, with fractions of seconds and runs."""

import random
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl

from engine import Catalogue, format_instant
from engine.bulk import BulkDesk
from simulations.bulk import Numbered, Numbering, columns_of, decision_texts, target_entries

RULEBOOK = """\
rulebook: texts
version: 1.0.0
in_force: {from: 2000-01-01}
title: Texts
calendars: {desk: {zone: Europe/Warsaw, hours: {mon-fri: "09:00-17:00"}}}
admission:
  rules: [{rule: not-ours, when: {ticket.channel: fax}, then: {outcome: reject}}]
  otherwise: {then: {outcome: accept}}
priority:
  rules: [{rule: mailed, when: {ticket.channel: 'mail "us"'}, then: {level: P1}}]
  otherwise: {then: {level: P2}}
sla:
  targets: {reply: {starts: oldest_unanswered}}
  rules:
    - {rule: first, when: {priority: P1}, then: {first_response: 90s, reply: 1h, calendar: desk}}
    - {rule: other, then: {resolution: 36h30m}}
"""


def test_a_decision_is_written_as_an_encoder_writes_it(tmp_path: Path) -> None:
    drawn = random.Random(7)
    (tmp_path / "texts.yaml").write_text(RULEBOOK)
    start = 1_460_000_000_000_000

    def instant(chance: float) -> int | None:
        exact = drawn.choice((1, 1_000, 1_000_000))
        return start + drawn.randrange(10**13) // exact * exact if drawn.random() < chance else None

    rows = 400
    messages: list[Any] = []
    for _ in range(rows):
        at = sorted(start + drawn.randrange(10**13) for _ in range(drawn.randrange(4)))
        told = [{"at": format_instant(one), "from": drawn.choice(("requester", "agent"))} for one in at]
        messages.append(told if drawn.random() < 0.3 else None)
    kind = pl.Datetime("us", "UTC")
    frame = pl.DataFrame({
        "at": pl.Series([instant(1.0) for _ in range(rows)]).cast(kind),
        "ticket.channel": [drawn.choice(("fax", 'mail "us"', "chat", None)) for _ in range(rows)],
        "ticket.created_at": pl.Series([instant(0.9) for _ in range(rows)], dtype=pl.Int64).cast(kind),
        "ticket.first_response_at": pl.Series([instant(0.5) for _ in range(rows)], dtype=pl.Int64).cast(kind),
        "ticket.resolved_at": pl.Series([instant(0.5) for _ in range(rows)], dtype=pl.Int64).cast(kind),
        "ticket.messages": pl.Series(messages, dtype=pl.Object),
    })  # fmt: skip
    many = BulkDesk(Catalogue.of_files([tmp_path / "texts.yaml"]), "texts").decide(columns_of(frame))
    numbered = Numbered([many, many], Numbering())
    some = np.array(drawn.sample(range(2 * rows), rows), np.intp)
    decisions: list[Any] = [many.decision(int(row) % rows) for row in some]
    assert all(decisions)
    assert decision_texts(numbered, some).to_list() == [msgspec.json.encode(said).decode() for said in decisions]
    assert target_entries(numbered, some).to_list() == [
        [
            {"target": name, "within": target["within"], "due": target["due"], "state": target["state"]}
            for name, target in (said["sla"]["targets"] if said["sla"] else {}).items()
        ]
        for said in decisions
    ]
    assert {said["sla"] is None for said in decisions} == {True, False}
    assert any(
        target.get("runs", {}).get("breached")
        for said in decisions
        if said["sla"]
        for target in said["sla"]["targets"].values()
    )
    assert any(
        "." in (said["sla"] or {"next_due": ""})["next_due"]
        for said in decisions
        if (said["sla"] or {}).get("next_due")
    )
