"""Which version answers: by number, or the one in force at the instant of the decision."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rulebook_kit import AT, catalogue_of, refusal

from engine import Catalogue, RulebookFaults


def version(number: str, **in_force: str) -> dict[str, Any]:
    return {"version": number} | (
        {"in_force": {key.rstrip("_"): value for key, value in in_force.items()}} if in_force else {}
    )


SPRING = version("1.0.0", from_="2026-03-01", until="2026-06-01", zone="Europe/Moscow")
SUMMER = version("1.1.0", from_="2026-06-01", until="2026-09-01", zone="Europe/Moscow")
WINTER = version("2.0.0", from_="2026-12-01", zone="Europe/Moscow")
DRAFT = version("3.0.0")
desk = catalogue_of(SPRING, WINTER, DRAFT, SUMMER)


def answered(catalogue: Catalogue, at: str, number: str | None = None) -> str:
    request = {"rulebook": "desk", "at": at} | ({"version": number} if number else {})
    return str(catalogue.decide(request)["rulebook"]["version"])


@pytest.mark.parametrize(
    ("at", "number"),
    [
        ("2026-03-01T00:00:00+03:00", "1.0.0"),
        ("2026-02-28T21:00:00Z", "1.0.0"),
        ("2026-05-31T20:59:59.999999Z", "1.0.0"),
        ("2026-05-31T21:00:00Z", "1.1.0"),
        ("2026-08-31T20:59:59Z", "1.1.0"),
        ("2026-11-30T21:00:00Z", "2.0.0"),
        ("2069-12-31T23:59:59Z", "2.0.0"),
    ],
)
def test_the_version_in_force_answers(at: str, number: str) -> None:
    assert answered(desk, at) == number


@pytest.mark.parametrize(
    "at", ["2026-02-28T20:59:59Z", "1970-01-01T00:00:00Z", "2026-08-31T21:00:00Z", "2026-11-30T20:59:59Z"]
)
def test_in_a_gap_no_version_answers(at: str) -> None:
    refused = refusal(desk, {"rulebook": "desk", "at": at})
    assert (refused.status, refused.faults[0].pointer) == (409, "/at")
    assert at.removesuffix("Z") in refused.detail


@pytest.mark.parametrize("number", ["1.0.0", "2.0.0", "3.0.0"])
def test_any_version_answers_when_asked_for_by_its_number(number: str) -> None:
    assert answered(desk, "1980-01-01T00:00:00Z", number) == number


def test_a_version_that_ended_gives_way_to_an_earlier_one_without_end() -> None:
    catalogue = catalogue_of(
        version("1.0.0", from_="2026-01-01"), version("1.1.0", from_="2026-06-01", until="2026-07-01")
    )
    assert answered(catalogue, "2026-05-31T23:59:59Z") == "1.0.0"
    assert answered(catalogue, "2026-06-01T00:00:00Z") == "1.1.0"
    assert answered(catalogue, "2026-07-01T00:00:00Z") == "1.0.0"


def test_of_versions_that_begin_together_the_highest_answers() -> None:
    catalogue = catalogue_of(version("1.10.0", from_="2026-01-01"), version("1.9.0", from_="2026-01-01"))
    assert answered(catalogue, AT) == "1.10.0"


def test_in_force_takes_instants_too() -> None:
    catalogue = catalogue_of(version("1.0.0", from_="2026-01-01T12:00:00+02:00"))
    assert answered(catalogue, "2026-01-01T10:00:00Z") == "1.0.0"
    assert refusal(catalogue, {"rulebook": "desk", "at": "2026-01-01T09:59:59Z"}).status == 409


def test_days_are_those_of_utc_when_no_zone_is_named() -> None:
    catalogue = catalogue_of(version("1.0.0", from_="2026-01-01"))
    assert answered(catalogue, "2026-01-01T00:00:00Z") == "1.0.0"
    assert refusal(catalogue, {"rulebook": "desk", "at": "2025-12-31T23:59:59Z"}).status == 409


def test_a_draft_is_never_in_force() -> None:
    assert refusal(catalogue_of(DRAFT), {"rulebook": "desk", "at": AT}).status == 409


@pytest.mark.parametrize(
    ("request_", "pointer", "nearest"),
    [
        ({"rulebook": "dekk", "at": AT}, "/rulebook", "desk"),
        ({"rulebook": "qqq", "at": AT}, "/rulebook", None),
        ({"rulebook": "", "at": AT}, "/rulebook", None),
        ({"rulebook": "\ud800", "at": AT}, "/rulebook", None),
        ({"rulebook": "desk", "version": "1.0.1", "at": AT}, "/version", "1.0.0"),
        ({"rulebook": "desk", "version": "latest", "at": AT}, "/version", None),
    ],
)
def test_what_is_not_there_is_answered_with_404_and_the_nearest(
    request_: Any, pointer: str, nearest: str | None
) -> None:
    refused = refusal(desk, request_)
    assert (refused.status, refused.faults[0].pointer, refused.faults[0].nearest) == (404, pointer, nearest)
    assert ("did you mean" in refused.detail) == (nearest is not None)


def test_without_an_instant_the_catalogues_clock_is_asked() -> None:
    clock = catalogue_of(SUMMER, clock=lambda: datetime(2026, 7, 1, 12, 0, 0, 5, tzinfo=UTC))
    assert clock.decide({"rulebook": "desk"})["at"] == "2026-07-01T12:00:00.000005Z"
    assert clock.decide({"rulebook": "desk", "at": None})["at"] == "2026-07-01T12:00:00.000005Z"
    assert clock.decide({"rulebook": "desk", "at": "2026-07-02T00:00:00+03:00"})["at"] == "2026-07-01T21:00:00Z"


def test_a_catalogue_without_a_clock_asks_for_the_instant() -> None:
    refused = refusal(desk, {"rulebook": "desk"})
    assert (refused.status, refused.faults[0].pointer) == (422, "/at")


def test_a_catalogue_is_loaded_from_a_folder_or_from_files(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    folder.mkdir()
    files = []
    for number in ("1.0.0", "1.1.0"):
        file = folder / f"{number}.yaml"
        file.write_text(
            f"rulebook: desk\nversion: {number}\nin_force: {{from: 202{number[2]}-01-01}}\n", encoding="utf-8"
        )
        files.append(file)
    for catalogue in (Catalogue.load(tmp_path), Catalogue.of_files(files), Catalogue.of_files(iter(files))):
        assert answered(catalogue, AT) == "1.1.0"
        assert catalogue.has("desk")
        assert catalogue.has("desk", "1.0.0")
        assert not catalogue.has("desk", "9.9.9")
        assert not catalogue.has("desc")
        (summary,) = catalogue.summaries()
        assert [one["version"] for one in summary["versions"]] == ["1.0.0", "1.1.0"]
        assert catalogue.describe("desk", "1.0.0")["in_force"] == {"from": "2020-01-01T00:00:00Z", "until": None}


def test_a_faulty_rulebook_spoils_the_catalogue_and_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "1.0.0.yaml").write_text("rulebook: desk\nversion: 1.0.0\nwrong: 1\n", encoding="utf-8")
    for load in (lambda: Catalogue.load(tmp_path), lambda: Catalogue.of_files([folder / "1.0.0.yaml"])):
        with pytest.raises(RulebookFaults) as raised:
            load()
        assert [fault.span.line for fault in raised.value.report.errors] == [3]


def test_the_same_version_from_two_files_is_refused(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text("rulebook: desk\nversion: 1.0.0\n", encoding="utf-8")
    with pytest.raises(RulebookFaults):
        Catalogue.of_files([tmp_path / "a.yaml", tmp_path / "b.yaml"])
