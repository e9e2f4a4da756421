"""Candidates that decide in the shadow: which they are, and how they are found. Knows nothing of calls."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine import Catalogue

from ..settings import Settings, ShadowOf
from ..wire.decision import UsedRulebook

_VERSION: Final = re.compile(r"\d+\.\d+\.\d+")


class UnknownCandidate(Exception):
    """Settings name a candidate that is not there; the message says which."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One version that decides beside the one in force."""

    used: UsedRulebook
    catalogue: Catalogue
    """Has this version; others of it have no say."""


def find_candidate(said: ShadowOf, catalogue: Catalogue, settings: Settings) -> Candidate:
    """The candidate that a setting names: a version among the rulebooks of the service, or a file.

    Raises UnknownCandidate, RulebookFaults when its file has faults, EngineFault when the engine cannot take it.
    """
    if not catalogue.has(said.rulebook):
        raise UnknownCandidate(f"shadow: there is no rulebook `{said.rulebook}`")
    if _VERSION.fullmatch(said.candidate):
        if not catalogue.has(said.rulebook, said.candidate):
            raise UnknownCandidate(f"shadow: `{said.rulebook}` has no version {said.candidate}")
        return Candidate(_used(catalogue, said.rulebook, said.candidate), catalogue)
    if not Path(said.candidate).is_file():
        raise UnknownCandidate(f"shadow: {said.candidate}: neither a version nor a file")
    alone = Catalogue.of_files([said.candidate], engine=settings.engine)
    (found,) = alone.summaries()
    if found["id"] != said.rulebook:
        raise UnknownCandidate(f"shadow: {said.candidate} holds `{found['id']}`, not `{said.rulebook}`")
    return Candidate(_used(alone, said.rulebook, found["versions"][0]["version"]), alone)


def check_candidates(settings: Settings, catalogue: Catalogue) -> None:
    """Raise what `find_candidate` raises, where the settings name a candidate that cannot be had."""
    for said in settings.shadow:
        find_candidate(said, catalogue, settings)


def _used(catalogue: Catalogue, rulebook: str, version: str) -> UsedRulebook:
    return UsedRulebook(rulebook, version, catalogue.describe(rulebook, version)["digest"])
