"""`deskpolicy why`: what it prints for people and for programs, and how it ends; and near rules over HTTP."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import service_kit
from service_kit import REQUEST as DESK_REQUEST
from service_kit import write_rules
from typer.testing import CliRunner, Result

from api import create_app
from cli import app

Call = Callable[..., httpx.Response]

ROOT = Path(__file__).parents[2]
AT = "2026-11-23T09:30:00+03:00"
CONNECT: dict[str, Any] = {
    "rulebook": "connect-support",
    "at": AT,
    "language": "en",
    "ticket": {"channel": "support-line", "created_at": "2026-11-23T09:00:00+03:00",
               "fields": {"topic": "business_scenario", "load": "normal"}},
    "requester": {"relation": "client"},
}  # fmt: skip
ASKED: dict[str, tuple[dict[str, Any], str, str]] = {
    "connect-support": (CONNECT["ticket"], "permissions.block_account=permit", "ticket.fields.load"),
    "end-user-support": ({"channel": "email", "impact": "low", "created_at": AT}, "priority=P1", "ticket."),
    "internal-it": ({"channel": "hm", "urgency": "low"}, "escalation.to=product-team", "ticket.fields.needs"),
    "service-desk-sop": ({"category": "scheduled_event"}, "priority=P1", "ticket.category"),
    "shift-lead-desk": ({"category": "issue"}, "permissions.reassign=permit", "agent.role"),
}


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def why(request: dict[str, Any], *options: str) -> Result:
    return CliRunner().invoke(app, ["why", "-", *options], input=json.dumps(request).encode(), prog_name="deskpolicy")


def test_each_part_is_told_with_its_rule_place_reason_and_clauses() -> None:
    result = why(CONNECT)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "connect-support 1.0.0, decided for 2026-11-23T06:30:00Z"
    at = lines.index("priority: P3")
    line = (ROOT / "rules/connect-support/1.0.0.yaml").read_text("utf-8").splitlines()
    place = next(i for i, text in enumerate(line, 1) if text.strip().startswith("business-scenario:"))
    assert lines[at + 1] == f"  by priority.business-scenario (assumed)  rules/connect-support/1.0.0.yaml:{place}"
    assert lines[at + 2] == "     A question for the responsible manager"
    assert "  near priority.threat: ticket.fields.load is anomalous; found normal" in lines
    assert "classification" not in result.stdout


def test_reasons_are_in_the_language_of_the_request_or_of_the_option() -> None:
    assert "Это вопрос ответственному менеджеру" in why({**CONNECT, "language": "ru"}).stdout
    assert "Это вопрос ответственному менеджеру" in why(CONNECT, "--language", "ru").stdout


def test_why_not_and_the_smallest_change() -> None:
    result = why(CONNECT, "--not", "priority=P1")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[2] == "priority: P3"
    assert "not priority=P1, since\n  priority.threat gives it where ticket.fields.load is anomalous" in result.stdout
    assert result.stdout.endswith("it would be so if\n     `ticket.fields.load` were `anomalous` instead of `normal`\n")


def test_what_can_never_be_is_proved() -> None:
    result = why(CONNECT, "--not", "disclosures.delivery_date=permit")
    assert result.exit_code == 1
    assert "no request at all is decided so: that is proved" in result.stdout


def test_what_is_so_already() -> None:
    result = why(CONNECT, "--not", "priority=P3")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "priority=P3: it is so already")


@pytest.mark.parametrize("rulebook", ASKED)
def test_every_rulebook_tells_a_change_that_does_it(rulebook: str) -> None:
    ticket, wanted, fact = ASKED[rulebook]
    request = {"rulebook": rulebook, "at": AT, "ticket": ticket, "agent": {}}
    result = why(request, "--not", wanted, "--format", "json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said["not"]["verdict"] == "changes"
    assert said["not"]["rules"]
    for change in said["not"]["changes"]:
        assert any(one["fact"].startswith(fact) for one in change["facts"])
    assert all(place.startswith(f"rules/{rulebook}/1.0.0.yaml:") for place in said["places"].values())
    assert said["answer"]["near"]


def test_several_wants_hold_together() -> None:
    result = why(CONNECT, "--not", "priority=P1", "--not", "assignment.group=chatbot", "--format", "json")
    (change,) = json.loads(result.stdout)["not"]["changes"]
    assert {one["fact"] for one in change["facts"]} == {"ticket.fields.load", "at"}
    assert change["decision"]["priority"]["level"] == "P1"
    assert change["decision"]["assignment"]["group"] == "chatbot"


@pytest.mark.parametrize(
    ("wanted", "said"),
    [("priorty=P1", "did you mean `priority`?"), ("priority=P9", "unknown value `P9`"), ("x", "PART=VALUE")],
)
def test_wrong_use_is_one_line(wanted: str, said: str) -> None:
    result = why(CONNECT, "--not", wanted)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_request_that_does_not_fit_is_told() -> None:
    result = why({**CONNECT, "ticket": {"channel": "support-lin"}})
    assert result.exit_code == 2
    assert "/ticket/channel" in result.stderr
    assert "did you mean `support-line`?" in result.stderr


@pytest.fixture
def call(tmp_path: Path) -> Call:
    """Calls a service with one small rulebook: `call("POST", "/v1/decide", json=…)`."""
    return partial(service_kit.call, create_app(write_rules(tmp_path)))


def test_near_over_http_is_what_the_engine_gives(call: Call) -> None:
    near = call("POST", "/v1/decide", json={**DESK_REQUEST, "explain": "near"})
    assert near.status_code == 200
    assert near.json() == call("POST", "/v1/decide", json={**DESK_REQUEST, "explain": {"near": True}}).json()
    plain = call("POST", "/v1/decide", json={**DESK_REQUEST, "explain": True})
    assert near.content.startswith(plain.content[:-1] + b',"near":[')
    lines = b"".join(json.dumps({**DESK_REQUEST, "explain": e}).encode() + b"\n" for e in ("near", {"to": "requester"}))
    batch = call("POST", "/v1/decide/batch", content=lines, headers={"content-type": "application/x-ndjson"})
    first, second = batch.content.splitlines()
    assert json.loads(first) == near.json()
    assert "obligations" not in {line["stage"] for line in json.loads(second)["trace"]}


def test_a_slip_in_explain_is_told(call: Call) -> None:
    for explain, pointer in (
        ("nearr", "/explain"),
        ({"to": "clint"}, "/explain/to"),
        ({"neer": True}, "/explain/neer"),
    ):
        refused = call("POST", "/v1/decide", json={**DESK_REQUEST, "explain": explain})
        assert refused.status_code == 422
        assert [fault["pointer"] for fault in refused.json()["errors"]] == [pointer]
