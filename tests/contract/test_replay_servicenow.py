"""The published ServiceNow history through the rulebook of the house: priorities as recorded, every one of them."""

import csv
import gzip
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
from history_kit import written

from engine import Catalogue
from simulations import Plan, Summary, check_fit, open_mapped, replay, side_of, side_of_changes

ROOT = Path(__file__).parents[2]
LOG = ROOT.parent / "shared" / "data" / "uci_incident_event_log"
MAPPING = ROOT / "rules" / "itil-incident-desk" / "servicenow-history.map.yaml"
RULEBOOK = ROOT / "rules" / "itil-incident-desk" / "1.0.0.yaml"
WEEK = 12_973

pytestmark = pytest.mark.skipif(not LOG.is_dir(), reason="the published history does not lie beside the checkout")


def run(path: Path, out: Path | None = None, limit: int | None = None) -> Summary:
    history, mapping = open_mapped(path, MAPPING)
    sides = (side_of("baseline", "itil-incident-desk", Catalogue.of_files([RULEBOOK])),)
    check_fit(history, mapping, sides)
    plan = Plan(history, mapping.mapping, sides, limit)
    return replay(plan) if out is None else written(plan, out)


def all_as_recorded(summary: Summary) -> bool:
    return all(found.equal == found.compared and not found.unrecorded for found in summary.agreement)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["parquet", "zip"])
def test_the_whole_history_is_decided_as_recorded(form: str) -> None:
    # Slow: 166,630 decisions in each form.
    summary = run(LOG / f"incident_event_log.{form}")
    assert summary.sound
    assert (summary.size.rows, summary.size.tickets) == (141_712, 24_918)
    assert [found.equal for found in summary.agreement] == [24_918, 141_712]
    assert all_as_recorded(summary)
    (share,) = summary.recorded_shares
    assert (share.tickets, share.of_tickets) == (15_803, 24_918)
    assert (share.rows, share.of_rows) == (132_497, 141_712)
    assert summary.events_before_opening == 5


def test_every_pair_of_impact_and_urgency_is_decided_as_recorded(tmp_path: Path) -> None:
    frame = pl.read_parquet(LOG / "incident_event_log.parquet")
    sample = frame.group_by("impact", "urgency", "priority", maintain_order=True).head(200)
    assert sample.select("impact", "urgency", "priority").unique().height == 8
    sample.write_parquet(tmp_path / "sample.parquet")
    summary = run(tmp_path / "sample.parquet")
    assert all_as_recorded(summary)
    assert summary.openings.set_aside == 0


def test_the_first_week_is_decided_as_recorded_and_known_as_a_part() -> None:
    summary = run(LOG / "uci_week1.csv.gz")
    assert (summary.size.rows, summary.size.expected_rows) == (WEEK, 141_712)
    assert not summary.sound
    assert summary.events is not None
    assert (summary.events.decided, summary.events.set_aside) == (WEEK, 0)
    assert all_as_recorded(summary)


def test_final_values_leave_earlier_decisions_alone(tmp_path: Path) -> None:
    """Everything that is final is replaced by something later; decisions before the true end keep their bytes."""
    rows = 3_000
    with gzip.open(LOG / "uci_week1.csv.gz", "rt", newline="") as file:
        lines = [row for row, _ in zip(csv.DictReader(file), range(rows), strict=False)]
    ends = [moment(line["resolved_at"]) or moment(line["closed_at"]) for line in lines]
    write(tmp_path / "true.csv", lines)
    for line in lines:
        line.update(closed_code="garbage", resolved_by="?", resolved_at="31/12/2030 23:59", closed_at="?")
    write(tmp_path / "false.csv", lines)
    found = []
    for name in ("true", "false"):
        run(tmp_path / f"{name}.csv", out=tmp_path / name)
        found.append(
            pl.read_parquet(tmp_path / name / "decisions.parquet").select("row", "at", "baseline_decision").rows()
        )
    true, false = found
    earlier = [
        at for at, (row, when, _) in enumerate(true) if when.replace(tzinfo=None) < (ends[row - 1] or datetime.max)
    ]
    assert len(earlier) > 2_000
    assert [true[at] for at in earlier] == [false[at] for at in earlier]
    assert true != false, "later decisions do use what was known then"


def moment(text: str) -> datetime | None:
    return None if text == "?" else datetime.strptime(text, "%d/%m/%Y %H:%M")


def write(path: Path, lines: list[dict[str, str]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)


def test_one_cell_promoted_is_told_with_all_that_follows() -> None:
    history, mapping = open_mapped(LOG / "uci_week1.csv.gz", MAPPING)
    baseline = side_of("baseline", "itil-incident-desk", Catalogue.of_files([RULEBOOK]))
    candidate, _ = side_of_changes("candidate", baseline, ROOT / "rules", ["priority.matrix.medium.low=P3"])
    summary = replay(Plan(history, mapping.mapping, (baseline, candidate), limit=3_000))
    assert summary.flips is not None
    stages = {flips.stage: flips for flips in summary.flips}
    (cell,) = stages["priority"].matrix
    assert (cell.before, cell.after) == ("P4", "P3")
    assert {(pair.baseline, pair.candidate) for pair in cell.rules} == {("priority.medium.low", "priority.medium.low")}
    frame = pl.read_csv(LOG / "uci_week1.csv.gz", n_rows=3_000).filter(
        (pl.col("impact") == "2 - Medium") & (pl.col("urgency") == "3 - Low")
    )
    assert (cell.events, cell.tickets) == (frame.height, frame["number"].n_unique())
    found = next(one for one in summary.targets if (one.target, one.level) == ("resolution", None))
    assert found.candidate is not None
    assert found.candidate.missed - found.baseline.missed == found.newly_missed - found.newly_met
    assert summary.disclosures == ()
