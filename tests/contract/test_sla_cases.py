"""The SLA clock as help desks count it: a file of cases, each put to a rulebook made of its calendar and its model.

What a case says of its system in words is a setting of the rulebook; what it says of a ticket is a request.
"""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine import Catalogue

CASES = Path(__file__).resolve().parents[2].parent / "shared" / "cases" / "sla.jsonl"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SENDERS = {
    "customer_message": "requester", "customer_contact_recorded": "requester",
    "agent_reply": "agent", "agent_contact_recorded": "agent",
}  # fmt: skip


def read_cases() -> list[Any]:
    if not CASES.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason="the shared cases are not beside this checkout"))]
    lines = CASES.read_text(encoding="utf-8").splitlines()
    return [pytest.param(case, id=case["id"]) for case in map(json.loads, lines)]


# --- the rulebook of a case


def calendar_of(body: dict[str, Any]) -> dict[str, Any]:
    hours = {day: [f"{opens}-{closes}" for opens, closes in body["hours"].get(day, [])] or "closed" for day in DAYS}
    return {"zone": body["timezone"], "hours": hours, "days_off": body["holidays"]}


def clock_of(case: dict[str, Any]) -> dict[str, str]:
    model = case["model"]
    clock = {"due_lands_on": "next_opening" if model.get("landing") == "next" else "period_end"}
    if "minutes" in model.get("granularity", ""):
        clock["granularity"] = "minute"
    if case["system"] == "Zammad":
        clock["zero_target"] = "none"
    return clock


def pausing(case: dict[str, Any]) -> dict[str, Any]:
    """What pauses a target, and what pauses do to its due time."""
    model = case["model"]
    if "pause_states" in model:
        states = {"states": model["pause_states"]}
        return {"paused_by": [states], "while_paused": "hidden", "pauses": "stop_time"}
    if "pause_mode" in model:
        pauses = "keep_due" if "do not shift" in model["pause_mode"] else "shift_due"
        return {"paused_by": [{"states": ["stalled"]}], "while_paused": "hidden", "pauses": pauses}
    return {"paused_by": []}


def targets_of(case: dict[str, Any], *, forced: bool) -> dict[str, Any]:
    """How the targets of the case's system are measured."""
    pauses = {**pausing(case), **({"while_paused": "shown"} if forced else {})}
    loop = {"paused_by": [{"states": ["stalled"]}]} if case["model"].get("pause_scope") == "per target" else pauses
    return {
        "first_response": {"starts": "ticket.created_at", "met": "ticket.first_response_at", **pauses},
        "next_reply": {"starts": "oldest_unanswered", "met": "agent_reply", **pauses},
        "keep_in_loop": {"starts": "last_agent_reply", "met": "requester_message", **loop},
        "resolution": {"starts": "ticket.created_at", "met": "ticket.resolved_at", **pauses},
        "span": {"starts": "ticket.fields.since", "met": [], **pauses},
    }


def promises_of(case: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The calendar and the targets agreed at first, and after each change of the agreement."""
    promises = [(case["calendar"], case["targets_minutes"] or {"resolution": 60})]
    for event in case["events"]:
        if event["type"] == "policy_reassigned":
            promises.append((event.get("calendar", promises[-1][0]), event["targets_minutes"]))
    return promises


def rulebook_of(case: dict[str, Any], *, forced: bool) -> dict[str, Any]:
    promises = promises_of(case)
    rules = [
        {
            "rule": f"agreement-{i}",
            "when": {"ticket.fields.agreement": f"a{i}"},
            "then": {
                "calendar": f"c{i}",
                **{name: f"{minutes}m" for name, minutes in targets.items() if minutes is not None},
            },
        }
        for i, (_, targets) in enumerate(promises)
    ]
    states = {"states": case["model"].get("pause_states", ["stalled"])}
    return {
        "rulebook": "desk",
        "version": "1.0.0",
        "clock": clock_of(case),
        "calendars": {f"c{i}": calendar_of(calendar) for i, (calendar, _) in enumerate(promises)},
        "facts": {
            "ticket.fields.agreement": ["none", *(f"a{i}" for i in range(len(promises)))],
            "ticket.fields.since": "instant",
            "ticket.fields.upto": "instant",
        },
        "derive": {
            "since": {"latest": ["ticket.created_at", "ticket.fields.since"]},
            "working_time": {
                "elapsed": "since", "until": "ticket.fields.upto", "calendar": "c0", "paused_by": [states],
            },
        },
        "sla": {"closed_states": ["closed", "merged"], "targets": targets_of(case, forced=forced), "rules": rules},
        "obligations": {
            "rules": [{"rule": "tell", "then": {"do": "tell", "with": {"working_time": "{working_time}"}}}],
        },
    }  # fmt: skip


# --- the request of a checkpoint


def happened(case: dict[str, Any], after: str) -> list[dict[str, Any]]:
    """The events that a checkpoint follows."""
    number = re.fullmatch(r"event (\d+)", after)
    if number:
        return list(case["events"][: int(number[1])])
    return [] if after == "created" else list(case["events"])


def instant_of(case: dict[str, Any], checkpoint: dict[str, Any]) -> str:
    forced = re.fullmatch(r"forced at T\+(\d+)", checkpoint["after"])
    if forced:
        created = datetime.fromisoformat(case["created_at"]).astimezone(UTC)
        return (created + timedelta(minutes=int(forced[1]))).isoformat()
    times = [event["at"] for event in happened(case, checkpoint["after"]) if event["at"] != "?"]
    return max([case["created_at"], *times, *checkpoint.get("period", ())])


def ticket_of(case: dict[str, Any], checkpoint: dict[str, Any]) -> dict[str, Any]:
    events = happened(case, checkpoint["after"])
    recorded = {
        kind: [e["at"] for e in events if e["type"] == kind] for kind in ("first_response_recorded", "agent_reply")
    }
    first_response = (recorded["first_response_recorded"] or recorded["agent_reply"] or [None])[0]
    closed = next((event["at"] for event in events if event["type"] == "closed_recorded"), None)
    messages = [
        {"at": e["at"], "from": SENDERS[e["type"]], "channel": e.get("channel")} for e in events if e["type"] in SENDERS
    ]
    if case["model"].get("created_by") == "requestor":
        messages.insert(0, {"at": case["created_at"], "from": "requester"})
    changes = sum(event["type"] == "policy_reassigned" for event in events)
    unmatched = any(event["type"] == "priority_change" for event in events)
    since, upto = checkpoint.get("period", (checkpoint.get("span_start"), None))
    return {
        "created_at": case["created_at"],
        "first_response_at": first_response,
        "resolved_at": closed,
        "messages": messages,
        "states": [
            {"at": case["created_at"], "state": case["initial_state"]},
            *({"at": event["at"], "state": event["to"]} for event in events if event["type"] == "state"),
        ],
        "fields": {"agreement": "none" if unmatched else f"a{changes}", "since": since, "upto": upto},
    }


# --- what the answer says, in the words of the cases


def minutes(text: str | None) -> float | None:
    if text is None:
        return None
    match = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?", text)
    assert match
    hours, mins, seconds = (int(part or 0) for part in match.groups())
    return hours * 60 + mins + seconds / 60


def due_of(name: str, sla: dict[str, Any], *, forced: bool) -> str | None:
    """The due time of a target that is still to be met."""
    if name == "due":
        due: str | None = sla["next_due"]
        return due
    target = sla["targets"].get(name)
    if target is None or target["met_at"] or (sla["clock"] == "stopped" and not forced):
        return None
    due = target["due"]
    return due


def spent_of(name: str, decision: dict[str, Any]) -> float | None:
    """The minutes that a target took, or how many of its own it left (`…_diff`; fewer than none where it took more)."""
    if name == "working_time":
        return minutes(decision["obligations"][0]["with"]["working_time"])
    name, wants_difference = name.removesuffix("_diff"), name.endswith("_diff")
    target = decision["sla"]["targets"][name]
    if "runs" in target:
        longest = minutes(target["runs"]["longest"])
        assert longest is not None
        return minutes(target["within"]) - longest if wants_difference else longest  # type: ignore[operator]
    if target["met_at"] is None:
        return None
    return minutes(target["remaining"]) - minutes(target["overrun"]) if wants_difference else minutes(target["elapsed"])  # type: ignore[operator]


@pytest.mark.parametrize("case", read_cases())
def test_case_at_each_of_its_checkpoints(case: dict[str, Any], tmp_path: Path) -> None:
    for number, checkpoint in enumerate(case["checkpoints"]):
        forced = checkpoint["after"].startswith("forced") or "span_start" in checkpoint
        path = tmp_path / f"{number}.yaml"
        path.write_text(json.dumps(rulebook_of(case, forced=forced)), encoding="utf-8")
        request = {
            "rulebook": "desk",
            "version": "1.0.0",
            "at": instant_of(case, checkpoint),
            "ticket": ticket_of(case, checkpoint),
        }
        decision = Catalogue.of_files([path]).decide(request)["decision"]
        told = {"due": {name: due_of(name, decision["sla"], forced=forced) for name in checkpoint["due"]}}
        told["elapsed_minutes"] = {name: spent_of(name, decision) for name in checkpoint["elapsed_minutes"]}  # type: ignore[dict-item]
        if "next_due" in checkpoint:
            told["next_due"] = decision["sla"]["next_due"]
        if "starts" in checkpoint:
            told["starts"] = decision["sla"]["targets"]["resolution"]["started_at"]
        assert told == {key: checkpoint[key] for key in told}, checkpoint["after"]


@pytest.mark.skipif(not CASES.exists(), reason="the shared cases are not beside this checkout")
def test_every_case_is_put_with_all_that_it_expects() -> None:
    cases = [param.values[0] for param in read_cases()]
    known = {"after", "due", "elapsed_minutes", "next_due", "starts", "period", "span_start"}
    assert len(cases) == 52
    assert {key for case in cases for checkpoint in case["checkpoints"] for key in checkpoint} == known
