"""The comparison of two versions as plain data to be shown: what changes, for which requests, by which rules.

Reads the bytes of two rulebook files, wherever they lie. Knows nothing of how it is drawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

from ...decision import CheckReport, CompiledRulebook, RulebookFaults, compile_rulebook, read_bytes
from ...diagnostics import Source
from ...rulebook import Row
from ..space import Observed
from .differences import Comparison, Resigned, compare
from .membership import decided_by_both, differs_of, regions_with
from .regions import USUAL_LIMITS, Found, Limits
from .shares import Share, share_of
from .tellings import box_in_words, changes_in_words, requests_in_words, saying

Verdict = Literal["same", "differs", "undecided"]


class VersionFile(NamedTuple):
    """The bytes of a rulebook's file, and what it is called in messages."""

    name: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Version:
    """One side of a comparison."""

    rulebook: str
    version: str
    digest: str
    file: str


@dataclass(frozen=True, slots=True)
class RuleShown:
    """A rule with its place, and its reason in the rulebook's language."""

    rule: str
    file: str
    line: int
    because: str | None


@dataclass(frozen=True, slots=True)
class WitnessShown:
    """A request, and what each version decides of the part in question."""

    request: Mapping[str, Any]
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class RegionShown:
    """Requests in words, and one of them."""

    words: str
    witness: WitnessShown


@dataclass(frozen=True, slots=True)
class Output:
    """One output of a part: what it was, and what it is."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Change:
    """A part of the decision that changes for a region of requests."""

    stage: str
    name: str | None
    """The topic, the action, what is to be done, or the setting of clocks; None: the stage as a whole."""
    outputs: tuple[Output, ...]
    old: Any
    new: Any
    certainty: Literal["every", "some"]
    """Whether every request of the region gets another answer, or only some, by what no rule tests."""
    follows_from: tuple[str, ...]
    """The facts whose change before makes this one; none: its own rules make it."""
    regions: tuple[RegionShown, ...]
    is_complete: bool
    """Whether the regions in words are all; else the pairs of rules name the region exactly."""
    rules: tuple[tuple[tuple[RuleShown, ...], tuple[RuleShown, ...]], ...]
    """Pairs of rules, old and new, that settle it; none on a side: no rule applies."""
    has_all_rules: bool
    rules_by_side: tuple[tuple[tuple[RuleShown, ...], ...] | None, tuple[tuple[RuleShown, ...], ...] | None]
    """Where these are not all: all rules of the old and the new version that settle any of it; None: too many."""
    witness: WitnessShown | None
    """A request with two answers; None: none was found."""
    why_undecided: str | None
    share: Share | None = None
    """How large the region is; None: its boxes cannot be counted."""


@dataclass(frozen=True, slots=True)
class SameDecision:
    """The same decision, by another rule or for another reason."""

    stage: str
    name: str | None
    old: tuple[RuleShown, ...]
    new: tuple[RuleShown, ...]
    what: tuple[str, ...]
    words: str
    request: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Review:
    """All that a change of a rulebook changes."""

    old: Version
    new: Version
    verdict: Verdict
    only_one: tuple[Mapping[str, str | None], ...]
    """What requests may state, or ask about, to one version only: `kind`, `name`, `old`, `new`."""
    changes: tuple[Change, ...]
    same_decision: tuple[SameDecision, ...]
    undecided: tuple[Mapping[str, str | None], ...]
    """What the budget left open: `stage`, `name`, `why`."""

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


class Reviewed(NamedTuple):
    """A review, and the comparison behind it."""

    review: Review
    comparison: Comparison

    def changes_of(self, request: Mapping[str, Any]) -> list[int] | None:
        """The places of the changes that a request shows; None where one version does not take it."""
        seen = decided_by_both((self.comparison.old, self.comparison.new), dict(request))
        return None if seen is None else regions_with(self.comparison, seen)


def review_change(old: VersionFile, new: VersionFile, limits: Limits = USUAL_LIMITS) -> Reviewed:
    """Compare the rulebooks of two files. Raises RulebookFaults when either has a fault."""
    files = [read_bytes(file.name, file.raw) for file in (old, new)]
    faults = [fault for file in files for fault in file.faults if fault.severity == "error"]
    rulebooks = [file.rulebook for file in files if file.rulebook is not None]
    if faults or len(rulebooks) != 2:
        sources = {file.name: file.source for file in files if file.source is not None}
        raise RulebookFaults(CheckReport([file.name for file in files], faults, sources))
    books = [compile_rulebook(rulebook) for rulebook in rulebooks]
    found = compare(books[0], books[1], limits)
    sources_of = [file.source for file in files if file.source is not None]
    versions = [
        Version(book.rulebook.id, book.rulebook.version, book.digest, file.name)
        for book, file in zip(books, files, strict=True)
    ]
    return Reviewed(_review(found, versions, sources_of), found)


def _review(comparison: Comparison, versions: Sequence[Version], sources: Sequence[Source]) -> Review:
    books = (comparison.old, comparison.new)
    sides = [_Side(book, source) for book, source in zip(books, sources, strict=True)]
    verdict: Verdict = "undecided" if comparison.undecided else "same" if comparison.is_same else "differs"
    return Review(
        versions[0],
        versions[1],
        verdict,
        tuple(asdict(one) for one in comparison.only_one),
        tuple(_change(comparison, found, sides) for found in comparison.found),
        tuple(_same_decision(comparison, one, sides) for one in comparison.resigned),
        tuple(asdict(one) for one in comparison.undecided),
    )


class _Side(NamedTuple):
    """A side with the text of its file."""

    book: CompiledRulebook
    source: Source

    def shown(self, row: Row) -> RuleShown:
        """A rule with its place."""
        texts = row.because or {}
        because = texts.get(self.book.rulebook.language) or next(iter(texts.values()), None)
        return RuleShown(row.id, self.source.name, self.source.span(row.path).line, because)

    def rules(self, stage: str, places: Sequence[int]) -> tuple[RuleShown, ...]:
        """Rules by their places in a stage."""
        known = self.book.rulebook.stages.get(stage)
        return tuple(self.shown(known.rows[place]) for place in places) if known else ()

    def named(self, stage: str, ids: Sequence[str]) -> tuple[RuleShown, ...]:
        """Rules by their ids."""
        known = self.book.rulebook.stages.get(stage)
        return tuple(self.shown(row) for row in known.rows if row.id in ids) if known else ()


def _change(comparison: Comparison, found: Found, sides: Sequence[_Side]) -> Change:
    stage = found.part.stage
    regions = tuple(
        RegionShown(requests_in_words(comparison.space, piece, follows=found.follows), _witness(found, piece.seen))
        for piece in found.pieces
    )
    pairs = tuple((sides[0].rules(stage, old), sides[1].rules(stage, new)) for old, new in found.pairs)
    return Change(
        stage,
        found.part.name,
        tuple(Output(*said) for said in changes_in_words(found)),
        saying(found.old.said),
        saying(found.new.said),
        "every" if found.is_sure else "some",
        _follows_from(comparison, found),
        regions,
        found.is_whole,
        pairs,
        found.has_all_pairs,
        (_by_side(sides[0], stage, found.by_side[0]), _by_side(sides[1], stage, found.by_side[1])),
        None if found.shown is None else _witness(found, found.shown),
        found.why_not,
        share_of(comparison.space, found),
    )


def _by_side(side: _Side, stage: str, rows: Sequence[Sequence[int]] | None) -> tuple[tuple[RuleShown, ...], ...] | None:
    return None if rows is None else tuple(side.rules(stage, places) for places in rows)


def _witness(found: Found, seen: Sequence[Observed]) -> WitnessShown:
    """What both sides decide of one request, which names neither of them."""
    request = {key: value for key, value in seen[0].request.items() if key not in ("rulebook", "version")}
    return WitnessShown(request, found.part.part(seen[0]), found.part.part(seen[1]))


def _follows_from(comparison: Comparison, found: Found) -> tuple[str, ...]:
    if not found.follows:
        return ()
    seen = found.shown or (found.pieces[0].seen if found.pieces else None)
    return differs_of(comparison, found, seen) if seen else ("an earlier stage",)


def _same_decision(comparison: Comparison, one: Resigned, sides: Sequence[_Side]) -> SameDecision:
    words = ", ".join(box_in_words(comparison.space, one.box, follows=True)) if one.box else ""
    request = None
    if one.seen is not None:
        request = {key: value for key, value in one.seen[0].request.items() if key not in ("rulebook", "version")}
    old, new = (side.named(one.stage, ids) for side, ids in zip(sides, (one.old, one.new), strict=True))
    return SameDecision(one.stage, one.name, old, new, one.what, words, request)
