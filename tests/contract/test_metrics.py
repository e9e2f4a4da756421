"""`GET /metrics`: what is counted, under which labels, in which format, and over all workers of a service."""

import asyncio
import json
import os
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families

from api import Service, app_over
from api.telemetry import METRICS, Board, Sample
from api.telemetry.board import Snapshot, added
from api.telemetry.names import BOUNDS, CALLS, IN_HAND, Timing
from engine import Catalogue

ROOT = Path(__file__).parents[2]
AT = "2026-11-23T09:30:00Z"
Found = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load(ROOT / "rules")


def asked(service: Service, *calls: tuple[str, str, dict[str, Any]], accept: str = "") -> httpx.Response:
    """The answer to `GET /metrics` after these calls."""

    async def run() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(service), base_url="http://desk") as client:
            for method, path, options in calls:
                await client.request(method, path, **options)
            return await client.get("/metrics", headers={"accept": accept})

    return asyncio.run(run())


def values(text: str) -> Found:
    families = text_string_to_metric_families(text)
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def value(found: Found, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


def decide(channel: str = "hm", **more: Any) -> tuple[str, str, dict[str, Any]]:
    return (
        "POST",
        "/v1/decide",
        {"json": {"rulebook": "internal-it", "at": AT, "ticket": {"channel": channel}, **more}},
    )


def test_calls_are_counted_by_route_method_and_status(catalogue: Catalogue) -> None:
    calls = [
        decide(),
        decide(),
        decide("no-such-channel"),
        ("GET", "/v1/rulebooks/internal-it", {}),
        ("GET", "/v1/rulebooks/service-desk-sop", {}),
        ("GET", "/problems/not-json", {}),
    ]
    response = asked(app_over(catalogue), *calls)
    assert response.headers["content-type"].startswith("text/plain; version=")
    found = values(response.text)
    assert value(found, CALLS, route="/v1/decide", method="POST", status="200") == 2
    assert value(found, CALLS, route="/v1/decide", method="POST", status="422") == 1
    assert value(found, CALLS, route="/v1/rulebooks/{id}", method="GET", status="200") == 2
    assert value(found, CALLS, route="/problems/{name}", method="GET", status="200") == 1
    assert value(found, IN_HAND) == 1  # the scrape itself
    name = "deskpolicy_http_request_seconds"
    buckets = [value(found, f"{name}_bucket", route="/v1/decide", le=f"{bound}") for bound in (*BOUNDS, "+Inf")]
    assert buckets == sorted(buckets)
    assert buckets[-1] == value(found, f"{name}_count", route="/v1/decide") == 3
    assert 0 < value(found, f"{name}_sum", route="/v1/decide") < 30
    assert value(found, "deskpolicy_http_response_bytes_total", route="/v1/decide") > 1_000


def test_decisions_are_counted_by_rulebook_version_and_outcome(catalogue: Catalogue) -> None:
    batch = [
        {"rulebook": "internal-it", "at": AT, "ticket": {"channel": "hm"}, "requester": {"relation": "employee"}},
        {"rulebook": "internal-it", "at": AT, "requester": {"relation": "employee"}},
        {"rulebook": "nowhere"},
    ]
    expected: dict[str, int] = {}
    for request in batch[:2]:
        admission = catalogue.decide(request)["decision"]["admission"]
        outcome = admission["outcome"] if admission else "none"
        expected[outcome] = expected.get(outcome, 0) + 1
    ndjson = {"content": "\n".join(map(json.dumps, batch)), "headers": {"content-type": "application/x-ndjson"}}
    found = values(asked(app_over(catalogue), ("POST", "/v1/decide/batch", ndjson)).text)
    for outcome, count in expected.items():
        name = "deskpolicy_decisions_total"
        assert value(found, name, rulebook="internal-it", version="1.0.0", outcome=outcome) == count
    assert value(found, "deskpolicy_batch_lines_total", status="200") == 2
    assert value(found, "deskpolicy_batch_lines_total", status="404") == 1


def test_a_rulebook_without_admission_decides_with_outcome_none(tmp_path: Path) -> None:
    (tmp_path / "1.0.0.yaml").write_text(
        "rulebook: bare\nversion: 1.0.0\nin_force: {from: 2020-01-01}\n"
        "classification: {rules: [{rule: all, then: {kind: incident}}]}\n",
        encoding="utf-8",
    )
    bare = Catalogue.of_files([tmp_path / "1.0.0.yaml"])
    request = {"rulebook": "bare", "at": AT}
    admission = bare.decide(request)["decision"]["admission"]
    found = values(asked(app_over(bare), ("POST", "/v1/decide", {"json": request})).text)
    outcome = admission["outcome"] if admission else "none"
    assert value(found, "deskpolicy_decisions_total", rulebook="bare", version="1.0.0", outcome=outcome) == 1


def test_loaded_rulebooks_are_shown(catalogue: Catalogue) -> None:
    found = values(asked(app_over(catalogue)).text)
    digest = catalogue.describe("internal-it", "1.0.0")["digest"]
    assert value(found, "deskpolicy_rulebook_info", rulebook="internal-it", version="1.0.0", digest=digest) == 1


def test_no_label_takes_its_values_from_callers(catalogue: Catalogue) -> None:
    calls = [("GET", f"/nowhere/{n}?q={n}", {}) for n in range(20)]
    calls += [(f"M{n}", "/v1/decide", {}) for n in range(20)]
    calls += [("GET", f"/v1/rulebooks/r{n}/{n}.0.0", {}) for n in range(20)]
    service = app_over(catalogue)
    labels = {labels for name, labels in values(asked(service, *calls).text) if name == CALLS}
    assert labels == {
        frozenset({("route", "other"), ("method", "GET"), ("status", "404")}),
        frozenset({("route", "/v1/decide"), ("method", "other"), ("status", "405")}),
        frozenset({("route", "/v1/rulebooks/{id}/{version}"), ("method", "GET"), ("status", "404")}),
    }


def test_openmetrics_is_given_to_those_who_accept_it(catalogue: Catalogue) -> None:
    response = asked(app_over(catalogue), decide(), accept="application/openmetrics-text; version=1.0.0")
    assert response.headers["content-type"].startswith("application/openmetrics-text")
    families = {family.name: family for family in read_openmetrics(response.text)}
    assert response.text.endswith("# EOF\n")
    assert set(families) == {metric.name.removesuffix("_total") for metric in METRICS}


def test_every_metric_stands_in_the_reference_with_its_labels() -> None:
    page = (ROOT / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `((?:deskpolicy|process)_\w+)` \| (\w+) \|([^|]*)\|", page, re.MULTILINE)
    shown = {name: (kind, tuple(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}
    known = {m.name: ("gauge" if m.kind == "earliest" else m.kind, m.labels) for m in METRICS}
    assert shown == known
    assert len(rows) == len(METRICS)


def test_names_are_those_of_prometheus() -> None:
    for metric in METRICS:
        assert metric.name.endswith("_total") == (metric.kind == "counter"), metric
        assert metric.kind != "histogram" or metric.name.endswith("_seconds")


def snapshot(count: float, in_hand: float = 1) -> Snapshot:
    samples = [Sample(CALLS, ("/v1/decide", "POST", "200"), count), Sample(IN_HAND, (), in_hand)]
    return Snapshot(samples, [Timing(("/v1/decide",), (int(count), 1), count / 8)])


def counted(shown: Snapshot, name: str) -> float:
    return sum(sample.value for sample in shown.samples if sample.name == name)


def ended(board: Board) -> None:
    """What the system does when the process of a worker ends: its lock is gone."""
    os.close(board._alive)


def test_a_scrape_of_one_worker_shows_all(tmp_path: Path) -> None:
    first, second = Board(tmp_path), Board(tmp_path)
    first.publish(snapshot(3))
    second.publish(snapshot(4))
    shown = first.collect(snapshot(5))
    assert (counted(shown, CALLS), counted(shown, IN_HAND)) == (9, 2)
    assert shown.timings == [Timing(("/v1/decide",), (9, 2), 9 / 8)]
    ended(first)
    ended(second)


def test_counters_of_workers_that_ended_stay_and_their_files_go(tmp_path: Path) -> None:
    survivor = Board(tmp_path)
    for count in (1, 10, 100):
        board = Board(tmp_path)
        board.publish(snapshot(count))
        ended(board)
    for _ in range(2):
        shown = survivor.collect(snapshot(1000))
        assert (counted(shown, CALLS), counted(shown, IN_HAND)) == (1111, 1)
        assert shown.timings[0].buckets == (1111, 4)
    assert len(list(tmp_path.glob("*.figures"))) == 0
    assert len(list(tmp_path.glob("*.alive"))) == 1
    ended(survivor)


def test_a_worker_that_ends_while_it_clears_up_counts_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board, survivor = Board(tmp_path), Board(tmp_path)
    board.publish(snapshot(7))
    ended(board)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", lambda *_, **__: (_ for _ in ()).throw(OSError("ended here")))
        with pytest.raises(OSError, match="ended here"):
            survivor.collect(snapshot(1))
    assert counted(survivor.collect(snapshot(1)), CALLS) == 8
    assert counted(survivor.collect(snapshot(1)), CALLS) == 8
    ended(survivor)


def test_reloads_are_shown(catalogue: Catalogue) -> None:
    found = values(asked(app_over(catalogue)).text)
    assert value(found, "deskpolicy_worker_restarts_total") == 0
    assert {dict(labels)["outcome"] for name, labels in found if name == "deskpolicy_reloads_total"} <= {
        "replaced",
        "unchanged",
        "refused",
    }


@given(counts=st.lists(st.integers(0, 1_000), max_size=6), seed=st.randoms())
def test_the_order_of_workers_does_not_matter(counts: list[int], seed: Any) -> None:
    snapshots = [snapshot(count) for count in counts]
    mixed = list(snapshots)
    seed.shuffle(mixed)
    one, other = added(snapshots), added(mixed)
    assert sorted(one.samples) == sorted(other.samples)
    assert counted(one, CALLS) == sum(counts)
