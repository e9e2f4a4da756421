"""The nearest known name: tolerant of case, hyphens and Unicode forms, and silent when nothing is near."""

from __future__ import annotations

import pytest

from engine.diagnostics import did_you_mean, nearest

KNOWN = ["requester.tier", "requester.warnings", "ticket.channel", "ticket.owner", "P1", "P2", "first_response"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("requestor.tier", "requester.tier"),
        ("ticket.chanel", "ticket.channel"),
        ("Ticket.Owner", "ticket.owner"),
        ("first-response", "first_response"),
        ("FIRST RESPONSE", "first_response"),
        ("p1", "P1"),
    ],
)
def test_the_nearest_name(name: str, found: str) -> None:
    assert nearest(name, KNOWN) == [found]
    assert did_you_mean(name, KNOWN) == f"did you mean `{found}`?"


@pytest.mark.parametrize("name", ["", "x", "P9", "weather", "x" * 5000])
def test_nothing_is_near(name: str) -> None:
    assert nearest(name, KNOWN) == []
    assert did_you_mean(name, KNOWN) is None


def test_the_name_itself_is_no_answer() -> None:
    assert nearest("P1", ["P1"]) == []


def test_unicode_forms_count_as_equal() -> None:
    assert nearest("cafe\u0301", ["caf\u00e9"]) == ["caf\u00e9"]


def test_the_order_of_the_known_names_does_not_matter() -> None:
    names = ["owner_b", "owner_a", "owner_c"]
    assert nearest("owner_", names, limit=2) == nearest("owner_", reversed(names), limit=2) == ["owner_a", "owner_b"]
    assert nearest("owner_", names, limit=0) == []
