"""The two sides of a replay, baseline and candidate: which rulebook each one means, and how it is asked.

Knows the engine's door only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine import Catalogue, RequestRefused, read_source


class UnknownRulebook(Exception):
    """A side names a rulebook or version that there is not: the message is one line, with what is near."""


@dataclass(slots=True)
class Side:
    """A rulebook of a catalogue, in one version or in the version that was in force; ``digests`` collects those met."""

    name: str
    rulebook: str
    version: str | None
    catalogue: Catalogue
    digests: dict[str, str] = field(default_factory=dict)

    def decide(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """The decision for the facts of a request.

        Raises:
            RequestRefused: when the rulebook cannot take them.
        """
        head = (
            {"rulebook": self.rulebook}
            if self.version is None
            else {"rulebook": self.rulebook, "version": self.version}
        )
        answer = self.catalogue.decide({**head, **facts})
        said = answer["rulebook"]
        self.digests[said["version"]] = said["digest"]
        decision: dict[str, Any] = answer["decision"]
        return decision

    def __str__(self) -> str:
        """The side as a caller writes it."""
        return self.rulebook if self.version is None else f"{self.rulebook}@{self.version}"


def side_of(name: str, written: str, catalogue: Catalogue) -> Side:
    """The side that `ID` or `ID@VERSION` names in a catalogue.

    Raises:
        UnknownRulebook: when the catalogue has no such rulebook or version.
    """
    rulebook, at, version = written.partition("@")
    try:
        catalogue.describe(rulebook, version if at else None)
    except RequestRefused as refused:
        raise UnknownRulebook(f"{name}: {refused.detail}") from None
    return Side(name, rulebook, version if at else None, catalogue)


def side_of_file(name: str, path: Path) -> Side:
    """The side that a rulebook file is, in its own version, whether or not it is in force.

    Raises:
        RulebookFaults: when the file is not a sound rulebook.
        OSError: when it cannot be opened.
    """
    catalogue = Catalogue.of_files([path])
    source, _ = read_source(str(path), path.read_bytes())
    assert source is not None
    return Side(name, source.data["rulebook"], source.data["version"], catalogue)
