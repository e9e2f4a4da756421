"""A hundred thousand malformed bodies: none of them is answered with a 5xx, and every refusal is a problem document."""

import asyncio
import json
import logging
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from called_service import Answered, call_within
from malformed_bodies import spoilt_body

from api import Service, create_app
from api.problems import KINDS

RULES = Path(__file__).parents[2] / "rules"
AT = "2026-11-23T09:30:00+03:00"
EXPECTED = {200, 400, 404, 409, 413, 422}
TITLES = {kind.type: (kind.status, kind.title) for kind in KINDS}


@pytest.fixture(scope="module")
def service() -> Service:
    """The service over the rulebooks of this project."""
    return create_app(RULES)


def valid_requests() -> list[dict[str, Any]]:
    """Requests to each rulebook that use most of what the wire knows."""
    waits = [{"from": "2026-11-23T08:00:00Z", "until": "2026-11-23T08:10:00Z"}, {"from": AT}]
    ticket = {
        "id": "T1",
        "created_at": "2026-11-23T07:00:00Z",
        "status": "open",
        "tags": ["a"],
        "line": 1,
        "waits": waits,
    }
    messages = [{"at": AT, "from": "requester"}, {"at": AT, "from": "agent", "channel": "email"}]
    roster = [{"id": "ana", "online": True, "skills": ["x"], "open_tickets": 2}, {"id": "bo", "on_leave": True}]
    usual = {"at": AT, "requester": {"relation": "client", "warnings": 1}, "agent": {"id": "ana"}, "explain": True}
    return [
        {
            "rulebook": "internal-it",
            **usual,
            "ticket": {**ticket, "channel": "hm", "urgency": "high"},
            "roster": roster,
        },
        {"rulebook": "connect-support", **usual, "ticket": {**ticket, "channel": "support-line", "messages": messages}},
        {"rulebook": "end-user-support", **usual, "ticket": {**ticket, "channel": "email", "impact": "low"}},
        {"rulebook": "service-desk-sop", **usual, "ticket": {**ticket, "fields": {"contact": "x", "problem_count": 2}}},
        {"rulebook": "shift-lead-desk", **usual, "ticket": ticket, "ask": {"do": ["reassign"]}, "language": "en"},
        {"rulebook": "internal-it", "version": "1.0.0", "ask": {"disclose": ["support_channels"], "to": "client"}},
    ]


def fault_of(answered: Answered) -> str | None:
    """What is wrong with an answer: it blames the service, or is no whole problem document."""
    if answered.status not in EXPECTED:
        return f"status {answered.status}"
    if answered.status == 200:
        return None if answered.headers["content-type"] == "application/json" else "another content type"
    if answered.headers["content-type"] != "application/problem+json":
        return "not a problem document by its content type"
    document = json.loads(answered.body)
    if (document["status"], document["title"]) != TITLES[document["type"]] or document["status"] != answered.status:
        return "the problem is of another kind than its status"
    if not document["detail"] or not set(document) <= {"type", "title", "status", "detail", "errors"}:
        return "the problem tells too little or too much"
    if not all(isinstance(error["pointer"], str) and error["message"] for error in document.get("errors", [])):
        return "an error without a pointer or a message"
    return None


async def count_by_status(service: Service, seeds: range) -> tuple[Counter[int], list[str]]:
    """How often each status came, and what was wrong."""
    valid, headers = valid_requests(), [(b"content-type", b"application/json")]
    statuses: Counter[int] = Counter()
    faults: list[str] = []
    for seed in seeds:
        answered = await call_within(service, "POST", "/v1/decide", headers, spoilt_body(seed, valid))
        statuses[answered.status] += 1
        fault = fault_of(answered)
        if fault is not None:
            faults.append(f"body {seed}: {fault}")
    return statuses, faults


def check(service: Service, seeds: range, record: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        statuses, faults = asyncio.run(count_by_status(service, seeds))
    assert faults == []
    assert caplog.records == []
    assert statuses.total() == len(seeds)
    assert {200, 400, 422} <= set(statuses)
    assert statuses[200] < len(seeds) / 4  # else they are hardly malformed
    by_status = ", ".join(f"{count:,} × {status}" for status, count in sorted(statuses.items()))
    record("compared", f"{len(seeds):,} malformed bodies: {by_status}")


def test_the_valid_requests_are_answered(service: Service) -> None:
    async def statuses() -> list[int]:
        headers = [(b"content-type", b"application/json")]
        bodies = [json.dumps(request).encode() for request in valid_requests()]
        return [(await call_within(service, "POST", "/v1/decide", headers, body)).status for body in bodies]

    assert asyncio.run(statuses()) == [200] * len(valid_requests())


def test_five_hundred_malformed_bodies(
    service: Service, record_property: Any, caplog: pytest.LogCaptureFixture
) -> None:
    check(service, range(500), record_property, caplog)


@pytest.mark.slow
def test_a_hundred_thousand_malformed_bodies(
    service: Service, record_property: Any, caplog: pytest.LogCaptureFixture
) -> None:
    check(service, range(100_000), record_property, caplog)
