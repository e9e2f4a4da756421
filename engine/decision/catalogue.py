"""The catalogue: every version of every rulebook, which one is in force when, and the door to decisions."""

import os
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from ..diagnostics import nearest
from ..facts import FIRST_INSTANT, Instant, Misfit, format_instant, parse_instant
from ..rulebook import Rulebook
from ..stages import EngineName
from .checking import CheckReport, RulebookFaults, read_root
from .compiled import CompiledRulebook, compile_rulebook
from .files import RulebookFile, file_fault, read_bytes, read_file, version_key
from .pipeline import decide, decide_json
from .refusal import UNFIT, Fault, RequestRefused, misfit
from .request_schema import request_schema
from .requests import faults_of, faults_of_any
from .results import names_in

Now = Callable[[], datetime]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT = Instant()
_VERSION_FAULT = Fault("/version", "must be a text, such as `1.0.0`")


@dataclass(frozen=True, slots=True)
class _Versions:
    """The versions of one rulebook."""

    by_number: Mapping[str, CompiledRulebook]
    starts: tuple[int, ...]
    in_order: tuple[tuple[CompiledRulebook, int | None], ...]
    """Those that are ever in force, by their start; each with its end."""

    def in_force(self, at: int) -> CompiledRulebook | None:
        """Of the versions that have begun and not ended, the one that began last."""
        place = bisect_right(self.starts, at)
        while place:
            place -= 1
            book, end = self.in_order[place]
            if end is None or at < end:
                return book
        return None


class Catalogue:
    """Rulebooks ready to decide. Immutable: to take in changed files, load another."""

    __slots__ = ("_clock", "_rulebooks")

    def __init__(
        self, rulebooks: Iterable[Rulebook], *, clock: Now | None = None, engine: EngineName = "bitmap"
    ) -> None:
        """`clock` tells the instant of requests that name none; the engine has no clock of its own.

        `engine` finds the rows that apply; `rete` is an extra. Raises EngineUnavailable, and EngineFault when it cannot
        take a rulebook.
        """
        compiled: dict[str, list[CompiledRulebook]] = {}
        for rulebook in rulebooks:
            compiled.setdefault(rulebook.id, []).append(compile_rulebook(rulebook, engine))
        self._rulebooks = {id: _versions(books) for id, books in sorted(compiled.items())}
        self._clock = clock

    @classmethod
    def load(cls, root: str | os.PathLike[str], *, clock: Now | None = None, engine: EngineName = "bitmap") -> Self:
        """Every `<root>/<rulebook>/<version>.yaml`. Raises RulebookFaults when any of them has one; see `Catalogue`."""
        _, report = read_root(Path(root))
        if report.errors:
            raise RulebookFaults(report)
        return cls(report.rulebooks, clock=clock, engine=engine)

    @classmethod
    def of_files(
        cls,
        paths: Iterable[str | os.PathLike[str]],
        *,
        clock: Now | None = None,
        engine: EngineName = "bitmap",
    ) -> Self:
        """Single files, wherever they lie. Raises RulebookFaults; see `Catalogue`."""
        return cls._of([read_file(Path(path), placed=False) for path in paths], clock, engine)

    @classmethod
    def of_texts(cls, texts: Mapping[str, bytes], *, clock: Now | None = None, engine: EngineName = "bitmap") -> Self:
        """The bytes of files by their names, whether or not such files lie anywhere. Raises as `of_files` does."""
        return cls._of([read_bytes(name, raw) for name, raw in texts.items()], clock, engine)

    @classmethod
    def _of(cls, files: Sequence[RulebookFile], clock: Now | None, engine: EngineName) -> Self:
        faults = [fault for file in files for fault in file.faults]
        seen: set[tuple[str, str]] = set()
        for file in files:
            key = (file.rulebook.id, file.rulebook.version) if file.rulebook else None
            if key in seen:
                faults.append(file_fault("same-version", "another file holds the same version", Path(file.name)))
            seen |= {key} if key else set()
        if faults:
            raise RulebookFaults(
                CheckReport([f.name for f in files], faults, {f.name: f.source for f in files if f.source})
            )
        return cls([file.rulebook for file in files if file.rulebook], clock=clock, engine=engine)

    @classmethod
    def joined(cls, catalogues: Iterable["Catalogue"], *, clock: Now | None = None) -> Self:
        """The rulebooks of several catalogues, each with others, just as they are: nothing is compiled again."""
        whole = cls((), clock=clock)
        whole._rulebooks = dict(sorted(pair for part in catalogues for pair in part._rulebooks.items()))
        return whole

    def decide(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a request, both shaped as the contract says. Raises RequestRefused and EngineFault."""
        book, at = self._resolved(request)
        return decide(book, request, at, ())

    def decide_as(self, request: Mapping[str, Any], *, languages: Sequence[str]) -> dict[str, Any]:
        """The same for a caller who prefers these languages, best first, when the request names none."""
        book, at = self._resolved(request)
        return decide(book, request, at, languages)

    def decide_json(self, request: Mapping[str, Any], *, languages: Sequence[str] = ()) -> bytes:
        """The same answer as compact JSON in UTF-8, without the way through dictionaries."""
        book, at = self._resolved(request)
        return decide_json(book, request, at, languages)

    def decide_each_json(
        self, requests: Iterable[Mapping[str, Any]], *, languages: Sequence[str] = ()
    ) -> list[bytes | Exception]:
        """Of each request what `decide_json` gives, or the error that it raises."""
        resolved = self._resolved
        answers: list[bytes | Exception] = []
        for request in requests:
            try:
                book, at = resolved(request)
                answers.append(decide_json(book, request, at, languages))
            except Exception as error:
                answers.append(error)
        return answers

    def _resolved(self, request: Mapping[str, Any]) -> tuple[CompiledRulebook, int]:
        """The version that answers, and the instant of the decision. What is not plain to see takes a closer look."""
        if type(request) is dict and request.get("version") is None:
            try:
                at = parse_instant(request["at"])
                book = self._rulebooks[request["rulebook"]].in_force(at)
            except (KeyError, TypeError, ValueError):
                book = None
            if book is not None:
                return book, at
        return self._resolved_with_care(request)

    def _resolved_with_care(self, request: Mapping[str, Any]) -> tuple[CompiledRulebook, int]:
        """The same, and whatever is wrong with the request."""
        if not isinstance(request, Mapping):
            raise misfit([Fault("", "must be a mapping")])
        id = request.get("rulebook")
        versions = self._rulebooks.get(id) if isinstance(id, str) else None
        if versions is None:
            raise self._no_rulebook(request, id)
        try:
            at = self._instant(request)
            version = request.get("version")
            book = versions.in_force(at) if version is None else self._numbered(versions, id, version)
        except RequestRefused as refused:
            if refused.status != UNFIT:
                raise
            raise misfit([*refused.faults, *_other_faults(request, versions, refused.faults)]) from None
        if book is None:
            said = f"no version of `{id}` is in force at {format_instant(at)}"
            raise RequestRefused(409, "No version in force", said, (Fault("/at", "no version is in force then"),))
        return book, at

    def _instant(self, request: Mapping[str, Any]) -> int:
        at = request.get("at")
        if at is None:
            if self._clock is None:
                raise misfit(
                    [Fault("/at", "is missing, and this catalogue has no clock: name the instant of the decision")]
                )
            return (self._clock() - _EPOCH) // timedelta(microseconds=1)
        try:
            return _INSTANT.read(at)
        except Misfit as fault:
            raise misfit([Fault("/at", fault.message)]) from None

    def _no_rulebook(self, request: Mapping[str, Any], id: Any) -> RequestRefused:
        if not isinstance(id, str):
            said = "is missing: name the rulebook" if "rulebook" not in request or id is None else "must be a text"
            return misfit([Fault("/rulebook", said), *faults_of_any(request)])
        return _unknown("/rulebook", "rulebook", id, self._rulebooks)

    def _numbered(self, versions: _Versions, id: Any, version: Any) -> CompiledRulebook:
        if not isinstance(version, str):
            raise misfit([_VERSION_FAULT])
        book = versions.by_number.get(version)
        if book is None:
            raise _unknown("/version", f"version of `{id}`", version, versions.by_number)
        return book

    def answering(self, rulebook: str, version: str | None = None) -> list[tuple[int, CompiledRulebook | None]]:
        """From which instant on which version answers, in order; one that is named answers whatever the instant.

        Raises RequestRefused (404).
        """
        versions = self._rulebooks.get(rulebook)
        if versions is None:
            raise _unknown("/rulebook", "rulebook", rulebook, self._rulebooks)
        if version is not None:
            return [(FIRST_INSTANT, self._numbered(versions, rulebook, version))]
        ends = (end for _, end in versions.in_order if end is not None)
        changes = sorted({FIRST_INSTANT, *versions.starts, *ends})
        return [(change, versions.in_force(change)) for change in changes]

    def has(self, rulebook: str, version: str | None = None) -> bool:
        """Whether there is such a rulebook, or such a version of it."""
        versions = self._rulebooks.get(rulebook)
        return versions is not None and (version is None or version in versions.by_number)

    def summaries(self) -> list[dict[str, Any]]:
        """Every rulebook with its versions, as JSON data."""
        return [self.describe(id) for id in self._rulebooks]

    def describe(self, rulebook: str, version: str | None = None) -> dict[str, Any]:
        """One rulebook with all its versions, or one version with its vocabulary. Raises RequestRefused (404)."""
        versions = self._rulebooks.get(rulebook)
        if versions is None:
            raise _unknown("/rulebook", "rulebook", rulebook, self._rulebooks)
        if version is not None:
            return _detailed(self._numbered(versions, rulebook, version))
        newest = versions.by_number[max(versions.by_number, key=version_key)]
        listed = sorted(versions.by_number, key=version_key)
        return {
            "id": rulebook,
            "title": dict(newest.rulebook.title),
            "versions": [_brief(versions.by_number[number]) for number in listed],
        }

    def request_schema(self, rulebook: str, version: str) -> dict[str, Any]:
        """The JSON Schema of the requests that a version takes. Raises RequestRefused (404)."""
        versions = self._rulebooks.get(rulebook)
        if versions is None:
            raise _unknown("/rulebook", "rulebook", rulebook, self._rulebooks)
        return request_schema(self._numbered(versions, rulebook, version))


def _versions(books: Sequence[CompiledRulebook]) -> _Versions:
    dated = [(book.rulebook.in_force.start, book) for book in books if book.rulebook.in_force]
    dated.sort(key=lambda pair: (pair[0], version_key(pair[1].rulebook.version)))
    return _Versions(
        {book.rulebook.version: book for book in books},
        tuple(start for start, _ in dated),
        tuple((book, book.rulebook.in_force.end if book.rulebook.in_force else None) for _, book in dated),
    )


def _other_faults(request: Mapping[str, Any], versions: _Versions, told: Iterable[Fault]) -> list[Fault]:
    """What else is wrong with a request whose version cannot be told: the faults that it has in every version."""
    version = request.get("version")
    named = versions.by_number.get(version) if isinstance(version, str) else None
    first, *others = [faults_of(request, book) for book in ([named] if named else versions.by_number.values())]
    found = [fault for fault in first if all(fault in other for other in others)]
    if version is not None and not isinstance(version, str):
        found = [_VERSION_FAULT, *found]
    return [fault for fault in found if fault not in told]


def _unknown(where: str, what: str, name: str, known: Iterable[str]) -> RequestRefused:
    safe = name.encode("utf-8", "replace").decode()[:100]
    close = nearest(safe, list(known))
    said = f"there is no {what} `{safe}`" + (f"; did you mean `{close[0]}`?" if close else "")
    title = "No such version" if where == "/version" else "No such rulebook"
    return RequestRefused(404, title, said, (Fault(where, said, close[0] if close else None),))


def _brief(book: CompiledRulebook) -> dict[str, Any]:
    force = book.rulebook.in_force
    dates = None
    if force is not None:
        dates = {"from": format_instant(force.start), "until": None if force.end is None else format_instant(force.end)}
    return {"version": book.rulebook.version, "digest": book.digest, "in_force": dates}


def _detailed(book: CompiledRulebook) -> dict[str, Any]:
    rulebook = book.rulebook
    return {
        "id": rulebook.id,
        "title": dict(rulebook.title),
        **_brief(book),
        "language": rulebook.language,
        "languages": sorted(book.languages),
        "stages": {name: [row.id for row in stage.rows] for name, stage in rulebook.stages.items()},
        **names_in(rulebook),
        "topics": list(book.topics),
        "actions": list(book.actions),
        "audiences": list(book.audiences),
    }
