"""The `deskpolicy` command. Imports all other packages, each through its door; nothing imports it."""

import typer

from .bundle import bundle
from .check import check
from .decide import decide
from .diff import diff
from .key import key
from .lock import lock
from .lsp import lsp
from .map import map
from .new import new
from .prove import prove
from .replay import replay
from .report import report
from .schemas import schemas
from .serve import serve
from .shell import Commands
from .test import test
from .verify import verify
from .version import take_options, version
from .why import why

HELP = "The policy decision point of a support desk: rulebooks in, explained decisions out."

app = typer.Typer(
    cls=Commands,
    name="deskpolicy",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.callback(help=HELP)(take_options)
for command in (
    serve,
    decide,
    check,
    prove,
    why,
    diff,
    test,
    new,
    lsp,
    schemas,
    lock,
    bundle,
    map,
    replay,
    report,
    verify,
    key,
    version,
):
    app.command()(command)


def main() -> None:
    """The entry point of the `deskpolicy` command; ends the process with its exit code."""
    app(prog_name="deskpolicy")


__all__ = ["app", "main"]
