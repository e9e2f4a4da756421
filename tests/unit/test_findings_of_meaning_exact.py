"""Findings against enumeration: in small random tables every finding and every silence is right."""

from __future__ import annotations

import json
import random
from itertools import product
from typing import Any

import pytest

from engine.decision import CompiledRulebook, compile_rulebook, decide
from engine.decision.files import read_bytes
from engine.diagnostics import Diagnostic
from engine.facts import parse_instant
from engine.proof.findings import findings_of, long_tellings, study
from engine.tables import holds

AT = "2026-01-05T08:00:00Z"
FACTS: dict[str, Any] = {
    "ticket.category": ["a", "b", "c"],
    "ticket.urgency": {"ordered": ["low", "normal", "high"]},
    "ticket.fields.people": "count",
    "ticket.fields.is_public": "truth",
}
VALUES: dict[str, list[Any]] = {
    "ticket.category": [None, "a", "b", "c"],
    "ticket.urgency": [None, "low", "normal", "high"],
    "ticket.fields.people": [None, *range(8)],
    "ticket.fields.is_public": [None, True, False],
}
LEVELS = ["P1", "P2", "P3"]


def _condition(chance: random.Random, fact: str) -> Any:
    pick = chance.random()
    if pick < 0.35:
        return "any"
    if pick < 0.45:
        return {"missing": chance.random() < 0.5}
    if fact == "ticket.category":
        return chance.sample(["a", "b", "c"], chance.choice([1, 2]))
    if fact == "ticket.urgency":
        return {chance.choice(["at_least", "at_most"]): "normal"} if pick < 0.7 else chance.choice(["low", "high"])
    if fact == "ticket.fields.people":
        low = chance.randrange(1, 6)
        return {"none_of": [low]} if pick > 0.9 else {"at_least": low, "at_most": low + chance.randrange(4)}
    return chance.random() < 0.5


def _body(seed: int) -> dict[str, Any]:
    chance = random.Random(seed)
    rows = [
        [*(_condition(chance, fact) for fact in FACTS), chance.choice(LEVELS)] for _ in range(chance.randrange(2, 9))
    ]
    table = {"when": list(FACTS), "then": ["level"], "rows": rows}
    body: dict[str, Any] = {"rulebook": "desk", "version": "1.0.0", "facts": FACTS, "priority": {"table": table}}
    if chance.random() < 0.5:
        body["priority"]["otherwise"] = {"rule": "else", "then": {"level": chance.choice(LEVELS)}}
    return body


def _read(body: dict[str, Any]) -> tuple[CompiledRulebook, list[Diagnostic], dict[int, int]]:
    """The rulebook, what is found in it, and the rule of each line."""
    file = read_bytes("desk.yaml", json.dumps(body, indent=1).encode())
    assert file.rulebook is not None, file.faults
    assert file.source is not None
    book = compile_rulebook(file.rulebook)
    rows = book.rulebook.stages["priority"].rows
    lines = {file.source.span(row.path).line: i for i, row in enumerate(rows)}
    return book, findings_of(book, file.source), lines


class _All:
    """Every request there is, as far as these facts go, decided by the engine and matched rule by rule."""

    def __init__(self, book: CompiledRulebook) -> None:
        self.rows = book.rulebook.stages["priority"].rows
        self.applying: list[tuple[bool, list[int]]] = []
        for values in product(*VALUES.values()):
            request: dict[str, Any] = {"rulebook": "desk", "at": AT, "ticket": {"fields": {}}}
            stated = dict(zip(VALUES, values, strict=True))
            for fact, value in stated.items():
                part = request["ticket"]["fields"] if ".fields." in fact else request["ticket"]
                if value is not None:
                    part[fact.rsplit(".", 1)[-1]] = value
            by = decide(book, request, parse_instant(AT), ())["decision"]["priority"]["by"]
            applying = [i for i, row in enumerate(self.rows) if _applies(row, stated)]
            assert by == (self.rows[applying[0]].id if applying else "priority.none")
            tested = {fact for row in self.rows for fact in row.when}
            self.applying.append((all(stated[fact] is not None for fact in tested), applying))

    def never(self) -> set[int]:
        return set(range(len(self.rows))) - {found[0] for _, found in self.applying if found}

    def gaps(self) -> set[str]:
        return {"gap" if is_stated else "gap-where-absent" for is_stated, found in self.applying if not found}

    def hiding(self) -> set[int]:
        never = self.never()

        def cross(i: int, j: int) -> bool:
            firsts = [found for _, found in self.applying if found and found[0] == i]
            both = any(j in found for found in firsts) and any(j not in found for found in firsts)
            return both and any(j in found and i not in found for _, found in self.applying)

        table = [i for i, row in enumerate(self.rows) if row.path[1] == "table"]
        pairs = ((i, j) for i in table for j in table if i < j and j not in never)
        return {i for i, j in pairs if self.rows[i].outcome != self.rows[j].outcome and cross(i, j)}

    def idle(self) -> set[int]:
        gone = self.never()
        found = set()
        for i in reversed(range(len(self.rows))):
            settled = [[k for k in found_rows if k not in gone] for _, found_rows in self.applying]
            nexts = [rows[1:2] for rows in settled if rows[:1] == [i]]
            if i not in gone and nexts and all(rows and self._alike(i, rows[0]) for rows in nexts):
                gone.add(i)
                found.add(i)
        return found

    def _alike(self, i: int, k: int) -> bool:
        return bool(self.rows[k].when) and self.rows[k].outcome == self.rows[i].outcome


def _applies(row: Any, stated: dict[str, Any]) -> bool:
    return all(holds(test, stated[fact]) for fact, condition in row.when.items() for test in condition)


@pytest.mark.parametrize("seed", range(60))
def test_every_finding_and_every_silence_is_right(seed: int) -> None:
    book, found, lines = _read(_body(seed))
    truth = _All(book)
    assert _of(found, lines, "never-fires") == truth.never()
    assert {one.code for one in found if one.code.startswith("gap")} == truth.gaps()
    assert _of(found, lines, "hidden-result") == truth.hiding()
    assert _of(found, lines, "changes-nothing") == truth.idle()
    assert not _of(found, lines, "undecided")


@pytest.mark.parametrize("by", ["columns", "solver"])
@pytest.mark.parametrize("seed", range(60, 100))
def test_long_tables_are_told_the_same(seed: int, by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "LONG", 1)
    if by == "solver":
        monkeypatch.setattr(study, "plain_stage", lambda *given: None)
    book, found, lines = _read(_body(seed))
    truth = _All(book)
    assert _of(found, lines, "never-fires") == truth.never()
    assert {one.code for one in found if one.code.startswith("gap")} == truth.gaps()
    assert _of(found, lines, "changes-nothing") == truth.idle()
    assert _of(found, lines, "hidden-result") == truth.hiding()
    assert not _of(found, lines, "undecided")


@pytest.mark.parametrize("by", ["columns", "solver"])
def test_of_many_findings_in_a_long_table_all_are_told_and_the_first_in_full(
    by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if by == "solver":
        monkeypatch.setattr(study, "plain_stage", lambda *given: None)
    chance = random.Random(1)
    rows = [[*(_condition(chance, fact) for fact in FACTS), chance.choice(LEVELS)] for _ in range(30)]
    table = {"when": list(FACTS), "then": ["level"], "rows": rows}
    body = {"rulebook": "desk", "version": "1.0.0", "facts": FACTS, "priority": {"table": table}}
    told = {}
    for first in (1, 100):
        monkeypatch.setattr(study, "LONG", 1)
        monkeypatch.setattr(long_tellings, "EXPLAINED", first)
        _, found, lines = _read(body)
        told[first] = {(one.code, lines[one.span.line]) for one in found}
        for code in ("hidden-result", "never-fires"):
            mine = [one for one in found if one.code == code]
            short = [one for one in mine if "such findings only" in (one.help or "")]
            assert len(mine) > 3
            assert len(short) == max(0, len(mine) - first)
            assert all(one.witness is None for one in short)
    assert told[1] == told[100]


def _of(found: list[Diagnostic], lines: dict[int, int], code: str) -> set[int]:
    return {lines[one.span.line] for one in found if one.code == code}
