"""How the service's own log, and that of its libraries, is written: JSON lines, or plain ones on a terminal."""

import logging
import sys
from typing import Any, Final

import msgspec

from .call_log import instant

_TEXT: Final = {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON; a traceback is a text within it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without a line feed."""
        line: dict[str, Any] = {
            "time": instant(record.created),
            "level": record.levelname.lower(),
            "event": "log",
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        elif record.exc_text:
            line["traceback"] = record.exc_text
        # a message may quote halves of surrogate pairs, which no UTF-8 can hold
        safe = {key: value.encode("utf-8", "backslashreplace").decode() for key, value in line.items()}
        return msgspec.json.encode(safe).decode()


def log_settings() -> dict[str, Any]:
    """What `logging.config.dictConfig` is told when the service runs as a process of its own."""
    formatter = _TEXT if sys.stderr.isatty() else {"()": "api.telemetry.logs.JsonFormatter"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "deskpolicy.texts": {},  # named, so that whether texts may be logged stays as it was set
            "deskpolicy": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        },
    }
