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
_OF_THE_ROOT: Final = ("invariants.yaml", "rulebooks.lock")
"""What may lie above the folder of a rulebook and bear on it."""
_ROUND: Final = 100
"""Milliseconds after which a quiet watch looks up; there are two in turn."""


def repeat(paths: Sequence[Path], run: Callable[[], None]) -> None:
    """Run, and again on every change under these paths, or of the invariants and the lock in the root above them."""
    from watchfiles import watch  # here, since few runs of a command watch

    folders = {path if path.is_dir() else path.parent for path in paths}
    roots = {folder.resolve().parent for folder in folders}
    watches = (
        watch(*folders, watch_filter=_is_ours, rust_timeout=_ROUND, yield_on_timeout=True),
        watch(*roots, watch_filter=_is_of_the_root, rust_timeout=_ROUND, yield_on_timeout=True, recursive=False,
              ignore_permission_denied=True),
    )  # fmt: skip
    try:
        for changes in watches:
            next(changes)  # from here on no change is missed
        _run(run)
        while True:
            if any(next(changes) for changes in watches):
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


def _is_of_the_root(change: object, path: str) -> bool:
    return Path(path).name in _OF_THE_ROOT
