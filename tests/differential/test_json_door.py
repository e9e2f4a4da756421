"""Two doors, one answer: `decide_json` gives the bytes of what `decide_as` gives, or refuses for the same faults.

On all scenarios, the golden decisions, and generated requests and rulebooks, in both engines, plain and explained.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from generated_rulebooks import UNSHRUNK, requests, rulebooks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rulebook_kit import AT, catalogue_of, compiled, rulebook_of
from rulebook_requests import requests_to

from engine import Catalogue, EngineName, EngineUnavailable, RequestRefused
from engine.decision import check_paths, compile_rulebook, decide, decide_json
from engine.facts import format_instant
from engine.rete.core import load_core
from engine.scenarios.folders import folders_of, read_folder

ROOT = Path(__file__).parents[2]
RULES = ROOT / "rules"
ACCEPTANCE = ROOT.parent / "shared" / "acceptance"
GOLDEN = ROOT / "tests" / "golden" / "decisions"
REPORT = check_paths([RULES])
BOOKS = {f"{book.id} {book.version}": book for book in REPORT.rulebooks}
LANGUAGES: tuple[tuple[str, ...], ...] = ((), ("ru", "en"), ("de", "pl-PL"))


def can_be_had(engine: EngineName) -> bool:
    """Whether an engine is installed here."""
    try:
        return engine == "bitmap" or bool(load_core())
    except EngineUnavailable:
        return False


ENGINES: list[EngineName] = [engine for engine in ("bitmap", "rete") if can_be_had(engine)]  # type: ignore[misc]


def outcome(ask: Callable[[], Any]) -> Any:
    """An answer, or the refusal as plain values."""
    try:
        return ask()
    except RequestRefused as refused:
        return refused.status, refused.title, refused.detail, refused.faults


@dataclass
class Doors:
    """A catalogue asked at both doors, and a count of the answers."""

    catalogue: Catalogue
    decided: int = 0
    refused: int = 0

    def check(self, request: Any, languages: Sequence[Sequence[str]] = LANGUAGES) -> None:
        """Both doors answer alike, at first and again; what is done to an answer alters no later one.

        Nor does it matter whether the decision is explained: the stages run written out, or one after the other.
        """
        for wanted_in in languages:
            data = outcome(lambda spoken=wanted_in: self.catalogue.decide_as(request, languages=spoken))
            told = outcome(lambda spoken=wanted_in: self.catalogue.decide_json(request, languages=spoken))
            if isinstance(data, dict):
                expected = msgspec.json.encode(data)
                assert told == expected, request
                spoil(data)
                again = self.catalogue.decide_as(request, languages=wanted_in)
                assert msgspec.json.encode(again) == expected
                explained = {**request, "explain": not request.get("explain")}
                other = self.catalogue.decide_as(explained, languages=wanted_in)
                assert list(other["decision"].items()) == list(again["decision"].items())
                self.decided += 1
            else:
                assert told == data, request
                self.refused += 1


def spoil(answer: Any) -> None:
    """Change whatever can be changed in an answer, all the way down."""
    for item in list(answer.values()) if isinstance(answer, dict) else answer:
        if isinstance(item, dict | list):
            spoil(item)
    if isinstance(answer, dict):
        answer["spoilt"] = answer.pop(next(iter(answer), "nothing"), None)
    else:
        answer.append("spoilt")


@pytest.fixture(scope="module", params=ENGINES)
def doors(request: pytest.FixtureRequest) -> Doors:
    return Doors(Catalogue.load(RULES, engine=request.param))


@pytest.mark.skipif(not ACCEPTANCE.is_dir(), reason="the acceptance scenarios are not beside this checkout")
def test_every_acceptance_scenario(doors: Doors) -> None:
    before = doors.decided
    for path in sorted(ACCEPTANCE.glob("*.yaml")):
        for scenario in yaml.safe_load(path.read_text(encoding="utf-8")):
            request = json.loads(json.dumps(scenario["request"], default=str))
            for explain in (None, True):
                doors.check({**request, "explain": explain}, LANGUAGES[:1])
    assert doors.decided > before


@pytest.mark.parametrize("engine", ENGINES)
def test_every_scenario_beside_a_rulebook(engine: EngineName) -> None:
    for path in folders_of(REPORT):
        folder = read_folder(path, REPORT)
        for version in folder.held:
            doors = Doors(Catalogue([version.rulebook], engine=engine))
            head = {"rulebook": version.rulebook.id, "version": version.rulebook.version}
            for scenario in folder.suite.scenarios if folder.suite else ():
                for explain in (False, True):
                    doors.check({**scenario.request, **head, "at": format_instant(scenario.at), "explain": explain})
            assert doors.decided


@pytest.mark.parametrize("name", sorted(path.name for path in GOLDEN.iterdir()))
def test_every_golden_decision(name: str, doors: Doors) -> None:
    own = GOLDEN / name / "rulebook.yaml"
    asked = Doors(Catalogue.of_files([own])) if own.exists() else doors
    before = asked.decided
    asked.check(json.loads((GOLDEN / name / "request.json").read_text(encoding="utf-8")))
    assert asked.decided > before


@pytest.mark.parametrize("name", sorted(BOOKS))
def test_generated_requests(name: str) -> None:
    book = BOOKS[name]
    doors = Doors(Catalogue([book]))
    head = {"rulebook": book.id, "version": book.version}

    @settings(max_examples=60, suppress_health_check=list(HealthCheck), database=None)
    @given(requests_to(compile_rulebook(book)))
    def drawn(found: list[dict[str, Any]]) -> None:
        for request in found:
            doors.check({**head, **request}, LANGUAGES[:1])

    drawn()
    assert doors.decided
    assert doors.refused


@settings(max_examples=40, phases=UNSHRUNK, suppress_health_check=list(HealthCheck))
@given(rulebooks(), st.lists(requests(), min_size=2, max_size=6), st.sampled_from(ENGINES))
def test_generated_rulebooks(body: dict[str, Any], asked: list[dict[str, Any]], engine: EngineName) -> None:
    doors = Doors(Catalogue([rulebook_of(body)], engine=engine))
    for request in asked:
        doors.check(request, LANGUAGES[:2])


@pytest.mark.parametrize(
    "request_", [[], {}, {"rulebook": "nobody's"}, {"rulebook": "desk", "at": "now"}, {"rulebook": "desk", "at": AT}]
)
def test_what_no_version_answers_is_refused_alike(request_: Any) -> None:
    doors = Doors(catalogue_of({}))
    doors.check(request_)
    assert doors.refused == len(LANGUAGES)


def test_names_asked_about_twice_are_told_once() -> None:
    rule = {"rule": "r", "permit": ["a", "\u00e9"], "say": {"en": 'Say "yes"\n'}}
    catalogue = catalogue_of({"disclosures": {"rules": [rule]}})
    doors = Doors(catalogue)
    request = {"rulebook": "desk", "version": "1.0.0", "at": AT, "ask": {"disclose": ["\u00e9", "a", "\u00e9"]}}
    doors.check({**request, "explain": True})
    assert list(json.loads(catalogue.decide_json(request))["decision"]["disclosures"]) == ["\u00e9", "a"]


def test_the_doors_of_a_compiled_rulebook() -> None:
    book = compiled({})
    assert decide_json(book, {}, 0, ()) == msgspec.json.encode(decide(book, {}, 0, ()))
