"""The language server: takes what the editor sends, asks the engine, answers. Nothing here knows rulebooks."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.language_server import lsp_method
from pygls.uris import to_fs_path

from engine import Desk, definition_at, offers_at, outline_of, tell_at

from . import wire
from .checks import Checked, check_faults, check_group, group_of, invariants_of
from .documents import Document, Documents
from .texts import Change, column_of, lines_of

PAUSE: Final = 0.15
"""Seconds without a change after which a text is checked."""
PATIENCE: Final = 0.5
"""Seconds that faults wait for findings, so that both are mostly told at once."""
_TRIGGERS: Final = [" ", ":", "{", "[", ",", ".", '"', "'"]


T = TypeVar("T")


class _Protocol(LanguageServerProtocol):
    """Leaves the texts to us: pygls would cut lines where the protocol has none, and move the positions of changes."""

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> Iterator[Any]:
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CHANGE], (params,), None


class Server(LanguageServer):
    """A server for one editor."""

    def __init__(self, version: str) -> None:
        super().__init__("deskpolicy", version, protocol_cls=_Protocol)
        self.documents = Documents()
        self._changes: dict[Path, int] = {}
        """How often something changed in what is checked together."""
        self._told: dict[Path, set[Path]] = {}
        """The files with diagnostics in the editor, by what they were checked with."""
        self._checking: dict[Path, asyncio.Task[None]] = {}
        self._finding: dict[Path, tuple[int, asyncio.Future[Checked]]] = {}
        """The search for findings that is under way, one for a group, and the change that it was begun at."""

    @property
    def encoding(self) -> str:
        """The units in which columns are counted with this editor."""
        return str(getattr(self.workspace.position_encoding, "value", self.workspace.position_encoding))

    def document(self, uri: str) -> Document | None:
        """An open file."""
        return self.documents.open.get(uri)

    def desk(self, uri: str, position: types.Position) -> tuple[Desk, wire.Ruler, int] | None:
        """What is known where a cursor stands, and its column in characters; None for files that are not ours."""
        document = self.document(uri)
        if document is None:
            return None
        line = min(max(position.line, 0), len(document.lines) - 1)
        desk = self.documents.desk(document, line)
        if desk is None or position.line != line:
            return None
        column = column_of(document.lines[line], position.character, self.encoding)
        return desk, wire.Ruler(document.lines, self.encoding), column

    def check_soon(self, document: Document) -> None:
        """Check what belongs to a document once nothing more changes."""
        group = group_of(document.path, document.text)
        if group is None:
            self._publish(document.path, [])
            return
        for each in (group, *invariants_of(group, self.documents.unsaved())):
            self._changes[each] = self._changes.get(each, 0) + 1
            if each not in self._checking:
                self._checking[each] = asyncio.get_running_loop().create_task(self._check(each))

    async def _check(self, group: Path) -> None:
        """Check until the answer is not older than the last change; where findings take long, faults come before."""
        try:
            while True:
                seen = self._changes[group]
                await asyncio.sleep(PAUSE)
                if self._changes[group] != seen:
                    continue
                faults = await _aside(check_faults, group, self.documents.unsaved())
                await _aside(self.documents.read_large, group)
                if self._changes[group] == seen and await self._find(group, seen, faults):
                    return
        finally:
            del self._checking[group]

    async def _find(self, group: Path, seen: int, faults: Checked) -> bool:
        """Tell findings and faults as they stood at a change; False where there was another, or findings are older."""
        if group not in self._finding:
            self._finding[group] = seen, _aside(check_group, group, self.documents.unsaved())
        asked, finding = self._finding[group]
        await asyncio.wait([finding], timeout=PATIENCE)
        if self._changes[group] == seen and not (finding.done() and asked == seen):
            self._tell(group, faults)
        while not finding.done() and self._changes[group] == seen:
            await asyncio.wait([finding], timeout=PAUSE)
        if not finding.done():
            return False
        del self._finding[group]
        if asked != seen or self._changes[group] != seen:
            return False
        self._tell(group, finding.result())
        return True

    def _tell(self, group: Path, found: Checked) -> None:
        """Show what was found, and take back what no longer holds."""
        before = self._told.get(group, set())
        for path in before - found.keys():
            self._publish(path, [])
        self._told[group] = {path for path, diagnostics in found.items() if diagnostics}
        for path, diagnostics in found.items():
            if not diagnostics and path not in before and self.documents.at(path) is None:
                continue
            ruler = self._ruler(path)
            self._publish(path, [wire.diagnostic(each, ruler, self._related(each)) for each in diagnostics])

    def _related(self, diagnostic: Any) -> list[types.DiagnosticRelatedInformation]:
        places = ((Path(near.file), near) for near in diagnostic.related)
        return [
            types.DiagnosticRelatedInformation(
                types.Location(self._uri(path), self._ruler(path).range(near.span)), near.message
            )
            for path, near in places
        ]

    def _ruler(self, path: Path) -> wire.Ruler:
        raw = self.documents.raw(path) or b""
        return wire.Ruler(lines_of(raw.decode("utf-8", "replace")), self.encoding)

    def _uri(self, path: Path) -> str:
        """The address of a file as the editor writes it, if it has it open."""
        document = self.documents.at(path)
        return document.uri if document is not None else wire.uri_of(path)

    def _publish(self, path: Path, diagnostics: list[types.Diagnostic]) -> None:
        document = self.documents.at(path)
        version = document.version if document is not None else None
        params = types.PublishDiagnosticsParams(self._uri(path), diagnostics, version)
        self.text_document_publish_diagnostics(params)

    def forget(self, document: Document) -> None:
        """Take back what was shown where the last file of those checked together was closed."""
        group = group_of(document.path, document.text)
        if group is None:
            return
        if any(group_of(other.path, other.text) == group for other in self.documents.open.values()):
            self.check_soon(document)
            return
        self._changes[group] = self._changes.get(group, 0) + 1
        if (checking := self._checking.get(group)) is not None:
            checking.cancel()
        for path in self._told.pop(group, set()) | {document.path}:
            self._publish(path, [])


def _aside(work: Callable[..., T], *arguments: Any) -> asyncio.Future[T]:
    """Work done beside the answers to the editor, in a thread that does not keep the process from ending."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def give(method: str, value: Any) -> None:
        if not future.cancelled():
            getattr(future, method)(value)

    def run() -> None:
        try:
            answer = "set_result", work(*arguments)
        except Exception as error:
            answer = "set_exception", error  # type: ignore[assignment]
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(give, *answer)

    threading.Thread(target=run, daemon=True).start()
    return future


def build_server(version: str) -> Server:
    """A server with all that it can do."""
    server = Server(version)
    for name, handler, options in _FEATURES:
        server.feature(name, options)(handler)
    return server


def serve_standard_streams(server: Server) -> None:
    """Speak over standard input and output until the editor ends it; whatever else would print goes to errors."""
    usual, sys.stdout = sys.stdout, sys.stderr
    try:
        # A second way to the same stream, since the server closes the one it is given.
        with os.fdopen(os.dup(usual.fileno()), "wb") as output:
            server.start_io(sys.stdin.buffer, output)
    finally:
        sys.stdout = usual


def _opened(server: Server, params: types.DidOpenTextDocumentParams) -> None:
    item = params.text_document
    path = to_fs_path(item.uri)
    if path is None or not item.uri.startswith("file:"):
        return  # what lies nowhere has no place among rulebooks
    document = Document(item.uri, Path(path), item.text, item.version)
    server.documents.open[item.uri] = document
    server.check_soon(document)


def _changed(server: Server, params: types.DidChangeTextDocumentParams) -> None:
    document = server.document(params.text_document.uri)
    if document is None:
        return
    changes = [_change(change) for change in params.content_changes]
    document.change(changes, params.text_document.version, server.encoding)
    server.check_soon(document)


def _change(change: types.TextDocumentContentChangeEvent) -> Change:
    if isinstance(change, types.TextDocumentContentChangePartial):
        start, end = change.range.start, change.range.end
        return Change(change.text, (start.line, start.character), (end.line, end.character))
    return Change(change.text)


def _saved(server: Server, params: types.DidSaveTextDocumentParams) -> None:
    document = server.document(params.text_document.uri)
    if document is not None:
        server.check_soon(document)


def _closed(server: Server, params: types.DidCloseTextDocumentParams) -> None:
    document = server.documents.open.pop(params.text_document.uri, None)
    if document is not None:
        server.forget(document)


def _complete(server: Server, params: types.CompletionParams) -> types.CompletionList | None:
    found = server.desk(params.text_document.uri, params.position)
    if found is None:
        return None
    desk, ruler, column = found
    return wire.completion(offers_at(desk, params.position.line, column), params.position.line, ruler)


def _hover(server: Server, params: types.HoverParams) -> types.Hover | None:
    found = server.desk(params.text_document.uri, params.position)
    told = tell_at(found[0], params.position.line, found[2]) if found is not None else None
    if found is None or told is None:
        return None
    text = types.MarkupContent(types.MarkupKind.Markdown, told.text)
    return types.Hover(text, found[1].columns(params.position.line, told.start, told.end))


def _define(server: Server, params: types.DefinitionParams) -> types.Location | None:
    found = server.desk(params.text_document.uri, params.position)
    place = definition_at(found[0], params.position.line, found[2]) if found is not None else None
    if place is None:
        return None
    path = Path(place.file)
    return types.Location(server._uri(path), server._ruler(path).range(place.name))


def _outline(server: Server, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol] | None:
    found = server.desk(params.text_document.uri, types.Position(0, 0))
    return wire.symbols(outline_of(found[0]), found[1]) if found is not None else None


def _correct(server: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    return wire.corrections(params.text_document.uri, params.context.diagnostics)


_FEATURES: Final[tuple[tuple[str, Any, Any], ...]] = (
    (types.TEXT_DOCUMENT_DID_OPEN, _opened, None),
    (types.TEXT_DOCUMENT_DID_CHANGE, _changed, None),
    (types.TEXT_DOCUMENT_DID_SAVE, _saved, types.SaveOptions(include_text=False)),
    (types.TEXT_DOCUMENT_DID_CLOSE, _closed, None),
    (types.TEXT_DOCUMENT_COMPLETION, _complete, types.CompletionOptions(trigger_characters=_TRIGGERS)),
    (types.TEXT_DOCUMENT_HOVER, _hover, None),
    (types.TEXT_DOCUMENT_DEFINITION, _define, None),
    (types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, _outline, None),
    (types.TEXT_DOCUMENT_CODE_ACTION, _correct, types.CodeActionOptions([types.CodeActionKind.QuickFix])),
)
