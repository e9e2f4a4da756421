"""A replay decides in bulk: what it writes and finds is what single decisions give, byte for byte."""

import csv
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from history_kit import SMALL_DESK, written

from engine import Catalogue
from engine.bulk import BulkDiffers
from simulations import Plan, Side, open_mapped, replay, side_of
from simulations.bulk import Numbered
from simulations.replay import deciding, parts, run

RULEBOOK = (
    SMALL_DESK
    + """\
  ticket.fields.resolver: text
  ticket.fields.load: {decimal: {at_least: 0, at_most: 9}}
admission:
  rules:
    - {rule: not-ours, when: {ticket.channel: fax}, then: {outcome: reject}}
  otherwise: {then: {outcome: accept}}
priority:
  rules:
    - {rule: reopened, when: {ticket.reopened: {at_least: 2}}, then: {level: P1}}
    - {rule: high, when: {ticket.impact: high}, then: {level: P1}}
    - {rule: low, when: {ticket.impact: low}, then: {level: P2}}
sla:
  table:
    when: [priority]
    then: [first_response, resolution]
    rows: [[P1, 1h, 4h], [P2, 2h, 8h]]
escalation:
  rules:
    - {rule: late, when: {sla.resolution: breached}, then: {to: quality-team, level: 1}}
obligations:
  rules:
    - rule: thank
      when: {ticket.fields.resolver: {missing: false}}
      then: {do: thank, with: {whom: "{ticket.fields.resolver}", at: "{ticket.resolved_at}"}}
"""
)
MAPPING = """\
mapping: small
history: {rows: event, absent: [""]}
ticket: id
order: [{column: updated, type: instant}]
instants: {format: rfc3339, opened: opened, event_at: updated}
facts:
  ticket.id: id
  ticket.impact: {column: impact, values: {H: high, L: low}}
  ticket.channel: channel
  ticket.reopened: {column: reopened, type: whole}
  ticket.created_at: {column: opened, type: instant}
  ticket.resolved_at: {column: resolved, type: instant}
  ticket.fields.resolver: resolver
  ticket.fields.load: {column: load, type: decimal}
at_opening: {ticket.reopened: 0}
final: {resolved: resolved, resolver: resolved}
recorded: {priority.level: {column: priority, values: {1: P1, 2: P2}}}
"""
COURSE = """\
events:
  waits: {while: {state: [Wait]}}
  messages: [{when: {state: Mail}, from: requester, channel: channel}]
  states: {column: state, values: {New: new, Mail: open, Wait: waiting, Done: closed}}
"""
HEAD = ("id", "opened", "updated", "impact", "channel", "reopened", "resolved", "resolver", "load", "priority", "state")
START = datetime(2016, 2, 1)


def _history(folder: Path, seed: int) -> None:
    drawn = random.Random(seed)
    rows: list[list[Any]] = []

    def at(minutes: int) -> str:
        return f"{(START + timedelta(minutes=minutes)).isoformat()}Z"

    for ticket in range(60):
        opened, channel, resolver = drawn.randrange(20_000), drawn.choice(["mail", "fax", "phone"]), drawn.choice("AB")
        resolved = at(opened + drawn.randrange(900)) if drawn.random() < 0.7 else ""
        for event in range(drawn.randrange(1, 6)):
            updated = at(opened + event * drawn.randrange(1, 300))
            impact = drawn.choice(["H", "L", "", "odd" if ticket % 9 == 0 else "L"])
            reopened = drawn.choice([0, 1, 2, -1])
            load, state = drawn.choice(["", "0.5", "12"]), drawn.choice(["New", "Mail", "Wait", "Done"])
            rows.append([f"T{ticket}", at(opened), updated, impact, channel, reopened, resolved, resolver, load])
            rows[-1] += [drawn.choice([1, 2, ""]), state]
    with (folder / "history.csv").open("w", newline="") as file:
        csv.writer(file).writerows([HEAD, *rows])


def _plan(folder: Path, mapping: str) -> Plan:
    (folder / "small.map.yaml").write_text(mapping)
    (folder / "small.yaml").write_text(RULEBOOK)
    (folder / "other.yaml").write_text(RULEBOOK.replace("high}, then: {level: P1}", "high}, then: {level: P2}"))
    baseline = side_of("baseline", "small-desk", Catalogue.of_files([folder / "small.yaml"]))
    candidate = side_of("candidate", "small-desk@1.0.0", Catalogue.of_files([folder / "other.yaml"]))
    history, found = open_mapped(folder / "history.csv", folder / "small.map.yaml")
    return Plan(history, found.mapping, (baseline, candidate), by=("ticket.channel",))


def _written(folder: Path, mapping: str, name: str) -> dict[str, bytes]:
    plan = _plan(folder, mapping)
    written(plan, folder / name)
    return {path.name: path.read_bytes() for path in (folder / name).iterdir()}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("mapping", [MAPPING, MAPPING + COURSE], ids=["plain", "course"])
def test_bulk_and_single_decisions_write_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mapping: str, seed: int
) -> None:
    monkeypatch.setattr(parts, "PART_ROWS", 50)
    _history(tmp_path, seed)
    with monkeypatch.context() as singly:
        singly.setattr(run, "fits_columns", lambda mapping: False)
        wanted = _written(tmp_path, mapping, "singly")
    assert b"ticket/reopened" in wanted["set_aside.csv"], "some requests are refused"
    monkeypatch.setattr(deciding, "SAMPLE", 0)
    asked: list[Any] = []
    answer = Side.answer

    def counted(side: Side, facts: Any, *, explain: bool = False) -> Any:
        # The worst flips are decided once more, with their traces.
        asked.extend([] if explain else [facts])
        return answer(side, facts, explain=explain)

    monkeypatch.setattr(Side, "answer", counted)
    assert _written(tmp_path, mapping, "bulk") == wanted
    assert asked
    assert all(_is_odd(facts) for facts in asked), "only what is refused was asked singly"
    monkeypatch.setattr("simulations.histories.csv_form.BATCH_ROWS", 7)
    monkeypatch.setattr("simulations.gathered.HELD", 20)
    assert _written(tmp_path, mapping, "pieces") == wanted


def _is_odd(facts: Any) -> bool:
    ticket = facts["ticket"]
    return ticket.get("reopened") == -1 or ticket.get("fields", {}).get("load") == 12.0


def test_a_difference_ends_the_replay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _history(tmp_path, 0)
    plan = _plan(tmp_path, MAPPING)
    monkeypatch.setattr(Numbered, "decision", lambda self, row: {})
    with pytest.raises(BulkDiffers, match=r"in bulk, .* singly"):
        replay(plan)
