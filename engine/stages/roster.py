"""Who of a roster takes a ticket: who is passed over and why, and whose turn it is among the rest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..facts import ROSTER, normal
from ..tables import Condition, holds

STRATEGIES = ("round_robin", "least_busy")

_WHY_NOT = {
    "online": "offline",
    "in_distribution": "not in the distribution",
    "group": "another group",
    "role": "another role",
    "line": "another line",
    "skills": "lacks a skill",
    "open_tickets": "too many open tickets",
}

_LATER = ("has more open tickets", "assigned more recently", "comes later by id")  # as `_turn` compares


@dataclass(frozen=True, slots=True)
class Search:
    """Whom to look for."""

    group: str | None
    among: Mapping[str, Condition]
    skills: frozenset[str]
    never: frozenset[str]
    choose: str


@dataclass(frozen=True, slots=True)
class Found:
    """Who takes it, or None, and for everyone else why not, in the order of the roster."""

    agent: str | None
    passed_over: list[dict[str, str]]


def search(roster: Sequence[Mapping[str, Any]], wanted: Search) -> Found:
    """The member whose turn it is.

    `round_robin`: the one assigned longest ago, those never assigned first. `least_busy`: the fewest open tickets.
    Ties go to the one assigned longest ago, then by id, so that equal requests get equal answers.
    """
    members = [_read(member) for member in roster]
    why = [why_not(member, wanted) for member in members]
    fit = [member for member, reason in zip(members, why, strict=True) if reason is None]
    chosen = min(fit, key=lambda m: _turn(m, wanted.choose), default={})
    passed = [
        {"agent": member["id"], "why": reason or _not_now(member, chosen, wanted.choose)}
        for member, reason in zip(members, why, strict=True)
        if member is not chosen
    ]
    return Found(chosen.get("id"), passed)


def _read(member: Mapping[str, Any]) -> dict[str, Any]:
    return {key: ROSTER[key].read(value) for key, value in member.items() if value is not None}


def _turn(member: Mapping[str, Any], strategy: str) -> tuple[int, int, str]:
    last = member.get("last_assigned_at", -1)
    return (member.get("open_tickets", 0) if strategy == "least_busy" else 0, last, member["id"])


def _not_now(member: Mapping[str, Any], chosen: Mapping[str, Any], strategy: str) -> str:
    """Why it is not the turn of someone who could take it: the first thing by which the chosen one comes before."""
    compared = zip(_LATER, _turn(member, strategy), _turn(chosen, strategy), strict=True)
    return next(why for why, theirs, first in compared if theirs != first)


def why_not(member: Mapping[str, Any], wanted: Search) -> str | None:
    """Why a member cannot take it, or None."""
    if member["id"] in wanted.never:
        return "excluded for this ticket"
    if member.get("on_leave"):
        return "on leave"
    for key, condition in wanted.among.items():
        value = member.get(key)
        if not all(holds(test, value) for test in condition):
            return _WHY_NOT[key] if value is not None else f"`{key}` is not stated"
    group = member.get("group")
    if wanted.group is not None and group is not None and group != wanted.group:
        return _WHY_NOT["group"]
    lacking = wanted.skills - member.get("skills", frozenset())
    if lacking:
        return f"lacks a skill: {', '.join(sorted(lacking))}"
    capacity = member.get("capacity")
    if capacity is not None and member.get("open_tickets", 0) >= capacity:
        return "full"
    return None


def passed_over(
    roster: Iterable[Mapping[str, Any]], agent: str | None, never: frozenset[str], why: str
) -> list[dict[str, str]]:
    """Everyone on the roster but `agent`, when no turn was taken: `why`, or that they are excluded."""
    ids = (normal(member["id"]) for member in roster)
    return [{"agent": id, "why": "excluded for this ticket" if id in never else why} for id in ids if id != agent]
