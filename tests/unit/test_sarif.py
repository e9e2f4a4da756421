"""The SARIF log of a report: its shape by the standard, places, witnesses, suppressions, fingerprints."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from engine import Diagnostic, Source, Suppressed, read_source, to_sarif
from engine.diagnostics import Span

FILE = "rules/линия/1.0.0.yaml"
TEXT = """\
rulebook: линия
title: {ru: Линия 📞 поддержки, en: Support line}
admission:
  rules:
    - {rule: первая, when: {ticket.line: 1}, then: {outcome: accept}}
    - {rule: вторая, when: {ticket.line: 1}, then: {outcome: reject}}
"""
MEANINGS = {"never-fires": "a rule can never fire", "gap": "some requests leave a stage undecided"}
WITNESS = "- scenario: в разрыве\n  given: {ticket: {line: 1}}\n"


def read(text: str = TEXT) -> Source:
    source, _ = read_source(FILE, text.encode())
    assert source is not None
    return source


def uri(name: str) -> str:
    return name.replace("линия", "%D0%BB%D0%B8%D0%BD%D0%B8%D1%8F")


def dead(source: Source, rule: int = 1) -> Diagnostic:
    place = ("admission", "rules", rule, "rule")
    first = source.related("`первая` covers it", ("admission", "rules", 0, "rule"))
    return source.fault("never-fires", "`вторая` can never fire", place, help="delete it", severity="warning",
                        related=(first,), witness=WITNESS)  # fmt: skip


def gap(source: Source) -> Diagnostic:
    return source.fault("gap", "some requests are left undecided", ("admission",), key=True)


def log_of(found: Sequence[Diagnostic], source: Source, suppressed: Sequence[Suppressed] = ()) -> dict[str, Any]:
    log = to_sarif(found, {FILE: source}, MEANINGS, "1.2.3", uri, suppressed)
    checked(json.loads(json.dumps(log)))
    return log


def checked(log: Mapping[str, Any]) -> None:
    """What the standard asks of the parts of a log that are used here."""
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert set(run) == {"tool", "invocations", "originalUriBaseIds", "columnKind", "results"}
    assert run["columnKind"] in ("unicodeCodePoints", "utf16CodeUnits")
    driver = run["tool"]["driver"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", driver["semanticVersion"])
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(ids) == len(set(ids))
    for rule in driver["rules"]:
        assert all(rule[key]["text"] for key in ("shortDescription", "fullDescription", "help"))
        assert rule["defaultConfiguration"]["level"] in ("error", "warning")
    for result in run["results"]:
        checked_result(result, ids, run["originalUriBaseIds"])
    assert len({"suppressions" in result for result in run["results"]}) <= 1  # 3.27.23: all of them or none


def checked_result(result: Mapping[str, Any], ids: Sequence[str], bases: Mapping[str, Any]) -> None:
    known = {"ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"}
    assert known <= result.keys() <= known | {"relatedLocations", "properties", "suppressions"}
    assert ids[result["ruleIndex"]] == result["ruleId"]
    assert result["level"] in ("none", "note", "warning", "error")
    assert result["message"].keys() <= {"text", "markdown"}
    assert result["message"]["text"]
    further = result.get("relatedLocations", [])
    assert [place["id"] for place in further] == list(range(1, len(further) + 1))
    assert all(isinstance(value, str) for value in result["partialFingerprints"].values())
    for suppression in result.get("suppressions", ()):
        assert suppression["kind"] in ("inSource", "external")
    places = [*result["locations"], *further, *(s["location"] for s in result.get("suppressions", ()))]
    for place in places:
        artifact, region = place["physicalLocation"]["artifactLocation"], place["physicalLocation"]["region"]
        assert artifact["uri"].isascii()
        assert artifact.get("uriBaseId") in (None, *bases)
        start = (region["startLine"], region["startColumn"])
        assert (1, 1) <= start <= (region["endLine"], region["endColumn"])


def test_a_result_has_its_code_message_place_and_rule() -> None:
    source = read()
    (run,) = log_of([gap(source)], source)["runs"]
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("gap", "error")
    assert result["message"] == {"text": "some requests are left undecided"}
    (place,) = result["locations"]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": uri(FILE), "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 10},
    }
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["shortDescription"] == {"text": "Some requests leave a stage undecided."}
    assert run["tool"]["driver"]["version"] == "1.2.3"


def test_columns_count_code_points_as_the_log_says() -> None:
    source = read()
    fault = source.fault("gap", "x", ("title", "en"))
    (run,) = log_of([fault], source)["runs"]
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    line = TEXT.split("\n")[1]
    assert run["columnKind"] == "unicodeCodePoints"
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == "Support line"
    assert line.index("Support") + 1 == region["startColumn"]
    assert len(line[: region["startColumn"] - 1].encode("utf-16-le")) // 2 == region["startColumn"]  # the other kind


def test_further_places_and_the_witness_are_there() -> None:
    source = read()
    (result,) = log_of([dead(source)], source)["runs"][0]["results"]
    (further,) = result["relatedLocations"]
    assert further["message"] == {"text": "`первая` covers it"}
    assert further["physicalLocation"]["region"]["startLine"] == 5
    assert result["properties"] == {"witness": WITNESS}
    assert result["message"]["text"] == "`вторая` can never fire\nhelp: delete it"
    assert result["message"]["markdown"].endswith(f"\n\n```yaml\n{WITNESS}```")


def test_a_witness_with_a_fence_of_its_own_stays_within_one() -> None:
    source = read()
    fault = replace(gap(source), witness="say: ````")
    message = log_of([fault], source)["runs"][0]["results"][0]["message"]
    assert message["markdown"].endswith("\n\n`````yaml\nsay: ````\n`````")


def test_a_suppressed_result_says_why_and_the_others_that_they_are_not() -> None:
    source = read()
    because = {"ru": "Оставлено для аудита", "en": "Kept for the auditors"}
    suppressed = Suppressed(dead(source), because, Span(9, 5, 9, 20))
    open_, hushed = log_of([gap(source)], source, [suppressed])["runs"][0]["results"]
    assert open_["suppressions"] == []
    (why,) = hushed["suppressions"]
    assert (why["kind"], why["justification"]) == ("inSource", "Оставлено для аудита")
    assert why["location"]["physicalLocation"]["region"]["startLine"] == 9


def test_nothing_found_is_a_run_without_results() -> None:
    run = log_of([], read())["runs"][0]
    assert run["results"] == []
    assert run["tool"]["driver"]["rules"] == []


def prints(found: Sequence[Diagnostic], source: Source) -> list[str]:
    results = log_of(found, source)["runs"][0]["results"]
    return [fingerprint for result in results for fingerprint in result["partialFingerprints"].values()]


def test_fingerprints_survive_moved_and_indented_lines() -> None:
    before, after = read(), read("# a comment\n\n" + TEXT.replace("    - {", "      -   {"))
    assert prints([gap(before), dead(before)], before) == prints([gap(after), dead(after)], after)


def test_fingerprints_tell_results_apart() -> None:
    source = read()
    found = [gap(source), dead(source), dead(source, 0), gap(source), replace(gap(source), code="never-fires")]
    assert len(set(prints(found, source))) == len(found)
    other = read(TEXT.replace("вторая", "третья"))
    assert prints([dead(source)], source) != prints([dead(other)], other)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("`{ticket.channel}` is open", "`{ticket.channel}` is open"),
        ("group {0} is empty", "group {{0}} is empty"),
        ("levels [P1](P2)", "levels [P1] (P2)"),
    ],
)
def test_messages_hold_no_placeholders_and_no_links(said: str, written: str) -> None:
    source = read()
    fault = replace(gap(source), message=said)
    assert log_of([fault], source)["runs"][0]["results"][0]["message"]["text"] == written


def test_an_absolute_address_has_no_base() -> None:
    source = read()
    log = to_sarif([gap(source)], {FILE: source}, MEANINGS, "1.2.3", lambda _: "file:///elsewhere/1.0.0.yaml")
    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "file:///elsewhere/1.0.0.yaml"}
