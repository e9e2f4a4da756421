"""Runs the service: reads the rulebooks, opens the port, says so, and leaves the rest to its workers."""

import os
import socket
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, cast

from uvicorn.config import STARTUP_FAILURE

from engine import EngineFault, EngineName, RulebookFaults, render_report

from .access import AccessFault, open_gate
from .app import Service, build_service
from .fleet import Coordinator, SourceRefused, Unfit, WorkersFailed, open_alone, source_of
from .running import announce, server_of
from .settings import Settings, settings_from_environment
from .shadow import UnknownCandidate
from .telemetry import Board, TracingUnavailable, require_tracing
from .workers import run_workers

RULES_VARIABLE: Final = "DESKPOLICY_RULES"
"""Names the folder of the rulebooks to `api.serving:app_from_environment` where no settings are given."""
WORKERS_VARIABLE: Final = "DESKPOLICY_WORKERS"
"""Names a folder in which the workers of one service leave their figures for each other."""
ENGINE_VARIABLE: Final = "DESKPOLICY_ENGINE"
"""Names the engine in the same way."""

_BACKLOG: Final = 2048


class PortUnavailable(Exception):
    """The port cannot be opened; the message says why."""


class CannotServe(Exception):
    """The rulebooks cannot be had, or no worker can begin with them; the message says why."""


def serve(settings: Settings) -> None:
    """Serve the rulebooks of a folder or a bundle until interrupted. The port opens once they are read without a fault.

    Several workers all answer at one port, and with the same rulebooks; port 0 takes any free one. Raises
    RulebookFaults when the rulebooks have faults, CannotServe when they cannot be had or the engine cannot take them,
    AccessFault when nobody could call it or anybody could from elsewhere without being told so, and PortUnavailable
    when the port cannot be opened.
    """
    open_gate(settings)
    if settings.tracing.enabled:
        require_tracing()
    try:
        if settings.listen.workers == 1:
            _serve_alone(settings)
        else:
            coordinator = Coordinator(source_of(settings))
            coordinator.open()
            with _listen(settings) as listening:
                run_workers(coordinator, settings, listening)
    except SourceRefused as refused:
        raise CannotServe(f"{refused.file}: {refused}") from None
    except (Unfit, WorkersFailed) as error:
        raise CannotServe(str(error)) from None


def service_of(settings: Settings, board: Board | None = None) -> Service:
    """The service that settings describe, in this process alone.

    Raises what `open_alone` and `build_service` do.
    """
    shelf, fleet = open_alone(settings)
    return build_service(shelf, settings, fleet=fleet, board=board)


def app_from_environment() -> Service:
    """The service as `DESKPOLICY_SETTINGS` (JSON) describes it: a factory for ASGI servers.

    Without that variable `DESKPOLICY_RULES` names the folder of the rulebooks, and `DESKPOLICY_ENGINE` the engine. Ends
    the process, after saying why, when the rulebooks have faults, or the engine cannot be had or cannot take them.
    """
    settings = _settings_from_environment()
    shared = os.environ.get(WORKERS_VARIABLE)
    try:
        return service_of(settings, Board(Path(shared)) if shared else None)
    except RulebookFaults as faults:
        print(render_report(faults.report), file=sys.stderr, flush=True)
    except SourceRefused as refused:
        print(f"deskpolicy: {refused.file}: {refused}", file=sys.stderr, flush=True)
    except (Unfit, EngineFault, AccessFault, UnknownCandidate, TracingUnavailable, OSError) as error:
        print(f"deskpolicy: {error}", file=sys.stderr, flush=True)
    sys.exit(STARTUP_FAILURE)


def _serve_alone(settings: Settings) -> None:
    app = service_of(settings)
    with _listen(settings) as listening:
        begun = partial(announce, app.fleet.receipt, settings, listening)
        with suppress(KeyboardInterrupt):  # uvicorn finishes what is under way and then passes the signal on
            server_of(app, settings, begun).run([listening])


def _settings_from_environment() -> Settings:
    settings = settings_from_environment()
    if settings is not None:
        return settings
    engine = cast(EngineName, os.environ.get(ENGINE_VARIABLE, "bitmap"))  # another name is refused like one not there
    return Settings(rules=os.environ.get(RULES_VARIABLE, "rules"), engine=engine)


def _listen(settings: Settings) -> socket.socket:
    host, port = settings.listen.host, settings.listen.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        words = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error.strerror or error)
        raise PortUnavailable(f"cannot listen at {host}, port {port}: {words[:1].lower()}{words[1:]}") from None
    listening.set_inheritable(True)
    return listening
