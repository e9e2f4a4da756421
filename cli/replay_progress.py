"""How a replay shows its progress, and how Ctrl-C ends it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from .terminal import complain

if TYPE_CHECKING:
    from simulations import Progress as Listener
    from simulations import Size


@contextmanager
def interruptions() -> Iterator[Callable[[], None]]:
    """Within it, Ctrl-C is taken where the function that it gives is called."""
    # Polars raises KeyboardInterrupt of its own beside Python's: the second would break off the tidying up after the
    # first. So Ctrl-C is only remembered, and taken where the function is called.
    asked: list[int] = []

    def check() -> None:
        if asked:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield check
        return
    before = signal.signal(signal.SIGINT, lambda number, frame: asked.append(number))
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def showing_progress(check: Callable[[], None]) -> Iterator[Listener]:
    """A bar on the terminal, with the time left; ``check`` is called at every step."""
    from simulations import Progress as Listener

    errors = Console(stderr=True)
    times = (TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), *times)
    with Progress(*columns, console=errors, disable=not errors.is_terminal, transient=True) as bar:
        task = bar.add_task("reading", total=None)

        def sized(size: Size) -> None:
            _warn_of_size(size)
            bar.update(task, description="deciding", completed=0, total=size.rows)

        def advance(rows: int) -> None:
            check()
            bar.advance(task, rows)

        yield Listener(advance, sized, advance)


def _warn_of_size(size: Size) -> None:
    for what, found, expected in (
        ("rows", size.rows, size.expected_rows),
        ("tickets", size.tickets, size.expected_tickets),
    ):
        if expected is not None and found != expected:
            lack = f"{expected - found:,} are missing" if found < expected else f"{found - expected:,} are too many"
            complain(f"NOT THE WHOLE HISTORY: {found:,} {what} where the mapping expects {expected:,}: {lack}")
