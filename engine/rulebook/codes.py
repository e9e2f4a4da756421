"""The codes of the faults that a rulebook's meaning can have, each with its meaning; the reference is made from it.

It covers the floors above too: what stages say of their rules, and what a folder of rulebooks is checked for.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

RULEBOOK_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # The shape of the file.
        "unknown-key": "a mapping has a key that means nothing there",
        "missing-key": "a mapping lacks a key that it needs",
        "wrong-shape": "a text, number, list or mapping stands where another of these is wanted",
        "wrong-value": "a value is of the right kind but cannot be read, or lies outside what is allowed",
        "empty-value": "a key, list or mapping is left empty",
        "repeated-value": "the same thing is named twice where once is meant",
        "bad-name": "a name holds an invisible character, or is not in composed Unicode (NFC)",
        # Names.
        "unknown-value": "a value is not in the list that it must come from",
        "unknown-fact": "a fact is neither common, nor declared, nor derived, nor the result of a stage",
        "unknown-type": "a fact is declared with a type that there is not",
        "unknown-derivation": "a derived fact is of no kind that there is",
        "unknown-calendar": "a calendar is named that is not declared",
        "unknown-zone": "a time zone is not in the IANA database",
        "unknown-country": "no public holidays are known for a country or subdivision",
        "unknown-language": "a text is keyed by a word that is no code of a language",
        "unknown-output": "a rule gives something that its stage does not have",
        "unknown-test": "a condition asks for a test that there is not",
        "reserved-name": "a name already means something else",
        # Facts.
        "fixed-fact": "a common fact is declared with a type that it cannot have",
        "wrong-type": "a fact is used where a fact of another type is wanted",
        "wrong-test": "a condition puts a test to a fact of a type that it does not fit",
        "never-holds": "no value passes a condition",
        "circular-fact": "a derived fact needs itself",
        "later-stage": "a rule asks for a fact that is known only after its own stage",
        "open-fact": "a result names a fact that can hold any value, so that the results could not be listed",
        "too-many-results": "the facts named in the results of a stage make more texts than are listed",
        # Rules.
        "repeated-rule": "two rules have the same name",
        "row-length": "a row or line has not as many cells as its head asks for",
        "overlapping-rows": "a request can match two rows of a table that is `unique`",
        "open-end": "some requests would leave a stage undecided that must decide",
        # Time.
        "clashing-settings": "two settings contradict each other, or one of them can have no effect",
        "never-opens": "a calendar has no hours",
        "never-in-force": "a version ends before it begins",
        # Files and versions.
        "unreadable": "a file or folder is not there or cannot be read",
        "no-rulebooks": "a folder holds no rulebook",
        "wrong-place": "the folder or the name of a file is not that of its rulebook or version",
        "same-version": "two files hold the same version of a rulebook",
        "same-start": "two versions of a rulebook come into force at the same instant",
        "broken-lock": "the lock file cannot be read",
        "released-version-missing": "a version that is in the lock file has no file any more",
        "released-version-changed": "a version that is in the lock file no longer says the same",
        "resolved-data-changed": "holidays or time zones that a released version rests on have changed (a warning)",
        # Suppressions.
        "not-suppressible": "a fault is suppressed that has to be mended",
        "unused-suppression": "a suppression hides nothing (a warning)",
    }
)
"""Each code with its meaning, in one line."""

SUPPRESSIBLE: Final = frozenset({"resolved-data-changed"})
"""The codes of findings that leave a rulebook usable, and that it may therefore suppress."""
