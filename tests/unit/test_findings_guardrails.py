"""Guardrails: what can be written, what each reads, and when it is broken or cannot be told."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from simulations.findings import (
    BadGuardrail,
    DisclosureChange,
    Estimate,
    GuardrailFaults,
    Load,
    StageFlips,
    TargetFound,
    TargetTally,
    read_guardrail,
    read_guardrails,
)
from simulations.findings.guardrails import Readings, judge

SCHEMA = msgspec.json.decode((Path(__file__).parents[2] / "schemas" / "guardrails.schema.json").read_bytes())


def target(name: str, level: str | None, before: float | None, after: float | None, low: float | None) -> TargetFound:
    difference = None if before is None or after is None else after - before
    high = None if low is None or difference is None else 2 * difference - low
    estimate = Estimate(before, after, difference, low, high, None, None, clear=False)
    tally = TargetTally(1, 1, 0, 0)
    return TargetFound(name, level, tally, tally, 7, 2, (), estimate)


HOURS = (0,) * 168
READINGS = Readings(
    targets=(
        target("any", None, 0.10, 0.11, 0.005),
        target("any", "P1", 0.20, 0.19, -0.03),
        target("resolution", None, 0.10, 0.12, None),
        target("resolution", "P2", None, 0.5, None),
    ),
    flips=(StageFlips("priority", "level", 3, 9, 4), StageFlips("any", "one or more", 5, 9, 6)),
    disclosures=(
        DisclosureChange("due_time", "newly permitted", "deny", "permit", 2, 3, 2, (), ()),
        DisclosureChange("progress", "newly denied", "permit", "deny", 1, 0, 1, (), ()),
    ),
    load=(Load("first.line", 100, 110, HOURS, HOURS), Load("second-line", 0, 5, HOURS, HOURS)),
    agreement=(),
    agreement_compared={"priority.level": Estimate(0.9, 0.88, -0.02, -0.03, -0.01, None, None, clear=True)},
    topics=frozenset({"due_time", "progress", "notes"}),
)


@pytest.mark.parametrize(
    ("line", "reading", "verdict"),
    [
        ("breach_rate: no worse than +1 points", 1.0, "kept"),
        ("breach_rate: no worse than +0.9 points", 1.0, "broken"),
        ("breach_rate: no worse than +1 points with confidence", 1.5, "broken"),
        ("breach_rate: no worse than 1.5 points with confidence", 1.5, "kept"),
        ("breach_rate: at most 11%", 11.0, "kept"),
        ("breach_rate.P1: no worse than -0.5 points", -1.0, "kept"),
        ("breach_rate.P1: no worse than -2 points", -1.0, "broken"),
        ("breach_rate.resolution: no worse than +2 points", 2.0, "kept"),
        ("breach_rate.resolution: no worse than +2 points with confidence", None, "unknown"),
        ("breach_rate.resolution.P2: no worse than +2 points", None, "unknown"),
        ("breach_rate.resolution.P2: at most 50 %", 50.0, "kept"),
        ("breach_rate.P7: at most 50%", None, "unknown"),
        ("newly_missed: at most 7", 7, "kept"),
        ("newly_missed.P1: none", 7, "broken"),
        ("flips: at most 5", 6, "broken"),
        ("flips.priority: at most 4", 4, "kept"),
        ("flips.prority: none", None, "unknown"),
        ("newly_permitted: none", 5, "broken"),
        ("newly_permitted.due_time: at most 5", 5, "kept"),
        ("newly_permitted.progress: none", 0, "kept"),
        ("newly_permitted.dew_time: none", None, "unknown"),
        ("newly_denied: none", 1, "broken"),
        ("load.first.line: no worse than +10%", 10.0, "kept"),
        ("load.first.line: no worse than +9.9%", 10.0, "broken"),
        ("load.first.line: at most 109", 110, "broken"),
        ("load.second-line: no worse than +10%", None, "unknown"),
        ("load.third-line: at most 1", None, "unknown"),
        ("agreement.priority.level: no worse than 2 points", 2.0, "kept"),
        ("agreement.priority.level: no worse than +2.5 points with confidence", 3.0, "broken"),
        ("agreement.assignment.group: no worse than 2 points", None, "unknown"),
    ],
)
def test_a_guardrail_is_kept_broken_or_cannot_be_told(line: str, reading: float | None, verdict: str) -> None:
    found = judge(read_guardrail(line), READINGS)
    assert (found.verdict, found.reading) == (verdict, reading if reading is None else pytest.approx(reading))
    assert found.why
    figure, _, limit = line.partition(": ")
    jsonschema.validate({"guardrails": {figure: limit}}, SCHEMA)


BAD = [
    ("breach_rate.P1 no worse", "write a figure, a colon and a limit"),
    ("breech_rate: none", "is no figure"),
    ("breach_rate..P1: at most 5%", "is no figure"),
    ("breach_rate.a.b.c: at most 5%", "takes `breach_rate[.TARGET][.LEVEL]`"),
    ("breach_rate: none", "is no limit of `breach_rate`"),
    ("breach_rate: at most 5", "is no limit of `breach_rate`"),
    ("flips: at most 5%", "is no limit of `flips`"),
    ("flips.a.b: none", "takes `flips[.STAGE]`"),
    ("load: at most 5", "needs a name"),
    ("load.x: no worse than 5 points", "is no limit of `load`"),
    ("load.x: no worse than 5% with confidence", "is no limit of `load`"),
    ("agreement.priority.level: at most 5%", "is no limit of `agreement`"),
    ("newly_missed: at most -1", "is no limit of `newly_missed`"),
]


@pytest.mark.parametrize(("line", "said"), BAD)
def test_what_is_no_guardrail_is_refused_with_what_would_do(line: str, said: str) -> None:
    with pytest.raises(BadGuardrail) as refused:
        read_guardrail(line)
    assert said in str(refused.value)
    figure, colon, limit = line.partition(": ")
    if colon:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"guardrails": {figure: limit}}, SCHEMA)


def test_a_file_names_figures_with_one_limit_or_several(tmp_path: Path) -> None:
    path = tmp_path / "guardrails.yaml"
    path.write_text(
        "guardrails:\n  newly_permitted: none\n  breach_rate.P1: [no worse than +0.5 points, at most 20%]\n"
    )
    assert [one.says for one in read_guardrails(path)] == [
        "newly_permitted: none",
        "breach_rate.P1: no worse than +0.5 points",
        "breach_rate.P1: at most 20%",
    ]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("guardrails:\n  flips: 5\n  breach: none\n", [(2, "bad-guardrail"), (3, "bad-guardrail")]),
        ("guardrail: {flips: none}\n", [(1, "missing-key"), (1, "unknown-key")]),
        ("guardrails: [flips]\n", [(1, "missing-key")]),
        ("guardrails: {flips: [none, 7]}\n", [(1, "bad-guardrail")]),
        ("guardrails: {\n", [(1, "unclosed-bracket")]),
    ],
)
def test_faults_of_a_file_are_told_at_their_place(tmp_path: Path, text: str, places: list[Any]) -> None:
    path = tmp_path / "guardrails.yaml"
    path.write_text(text)
    with pytest.raises(GuardrailFaults) as refused:
        read_guardrails(path)
    assert sorted((said.span.line, said.code) for said in refused.value.diagnostics) == places
    assert "guardrails.yaml:" in refused.value.report()


def test_a_share_by_level_says_where_other_tickets_are_counted() -> None:
    whole, level = (READINGS.targets[at] for at in (0, 1))
    same = judge(read_guardrail("breach_rate.P1: at most 50%"), READINGS)
    assert same.why == "19.00%"
    moved = READINGS._replace(targets=(whole, replace(level, candidate=TargetTally(40, 9, 1, 0))))
    found = judge(read_guardrail("breach_rate.P1: at most 50%"), moved)
    assert found.why == "19.00%; not of the same tickets: P1 has 2 of the baseline and 50 of the candidate"
    assert judge(read_guardrail("breach_rate: at most 50%"), moved).why == "11.00%"
