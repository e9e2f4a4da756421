"""`deskpolicy lsp`: help for editors while rulebooks are being written (Language Server Protocol)."""

import sys
from importlib.metadata import version as installed
from typing import Annotated

import typer

from ..terminal import fail, reason

Tcp = Annotated[
    int | None,
    typer.Option("--tcp", metavar="PORT", min=1, max=65535, help="Listen at this port of 127.0.0.1 instead."),
]


def lsp(tcp: Tcp = None) -> None:
    """Help an editor with rulebooks: faults as you type, completion, what a word means, where it is declared.

    Editors start it; it speaks the Language Server Protocol over standard input and output.
    """
    if tcp is None and sys.stdin.isatty():
        fail("`deskpolicy lsp` is started by an editor; see docs/how-to/edit-rulebooks-in-an-editor.md")
    from .server import build_server, serve_standard_streams  # here, since no other command needs it

    server = build_server(installed("deskpolicy"))
    if tcp is None:
        serve_standard_streams(server)
        return
    try:
        server.start_tcp("127.0.0.1", tcp)
    except OSError as error:
        fail(f"127.0.0.1:{tcp}: {reason(error)}")


__all__ = ["lsp"]
