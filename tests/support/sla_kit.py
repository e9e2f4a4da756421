"""Rulebooks with one target, and short ways to tell a ticket's course."""

from typing import Any

from rulebook_kit import Desk, Written

DAY = "2026-11-23"
OFFICE = {"office": {"zone": "UTC", "hours": {"mon-fri": "09:00-17:00"}}}


def at(time: str, day: str = DAY) -> str:
    return f"{day}T{time if time.count(':') == 2 else time + ':00'}Z"


def says(sender: str, time: str, channel: str | None = None) -> dict[str, Any]:
    return {"at": at(time), "from": sender, **({"channel": channel} if channel else {})}


def asks(time: str, channel: str | None = None) -> dict[str, Any]:
    return says("requester", time, channel)


def answers(time: str, channel: str | None = None) -> dict[str, Any]:
    return says("agent", time, channel)


def states(*taken: tuple[str, str]) -> list[dict[str, str]]:
    return [{"at": at(time), "state": state} for time, state in taken]


def book(target: dict[str, Any], within: str = "2h", **more: Any) -> dict[str, Any]:
    """A rulebook with one target, `t`, in the calendar `always` unless it is said otherwise."""
    sla = {"targets": {"t": target}, **more.pop("sla", {})}
    calendar = {"calendar": more.pop("calendar")} if "calendar" in more else {}
    return {**more, "sla": {**sla, "rules": [{"rule": "promise", "then": {"t": within, **calendar}}]}}


def sla(written: Written, when: str, **ticket: Any) -> dict[str, Any]:
    found: dict[str, Any] = Desk(written).decide(at=when, ticket={"created_at": at("09:00"), **ticket})["sla"]
    return found


def told(written: Written, when: str, *keys: str, **ticket: Any) -> tuple[Any, ...]:
    part = sla(written, when, **ticket)["targets"]["t"]
    return tuple(part[key] for key in keys)
