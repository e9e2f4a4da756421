"""Runs a command anew whenever a file under its paths is saved, until Ctrl-C."""

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from .terminal import write_error

Watch: TypeAlias = Annotated[bool, typer.Option("--watch", help="Run anew whenever a file is saved; Ctrl-C ends it.")]

_SUFFIXES: Final = (".yaml", ".yml", ".lock")
_ROUND: Final = 200
"""Milliseconds after which a quiet watch looks up."""


def repeat(paths: Sequence[Path], run: Callable[[], None]) -> None:
    """Run, and again on every change of a rulebook, a file beside one, or the lock under these paths."""
    from watchfiles import watch  # here, since few runs of a command watch

    folders = {path if path.is_dir() else path.parent for path in paths}
    changes = watch(*folders, watch_filter=_is_ours, rust_timeout=_ROUND, yield_on_timeout=True)
    try:
        next(changes)  # from here on no change is missed
        _run(run)
        for changed in changes:
            if changed:
                _run(run)
    except KeyboardInterrupt:
        return


def _run(run: Callable[[], None]) -> None:
    if sys.stdout.isatty():
        sys.stdout.write("\x1b[2J\x1b[3J\x1b[H")
    with suppress(typer.Exit):  # what it found has been told; the next run may find less
        run()
    write_error("watching; save a file to run it again, Ctrl-C ends it")


def _is_ours(change: object, path: str) -> bool:
    name = Path(path).name
    return name.endswith(_SUFFIXES) and not name.startswith(".")
