"""How sure the differences between two shares are: a paired bootstrap over blocks of days, and Holm's correction.

Tickets of one day share its trouble, so they are not independent; whole days are drawn, with both sides of each, and so
a difference is always one between the same tickets (block bootstrap: Carlstein 1986, Annals of Statistics 14; Künsch
1989, Annals of Statistics 17). Where the numbers of tickets differ by day of the week more than chance would have it
(Kruskal and Wallis 1952, JASA 47: H above the 1% point of chi-squared with six degrees of freedom, 16.81) and there are
eight weeks or more, whole weeks are drawn instead, from Monday to Sunday, so that every draw has its weekends.

Intervals are BCa (Efron 1987, JASA 82). The p-value is two-sided, from the draws moved to a difference of nothing
(Davison and Hinkley 1997, section 4.4). Holm (1979, Scandinavian Journal of Statistics 6) corrects it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from .model import Method
from .tally import DayTally, Figure
from .values import Estimate

RESAMPLES: Final = 2_000
CONFIDENCE: Final = 0.95
_SIGNIFICANT: Final = 0.05
_WEEK_SHOWS: Final = 16.81
_FEWEST_WEEKS: Final = 8
_FEWEST_BLOCKS: Final = 8
"""With fewer blocks an interval would promise what it cannot keep."""
_DRAWN_AT_ONCE: Final = 100

Numbers: TypeAlias = npt.NDArray[np.float64]
_NORMAL: Final = NormalDist()


class Interval(NamedTuple):
    """The bounds of a difference, and the p-value of there being none."""

    low: float
    high: float
    p: float


def seed_of(*digests: str) -> int:
    """A seed that is the same for the same history and mapping, from their digests; it fits a number of JSON."""
    return int.from_bytes(hashlib.sha256("\n".join(digests).encode()).digest()[:6], "big")


def estimates(days: DayTally, seed: int, zone: str) -> tuple[dict[Figure, Estimate], Method]:
    """The difference of every share that both sides have, and how it was found."""
    statistic = week_statistic(days.tickets)
    weeks = len({_week(day) for day in days.tickets})
    block: Literal["day", "week"] = (
        "week" if statistic is not None and statistic > _WEEK_SHOWS and weeks >= _FEWEST_WEEKS else "day"
    )
    met = {*days.tickets, *(day for by_day in days.figures.values() for day in by_day)}
    places = {name: at for at, name in enumerate(sorted({_block(day, block) for day in met}))}
    figures = sorted(days.figures, key=lambda figure: (figure.kind, figure.name, figure.level or ""))
    blocks = np.zeros((len(places), len(figures), 4))
    for at, figure in enumerate(figures):
        for day, sums in days.figures[figure].items():
            blocks[places[_block(day, block)], at] += sums
    compared = [at for at in range(len(figures)) if blocks[:, at, 1].sum() > 0 and blocks[:, at, 3].sum() > 0]
    intervals = dict(zip(compared, intervals_of(blocks[:, compared], seed), strict=True))
    adjusted = holm([found.p if found is not None else None for found in intervals.values()])
    by_figure = dict(zip(intervals, adjusted, strict=True))
    found = {
        figure: _estimate(blocks[:, at].sum(axis=0), intervals.get(at), by_figure.get(at))
        for at, figure in enumerate(figures)
    }
    tested = sum(interval is not None for interval in intervals.values())
    return found, Method("BCa", CONFIDENCE, RESAMPLES, seed, block, len(places), statistic, zone, tested)


def intervals_of(blocks: Numbers, seed: int) -> list[Interval | None]:
    """The interval of each figure's difference; ``blocks`` holds four sums for each block and figure.

    All figures are drawn together. None where there are too few blocks that hold the figure.
    """
    count, figures = blocks.shape[0], blocks.shape[1]
    if count < _FEWEST_BLOCKS or not figures:
        return [None] * figures
    generator = np.random.default_rng(seed)
    flat = blocks.reshape(count, -1)
    drawn = []
    for start in range(0, RESAMPLES, _DRAWN_AT_ONCE):
        size = min(_DRAWN_AT_ONCE, RESAMPLES - start)
        weights = generator.multinomial(count, np.full(count, 1 / count), size=size).astype(np.float64)
        drawn.append(_differences((weights @ flat).reshape(size, figures, 4)))
    draws = np.concatenate(drawn)
    left_out = _differences(blocks.sum(axis=0)[None] - blocks)
    whole = _differences(blocks.sum(axis=0)[None])[0]
    told = ((blocks[:, :, 1] + blocks[:, :, 3]) > 0).sum(axis=0) >= _FEWEST_BLOCKS
    return [_bca(float(whole[at]), draws[:, at], left_out[:, at]) if told[at] else None for at in range(figures)]


def week_statistic(tickets: Mapping[int, int]) -> float | None:
    """Kruskal and Wallis's H of the daily numbers of tickets by day of the week, ties corrected; None: too few days.

    Days without a ticket between the first and the last count as well.
    """
    if not tickets or max(tickets) - min(tickets) < 13:
        return None
    span = range(min(tickets), max(tickets) + 1)
    numbers = np.array([tickets.get(day, 0) for day in span], dtype=np.float64)
    weekdays = np.array([day % 7 for day in span])
    _, inverse, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    total = len(numbers)
    ties = 1 - float((counts**3 - counts).sum()) / (total**3 - total)
    if ties <= 0:
        return 0.0
    groups = [ranks[weekdays == weekday] for weekday in range(7)]
    spread = sum(len(group) * (float(group.mean()) - (total + 1) / 2) ** 2 for group in groups)
    return round(12 / (total * (total + 1)) * spread / ties, 6)


def holm(values: Sequence[float | None]) -> list[float | None]:
    """P-values after Holm's correction; None stays None and is not counted."""
    told = sorted((value, at) for at, value in enumerate(values) if value is not None)
    found: list[float | None] = [None] * len(values)
    least = 0.0
    for rank, (value, at) in enumerate(told):
        least = max(least, min(1.0, value * (len(told) - rank)))
        found[at] = least
    return found


def _differences(sums: Numbers) -> Numbers:
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Numbers = sums[..., 2] / sums[..., 3] - sums[..., 0] / sums[..., 1]
    return found


def _bca(whole: float, draws: Numbers, left_out: Numbers) -> Interval | None:
    draws, left_out = np.sort(draws[np.isfinite(draws)]), left_out[np.isfinite(left_out)]
    if len(draws) < RESAMPLES * CONFIDENCE or not len(left_out):
        return None
    p = float((1 + (np.abs(draws - whole) >= abs(whole) - 1e-12).sum()) / (1 + len(draws)))
    if draws[0] == draws[-1]:
        return Interval(whole, whole, p)
    # Draws that equal the estimate count half, since shares are lumpy.
    below = float((draws < whole).sum() + 0.5 * (draws == whole).sum()) / len(draws)
    bias = _NORMAL.inv_cdf(min(max(below, 0.5 / len(draws)), 1 - 0.5 / len(draws)))
    pull = left_out.mean() - left_out
    cubes, squares = float((pull**3).sum()), float((pull**2).sum())
    speed = cubes / (6 * squares**1.5) if squares > 0 else 0.0
    low, high = (_bound(draws, bias, speed, tail) for tail in ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2))
    return Interval(low, high, p)


def _bound(draws: Numbers, bias: float, speed: float, tail: float) -> float:
    moved = bias + _NORMAL.inv_cdf(tail)
    return float(np.quantile(draws, _NORMAL.cdf(bias + moved / (1 - speed * moved))))


def _estimate(sums: Any, interval: Interval | None, adjusted: float | None) -> Estimate:
    shares = [float(hits / all) if all else None for hits, all in ((sums[0], sums[1]), (sums[2], sums[3]))]
    before, after = shares
    difference = after - before if before is not None and after is not None else None
    low, high, p = interval if interval is not None else (None, None, None)
    clear = adjusted is not None and adjusted < _SIGNIFICANT
    return Estimate(
        _rounded(before),
        _rounded(after),
        _rounded(difference),
        _rounded(low),
        _rounded(high),
        _rounded(p),
        _rounded(adjusted),
        clear,
    )


def _rounded(value: float | None) -> float | None:
    # Twelve digits: the last bits of a sum may depend on the machine.
    return None if value is None else round(value, 12) + 0.0


def _week(day: int) -> int:
    return (day - 1) // 7


def _block(day: int, block: str) -> int:
    return day if block == "day" else _week(day)
