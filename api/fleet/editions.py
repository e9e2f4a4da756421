"""What a set of compiled rulebooks is called: its digest, and those of its versions."""

import hashlib
from typing import NamedTuple

import msgspec

from engine import Catalogue

from ..wire import LoadedVersion


class Edition(NamedTuple):
    """One set of rulebooks, as a worker answers with it."""

    digest: str
    rulebooks: tuple[LoadedVersion, ...]


def edition_of(catalogue: Catalogue) -> Edition:
    """The edition that a catalogue is. Its digest covers ids, titles, versions, their digests and their dates."""
    summaries = catalogue.summaries()
    digest = "sha256:" + hashlib.sha256(msgspec.json.encode(summaries)).hexdigest()
    versions = [{"id": summary["id"], **version} for summary in summaries for version in summary["versions"]]
    return Edition(digest, msgspec.convert(versions, tuple[LoadedVersion, ...]))
