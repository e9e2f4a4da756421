"""XES event logs (IEEE 1849): a row for each event, with the attributes of its trace.

An event's attribute is the column `event:KEY`, its trace's `case:KEY`, an attribute within an attribute
`event:KEY.KEY`; a list is JSON. Read as a stream: no more than one event of a trace is held. A document type is
refused, so that no entity can be declared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
from lxml import etree

from .faults import UnreadableHistory
from .packing import plain_bytes
from .table import BATCH_ROWS, Record, Source, Table, tables_of

_SAMPLE: Final = 1_000
_LIST: Final = "list"


def recognises(head: bytes) -> bool:
    """Whether the bytes begin as XML does."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def columns(source: Source, asked: Sequence[str]) -> tuple[str, ...]:
    """The columns of the first events, and those asked about that any event has."""
    found: dict[str, None] = {}
    lacking = set(asked)
    with plain_bytes(source) as plain:
        for at, row in enumerate(_rows(source, plain)):
            cells = {} if isinstance(row, Record) else row
            if at < _SAMPLE:
                found.update(dict.fromkeys(cells))
            found.update(dict.fromkeys(sorted(lacking & cells.keys())))
            lacking -= found.keys()
            if at >= _SAMPLE and not lacking:
                break
    return tuple(sorted(found))


def tables(source: Source, names: Sequence[str], limit: int | None) -> Iterator[Table]:
    """The events, piece by piece."""

    def records(plain: Any) -> Iterator[Record]:
        for row in _rows(source, plain):
            if isinstance(row, Record):
                yield row
            else:
                cells = [row.get(name) for name in names]
                yield Record(cells, sum(len(cell) for cell in cells if cell))

    with plain_bytes(source) as plain:
        yield from tables_of(records(plain), names, limit, BATCH_ROWS)


def _rows(source: Source, plain: Any) -> Iterator[dict[str, str] | Record]:
    parser = etree.iterparse(
        plain,
        events=("start", "end"),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        yield from _Walk(source, parser).rows()
    except etree.XMLSyntaxError as error:
        line = f"line {error.lineno}: " if error.lineno else ""
        said = " ".join((error.msg or "it is damaged").split())
        raise UnreadableHistory(f"{source.name}: {line}not readable as XML: {said}") from error


class _Walk:
    """The way through a document; elements are dropped as soon as they have been read."""

    def __init__(self, source: Source, parser: Any) -> None:
        self._source = source
        self._parser = parser
        self._case: dict[str, str] = {}
        self._events = 0
        self._path: list[str] = []

    def rows(self) -> Iterator[dict[str, str] | Record]:
        for happened, element in self._parser:
            tag = _local(element.tag)
            if happened == "start":
                self._enter(element, tag)
                continue
            self._path.pop()
            if tag == "event" and self._path[1:] == ["trace"]:
                self._events += 1
                yield {**self._case, **_attributes("event", element)}
            elif tag == "event" and len(self._path) == 1:
                yield Record(None, 0, "the event stands outside of any trace", f"line {element.sourceline}")
            elif tag == "trace" and len(self._path) == 1:
                if not self._events:
                    yield Record(None, 0, "the trace has no event", f"line {element.sourceline}")
            elif self._path[1:] == ["trace"]:
                self._case.update(_attribute("case", element))
            if len(self._path) <= 2:
                _drop(element)

    def _enter(self, element: Any, tag: str) -> None:
        if not self._path:
            if element.getroottree().docinfo.doctype:
                raise UnreadableHistory(f"{self._source.name}: a document type is declared, which is not read")
            if tag != "log":
                raise UnreadableHistory(f"{self._source.name}: the XML is no event log: it begins with `{tag}`")
        self._path.append(tag)
        if self._path[1:] == ["trace"]:
            self._case, self._events = {}, 0


def _drop(element: Any) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _attributes(scope: str, element: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for child in element:
        found.update(_attribute(scope, child))
    return found


def _attribute(scope: str, element: Any) -> dict[str, str]:
    key = element.get("key")
    if key is None:
        return {}
    name = f"{scope}:{key}"
    if _local(element.tag) == _LIST:
        return {name: msgspec.json.encode(_listed(element)).decode()}
    found = {} if (value := element.get("value")) is None else {name: value}
    for child in element:
        found.update({f"{name}.{inner.partition(':')[2]}": text for inner, text in _attribute("", child).items()})
    return found


def _listed(element: Any) -> list[Any]:
    holder = next((child for child in element if _local(child.tag) == "values"), element)
    return [child.get("value") for child in holder if child.get("value") is not None]


def _local(tag: Any) -> str:
    return str(tag).rpartition("}")[2]
