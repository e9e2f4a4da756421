"""Bulk and single, one meaning: every decision made in bulk is the one that the single engine makes.

On all rows: generated requests to every rulebook and to random rulebooks, as raw values and as typed columns.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from bulk_columns import columns_of, is_flat
from generated_rulebooks import UNSHRUNK, requests, rulebooks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rulebook_kit import rulebook_of
from rulebook_requests import requests_to

from engine import Catalogue, RequestRefused
from engine.bulk import BulkDesk, ManyDecisions
from engine.decision import check_paths, compile_rulebook

ROOT = Path(__file__).parents[2]
BOOKS = {f"{book.id} {book.version}": book for book in check_paths([ROOT / "rules"]).rulebooks}


def check_all(
    catalogue: Catalogue, head: Mapping[str, Any], asked: Sequence[Mapping[str, Any]], *, typed: bool
) -> ManyDecisions:
    """Decide in bulk and singly; the single requests are those that were drawn, not those told from columns."""
    found = BulkDesk(catalogue, head["rulebook"], head.get("version")).decide(columns_of(asked, typed=typed))
    told: dict[Any, int] = {}
    for row, request in enumerate(asked):
        bulk = found.decision(row)
        try:
            single = catalogue.decide({**request, **head})["decision"]
        except RequestRefused as refused:
            assert bulk is None, (request, bulk)
            assert found.refused[row]
            for fault in refused.faults:
                told[fault] = told.get(fault, 0) + 1
        else:
            assert bulk == single, request
            assert list(bulk) == list(single)
    assert dict(found.faults) == told
    return found


@pytest.mark.parametrize("count", [300, pytest.param(4_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", sorted(BOOKS))
def test_generated_requests_to_every_rulebook(name: str, count: int) -> None:
    book = BOOKS[name]
    catalogue = Catalogue([book])
    head = {"rulebook": book.id, "version": book.version}
    counts = {"decided": 0, "refused": 0}

    @settings(max_examples=count // 25, suppress_health_check=list(HealthCheck), database=None, deadline=None)
    @given(requests_to(compile_rulebook(book), count=25), st.booleans())
    def drawn(asked: list[dict[str, Any]], typed: bool) -> None:
        found = check_all(catalogue, head, list(filter(is_flat, asked)), typed=typed)
        counts["refused"] += int(found.refused.sum())
        counts["decided"] += int((~found.refused).sum())

    drawn()
    assert counts["decided"] > count // 2
    assert counts["refused"] > count // 50


@settings(max_examples=25, phases=UNSHRUNK, suppress_health_check=list(HealthCheck), deadline=None)
@given(rulebooks(), st.lists(requests(), min_size=4, max_size=16), st.booleans())
def test_random_rulebooks(body: dict[str, Any], asked: list[dict[str, Any]], typed: bool) -> None:
    head = {"rulebook": "desk", "version": "1.0.0"}
    check_all(Catalogue([rulebook_of(body)]), head, asked, typed=typed)
