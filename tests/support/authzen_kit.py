"""Evaluations of AuthZEN to begin with, and how a test asks a service about them."""

from pathlib import Path
from typing import Any

import httpx
import service_kit

from api import Service

RULES = Path(__file__).parents[2] / "rules"
AT = "2026-11-23T09:30:00+03:00"
ONE, MANY = "/access/v1/evaluation", "/access/v1/evaluations"
LEAD: dict[str, Any] = {"type": "agent", "id": "lee", "properties": {"role": "shift_lead"}}
ENGINEER: dict[str, Any] = {"type": "agent", "id": "kim", "properties": {"role": "engineer"}}
TICKET: dict[str, Any] = {"type": "ticket", "id": "T-7", "properties": {"category": "issue"}}
CONTEXT: dict[str, Any] = {"rulebook": "shift-lead-desk", "at": AT}
REASSIGN = {"subject": LEAD, "action": {"name": "reassign"}, "resource": TICKET, "context": CONTEXT}
DATE: dict[str, Any] = {
    "subject": {"type": "client", "id": "c-1"},
    "action": {"name": "disclose"},
    "resource": {"type": "topic", "id": "delivery_date"},
    "context": {"rulebook": "connect-support", "at": AT, "language": "en"},
}
SEMANTIC = "/options/evaluations_semantic"
ENGINEER_AT_LARGE = {"type": "agent", "id": "kim"}


def call(service: Service, path: str, body: Any, **headers: str) -> httpx.Response:
    return service_kit.call(service, "POST" if body is not None else "GET", path, json=body, headers=headers)


def decided(service: Service, body: Any, path: str = ONE, **headers: str) -> dict[str, Any]:
    response = call(service, path, body, **headers)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    found = response.json()
    assert isinstance(found, dict)
    return found


def errors(found: dict[str, Any]) -> dict[str, str | None]:
    """The faults of an evaluation that could not be carried out: the nearest known name by pointer."""
    assert found["decision"] is False
    assert set(found["context"]) == {"error"}
    return {fault["pointer"]: fault.get("nearest") for fault in found["context"]["error"]["errors"]}


def refused(service: Service, body: Any, path: str = ONE) -> dict[str, str | None]:
    """The faults of a request whose shape is wrong."""
    response = call(service, path, body)
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json"), response.text
    document = response.json()
    assert (document["status"], document["type"]) == (400, "/problems/unfit-evaluation")
    return {fault["pointer"]: fault.get("nearest") for fault in document["errors"]}
