"""`deskpolicy serve`: the service."""

from pathlib import Path
from typing import Annotated

import typer

from .options import Engine, Rules
from .rulebooks import reading_rulebooks
from .terminal import fail

Host = Annotated[str, typer.Option(help="The address to listen at; 0.0.0.0 is every address of the machine.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="The port to listen at; 0 takes any free one.")]
Workers = Annotated[int, typer.Option(min=1, help="Processes that answer side by side.")]


def serve(
    rules: Rules = Path("rules"),
    host: Host = "127.0.0.1",
    port: Port = 8080,
    workers: Workers = 1,
    engine: Engine = "bitmap",
) -> None:
    """Answer over HTTP until interrupted. The rulebooks are read once, before the port opens."""
    from api import PortUnavailable  # here, since it takes longer to import than most commands run
    from api import serve as serve_rules

    with reading_rulebooks(rules):
        try:
            serve_rules(rules, host, port, workers, engine)
        except PortUnavailable as error:
            fail(str(error))
