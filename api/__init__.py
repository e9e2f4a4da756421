"""The HTTP service. Imports engine, and nothing of the commands.

A name's module is imported when the name is first asked for: who needs one of them, as the process that writes the
decision log, need not wait for the whole service.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .access import AccessFault, expiry, fingerprint, fresh_key
    from .app import Service, app_over, build_service, create_app
    from .body import BODY_LIMIT
    from .clock import now
    from .codec import encode_answer, read_request
    from .decision_log import DecisionRecord, Place, Unreadable, Verdict, Verifier, log_files, read_entries
    from .fleet import BadBundle, Checker, Manifest, open_bundle, pack_bundle, read_folder
    from .problems import Problem, Refusal, problem_of
    from .release import VERSION
    from .serving import CannotServe, PortUnavailable, serve
    from .settings import ApiKey, Listen, Settings, SettingsFaults, read_settings
    from .shadow import UnknownCandidate
    from .shelf import Shelf
    from .telemetry import TracingUnavailable

__all__ = [
    "BODY_LIMIT",
    "VERSION",
    "AccessFault",
    "ApiKey",
    "BadBundle",
    "CannotServe",
    "Checker",
    "DecisionRecord",
    "Listen",
    "Manifest",
    "Place",
    "PortUnavailable",
    "Problem",
    "Refusal",
    "Service",
    "Settings",
    "SettingsFaults",
    "Shelf",
    "TracingUnavailable",
    "UnknownCandidate",
    "Unreadable",
    "Verdict",
    "Verifier",
    "app_over",
    "build_service",
    "create_app",
    "encode_answer",
    "expiry",
    "fingerprint",
    "fresh_key",
    "log_files",
    "now",
    "open_bundle",
    "pack_bundle",
    "problem_of",
    "read_entries",
    "read_folder",
    "read_request",
    "read_settings",
    "serve",
]

_NAMES: Final = {
    "access": "AccessFault expiry fingerprint fresh_key",
    "app": "Service app_over build_service create_app",
    "body": "BODY_LIMIT",
    "clock": "now",
    "codec": "encode_answer read_request",
    "decision_log": "DecisionRecord Place Unreadable Verdict Verifier log_files read_entries",
    "fleet": "BadBundle Checker Manifest open_bundle pack_bundle read_folder",
    "problems": "Problem Refusal problem_of",
    "release": "VERSION",
    "serving": "CannotServe PortUnavailable serve",
    "settings": "ApiKey Listen Settings SettingsFaults read_settings",
    "shadow": "UnknownCandidate",
    "shelf": "Shelf",
    "telemetry": "TracingUnavailable",
}
"""The names of each module, as above; a test holds the two equal."""
_HOMES: Final = {name: home for home, names in _NAMES.items() for name in names.split()}


if not TYPE_CHECKING:  # else any name would be taken for one of these

    def __getattr__(name: str) -> Any:
        """A name, from its module."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(f".{_HOMES[name]}", __name__), name)
        globals()[name] = found
        return found
