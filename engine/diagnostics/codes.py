"""The codes of the faults that reading a file can find, each with its meaning; the reference page is made from it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "not-utf8": "the file is not UTF-8 text",
        "control-character": "a character stands in the file that YAML allows only as an escape in double quotes",
        "too-large": "the file has more bytes, or more values, than are read",
        "too-deep": "lists and mappings are nested more deeply than is read",
        "too-long": "one text is longer than is read",
        "too-many-faults": "the file has so many faults that the rest is not listed",
        "empty-file": "the file has no content",
        "not-a-mapping": "the file is a single value, not a mapping or a list",
        "several-documents": "the file holds more than one YAML document",
        "directive": "a line starts with `%`, which YAML keeps for directives; none is accepted",
        "duplicate-key": "a mapping has the same key twice",
        "complex-key": "a key is a list, a mapping or an alias instead of a word",
        "empty-key": "nothing stands before the colon",
        "merge-key": "`<<` is used to merge mappings; YAML 1.2 has no such key",
        "long-key": "a key is longer than 1,024 characters or runs over several lines",
        "unknown-tag": "a value carries a `!tag` that is not one of YAML's core tags",
        "bad-tag-value": "a value does not have the form that its `!!tag` promises",
        "duplicate-anchor": "two values carry the same `&anchor`",
        "bad-anchor": "an `&anchor` or `*alias` is not written as YAML wants it",
        "unknown-alias": "an `*alias` names no `&anchor` before it",
        "alias-loop": "an `*alias` stands inside the very value that it names",
        "too-many-aliases": "aliases repeat more values than are read",
        "not-a-number": "`.nan` or `.inf` stands where a number is wanted",
        "number-too-large": "a number does not fit 64 bits",
        "tab": "a tab stands where YAML takes spaces only",
        "bad-indent": "a line is indented so that it belongs to nothing",
        "flow-indent": "a bracket, brace or quote goes on in a line that is not indented more than its parent",
        "comment-space": "a comment follows without a space before its `#`",
        "missing-space": "a space is missing after a colon, a dash or a comma",
        "missing-colon": "a line among keys has no colon",
        "missing-comma": "a comma is missing between two items in brackets or braces",
        "extra-comma": "a comma in brackets or braces has nothing before it",
        "list-in-line": "a `- ` list starts in the line of its key, or inside brackets",
        "nested-colon": "a second `: ` stands in a value",
        "unclosed-bracket": "a `[` or `{` is never closed",
        "unopened-bracket": "a `]` or `}` closes nothing",
        "unclosed-quote": "a quote is never closed",
        "after-value": "something follows a value that is already complete",
        "bad-escape": "a backslash in double quotes starts no escape that YAML knows",
        "bad-start": "a word starts with a character that YAML keeps for itself",
        "placeholder-quotes": "a text with a `{placeholder}` needs quotes",
        "block-text": "the head or the indentation of a `|` or `>` text is not right",
        "syntax": "the text is not YAML in some other way",
    }
)
"""Each code of this floor with its meaning, in one line."""
