"""Writes diagnostics as a SARIF log, which code hosts and editors read.

Source: Static Analysis Results Interchange Format (SARIF) Version 2.1.0, OASIS Standard, 27 March 2020. Knows neither
the working directory nor the release: both are handed in.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

from .faults import Diagnostic, Related, Suppressed
from .places import Span
from .source import Source

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT: Final = "diagnosticPlace/v1"
_ROOT: Final = "%SRCROOT%"
_PLACEHOLDER: Final = re.compile(r"\{(\d+)\}")
_LINK: Final = re.compile(r"\](?=\()")
_FENCE: Final = re.compile(r"`{3,}")
_HELP: Final = "The reference of diagnostics shows a rulebook for it, and what to write instead."

Uri = Callable[[str], str]


def to_sarif(
    diagnostics: Iterable[Diagnostic],
    sources: Mapping[str, Source],
    meanings: Mapping[str, str],
    version: str,
    uri: Uri,
    suppressed: Collection[Suppressed] = (),
) -> dict[str, Any]:
    """Diagnostics as one SARIF log of one run, in their order.

    `meanings` has a line for each code, `version` is the release, `uri` makes of a file's name a URI relative to the
    root of the sources, or an absolute one. Lines and columns count from 1, columns in code points.
    """
    found = sorted(
        [*((one, None) for one in diagnostics), *((one.diagnostic, one) for one in suppressed)],
        key=lambda pair: pair[0],
    )
    codes = sorted({diagnostic.code for diagnostic, _ in found})
    rules = [_rule(code, meanings, [one for one, _ in found if one.code == code]) for code in codes]
    driver = {"name": "deskpolicy", "version": version, "semanticVersion": version, "rules": rules}
    prints = _Fingerprints(sources, uri)
    results = [
        {"ruleIndex": codes.index(one.code), **_result(one, uri), "partialFingerprints": {FINGERPRINT: prints.of(one)}}
        for one, _ in found
    ]
    if suppressed:  # where one result says whether it is suppressed, all have to
        for result, (_, why) in zip(results, found, strict=True):
            result["suppressions"] = [] if why is None else [_suppression(why, uri)]
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": True}],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder in which the check ran."}}},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str, meanings: Mapping[str, str], found: Collection[Diagnostic]) -> dict[str, Any]:
    meaning = meanings.get(code, code)
    said = {"text": f"{meaning[:1].upper()}{meaning[1:]}."}
    level = "error" if any(diagnostic.severity == "error" for diagnostic in found) else "warning"
    return {
        "id": code,
        "shortDescription": said,
        "fullDescription": said,
        "help": {"text": f"{said['text']} {_HELP}"},
        "defaultConfiguration": {"level": level},
    }


def _result(diagnostic: Diagnostic, uri: Uri) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "level": diagnostic.severity,
        "message": _message(diagnostic),
        "locations": [{"physicalLocation": _place(diagnostic.file, diagnostic.span, uri)}],
    }
    if diagnostic.related:
        result["relatedLocations"] = [_related(i, other, uri) for i, other in enumerate(diagnostic.related, 1)]
    if diagnostic.witness is not None:
        result["properties"] = {"witness": diagnostic.witness}
    return result


def _message(diagnostic: Diagnostic) -> dict[str, str]:
    said = diagnostic.message if diagnostic.help is None else f"{diagnostic.message}\nhelp: {diagnostic.help}"
    message = {"text": _plain(said)}
    if diagnostic.witness is not None:
        fence = "`" * max(3, *(len(found) + 1 for found in _FENCE.findall(diagnostic.witness)), 0)
        witness = diagnostic.witness.rstrip("\n")
        message["markdown"] = _plain(f"{said}\n\n{fence}yaml\n{witness}\n{fence}")
    return message


def _plain(text: str) -> str:
    """A message without what SARIF would read as a placeholder (3.11.5) or as a link (3.11.6).

    Braces that hold no number stay single, though the standard doubles all of them: readers that know no arguments
    show a text as it stands, and facts in messages are written in braces.
    """
    return _LINK.sub("] ", _PLACEHOLDER.sub(r"{{\1}}", text))


def _related(number: int, other: Related, uri: Uri) -> dict[str, Any]:
    place = _place(other.file, other.span, uri)
    return {"id": number, "message": {"text": _plain(other.message)}, "physicalLocation": place}


def _place(file: str, span: Span, uri: Uri) -> dict[str, Any]:
    address = uri(file)
    base = {} if ":" in address.split("/", 1)[0] else {"uriBaseId": _ROOT}
    region = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
    return {"artifactLocation": {"uri": address, **base}, "region": region}


def _suppression(why: Suppressed, uri: Uri) -> dict[str, Any]:
    place = _place(why.diagnostic.file, why.span, uri)
    because = next(iter(why.because.values()), "")
    return {"kind": "inSource", "justification": because, "location": {"physicalLocation": place}}


class _Fingerprints:
    """What tells a result apart when lines move: its code, its file and the text of its line, numbered among equals."""

    def __init__(self, sources: Mapping[str, Source], uri: Uri) -> None:
        self._sources = sources
        self._uri = uri
        self._seen: Counter[str] = Counter()

    def of(self, diagnostic: Diagnostic) -> str:
        """The fingerprint of a result; asked for in the order of the results."""
        source = self._sources.get(diagnostic.file)
        line = " ".join(source.line(diagnostic.span.line).split()) if source is not None else ""
        parts = (diagnostic.code, self._uri(diagnostic.file), line)
        digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
        self._seen[digest] += 1
        return f"{digest}:{self._seen[digest]}"
