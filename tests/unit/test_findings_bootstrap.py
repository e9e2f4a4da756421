"""How sure a difference is: intervals against closed forms and by their coverage, Holm's correction, days and weeks."""

import math

import numpy as np
import pytest

from simulations.findings.bootstrap import estimates, holm, intervals_of, seed_of, week_statistic
from simulations.findings.days import Days
from simulations.findings.tally import DayTally, Figure

MONDAY = 735_967
"""2016-01-04 as an ordinal."""
FIGURE = Figure("breach_rate", "any")


def blocks_of(before: np.ndarray, after: np.ndarray, size: int) -> np.ndarray:
    """Blocks of one figure, each with the same number of tickets."""
    sizes = np.full(len(before), size)
    return np.stack([before, sizes, after, sizes], axis=1)[:, None, :].astype(float)


def test_the_interval_of_equal_blocks_is_that_of_a_mean() -> None:
    # With blocks of one size the difference is a mean of the blocks' differences, whose error has a closed form.
    generator = np.random.default_rng(1)
    size, count = 50, 400
    before = generator.binomial(size, 0.3, count)
    after = generator.binomial(size, 0.35, count)
    (found,) = intervals_of(blocks_of(before, after, size), seed=7)
    assert found is not None
    each = (after - before) / size
    error = 1.96 * each.std() / math.sqrt(count)
    assert found.low == pytest.approx(each.mean() - error, abs=0.1 * error)
    assert found.high == pytest.approx(each.mean() + error, abs=0.1 * error)
    assert found.p == pytest.approx(1 / 2001), "no draw was as far away"


def test_pairs_that_move_together_have_no_noise() -> None:
    before = np.random.default_rng(2).integers(0, 40, 100)
    (found,) = intervals_of(blocks_of(before, before + 2, 50), seed=7)
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(0.04), pytest.approx(0.04))


def test_without_a_difference_nothing_is_clear() -> None:
    before = np.random.default_rng(2).integers(0, 40, 100)
    (found,) = intervals_of(blocks_of(before, before, 50), seed=7)
    assert found is not None
    assert (found.low, found.high, found.p) == (0, 0, 1)


def test_of_few_blocks_nothing_is_told() -> None:
    assert intervals_of(blocks_of(np.arange(7), np.arange(7), 50), seed=7) == [None]


@pytest.mark.slow
@pytest.mark.parametrize("shared", [False, True])
def test_intervals_hold_the_truth_as_often_as_they_say(shared: bool) -> None:
    # Slow: 300 bootstraps. Days share their trouble where `shared`, so single tickets would give intervals too narrow.
    generator = np.random.default_rng(3)
    held = 0
    for trial in range(300):
        sizes = generator.integers(20, 60, 60)
        trouble = generator.beta(2, 6, 60) if shared else np.full(60, 0.25)
        before = generator.binomial(sizes, trouble)
        after = before + generator.binomial(sizes - before, 0.1)
        blocks = np.stack([before, sizes, after, sizes], axis=1)[:, None, :].astype(float)
        (found,) = intervals_of(blocks, seed=trial)
        assert found is not None
        held += found.low <= 0.1 * 0.75 <= found.high
    # Three standard errors of 95% in 300 trials, and a little for the bootstrap itself.
    assert 0.90 <= held / 300 <= 0.99


def test_holm_corrects_step_by_step() -> None:
    # The example of Holm's procedure in any textbook: 4 × 0.01, 3 × 0.013, 2 × 0.03 and 1 × 0.04, never falling.
    assert holm([0.01, 0.04, 0.03, 0.013]) == pytest.approx([0.04, 0.06, 0.06, 0.04])
    assert holm([None, 0.02]) == [None, 0.02]
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def tally(days: int, tickets: list[int]) -> DayTally:
    found = DayTally()
    for day in range(days):
        for ticket in range(tickets[day % 7]):
            found.count_ticket(MONDAY + day)
            found.add(FIGURE, MONDAY + day, 0, hit=ticket % 3 == 0)
            found.add(FIGURE, MONDAY + day, 1, hit=ticket % 3 == day % 2)
    return found


@pytest.mark.parametrize(
    ("days", "tickets", "block", "blocks"),
    [
        (84, [20, 20, 20, 20, 20, 3, 3], "week", 12),
        (84, [20] * 7, "day", 84),
        (49, [20, 20, 20, 20, 20, 3, 3], "day", 49),
    ],
    ids=["the week shows", "all days alike", "too few weeks"],
)
def test_whole_weeks_are_drawn_where_the_week_shows(days: int, tickets: list[int], block: str, blocks: int) -> None:
    _, method = estimates(tally(days, tickets), 7, "UTC")
    assert (method.block, method.blocks) == (block, blocks)


def test_the_week_statistic_is_kruskal_and_wallis() -> None:
    # Two weeks without ties: ranks 1 to 14, each weekday holds k and k + 7; H = 12 / (14 × 15) × Σ 2 (k + 3.5 - 7.5)².
    tickets = {MONDAY + day: 10 + day for day in range(14)}
    assert week_statistic(tickets) == pytest.approx(12 / 210 * 2 * sum((k - 4) ** 2 for k in range(1, 8)), abs=1e-6)
    assert week_statistic({MONDAY: 1}) is None


def test_the_same_counts_and_seed_give_the_same_numbers() -> None:
    first, again = (estimates(tally(84, [20] * 7), seed_of("history", "mapping"), "UTC") for _ in range(2))
    assert first == again
    assert seed_of("history", "mapping") != seed_of("history", "other")


def test_days_begin_in_the_zone_of_the_mapping() -> None:
    late = 1_451_865_600_000_000 + 23 * 3_600_000_000  # Monday, 2016-01-04, 23:00 in UTC
    assert (Days(None).day(late), Days(None).hour_of_week(late)) == (MONDAY, 23)
    assert (Days("Europe/Warsaw").day(late), Days("Europe/Warsaw").hour_of_week(late)) == (MONDAY + 1, 24)
