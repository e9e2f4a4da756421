"""Bulk decisions: versions in force, refusals and their counts, what columns tell, and the check against singles."""

from typing import Any

import numpy as np
import pytest
from bulk_columns import columns_of
from rulebook_kit import catalogue_of

from engine import Catalogue, EngineUnavailable, RequestRefused, parse_instant
from engine.bulk import NEVER, BulkDesk, BulkDiffers, Coded, Instants, ManyDecisions, Numbers
from engine.rete.core import load_core

HOUR = 3_600_000_000
BOOK: dict[str, Any] = {
    "calendars": {"office": {"zone": "Europe/Warsaw", "hours": {"mon-fri": "09:00-17:00"}}},
    "facts": {"ticket.urgency": {"ordered": ["low", "high"]}, "ticket.fields.count": "count"},
    "derive": {"age": {"elapsed": "ticket.created_at", "calendar": "office", "less_waits": True}},
    "admission": {"rules": [{"rule": "no", "when": {"requester.relation": "prospect"}, "then": {"outcome": "reject"}}],
                  "otherwise": {"then": {"outcome": "accept"}}},
    "priority": {"rules": [{"rule": "urgent", "when": {"ticket.urgency": "high"}, "then": {"level": "P1"}}],
                 "otherwise": {"then": {"level": "P2"}}},
    "sla": {"rules": [{"rule": "fast", "when": {"priority": "P1"}, "then": {"resolution": "2h", "calendar": "office"}},
                      {"rule": "slow", "then": {"resolution": "8h", "first_response": "1h"}}]},
    "assignment": {"rules": [{"rule": "keep", "when": {"ticket.owner": {"missing": False}}, "then": {"keep": "owner"}},
                             {"rule": "turns", "then": {"group": "desk", "choose": "round_robin"}}]},
    "obligations": {"rules": [{"rule": "old", "when": {"age": {"at_least": "3h"}},
                               "then": {"do": "call", "with": {"who": "{ticket.owner}"}}}]},
}  # fmt: skip


def versions() -> Catalogue:
    second = {**BOOK, "priority": {"otherwise": {"then": {"level": "P3"}}}, "sla": {"rules": []}, "version": "2.0.0"}
    return catalogue_of(
        {**BOOK, "version": "1.0.0", "in_force": {"from": "2026-01-01", "until": "2026-07-01"}},
        {**second, "in_force": {"from": "2026-09-01"}},
    )


def ask(catalogue: Catalogue, version: str | None, *requests: dict[str, Any]) -> ManyDecisions:
    return BulkDesk(catalogue, "desk", version).decide(columns_of(requests))


def ticket(at: str, **ticket: Any) -> dict[str, Any]:
    return {"at": at, "ticket": ticket}


def test_each_request_is_answered_by_the_version_in_force() -> None:
    asked = [
        ticket(f"2026-{month:02}-15T12:00:00Z", urgency="high", created_at=f"2026-{month:02}-15T08:00:00Z")
        for month in (10, 2, 8, 3, 12, 1)
    ]
    found = ask(versions(), None, *asked)
    assert found.check_sample(10, seed=1) == 6
    assert [group.decisions.version for group in found.groups] == ["1.0.0", "2.0.0"]
    assert found.refused.tolist() == [False, False, True, False, False, False]
    assert {(fault.pointer, fault.message): rows for fault, rows in found.faults.items()} == {
        ("/at", "no version is in force then"): 1
    }
    with pytest.raises(RequestRefused, match="no version of `desk` is in force"):
        found.single(2)
    levels = found.told("priority", lambda part: part["level"])
    assert [levels.raw(row) for row in range(6)] == ["P3", "P1", None, "P1", "P3", "P1"]
    due = found.target("resolution").due.tolist()
    assert [at == NEVER for at in due] == [True, False, True, False, True, False]
    assert due[1] == parse_instant("2026-02-16T10:00:00Z")  # two hours from 09:00 in Warsaw, on the Monday
    rules = found.promise("by")
    assert [rules.raw(row) for row in range(6)] == ["sla.none", "fast", None, "fast", "sla.none", "fast"]
    clocks = found.promise("clock")
    assert [clocks.raw(row) for row in range(6)] == ["running", "running", None, "running", "running", "breached"]


def test_faults_are_told_as_a_single_request_tells_them() -> None:
    asked = [
        ticket("2026-02-15T12:00:00Z", urgency="hihg"),
        ticket("2026-02-15T12:00:00Z", urgency="hihg", fields={"count": -1}),
        ticket("2026-02-15T12:00:00Z", urgency="high", fields={"cuont": 1}, waits=[{"from": "x"}]),
        ticket("2026-02-15T12:00:00Z", urgency="low"),
        ticket("yesterday", urgency="low"),
        {"at": "2026-02-15T12:00:00Z", "ask": {"to": "nobody"}, "requester": {"relation": "client"}},
        {"ticket": {"urgency": "low"}},
    ]
    found = ask(versions(), "1.0.0", *asked)
    assert found.refused.tolist() == [True, True, True, False, True, True, True]
    told: dict[Any, int] = {}
    for row in (0, 1, 2, 4, 5):
        with pytest.raises(RequestRefused) as refused:
            found.single(row)
        for fault in refused.value.faults:
            told[fault] = told.get(fault, 0) + 1
    missing = [fault for fault in found.faults if fault not in told]
    assert [(fault.pointer, found.faults[fault]) for fault in missing] == [("/at", 1)]
    assert {fault: rows for fault, rows in found.faults.items() if fault in told} == told
    assert found.check(range(7)) == 7


def test_what_cannot_be_done_in_columns_is_done_singly_and_counted() -> None:
    at, opened = "2026-02-16T12:00:00Z", "2026-02-16T08:00:00Z"
    asked = [
        ticket(at, created_at=opened),
        ticket(at, created_at=opened, waits=[{"from": "2026-02-16T09:00:00Z"}]),
        ticket(at, created_at=opened, waits=[], states=[], messages=None),
        ticket(at, created_at=opened, messages=[]),
        {**ticket(at, created_at=opened), "roster": [{"id": "ana", "online": True}]},
        {**ticket(at, created_at=opened, owner="bo"), "requester": {"relation": "prospect"}, "roster": [{"id": "ana"}]},
    ]
    found = ask(versions(), "1.0.0", *asked)
    assert found.check(range(6)) == 6
    assert found.groups[0].decisions.singly.tolist() == [False, True, False, True, True, False]
    assert found.singly == 3
    agents = found.told("assignment", lambda part: part["agent"])
    assert [agents.raw(row) for row in range(6)] == [None, None, None, None, "ana", None]
    assert found.decision(5) is not None
    assert found.decision(5)["sla"] is None  # type: ignore[index]


def test_a_difference_is_found_and_told() -> None:
    asked = [ticket("2026-02-16T12:00:00Z", urgency="high", created_at="2026-02-16T08:00:00Z")] * 3
    found = ask(versions(), "1.0.0", *asked)
    assert found.check_sample(2, seed=3) == 2
    found.target("resolution").due[1] += 1
    with pytest.raises(BulkDiffers, match=r"row 1, `sla`"):
        found.check_sample(3, seed=3)
    found.target("resolution").due[1] -= 1
    found.refused[:] = True
    found.groups[0].decisions.refused[2] = True
    with pytest.raises(BulkDiffers, match="row 2 is decided singly, and refused in bulk"):
        found.check(range(3))


def test_columns_must_be_columns_of_one_length() -> None:
    desk = BulkDesk(versions(), "desk", "1.0.0")
    at = Instants(np.array([HOUR, 2 * HOUR], np.int64))
    for columns, said in (
        ({}, "of one length"),
        ({"at": at, "ticket.urgency": Coded(np.zeros(3, np.intp), ["low"])}, "of one length"),
        ({"at": at, "ticket": Coded(np.zeros(2, np.intp), [{}])}, "`ticket` is no column"),
        ({"ticket.urgency": Coded(np.zeros(3, np.intp), ["low"])}, "`at` is missing"),
    ):
        with pytest.raises(ValueError, match=said):
            desk.decide(columns)


def test_no_requests_get_no_decisions() -> None:
    found = BulkDesk(versions(), "desk").decide({"at": Instants(np.array([], np.int64))})
    assert len(found) == 0
    assert found.check_sample(5, seed=0) == 0
    assert found.target("resolution").due.size == 0


def test_numbers_that_no_float_tells_apart() -> None:
    book = {"facts": {"ticket.fields.n": "whole"}, "priority": {"rules": [
        {"rule": "big", "when": {"ticket.fields.n": {"more_than": 2**53}}, "then": {"level": "P1"}}]}}  # fmt: skip
    values = np.array([2**53 - 1, 2**53, 2**53 + 1, 2**62 + 1, -(2**63), 2**63 - 1], np.int64)
    at = Instants(np.full(len(values), HOUR, np.int64))
    found = BulkDesk(catalogue_of(book), "desk", "1.0.0").decide({"at": at, "ticket.fields.n": Numbers(values)})
    assert found.check(range(len(values))) == len(values)
    rules = found.told("priority", lambda part: part["by"])
    assert [rules.raw(row) for row in range(6)] == ["priority.none", "priority.none", "big", "big", None, "big"]


def test_a_catalogue_of_the_second_engine_is_looked_up_too() -> None:
    try:
        load_core()
    except EngineUnavailable:
        pytest.skip("durable-rules is not installed here")
    from rulebook_kit import rulebook_of

    catalogue = Catalogue([rulebook_of({**BOOK, "version": "1.0.0"})], engine="rete")
    asked = [ticket("2026-02-16T12:00:00Z", urgency=urgency) for urgency in ("low", "high")]
    assert ask(catalogue, "1.0.0", *asked).check(range(2)) == 2
