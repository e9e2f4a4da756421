"""The engine's answers as the protocol writes them. Knows nothing of servers."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lsprotocol import types
from pygls.uris import from_fs_path

from engine import FINDING_CODES, PROOF_CODES, SCENARIO_CODES, Diagnostic, Entry, Offer, Offers, Span, quoted

from .texts import units_of

_SEVERITIES: Final = {"error": types.DiagnosticSeverity.Error, "warning": types.DiagnosticSeverity.Warning}
_KINDS: Final = {
    "fact": types.CompletionItemKind.Field,
    "value": types.CompletionItemKind.EnumMember,
    "test": types.CompletionItemKind.Operator,
    "key": types.CompletionItemKind.Property,
    "clause": types.CompletionItemKind.Reference,
    "calendar": types.CompletionItemKind.Module,
    "rule": types.CompletionItemKind.Method,
    "stage": types.CompletionItemKind.Class,
    "word": types.CompletionItemKind.Value,
}
_SYMBOLS: Final = {
    "section": types.SymbolKind.Namespace,
    "rule": types.SymbolKind.Method,
    "fact": types.SymbolKind.Field,
    "calendar": types.SymbolKind.Module,
    "clause": types.SymbolKind.String,
    "scenario": types.SymbolKind.Event,
}
_INSTEAD: Final = re.compile(r"did you mean `([^`]+)`\?")
_PAGES: Final = Path(__file__).resolve().parents[2] / "docs" / "reference"
"""Where the codes are documented, in an installation that has the documents."""


class Ruler:
    """Turns places of the engine into those of the protocol, for one text."""

    def __init__(self, lines: Sequence[str], encoding: str) -> None:
        self.lines = lines
        self.encoding = encoding

    def position(self, line: int, column: int) -> types.Position:
        """A place whose line and column count from 0, in characters."""
        if line >= len(self.lines):  # a fault at the very end, or a text that has changed since
            line, column = max(len(self.lines) - 1, 0), len(self.lines[-1]) if self.lines else 0
        text = self.lines[line] if self.lines else ""
        return types.Position(line, units_of(text, column, self.encoding))

    def range(self, span: Span) -> types.Range:
        """A span of the engine, which counts from 1. A byte order mark is no column there, but one of the text."""
        mark = 1 if self.lines and self.lines[0].startswith("\ufeff") else 0
        first = span.column - 1 + (mark if span.line == 1 else 0)
        last = span.end_column - 1 + (mark if span.end_line == 1 else 0)
        return types.Range(self.position(span.line - 1, first), self.position(span.end_line - 1, last))

    def columns(self, line: int, start: int, end: int) -> types.Range:
        """A piece of one line: columns from 0, in characters."""
        return types.Range(self.position(line, start), self.position(line, end))


def uri_of(path: Path) -> str:
    """The address of a file."""
    return from_fs_path(str(path)) or path.as_uri()


def diagnostic(
    found: Diagnostic, ruler: Ruler, related: Sequence[types.DiagnosticRelatedInformation]
) -> types.Diagnostic:
    """A diagnostic with its help, the link to its page, and the places that it is also about."""
    told = [found.message, f"help: {found.help}" if found.help else "", found.witness or ""]
    page = _page(found.code)
    return types.Diagnostic(
        range=ruler.range(found.span),
        message="\n".join(part for part in told if part),
        severity=_SEVERITIES[found.severity],
        code=found.code,
        code_description=types.CodeDescription(page) if page else None,
        source="deskpolicy",
        related_information=list(related) or None,
    )


def _page(code: str) -> str | None:
    """The address of what is written on a code; None where the documents are not installed."""
    name, place = "diagnostics.md", code
    if code in FINDING_CODES:
        name = "findings.md"
    elif code in PROOF_CODES:
        name, place = "invariants.md", "faults"
    elif code in SCENARIO_CODES:
        name, place = "scenarios.md", "codes"
    page = _PAGES / name
    return f"{uri_of(page)}#{place}" if page.is_file() else None


def completion(found: Offers, line: int, ruler: Ruler) -> types.CompletionList:
    """What may be written."""
    place = ruler.columns(line, found.start, found.end)
    return types.CompletionList(False, [_item(offer, n, place) for n, offer in enumerate(found.offers)])


def _item(offer: Offer, number: int, place: types.Range) -> types.CompletionItem:
    return types.CompletionItem(
        label=offer.label,
        kind=_KINDS[offer.kind],
        detail=offer.detail or None,
        sort_text=f"{offer.order}{number:04}",
        filter_text=offer.label,
        text_edit=types.TextEdit(place, offer.insert),
    )


def symbols(entries: Sequence[Entry], ruler: Ruler) -> list[types.DocumentSymbol]:
    """The outline of a file."""
    return [
        types.DocumentSymbol(
            name=entry.name or "?",
            kind=_SYMBOLS[entry.kind],
            range=_around(ruler.range(entry.whole), ruler.range(entry.at)),
            selection_range=ruler.range(entry.at),
            detail=entry.detail or None,
            children=symbols(entry.inner, ruler),
        )
        for entry in entries
    ]


def _around(whole: types.Range, name: types.Range) -> types.Range:
    """A range that holds both: the protocol wants names to stand within."""
    return types.Range(min(whole.start, name.start), max(whole.end, name.end))


def corrections(uri: str, told: Sequence[types.Diagnostic]) -> list[types.CodeAction]:
    """For each diagnostic that names the nearest known word: putting it there."""
    found = []
    for fault in told:
        instead = _INSTEAD.search(fault.message) if fault.source == "deskpolicy" else None
        if instead is not None:
            edit = types.TextEdit(fault.range, quoted(instead.group(1)))
            found.append(
                types.CodeAction(
                    title=f"Write `{instead.group(1)}`",
                    kind=types.CodeActionKind.QuickFix,
                    diagnostics=[fault],
                    edit=types.WorkspaceEdit(changes={uri: [edit]}),
                    is_preferred=True,
                )
            )
    return found
