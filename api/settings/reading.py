"""From a settings file to settings, and from one process to another. Every fault of a file at once, with its place."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from engine import CheckReport, Diagnostic, Source, check_shape, read_source, render_report

from .model import Settings

VARIABLE: Final = "DESKPOLICY_SETTINGS"
"""Holds the settings of the service, as JSON, for a worker process."""
_SCHEMA: Final = "settings.schema.json"
_KEY: Final = re.compile(r"(?<=dpk_)[A-Za-z0-9_-]+")


class SettingsFaults(Exception):
    """A settings file has faults: all of them as `diagnostics`, and the file as `source` where it could be read."""

    def __init__(self, diagnostics: Sequence[Diagnostic], source: Source | None) -> None:
        super().__init__(f"{len(diagnostics)} faults in the settings")
        self.diagnostics = sorted(diagnostics)
        self.source = source

    def report(self) -> str:
        """The faults for people, each with its line underlined."""
        sources = {self.source.name: self.source} if self.source is not None else {}
        return hidden(render_report(CheckReport(list(sources), self.diagnostics, sources)).rstrip("\n"))


def read_settings(path: Path) -> Settings:
    """The settings of a YAML file. Raises SettingsFaults with every fault of it, and OSError when it cannot be read."""
    source, faults = read_source(path.as_posix(), path.read_bytes())
    if source is None:
        if [fault.code for fault in faults] == ["empty-file"]:
            return Settings()  # nothing is said, so all is as it is left out
        raise SettingsFaults(faults, None)
    data, misfits = check_shape(source, _SCHEMA)
    if faults or misfits:
        raise SettingsFaults([*faults, *misfits], source)
    return msgspec.convert(data, Settings)


def hidden(text: str) -> str:
    """A text in which whatever stands behind `dpk_` is starred out, as long as it was: a key in place of its hash."""
    return _KEY.sub(lambda found: "*" * len(found[0]), text)


def settings_to_environment(settings: Settings) -> None:
    """Leave the settings to processes that this one starts."""
    os.environ[VARIABLE] = msgspec.json.encode(settings).decode()


def settings_from_environment() -> Settings | None:
    """The settings that another process left, if one did."""
    raw = os.environ.get(VARIABLE)
    return None if raw is None else msgspec.json.decode(raw, type=Settings)
