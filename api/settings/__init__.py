"""What an operator sets: a settings file, checked like a rulebook, and the options of the command over it."""

from .model import (
    Access,
    ApiKey,
    Bundle,
    DecisionLog,
    Issuer,
    Limits,
    Listen,
    Log,
    Reload,
    Scope,
    Settings,
    ShadowOf,
    Tracing,
)
from .reading import SettingsFaults, read_settings, settings_from_environment, settings_to_environment

__all__ = [
    "Access",
    "ApiKey",
    "Bundle",
    "DecisionLog",
    "Issuer",
    "Limits",
    "Listen",
    "Log",
    "Reload",
    "Scope",
    "Settings",
    "SettingsFaults",
    "ShadowOf",
    "Tracing",
    "read_settings",
    "settings_from_environment",
    "settings_to_environment",
]
