"""`deskpolicy serve`: the service."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from engine import EngineName

from .rulebooks import reading_rulebooks
from .shell import WRONG_USE
from .terminal import fail, reason, write_error

if TYPE_CHECKING:
    from api import Settings

Rules = Annotated[
    Path | None, typer.Option("--rules", metavar="DIR", help="The folder of the rulebooks.", show_default="rules")
]
Host = Annotated[
    str | None,
    typer.Option(help="The address to listen at; 0.0.0.0 is every address of the machine.", show_default="127.0.0.1"),
]
Port = Annotated[
    int | None,
    typer.Option(min=0, max=65535, help="The port to listen at; 0 takes any free one.", show_default="8080"),
]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes that answer side by side.", show_default="1")]
Engine = Annotated[
    EngineName | None, typer.Option(help="What finds the rules that apply; `rete` is an extra.", show_default="bitmap")
]
Watch = Annotated[bool, typer.Option("--watch", help="Read the rulebooks again whenever a file of them is saved.")]
SettingsFile = Annotated[
    Path | None,
    typer.Option("--settings", metavar="FILE", help="A file with settings; other options go before it."),
]


def serve(
    rules: Rules = None,
    host: Host = None,
    port: Port = None,
    workers: Workers = None,
    engine: Engine = None,
    watch: Watch = False,
    settings: SettingsFile = None,
) -> None:
    """Answer over HTTP until interrupted. The port opens once the rulebooks are read."""
    # Imported here, as it takes longer than most commands run.
    from api import AccessFault, CannotServe, PortUnavailable, TracingUnavailable, UnknownCandidate
    from api import serve as serve_settings

    chosen = _settings(settings, {"rules": rules and str(rules), "engine": engine},
                       {"host": host, "port": port, "workers": workers})  # fmt: skip
    if watch:
        chosen = msgspec.structs.replace(chosen, reload=msgspec.structs.replace(chosen.reload, watch=True))
    with reading_rulebooks(Path(chosen.rules) if chosen.reload.bundle is None else None):
        try:
            serve_settings(chosen)
        except (AccessFault, CannotServe, PortUnavailable, TracingUnavailable, UnknownCandidate) as error:
            fail(str(error))


def _settings(path: Path | None, own: Mapping[str, Any], listen: Mapping[str, Any]) -> "Settings":
    """The settings of a file, or the defaults, with what the command line says put over them."""
    from api import Settings, SettingsFaults, read_settings

    try:
        settings = Settings() if path is None else read_settings(path)
    except SettingsFaults as faults:
        write_error(faults.report())
        raise typer.Exit(WRONG_USE) from None
    except OSError as error:
        fail(f"{path}: {reason(error)}")
    replace = msgspec.structs.replace
    given = {name: value for name, value in listen.items() if value is not None}
    settings = replace(settings, listen=replace(settings.listen, **given))
    return replace(settings, **{name: value for name, value in own.items() if value is not None})
