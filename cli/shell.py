"""How every command ends: its exit code, and for wrong use one line on standard error and never a traceback."""

import sys
from collections.abc import Sequence
from typing import Any, Final

import typer
from typer.core import TyperGroup

from .terminal import ReaderGone, complain, discard_output

FINDINGS: Final = 1
"""Exit code: the rulebooks have faults."""
WRONG_USE: Final = 2
"""Exit code: wrong use, or an input that cannot be read."""
INTERRUPTED: Final = 130
"""Exit code: stopped by Ctrl-C, as shells have it (128 + SIGINT)."""
READER_GONE: Final = 141
"""Exit code: whoever read the output has gone away, as shells have it (128 + SIGPIPE)."""


class Commands(TyperGroup):
    """The group of all commands. Its `main` turns every foreseen end into an exit code."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, *rest: Any, **extra: Any) -> Any:
        """Run the command that `args` name, and end the process."""
        extra["standalone_mode"] = False
        try:
            code = super().main(args, prog_name, *rest, **extra)
            sys.stdout.flush()
        except typer.TyperException as error:
            code = _explain(error)
        except typer.Abort:
            code = INTERRUPTED
        except (BrokenPipeError, ReaderGone):
            discard_output()
            code = READER_GONE
        if code == INTERRUPTED:
            complain("interrupted")
        sys.exit(code or 0)


def _explain(error: typer.TyperException) -> int:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "deskpolicy"
    message = error.format_message().strip()
    if type(error).__name__ == "NoArgsIsHelpError":
        print(message, file=sys.stderr)
    else:
        complain(f"{message.rstrip('.')} (see `{path} --help`)")
    return error.exit_code
