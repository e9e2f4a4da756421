"""An editor for tests: starts `deskpolicy lsp` as a process, opens files, types, and asks, with waits that end."""

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from lsprotocol import types
from pygls.lsp.client import LanguageClient

SECONDS = 60
ROOT = Path(__file__).parents[2]
T = TypeVar("T")


def cursor(text: str) -> tuple[str, int, int]:
    """The text without the mark `│`, and the line and column, in characters, where it stood."""
    before, after = text.split("│")
    return before + after, before.count("\n"), len(before.rsplit("\n", 1)[-1])


def place_of(text: str, piece: str) -> tuple[int, int]:
    """The line and column, in characters, where a piece of a text starts."""
    before = text[: text.index(piece)]
    return before.count("\n"), len(before.rsplit("\n", 1)[-1])


class Editor:
    """One editor with one server. Positions are lines and columns in units, as the protocol counts them."""

    def __init__(self, encodings: list[types.PositionEncodingKind] | None = None) -> None:
        self.client = LanguageClient("tests", "1")
        self.published: list[types.PublishDiagnosticsParams] = []
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._news = threading.Condition()
        self._encodings = encodings
        self.encoding = ""
        self.exit_code: int | None = None
        self.errors = b""

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def note(params: types.PublishDiagnosticsParams) -> None:
            with self._news:
                self.published.append(params)
                self._news.notify_all()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(SECONDS)

    def start(self) -> None:
        self._thread.start()
        self.run(self._start())

    async def _start(self) -> None:
        await self.client.start_io(sys.executable, "-m", "cli", "lsp", cwd=ROOT)
        general = types.GeneralClientCapabilities(position_encodings=self._encodings)
        found = await self.client.initialize_async(
            types.InitializeParams(capabilities=types.ClientCapabilities(general=general))
        )
        encoding = found.capabilities.position_encoding
        self.encoding = str(getattr(encoding, "value", encoding))
        self.client.initialized(types.InitializedParams())

    def end(self) -> None:
        self.run(self._end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(SECONDS)
        self.loop.close()

    async def _end(self) -> None:
        server = self.client._server
        assert server is not None
        assert server.stderr is not None
        try:
            await asyncio.wait_for(self.client.shutdown_async(None), SECONDS)
            self.client.exit(None)
            self.errors = await asyncio.wait_for(server.stderr.read(), SECONDS)
            self.exit_code = await asyncio.wait_for(server.wait(), SECONDS)
        finally:
            if server.returncode is None:
                server.kill()
            await asyncio.wait_for(self.client.stop(), SECONDS)
            assert server.stdin is not None
            server.stdin.close()
            server._transport.close()  # type: ignore[attr-defined]  # asyncio has no other way to let go of the pipes

    def open(self, path: Path, text: str | None = None) -> str:
        text = path.read_text(encoding="utf-8") if text is None else text
        item = types.TextDocumentItem(path.as_uri(), "yaml", 1, text)
        self._say(lambda: self.client.text_document_did_open(types.DidOpenTextDocumentParams(item)))
        return text

    def close(self, path: Path) -> None:
        which = types.TextDocumentIdentifier(path.as_uri())
        self._say(lambda: self.client.text_document_did_close(types.DidCloseTextDocumentParams(which)))

    def write(self, path: Path, version: int, text: str) -> None:
        """Replace the whole text."""
        self._change(path, version, types.TextDocumentContentChangeWholeDocument(text))

    def type(self, path: Path, version: int, start: tuple[int, int], end: tuple[int, int], text: str) -> None:
        """Replace a piece of the text."""
        where = types.Range(types.Position(*start), types.Position(*end))
        self._change(path, version, types.TextDocumentContentChangePartial(where, text))

    def _change(self, path: Path, version: int, change: types.TextDocumentContentChangeEvent) -> None:
        which = types.VersionedTextDocumentIdentifier(version, path.as_uri())
        params = types.DidChangeTextDocumentParams(which, [change])
        self._say(lambda: self.client.text_document_did_change(params))

    def _say(self, send: Any) -> None:
        async def said() -> None:
            send()

        self.run(said())

    def diagnostics(
        self,
        path: Path,
        version: int | None,
        *,
        after: int = 0,
        fits: Callable[[list[types.Diagnostic]], bool] = lambda diagnostics: True,
    ) -> list[types.Diagnostic]:
        """The first diagnostics of a file in this version, after so many others, that fit.

        Findings may come later than faults, which are then published before, without them.
        """

        def found() -> types.PublishDiagnosticsParams | None:
            told = (p for p in self.published[after:] if p.uri == path.as_uri() and p.version == version)
            return next((p for p in told if fits(list(p.diagnostics))), None)

        with self._news:
            assert self._news.wait_for(lambda: found() is not None, SECONDS), "nothing was published"
            params = found()
        assert params is not None
        return list(params.diagnostics)

    def complete(self, path: Path, line: int, column: int) -> list[types.CompletionItem]:
        where = types.CompletionParams(types.TextDocumentIdentifier(path.as_uri()), types.Position(line, column))
        found = self.run(self.client.text_document_completion_async(where))
        return [] if found is None else list(getattr(found, "items", found))  # type: ignore[call-overload]

    def hover(self, path: Path, line: int, column: int) -> str:
        where = types.HoverParams(types.TextDocumentIdentifier(path.as_uri()), types.Position(line, column))
        found = self.run(self.client.text_document_hover_async(where))
        return "" if found is None else str(getattr(found.contents, "value", found.contents))

    def define(self, path: Path, line: int, column: int) -> types.Location | None:
        where = types.DefinitionParams(types.TextDocumentIdentifier(path.as_uri()), types.Position(line, column))
        found = self.run(self.client.text_document_definition_async(where))
        assert found is None or isinstance(found, types.Location)
        return found


@contextmanager
def editing(encodings: list[types.PositionEncodingKind] | None = None) -> Iterator[Editor]:
    """An editor whose server ends with the block."""
    editor = Editor(encodings)
    editor.start()
    try:
        yield editor
    finally:
        editor.end()
