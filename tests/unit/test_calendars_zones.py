"""Zones come from the tzdata package alone, by their exact names, and their clocks are read right."""

import re
import zoneinfo
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from engine.calendars import check_zone
from engine.calendars.wall_clock import wall_clock
from engine.calendars.zones import load_zone, offset_changes, zone_names

SECOND = 1_000_000
HOUR = 3600 * SECOND


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


@pytest.mark.parametrize("name", ["UTC", "Etc/UTC", "Europe/Moscow", "America/Argentina/Buenos_Aires", "Europe/Kiev"])
def test_known_zones(name: str) -> None:
    check_zone(name)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Europe/Moskow", "unknown time zone `Europe/Moskow`; did you mean `Europe/Moscow`"),
        ("europe/moscow", "unknown time zone `europe/moscow`; did you mean `Europe/Moscow`"),
        ("Moscow", "unknown time zone `Moscow`; did you mean `Europe/Moscow`"),
        ("../zones", "unknown time zone `../zones`"),
        ("/etc/localtime", "unknown time zone `/etc/localtime`"),
        ("Europe", "unknown time zone `Europe`"),
        ("Europe/Moscow\x00", "unknown time zone `Europe/Moscow\\x00`"),
        ("", "unknown time zone ``"),
    ],
)
def test_unknown_zones(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)) as fault:
        check_zone(name)
    assert str(fault.value).startswith(message)
    with pytest.raises(ValueError, match=r"^unknown time zone"):
        load_zone(name)


def test_the_systems_zone_files_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "Africa").mkdir()
    tokyo = files("tzdata").joinpath("zoneinfo", "Asia", "Tokyo").read_bytes()
    (tmp_path / "Africa" / "Abidjan").write_bytes(tokyo)
    usual = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([str(tmp_path)])
    try:
        assert zoneinfo.ZoneInfo.no_cache("Africa/Abidjan").utcoffset(datetime(2024, 1, 1)) == timedelta(hours=9)
        assert load_zone("Africa/Abidjan").utcoffset(datetime(2024, 1, 1)) == timedelta(0)
    finally:
        zoneinfo.reset_tzpath(usual)


def test_offsets_of_a_zone() -> None:
    changes = offset_changes("Europe/Moscow")
    assert changes[-1] == (utc("2014-10-25T22:00") // SECOND, 3 * 3600)
    assert changes[-2] == (utc("2011-03-26T23:00") // SECOND, 4 * 3600)


@pytest.mark.parametrize("name", ["America/Recife", "Asia/Gaza", "Africa/Casablanca", "Antarctica/Troll"])
def test_no_offset_change_is_overlooked(name: str) -> None:
    """These zones change their offsets at the shortest intervals of all: looks half a day apart find the same."""
    zone, changes = load_zone(name), offset_changes(name)
    moments = [moment for moment, _ in changes]
    for at in range(0, 3_155_760_000, 12 * 3600):
        _, offset = changes[bisect_right(moments, at) - 1]
        assert datetime.fromtimestamp(at, zone).utcoffset() == timedelta(seconds=offset), at


def test_zone_list_holds_no_path_tricks() -> None:
    assert all(".." not in name and not name.startswith("/") for name in zone_names())


BERLIN_GAP = utc("2024-03-31T01:00")  # 02:00 shown next as 03:00
BERLIN_FOLD = utc("2024-10-27T01:00")  # 03:00 shown next as 02:00


def test_a_skipped_reading_is_the_end_of_the_gap() -> None:
    clock = wall_clock("Europe/Berlin")
    for reading in ("2024-03-31T02:00", "2024-03-31T02:30", "2024-03-31T03:00"):
        assert clock.first(utc(reading)) == clock.last(utc(reading)) == BERLIN_GAP
    assert clock.first(utc("2024-03-31T01:59:59")) == BERLIN_GAP - SECOND
    assert clock.last(utc("2024-03-31T03:00:01")) == BERLIN_GAP + SECOND


def test_a_repeated_reading_has_a_first_and_a_last_showing() -> None:
    clock = wall_clock("Europe/Berlin")
    half_past = utc("2024-10-27T02:30")
    assert clock.first(half_past) == BERLIN_FOLD - HOUR // 2
    assert clock.last(half_past) == BERLIN_FOLD + HOUR // 2
    # the edges of the fold are shown once for good: nothing earlier is shown after 02:00, nor 03:00 before the second
    assert clock.first(utc("2024-10-27T02:00")) == clock.last(utc("2024-10-27T02:00")) == BERLIN_FOLD - HOUR
    assert clock.first(utc("2024-10-27T03:00")) == clock.last(utc("2024-10-27T03:00")) == BERLIN_FOLD + HOUR


def test_the_reading_stands_still_in_a_fold_and_leaps_over_a_gap() -> None:
    clock = wall_clock("Europe/Berlin")
    assert clock.reading(BERLIN_FOLD - 1) == utc("2024-10-27T03:00") - 1
    assert clock.reading(BERLIN_FOLD) == clock.reading(BERLIN_FOLD + HOUR) == utc("2024-10-27T03:00")
    assert clock.reading(BERLIN_FOLD + HOUR + 1) == utc("2024-10-27T03:00") + 1
    assert clock.reading(BERLIN_GAP - 1) == utc("2024-03-31T02:00") - 1
    assert clock.reading(BERLIN_GAP) == utc("2024-03-31T03:00")


@pytest.mark.parametrize(
    "name", ["Europe/Berlin", "America/Santiago", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Kolkata"]
)
def test_readings_agree_with_zoneinfo_away_from_folds(name: str) -> None:
    zone, clock = load_zone(name), wall_clock(name)
    for at in range(utc("2023-12-20T00:00"), utc("2025-02-01T00:00"), 7 * 3599 * SECOND):
        shown = datetime.fromtimestamp(at // SECOND, zone)
        reading = utc(shown.replace(tzinfo=None).isoformat())
        once = shown.replace(fold=0).utcoffset() == shown.replace(fold=1).utcoffset()
        if once:
            assert clock.reading(at) == reading
            assert clock.first(reading) == clock.last(reading) == at
        else:
            assert clock.first(reading) <= at <= clock.last(reading)
