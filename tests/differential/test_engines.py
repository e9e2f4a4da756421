"""Two engines, one answer: `rete` against `bitmap`, byte for byte, on all scenarios and on generated requests."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from generated_rulebooks import UNSHRUNK, requests, rulebooks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rulebook_kit import AT, as_bytes, rulebook_of
from rulebook_requests import requests_to

from engine import Catalogue, EngineName, EngineUnavailable, RequestRefused
from engine.decision import CompiledRulebook, check_paths, compile_rulebook, decide
from engine.facts import parse_instant
from engine.rete.core import load_core
from engine.rulebook import Rulebook
from engine.scenarios.folders import folders_of, read_folder

try:
    load_core()
except EngineUnavailable as unavailable:
    pytest.skip(str(unavailable), allow_module_level=True)

ROOT = Path(__file__).parents[2]
RULES = ROOT / "rules"
ACCEPTANCE = ROOT.parent / "shared" / "acceptance"
GOLDEN = ROOT / "tests" / "golden" / "decisions"
REPORT = check_paths([RULES])
BOOKS = {f"{book.id} {book.version}": book for book in REPORT.rulebooks}

Record = Callable[[str, object], None]


@dataclass
class Pair:
    """A rulebook in both engines, and a count of what was compared."""

    bitmap: CompiledRulebook
    rete: CompiledRulebook
    decided: int = 0
    refused: int = 0
    rules: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, rulebook: Rulebook) -> "Pair":
        return cls(compile_rulebook(rulebook), compile_rulebook(rulebook, "rete"))

    def check(self, request: dict[str, Any], at: int | None = None) -> None:
        """Both answer a request with the same bytes, or refuse it for the same faults."""
        at = parse_instant(request["at"]) if at is None else at
        first, second = (outcome(partial(decide, book, request, at, ())) for book in (self.bitmap, self.rete))
        assert first == second, request
        self.decided += isinstance(first, bytes)
        self.refused += not isinstance(first, bytes)
        if isinstance(first, bytes):
            self.rules |= {line["rule"] for line in json.loads(first).get("trace", ())}

    def told(self) -> str:
        ids = {row.id for stage in self.bitmap.rulebook.stages.values() for row in stage.rows}
        return (
            f"{self.bitmap.rulebook.id}: {self.decided + self.refused:,} requests compared, {self.decided:,} decided, "
            f"{self.refused:,} refused; {len(ids & self.rules)} of {len(ids)} rules applied"
        )


def outcome(ask: Callable[[], Any]) -> bytes | tuple[Any, ...]:
    """An answer as bytes, or the refusal."""
    try:
        return as_bytes(ask())
    except RequestRefused as refused:
        return refused.status, str(refused), refused.faults


@pytest.fixture(scope="module")
def catalogues() -> tuple[Catalogue, Catalogue]:
    return Catalogue.load(RULES), Catalogue.load(RULES, engine="rete")


@pytest.mark.skipif(not ACCEPTANCE.is_dir(), reason="the acceptance scenarios are not beside this checkout")
def test_every_acceptance_scenario(catalogues: tuple[Catalogue, Catalogue], record_property: Record) -> None:
    count = 0
    for path in sorted(ACCEPTANCE.glob("*.yaml")):
        for scenario in yaml.safe_load(path.read_text(encoding="utf-8")):
            request = json.loads(json.dumps(scenario["request"], default=str))
            for asked in (request, {**request, "explain": True}):
                first, second = (outcome(partial(catalogue.decide, asked)) for catalogue in catalogues)
                assert first == second, scenario["name"]
            count += 1
    assert count
    record_property("compared", f"{count} acceptance scenarios compared")


def test_every_scenario_beside_a_rulebook(record_property: Record) -> None:
    count = 0
    for path in folders_of(REPORT):
        folder = read_folder(path, REPORT)
        for version in folder.held:
            pair = Pair.of(version.rulebook)
            for scenario in folder.suite.scenarios if folder.suite else ():
                pair.check({**scenario.request, "explain": True}, scenario.at)
                count += 1
    record_property("compared", f"{count} scenarios beside the rulebooks compared")


@pytest.mark.parametrize("name", sorted(path.name for path in GOLDEN.iterdir()))
def test_every_golden_decision(name: str, catalogues: tuple[Catalogue, Catalogue]) -> None:
    own = GOLDEN / name / "rulebook.yaml"
    engines: tuple[EngineName, ...] = ("bitmap", "rete")
    both = [Catalogue.of_files([own], engine=engine) for engine in engines] if own.exists() else catalogues
    request = json.loads((GOLDEN / name / "request.json").read_text(encoding="utf-8"))
    first, second = (outcome(partial(catalogue.decide, request)) for catalogue in both)
    assert first == second


AT_ONCE = 5
"""Requests that are drawn together."""


def each_drawn(book: CompiledRulebook, count: int, take: Callable[[dict[str, Any]], None]) -> None:
    """Give that many generated requests to `take`; what it raises stops it and is made small."""

    @settings(max_examples=count // AT_ONCE, suppress_health_check=list(HealthCheck), database=None)
    @given(requests_to(book, AT_ONCE))
    def drawn(found: list[dict[str, Any]]) -> None:
        for request in found:
            take(request)

    drawn()


def compare(rulebook: Rulebook, count: int) -> Pair:
    """Both engines on that many generated requests."""
    pair = Pair.of(rulebook)
    each_drawn(pair.bitmap, count, pair.check)
    assert pair.decided + pair.refused >= count
    assert pair.refused
    return pair


@pytest.mark.parametrize("name", sorted(BOOKS))
def test_generated_requests(name: str, record_property: Record) -> None:
    record_property("compared", compare(BOOKS[name], 2_000).told())


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(BOOKS))
def test_many_generated_requests(name: str, record_property: Record) -> None:
    record_property("compared", compare(BOOKS[name], 10_000).told())


@settings(max_examples=40, phases=UNSHRUNK)
@given(rulebooks(), st.lists(requests(), min_size=4, max_size=8))
def test_generated_rulebooks(body: dict[str, Any], asked: list[dict[str, Any]]) -> None:
    pair = Pair.of(rulebook_of(body))
    for request in asked:
        pair.check({"at": AT, **request})


def test_eight_threads() -> None:
    name = sorted(BOOKS)[0]
    pair = Pair.of(BOOKS[name])
    asked: list[dict[str, Any]] = []
    each_drawn(pair.bitmap, 200, asked.append)

    def ask(book: CompiledRulebook, request: dict[str, Any]) -> bytes | tuple[Any, ...]:
        return outcome(partial(decide, book, request, parse_instant(request["at"]), ()))

    wanted = [ask(pair.bitmap, request) for request in asked]
    places = [place for thread in range(8) for place in range(thread * 25, thread * 25 + len(asked))]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda place: ask(pair.rete, asked[place % len(asked)]), places))
    assert found == [wanted[place % len(asked)] for place in places]
