"""Long work shares the event loop: in order, a slice at a time, and one that fails stops no other."""

import asyncio
import logging
from time import perf_counter

import pytest

from api.turns import MOST_WAITING, SLICE, Turns


def test_work_is_done_in_order_and_a_failure_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    done: list[int] = []

    def fail() -> None:
        raise RuntimeError("broken")

    async def run() -> None:
        turns = Turns()
        for number in range(5):
            turns.put(lambda number=number: done.append(number))  # type: ignore[misc]
            turns.put(fail)
        assert done == []  # not before its turn
        for _ in range(3):
            await asyncio.sleep(0)

    with caplog.at_level(logging.ERROR, "deskpolicy.api"):
        asyncio.run(run())
    assert done == [0, 1, 2, 3, 4]
    assert caplog.text.count("a piece of work failed in its turn") == 5


def test_the_loop_comes_round_between_slices() -> None:
    rounds: list[int] = []

    async def run() -> None:
        turns, count = Turns(), 0

        def work() -> None:
            rounds.append(count)
            until = perf_counter() + 2 * SLICE
            while perf_counter() < until:
                pass

        for _ in range(4):
            turns.put(work)
        while len(rounds) < 4:
            count += 1
            await asyncio.sleep(0)

    asyncio.run(run())
    assert len(set(rounds)) == 4


def test_it_is_full_with_as_much_as_it_takes() -> None:
    async def run() -> None:
        turns = Turns()
        for _ in range(MOST_WAITING):
            assert not turns.is_full
            turns.put(lambda: None)
        assert turns.is_full
        while turns.is_full:
            await asyncio.sleep(0)

    asyncio.run(run())
