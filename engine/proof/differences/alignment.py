"""What two sequences have in common, in the same order. Knows nothing of rules."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any


def common(one: Sequence[Any], other: Sequence[Any]) -> tuple[set[int], set[int]]:
    """Places of elements that stand in both in the same order: as they follow each other, skipping the odd ones."""
    place_of: dict[Any, list[int]] = {}
    for place, key in enumerate(other):
        place_of.setdefault(key, []).append(place)
    pairs, used = [], dict.fromkeys(place_of, 0)
    for place, key in enumerate(one):
        found = place_of.get(key, ())
        if used.get(key, 0) < len(found):
            pairs.append((place, found[used[key]]))
            used[key] += 1
    kept = _rising([pair[1] for pair in pairs])
    return {pairs[i][0] for i in kept}, {pairs[i][1] for i in kept}


def _rising(numbers: Sequence[int]) -> list[int]:
    """Places of a longest rising part (patience sorting, Fredman 1975)."""
    tails: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for place, number in enumerate(numbers):
        pile = bisect_left(tails, number)
        before.append(last[pile - 1] if pile else -1)
        if pile == len(tails):
            tails.append(number)
            last.append(place)
        else:
            tails[pile], last[pile] = number, place
    found: list[int] = []
    place = last[-1] if last else -1
    while place >= 0:
        found.append(place)
        place = before[place]
    return found[::-1]
