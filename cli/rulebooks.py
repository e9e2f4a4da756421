"""Guards whatever reads rulebooks: what keeps a command from reading them ends it, with a reason."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from engine import EngineFault, EngineUnavailable, RulebookFaults

from .reports import write_report_error
from .shell import FINDINGS
from .terminal import fail, reason


@contextmanager
def reading_rulebooks(folder: Path | None) -> Iterator[None]:
    """Within it, rulebooks that are missing, unreadable (exit 2) or faulty (exit 1) end the command.

    So does an engine that cannot be had, or cannot take them (exit 2). None: they do not lie in a folder.
    """
    if folder is not None and not folder.is_dir():
        fail(f"{folder}: {'not a folder' if folder.exists() else 'no such folder'}")
    try:
        yield
    except RulebookFaults as faults:
        write_report_error(faults.report)
        raise typer.Exit(FINDINGS) from None
    except (EngineUnavailable, EngineFault) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or folder or 'rulebooks'}: {reason(error)}")
