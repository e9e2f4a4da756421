"""The HTTP service. Imports engine, and nothing of the commands."""

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
