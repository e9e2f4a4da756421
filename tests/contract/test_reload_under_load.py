"""A few seconds of what `make bench-reload` does for a minute."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "load"))

from reload_under_load import run


@pytest.mark.slow
def test_no_answer_fails_while_rulebooks_are_exchanged_every_second() -> None:
    count = run(seconds=8, clients=4, workers=2)
    assert not count.failures
    assert count.outcomes["replaced"] >= 3
    assert count.outcomes["refused"] >= 1
    assert len(count.answers) >= 3, "answers came by several sets"
    assert sum(count.answers.values()) > 100
