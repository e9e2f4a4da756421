"""Runs the service: reads the rulebooks, opens the port, says so, and leaves the rest to uvicorn."""

import os
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, cast

import msgspec
from uvicorn import Config, Server
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from engine import Catalogue, EngineFault, EngineName, EngineUnavailable, RulebookFaults, render_report

from .app import Service, build_service
from .clock import now
from .greeting import greeting
from .settings import Settings, settings_from_environment, settings_to_environment
from .shelf import Shelf

RULES_VARIABLE: Final = "DESKPOLICY_RULES"
"""Names the folder of the rulebooks to `api.serving:app_from_environment` where no settings are given."""
ENGINE_VARIABLE: Final = "DESKPOLICY_ENGINE"
"""Names the engine in the same way."""

_BACKLOG: Final = 2048
_SECONDS_TO_FINISH: Final = 10
_LOG: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        "uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "deskpolicy": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}


class PortUnavailable(Exception):
    """The port cannot be opened; the message says why."""


def serve(settings: Settings) -> None:
    """Serve the rulebooks of a folder until interrupted. The port opens only once they are read without a fault.

    With more than one worker, each reads them for itself and all answer at one port; port 0 takes any free one.
    Raises RulebookFaults when the rulebooks have faults, EngineUnavailable when the engine cannot be had, EngineFault
    when it cannot take them, and PortUnavailable when the port cannot be opened.
    """
    host, port = settings.listen.host, settings.listen.port
    catalogue = Catalogue.load(settings.rules, clock=now, engine=settings.engine)
    with _listen(host, port) as listening:
        print(greeting(catalogue, host, listening.getsockname()[1]), flush=True)
        if settings.listen.workers == 1:
            _run_alone(build_service(Shelf(catalogue), settings), listening)
        else:
            _run_workers(settings, listening)


def app_from_environment() -> Service:
    """The service as `DESKPOLICY_SETTINGS` (JSON) describes it: a factory for ASGI servers.

    Without that variable `DESKPOLICY_RULES` names the folder of the rulebooks, and `DESKPOLICY_ENGINE` the engine. Ends
    the process, after saying why, when the rulebooks have faults, or the engine cannot be had or cannot take them.
    """
    settings = _settings_from_environment()
    try:
        catalogue = Catalogue.load(settings.rules, clock=now, engine=settings.engine)
        return build_service(Shelf(catalogue), settings)
    except RulebookFaults as faults:
        print(render_report(faults.report), file=sys.stderr, flush=True)
    except (EngineUnavailable, EngineFault) as error:
        print(f"deskpolicy: {error}", file=sys.stderr, flush=True)
    sys.exit(STARTUP_FAILURE)


def _settings_from_environment() -> Settings:
    settings = settings_from_environment()
    if settings is not None:
        return settings
    engine = cast(EngineName, os.environ.get(ENGINE_VARIABLE, "bitmap"))  # another name is refused like one not there
    return Settings(rules=os.environ.get(RULES_VARIABLE, "rules"), engine=engine)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        words = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error.strerror or error)
        raise PortUnavailable(f"cannot listen at {host}, port {port}: {words[:1].lower()}{words[1:]}") from None
    listening.set_inheritable(True)
    return listening


def _run_alone(app: Service, listening: socket.socket) -> None:
    with suppress(KeyboardInterrupt):  # uvicorn finishes what is under way and then passes the signal on
        Server(_config(app)).run([listening])


def _run_workers(settings: Settings, listening: socket.socket) -> None:
    settings_to_environment(msgspec.structs.replace(settings, rules=str(Path(settings.rules).absolute())))
    config = _config("api.serving:app_from_environment", workers=settings.listen.workers, factory=True)
    supervisor = Multiprocess(config, [listening])
    supervisor.run()
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        sys.exit(1)


def _config(app: Service | str, **settings: Any) -> Config:
    return Config(
        app,
        log_config=_LOG,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=_SECONDS_TO_FINISH,
        **settings,
    )
