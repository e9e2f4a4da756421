"""Business time as other calculators count it: a file of cases, each under every convention that it allows."""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from engine.calendars import CalendarSpec, Conventions, Periods, build_calendar, parse_periods

CASES = Path(__file__).resolve().parents[2].parent / "shared" / "cases" / "business_time.jsonl"
SWITCHES = {
    "landing": ("due_lands_on", {"end": "period_end", "next": "next_opening"}),
    "dst": ("daylight_saving", {"elapsed": "elapsed", "nominal": "nominal"}),
    "zero": ("zero_target", {"identity": "at_once", "open": "next_opening"}),
    "reverse": ("backwards", {"neg": "negative", "abs": "absolute", "zero": "zero"}),
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = 60_000_000


def read_cases() -> list[Any]:
    if not CASES.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason="the shared cases are not beside this checkout"))]
    lines = CASES.read_text(encoding="utf-8").splitlines()
    return [pytest.param(case, id=case["id"]) for case in map(json.loads, lines)]


def instant(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def periods(pairs: list[list[str]]) -> Periods:
    return parse_periods([f"{opens}-{closes}" for opens, closes in pairs])


def by_date(days: dict[str, list[list[str]]]) -> dict[date, Periods]:
    return {date.fromisoformat(day): periods(pairs) for day, pairs in days.items()}


def spec_of(case: dict[str, Any]) -> CalendarSpec:
    mon, tue, wed, thu, fri, sat, sun = (
        periods(case["hours"].get(day, [])) for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    )
    return CalendarSpec(
        zone=case["timezone"],
        hours=(mon, tue, wed, thu, fri, sat, sun),
        days_off=frozenset(map(date.fromisoformat, case["holidays"])),
        special_days=by_date(case["overrides"]),
        breaks=by_date(case["breaks"]),
    )


def allowed_conventions(case: dict[str, Any]) -> list[Conventions]:
    names = [name for name, _ in SWITCHES.values()]
    allowed = [
        [meaning[value] for value in case["conventions"].get(switch, meaning)]
        for switch, (_, meaning) in SWITCHES.items()
    ]
    return [Conventions(**dict(zip(names, values, strict=True))) for values in product(*allowed)]  # type: ignore[arg-type]


@pytest.mark.parametrize("case", read_cases())
def test_case_under_every_convention_it_allows(case: dict[str, Any]) -> None:
    calendar = build_calendar(spec_of(case))
    start = instant(case["start"])
    for conventions in allowed_conventions(case):
        if case["op"] == "add":
            seconds = case.get("amount_seconds", case["amount_minutes"] * 60)
            amount = round(seconds * 1_000_000)
            assert calendar.due(start, amount, conventions) == instant(case["expected"]), conventions
        else:
            minutes = calendar.elapsed(start, instant(case["end"]), conventions) / MINUTE
            assert round(minutes, 6) == round(case["expected"], 6), conventions


@pytest.mark.skipif(not CASES.exists(), reason="the shared cases are not beside this checkout")
def test_every_case_is_run() -> None:
    assert len(read_cases()) == 95
    assert all(allowed_conventions(param.values[0]) for param in read_cases())
