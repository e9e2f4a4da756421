"""From the events of a text to plain values and the tree of their places; one loop, no recursion.

Holds the house's limits: nesting, number and length of values. Knows nothing of what a rulebook says.
"""

from __future__ import annotations

from typing import Any, Final

import yaml

from .anchors import Anchors
from .faults import MOST_FAULTS, Fault, Unreadable, shown, too_many_faults
from .frames import KEY_HELP, Frame
from .scalars import CORE, TAG, BadScalar, Scalar, resolve, resolve_tagged
from .signs import bad_property, tag_fault
from .source import Branch, Tree
from .strict import Guard

DEEPEST: Final = 40
"""How deeply lists and mappings may be nested, aliases included."""
MOST_VALUES: Final = 1_000_000
"""How many values a file may hold, as written."""
LONGEST_TEXT: Final = 100_000
"""How many characters a single value may have."""


class Builder:
    """Takes the events of one document, one after the other; then holds ``data``, ``tree`` and ``faults``."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.guard = Guard(text)
        self.faults = self.guard.faults
        self.data: Any = None
        self.tree: Tree | None = None
        self._open: list[Frame] = []
        self._anchors = Anchors()
        self._values = 0
        self._tabs = "\t" in text
        self._words: dict[str, Scalar] = {}
        self._takers = {
            yaml.ScalarEvent: self._scalar,
            yaml.AliasEvent: self._alias,
            yaml.SequenceStartEvent: self._start,
            yaml.MappingStartEvent: self._start,
            yaml.SequenceEndEvent: self._end,
            yaml.MappingEndEvent: self._end,
            yaml.DocumentStartEvent: self._document,
        }

    def take(self, event: yaml.Event) -> None:
        """Take the next event.

        Raises:
            Unreadable: where a limit is passed.
        """
        taker = self._takers.get(type(event))
        if taker is not None:
            taker(event)
        if len(self.faults) > MOST_FAULTS:
            raise Unreadable(too_many_faults(self.faults.pop()))

    def finish(self) -> None:
        """Check what stands behind the last value."""
        self.guard.reach(len(self.text), -1, in_flow=False)

    def bracket(self) -> int | None:
        """The offset of the innermost bracket that is still open, or None."""
        for frame in reversed(self._open):
            if not frame.flow:
                return None
            if self.text[frame.opener] in "[{":
                return frame.opener
        return None

    def _document(self, event: Any) -> None:
        if event.explicit:
            self.guard.reach(event.start_mark.index, -1, in_flow=False)
            self.guard.at = event.end_mark.index

    def _scalar(self, event: Any) -> None:
        frame = self._open[-1] if self._open else None
        start, end, word = event.start_mark.index, event.end_mark.index, event.value
        if start != end:
            self._check_scalar(event, frame, start, end)
        elif not word:
            start = end = self._empty_value(frame, start)
        self._begin(event, start, end)
        if len(word) > LONGEST_TEXT:
            message = f"this text has {len(word):,} characters; at most {LONGEST_TEXT:,} are read"
            self.faults.append(Fault("too-long", message, start, start + 1, "shorten the text"))
        value: Scalar = word
        if event.tag is not None:
            value = self._tagged(word, event.tag, start, end)
        elif frame is not None and frame.wants_key:
            pass
        elif event.implicit[0]:
            value = self._plain(word, start, end)
        if event.anchor is not None:
            self._anchors.finish(event.anchor, value, (start, end), 0, self._values)
        if frame is not None and frame.wants_key:
            fault = frame.take_key(event, self.text)
            if fault is not None:
                self.faults.append(fault)
        else:
            self._add(frame, value, (start, end), 0)

    def _empty_value(self, frame: Frame | None, start: int) -> int:
        if frame is None or not frame.flow:
            return start if frame is not None and frame.wants_key else self.guard.empty_place(start, in_flow=False)
        place = self.guard.empty_place(start, in_flow=True)
        if frame.key is not None and place == self.guard.at:  # a key without a colon behind it
            name, start, _ = frame.key
            colon = self.text.find(":", start, place)
            if colon >= 0 and self.text[start] not in "\"'":
                message = f"a space is missing after the colon in {shown(name)}"
                self.faults.append(Fault("missing-space", message, colon, colon + 1, "write a space after the colon"))
        return place

    def _check_scalar(self, event: Any, frame: Frame | None, start: int, end: int) -> None:
        guard = self.guard
        indent, flow = (frame.indent, frame.flow) if frame is not None else (-1, False)
        guard.reach(start, indent, flow, is_value=frame is None or not frame.wants_key)
        if event.anchor is not None or event.tag is not None:
            start = self._properties(event, start)
        guard.at = max(end, start)
        if event.style in ("|", ">"):
            guard.at = guard.block_text(start, end, event.value)
        elif event.start_mark.line != event.end_mark.line:
            guard.several_lines(start, end, indent)
        if not event.style and (self._tabs or flow):
            guard.plain_text(start, end, flow)

    def _properties(self, event: Any, start: int) -> int:
        fault = bad_property(self.text, start, event.tag is not None, event.anchor is not None)
        if fault is not None:
            raise Unreadable(fault)
        return self.guard.after_properties(start)

    def _alias(self, event: Any) -> None:
        frame = self._open[-1] if self._open else None
        start, end, name = event.start_mark.index, event.end_mark.index, event.anchor
        wants_key = frame is not None and frame.wants_key
        self.guard.reach(start, frame.indent if frame else -1, frame.flow if frame else False, is_value=not wants_key)
        self.guard.at = end
        self._begin(None, start, end)
        if frame is not None and frame.wants_key:
            self.faults.append(
                Fault("complex-key", f"the alias {shown('*' + name)} stands as a key", start, end, KEY_HELP)
            )
            frame.lost = True
            return
        known = self._anchors.repeat(name, start, end)
        if isinstance(known, Fault):
            self.faults.append(known)
            self._add(frame, None, (start, end), 0)
        else:
            tree = Branch(start, end, known.tree.kids) if isinstance(known.tree, Branch) else (start, end)
            self._add(frame, known.value, tree, known.height)

    def _start(self, event: Any) -> None:
        frame = self._open[-1] if self._open else None
        start, end = event.start_mark.index, event.end_mark.index
        indent, flow = (frame.indent, frame.flow) if frame is not None else (-1, False)
        bracket = event.flow_style and self.text[end - 1 : end] in ("[", "{")
        first = start
        if event.anchor is not None or event.tag is not None:
            self.guard.reach(start, indent, flow, is_value=True)
            first = self.guard.at = self._properties(event, start)
        if bracket:
            self.guard.reach(end - 1, indent, flow, is_value=True)
            self.guard.at = end
        if not event.flow_style:
            indent = first - (self.text.rfind("\n", 0, first) + 1)
        is_map = type(event) is yaml.MappingStartEvent
        if event.tag is not None:
            self._check_tag(event.tag, is_map, start)
        self._begin(event, start, end)
        self._open.append(Frame(event, is_map, indent, frame is not None and frame.wants_key))
        if len(self._open) > DEEPEST:
            raise Unreadable(_too_deep(start))

    def _end(self, event: Any) -> None:
        done = self._open.pop()
        frame = self._open[-1] if self._open else None
        start, end = event.start_mark.index, event.end_mark.index
        if done.flow and self.text[start:end] in ("]", "}"):
            self.guard.reach(start, done.indent, in_flow=True)
            self.guard.at = done.end = end
        tree = done.tree()
        if done.anchor is not None:
            self._anchors.finish(done.anchor, done.data, tree, done.height, self._values)
        if done.as_key and frame is not None:
            kind = "a mapping" if done.is_map else "a list"
            self.faults.append(Fault("complex-key", f"{kind} stands as a key", done.start, done.end, KEY_HELP))
            frame.lost = True
        else:
            self._add(frame, done.data, tree, done.height)

    def _begin(self, event: Any, start: int, end: int) -> None:
        if event is not None and event.anchor is not None:
            fault = self._anchors.begin(event.anchor, self._values, start, end)
            if fault is not None:
                self.faults.append(fault)
        self._values += 1
        if self._values > MOST_VALUES:
            message = f"the file has more than {MOST_VALUES:,} values"
            raise Unreadable(Fault("too-large", message, start, end, "split the rulebook into several files"))

    def _add(self, frame: Frame | None, value: Any, tree: Tree, height: int) -> None:
        if frame is None:
            self.data, self.tree = value, tree
            return
        if height >= frame.height:
            frame.height = height + 1
            if len(self._open) + height > DEEPEST:
                raise Unreadable(_too_deep(tree[0]))
        frame.add(value, tree)

    def _plain(self, word: str, start: int, end: int) -> Scalar:
        if word in self._words:
            return self._words[word]
        try:
            value = self._words[word] = resolve(word)
        except BadScalar as bad:
            self.faults.append(Fault(bad.code, str(bad), start, end, bad.help))
            return word
        return value

    def _check_tag(self, tag: str, is_map: bool, start: int) -> None:
        kind = tag.removeprefix(TAG)
        if kind == tag or kind not in CORE:
            self.faults.append(tag_fault(self.text, start))
        elif kind != ("map" if is_map else "seq"):
            what = "a mapping" if is_map else "a list"
            message = f"`!!{kind}` does not fit {what}"
            self.faults.append(Fault("bad-tag-value", message, start, start + 1, "leave the tag out"))

    def _tagged(self, word: str, tag: str, start: int, end: int) -> Scalar:
        if tag.removeprefix(TAG) not in CORE:
            self.faults.append(tag_fault(self.text, start))
            return word
        try:
            return resolve_tagged(word, tag)
        except BadScalar as bad:
            self.faults.append(Fault(bad.code, str(bad), start, end, bad.help))
            return word


def _too_deep(start: int) -> Fault:
    message = f"lists and mappings are nested more than {DEEPEST} deep"
    return Fault("too-deep", message, start, start + 1, "nest less; a rulebook needs only a few levels")
