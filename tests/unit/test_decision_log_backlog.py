"""The bounded line behind decisions: what it holds, what it loses and counts, and how it ends."""

import logging
import threading
import time

import pytest

from api.backlog import Backlog, LossTeller

SECONDS = 10


class Work:
    """Takes texts; `settle` can be made to fail or to hang."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.settled: list[str] = []
        self.error: OSError | None = None
        self.hang = threading.Event()
        self.hang.set()
        self.is_closed = False

    def take(self, item: str) -> None:
        if item == "bad":
            raise ValueError(item)
        self.taken.append(item)

    def settle(self) -> int:
        self.hang.wait(SECONDS)
        if self.error is not None:
            raise self.error
        new, self.taken = self.taken, []
        self.settled += new
        return len(new)

    def close(self) -> None:
        self.is_closed = True


def line(work: Work, most: int = 10, most_bytes: int = 1_000) -> Backlog[str]:
    return Backlog("work", work, most=most, most_bytes=most_bytes)


def wait_for(backlog: Backlog[str], done: int) -> None:
    end = time.monotonic() + SECONDS
    while backlog.done < done:
        assert time.monotonic() < end
        time.sleep(0.005)


def test_items_are_worked_off_in_their_order() -> None:
    work = Work()
    backlog = line(work, 1_000, 10_000)
    backlog.start()
    assert all(backlog.put(str(number), 1) for number in range(500))
    backlog.stop(SECONDS)
    assert work.settled == [str(number) for number in range(500)]
    assert (backlog.done, backlog.waiting, backlog.lost_in_all, work.is_closed) == (500, 0, 0, True)


def test_it_holds_no_more_than_it_may_in_number_and_in_bytes() -> None:
    backlog = line(Work())
    assert [backlog.put("x", 1) for _ in range(12)] == [True] * 10 + [False] * 2
    assert (backlog.waiting, backlog.lost["full"]) == (10, 2)
    backlog = line(Work())
    assert [backlog.put("x", 300) for _ in range(5)] == [True] * 3 + [False] * 2


def test_room_is_made_again_by_what_is_done() -> None:
    work = Work()
    backlog = line(work)
    backlog.start()
    for turn in range(1, 6):
        assert all(backlog.put("x", 100) for _ in range(10))
        wait_for(backlog, turn * 10)
    backlog.stop(SECONDS)
    assert (backlog.done, backlog.lost_in_all) == (50, 0)


def test_an_item_that_cannot_be_worked_on_is_lost_alone(caplog: pytest.LogCaptureFixture) -> None:
    work = Work()
    backlog = line(work)
    backlog.start()
    for item in ("a", "bad", "b", "bad"):
        backlog.put(item, 1)
    backlog.stop(SECONDS)
    assert work.settled == ["a", "b"]
    assert (backlog.done, backlog.lost["broken"], backlog.waiting) == (2, 2, 0)
    assert len(caplog.records) == 1


def test_what_fails_is_tried_again_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    work = Work()
    work.error = OSError(28, "No space left on device")
    backlog = line(work)
    backlog.start()
    backlog.put("a", 1)
    time.sleep(0.5)
    assert backlog.is_failing
    assert [backlog.put("x", 1) for _ in range(12)].count(False) == 3
    assert backlog.lost["failed"] == 3
    work.error = None
    wait_for(backlog, 10)
    backlog.stop(SECONDS)
    assert not backlog.is_failing
    assert work.settled[0] == "a"
    assert len(work.settled) == 10
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_what_hangs_does_not_hold_up_the_end_and_what_is_left_is_counted() -> None:
    work = Work()
    work.hang.clear()
    backlog = line(work)
    backlog.start()
    backlog.put("a", 1)
    began = time.monotonic()
    backlog.stop(0.2)
    assert time.monotonic() - began < 5
    assert backlog.lost["stopped"] == 1
    assert not backlog.put("b", 1)
    assert backlog.lost["stopped"] == 2
    work.hang.set()


def test_losses_are_told_when_they_begin_and_when_they_are_over(caplog: pytest.LogCaptureFixture) -> None:
    work = Work()
    work.hang.clear()
    backlog = line(work)
    teller = LossTeller(backlog)
    backlog.start()
    teller.look()
    for _ in range(3):
        for _ in range(15):
            backlog.put("x", 1)
        teller.look()
    teller.look()
    assert [record.getMessage() for record in caplog.records] == [
        "the work loses what comes, faster than it is worked off"
    ]
    work.hang.set()
    wait_for(backlog, 10)
    for _ in range(3):
        teller.look()
    assert [record.getMessage() for record in caplog.records[1:]] == ["the work is past its losses: 35 were lost"]
    backlog.stop(SECONDS)


def test_what_is_settled_after_the_end_is_not_counted_twice() -> None:
    work = Work()
    work.hang.clear()
    backlog = line(work)
    backlog.start()
    for item in ("a", "b", "c"):
        backlog.put(item, 1)
    time.sleep(0.2)
    backlog.stop(0.1)
    backlog.stop(0.1)
    work.hang.set()
    backlog._thread.join(SECONDS)
    assert work.settled, "the work went on behind the line's back"
    assert (backlog.done, backlog.lost_in_all, backlog.waiting) == (0, 3, 0)
