"""Findings held against enumeration: in small rulebooks every request is decided, so every finding and every silence
can be told right from wrong."""

import json
from collections import Counter
from random import Random
from typing import Any

import pytest
import yaml
from enumerated_findings import CHOOSING, Enumerated, Told, expected
from generated_rulebooks import UNSHRUNK
from hypothesis import HealthCheck, given, settings
from rulebook_kit import compiled, text_of
from small_rulebooks import FACTS, requests_to, rulebooks, small_rulebook

from engine.decision import decide
from engine.diagnostics import Diagnostic, Path, Source, read_source
from engine.facts import parse_instant
from engine.proof.findings import FINDING_CODES, findings_of, study
from engine.proof.invariants.invariants import Statement, read_invariants, statement
from engine.proof.invariants.proving import prove
from engine.proof.space.observed import observe, true_of


def check(number: int) -> Counter[str]:
    """Hold the findings of a rulebook against enumeration; how many there were of each code."""
    body = small_rulebook(number)
    book = compiled(body)
    source, _ = read_source("desk.yaml", text_of(body).encode())
    assert source is not None
    known = Enumerated(book, requests_to(body))
    findings = findings_of(book, source)
    paths = _paths(known, source, body)
    found = {_told(finding, paths) for finding in findings}
    wanted = expected(known, body)
    assert found == wanted, (number, "told in vain", found - wanted, "not told", wanted - found)
    for finding in findings:
        if finding.code == "never-fires":
            _check_cover(finding, known, paths)
        if finding.witness:
            _check_witness(finding, known)
    return Counter(one.code for one in found)


def _paths(known: Enumerated, source: Source, body: dict[str, Any]) -> dict[Any, Path]:
    """By place in the file, what stands there."""
    found: dict[Any, Path] = (
        {source.span(("disclosures", "topics")): ("disclosures", "topics")} if "disclosures" in body else {}
    )
    for section in ("facts", "derive"):
        found |= {source.span((section, name), key=True): (section, name) for name in body.get(section, {})}
    found |= {source.span(row.path): row.path for stage in known.stages.values() for row in stage.rows}
    return found


def _told(finding: Diagnostic, paths: dict[Any, Path]) -> Told:
    more: frozenset[Any] = frozenset()
    if finding.code == "hidden-result":
        more = frozenset(paths[one.span] for one in finding.related)
    elif finding.code in ("outdone", "never-disclosed"):
        said = finding.message.split(" in vain:")[0] if finding.code == "outdone" else finding.message.split(" is ")[0]
        more = frozenset(name for name in ("prices", "dates", "close", "reopen") if f"`{name}`" in said)
    elif finding.code.endswith("served-later"):
        target = next(name for name in ("first_response", "resolution") if f"`{name}`: " in finding.message)
        more = frozenset([paths[finding.related[0].span], target])
    return Told(finding.code, paths[finding.span], more)


def _check_cover(finding: Diagnostic, known: Enumerated, paths: dict[Any, Path]) -> None:
    """The rules that cover a dead one leave nothing to it, and none of them can be left out."""
    stage, i = next(
        (n, i) for n, s in known.stages.items() for i, r in enumerate(s.rows) if r.path == paths[finding.span]
    )
    meant = [one for one in known.seen if i in one.meant[stage]]
    decided = [one for one in meant if one.runs[stage]]
    if not finding.related:
        assert not meant
        return
    cover = [paths[one.span] for one in finding.related]
    if "admission refuses" in finding.message:
        assert not decided
        rows, taken = known.rows("admission"), [frozenset(one.at_work("admission")) for one in meant]
    else:
        rows, taken = known.rows(stage), [one.applies(stage) for one in decided]
    numbers = {k for k, row in enumerate(rows) if row.path in cover}
    assert all(numbers & one for one in taken)
    assert all(any(not (numbers - {k}) & one for one in taken) for k in numbers)


def _check_witness(finding: Diagnostic, known: Enumerated) -> None:
    """What is to be pasted is decided as it says."""
    for scenario in yaml.safe_load(finding.witness or ""):
        request = {"rulebook": "desk", "version": "1.0.0", "at": scenario["at"], **scenario["given"]}
        decision = decide(known.book, request, parse_instant(scenario["at"]), ())["decision"]
        for stage, part in scenario["expect"].items():
            if part is None or stage == "obligations":
                continue
            for name, said in part.items():
                assert decision[stage][name] == said or isinstance(said, dict), (finding.code, scenario)


ROW_BY_ROW = ("never-fires", "changes-nothing", "hidden-result", "gap", "gap-where-absent", "undecided")


def check_long(number: int) -> Counter[str]:
    """Hold findings against enumeration where every stage of two rules and more is looked at as a long one."""
    body = small_rulebook(number)
    book = compiled(body)
    source, _ = read_source("desk.yaml", text_of(body).encode())
    assert source is not None
    known = Enumerated(book, requests_to(body))
    long = {row.path for name in CHOOSING for row in known.rows(name) if len(known.rows(name)) > study.LONG}
    findings = findings_of(book, source)
    paths = _paths(known, source, body)
    mine = [one for one in findings if one.code in ROW_BY_ROW and paths.get(one.span) in long]
    found = {(one.code, paths[one.span]) for one in mine}
    wanted = {(one.code, one.place) for one in expected(known, body) if one.code in ROW_BY_ROW and one.place in long}
    assert found == wanted, (number, "told in vain", found - wanted, "not told", wanted - found)
    for finding in findings:
        if finding.code == "never-fires" and finding in mine:
            _check_cover(finding, known, paths)
        if finding.code == "hidden-result" and finding in mine:
            (hidden,) = {paths[one.span] for one in finding.related}
            assert any(one.place == paths[finding.span] and hidden in one.more for one in expected(known, body))
        if finding.witness:
            _check_witness(finding, known)
    return Counter(code for code, _ in found)


CLAIMS: tuple[dict[str, Any], ...] = (
    {"priority": {"missing": False}},
    {"priority": "P1"},
    {"classification": "incident"},
    {"disclosures.prices": "permit"},
    {"permissions.close": ["permit", "approval"]},
    {"sla.resolution.within": {"at_most": "1h"}},
)


def check_invariants(number: int) -> Counter[str]:
    """Hold the verdicts on invariants about a rulebook against enumeration; how many there were of each."""
    body = small_rulebook(number)
    book, random = compiled(body), Random(number)
    file, _ = read_source("desk.yaml", text_of(body).encode())
    assert file is not None
    observed = [observe(book, request) for request in requests_to(body)]
    found: Counter[str] = Counter()
    for claim in CLAIMS:
        facts = [fact for fact in FACTS if fact in body["facts"]]
        when = {fact: random.choice(FACTS[fact].tests) for fact in facts[:1]}
        text = {"invariants": [{"invariant": "it", random.choice(("always", "never")): {**claim, "when": when}}]}
        source, _ = read_source("invariants.yaml", json.dumps(text).encode())
        assert source is not None
        (written,), _ = read_invariants(source)
        said, _ = statement(written, book)
        if not isinstance(said, Statement):
            continue
        (proof,) = prove([said], book, file)
        is_never = written.kind == "never"
        against = any(true_of(said.given, [one]) and true_of(said.claim, [one]) is is_never for one in observed)
        assert proof.verdict == ("witness" if against else "proved"), (number, text, proof)
        found[proof.verdict] += 1
    return found


@settings(max_examples=120, phases=UNSHRUNK, deadline=None)
@given(rulebooks())
def test_every_finding_and_every_silence_is_right(number: int) -> None:
    check(number)


@pytest.fixture
def all_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stages of two rules and more are long ones."""
    monkeypatch.setattr(study, "LONG", 1)


@settings(max_examples=25, phases=UNSHRUNK, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rulebooks())
def test_findings_in_long_stages_are_right(all_long: None, number: int) -> None:
    check_long(number)


@pytest.mark.slow
def test_findings_in_long_stages_of_hundreds_of_rulebooks_are_right(all_long: None) -> None:
    found = sum((check_long(number) for number in range(400)), Counter())
    assert found.keys() == {*ROW_BY_ROW} - {"undecided"}  # all is decided


@settings(max_examples=40, phases=UNSHRUNK, deadline=None)
@given(rulebooks())
def test_every_verdict_on_an_invariant_is_right(number: int) -> None:
    check_invariants(number)


@pytest.mark.slow
def test_findings_of_thousands_of_rulebooks_are_right() -> None:
    found = sum((check(number) for number in range(3_000)), Counter())
    never_seen = {
        "calendar-without-time",
        "undecided",
    }  # no such calendars, and all is decided
    assert found.keys() == FINDING_CODES.keys() - never_seen


@pytest.mark.slow
def test_verdicts_on_thousands_of_invariants_are_right() -> None:
    found = sum((check_invariants(number) for number in range(1_000)), Counter())
    assert found.keys() == {"proved", "witness"}
