"""The two sides of a replay, baseline and candidate: which rulebook each one means, and how it is asked.

Knows the engine's door only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from engine import Catalogue, RequestRefused, read_source, run_paths

from ..findings import Change, KnownRules

AS_IN_FORCE: Final = "as-in-force"
"""The word for the version that was in force at each decision."""
_SCENARIOS: Final = "scenarios.yaml"


class UnknownRulebook(Exception):
    """A side names a rulebook or version that there is not: the message is one line, with what is near."""


class Answer(NamedTuple):
    """The decision of a side, the version that took it, and, where it was asked for, the trace."""

    version: str
    decision: dict[str, Any]
    trace: tuple[Mapping[str, Any], ...] = ()


@dataclass(slots=True)
class Side:
    """A rulebook of a catalogue, in one version or in the version that was in force; ``digests`` collects those met.

    ``changes`` tell how it differs from its file; ``folder`` is where its scenarios lie, if anywhere.
    """

    name: str
    rulebook: str
    version: str | None
    catalogue: Catalogue
    digests: dict[str, str] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    folder: Path | None = None

    def decide(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """The decision for the facts of a request.

        Raises:
            RequestRefused: when the rulebook cannot take them.
        """
        return self.answer(facts).decision

    def answer(self, facts: Mapping[str, Any], *, explain: bool = False) -> Answer:
        """The decision for the facts of a request, with the version that took it.

        Raises:
            RequestRefused: when the rulebook cannot take them.
        """
        head: dict[str, Any] = {"rulebook": self.rulebook}
        if self.version is not None:
            head["version"] = self.version
        if explain:
            head["explain"] = True
        answer = self.catalogue.decide({**head, **facts})
        said = answer["rulebook"]
        self.digests[said["version"]] = said["digest"]
        return Answer(said["version"], answer["decision"], tuple(answer.get("trace", ())))

    def known_digests(self) -> dict[str, str]:
        """The digests of every version that could decide."""
        listed = self.catalogue.describe(self.rulebook)["versions"]
        return {one["version"]: one["digest"] for one in listed if self.version in (None, one["version"])}

    def known_targets(self) -> frozenset[str]:
        """The targets of every version that could decide."""
        versions = self.known_digests()
        return frozenset(
            target for version in versions for target in self.catalogue.describe(self.rulebook, version)["targets"]
        )

    def known_rules(self) -> KnownRules:
        """The rules of the versions that were met, and those that scenarios reach."""
        listed: dict[tuple[str, str], None] = {}
        for version in sorted(self.digests):
            stages = self.catalogue.describe(self.rulebook, version)["stages"]
            listed.update(dict.fromkeys((stage, rule) for stage, rules in stages.items() for rule in rules))
        return KnownRules(tuple(listed), self._reached())

    def _reached(self) -> frozenset[str] | None:
        # A rulebook with named changes is not the one that the scenarios were written for.
        if self.folder is None or self.changes or not (self.folder / _SCENARIOS).is_file():
            return None
        found = [
            outcome.reached
            for result in run_paths([self.folder]).results
            if result.rulebook == self.rulebook and result.version in self.digests
            for outcome in result.outcomes
        ]
        return frozenset().union(*found) if found else None

    def __str__(self) -> str:
        """The side as a caller writes it."""
        named = self.rulebook if self.version is None else f"{self.rulebook}@{self.version}"
        return named + "".join(f" --set {change.path}={change.after}" for change in self.changes)


def side_of(name: str, written: str, catalogue: Catalogue, root: Path | None = None) -> Side:
    """The side that `ID`, `ID@as-in-force` (the same) or `ID@VERSION` names in a catalogue, which was read from a root.

    Raises:
        UnknownRulebook: when the catalogue has no such rulebook or version.
    """
    rulebook, version = parted(written)
    try:
        catalogue.describe(rulebook, version)
    except RequestRefused as refused:
        raise UnknownRulebook(f"{name}: {refused.detail}") from None
    return Side(name, rulebook, version, catalogue, folder=root / rulebook if root is not None else None)


def parted(written: str) -> tuple[str, str | None]:
    """The id and the version of `ID@VERSION`; no version: the one in force."""
    rulebook, at, version = written.partition("@")
    return rulebook, version if at and version != AS_IN_FORCE else None


def side_of_file(name: str, path: Path) -> Side:
    """The side that a rulebook file is, in its own version, whether or not it is in force.

    Raises:
        RulebookFaults: when the file is not a sound rulebook.
        OSError: when it cannot be opened.
    """
    catalogue = Catalogue.of_files([path])
    source, _ = read_source(str(path), path.read_bytes())
    assert source is not None
    return Side(name, source.data["rulebook"], source.data["version"], catalogue, folder=path.parent)
