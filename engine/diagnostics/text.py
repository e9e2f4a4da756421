"""From the bytes of a file to its text: encoding, size, and the characters that may stand in it.

Knows nothing of YAML's structure, only of the characters that it takes.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import islice
from typing import Final

from .faults import MOST_FAULTS, Fault

LARGEST_FILE: Final = 16 * 1024 * 1024
"""Bytes that a file may have at most."""

# Narrower than YAML's c-printable: what YAML 1.1 took for line breaks and 1.2 does not is read in different ways.
_REFUSED: Final = re.compile("[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_BOM: Final = b"\xef\xbb\xbf"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


def to_text(raw: bytes) -> tuple[str, list[Fault]]:
    """The text of a file's bytes (UTF-8, a byte order mark is dropped, breaks become line feeds) and its faults.

    With faults the text reaches as far as it could be read; it is for showing places only.
    """
    if len(raw) > LARGEST_FILE:
        size = f"{len(raw):,} bytes; at most {LARGEST_FILE:,} are read"
        return "", [Fault("too-large", f"the file has {size}", 0, 0, "split the rulebook into several files")]
    try:
        text = raw.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        return _not_utf8(raw, error)
    text = text.replace("\r\n", "\n")
    return text, [_refused(found) for found in islice(_REFUSED.finditer(text), MOST_FAULTS + 1)]


def _not_utf8(raw: bytes, error: UnicodeDecodeError) -> tuple[str, list[Fault]]:
    body = raw.removeprefix(_BOM)
    text = body[: error.start].decode("utf-8").replace("\r\n", "\n")
    offset = error.start + len(raw) - len(body)
    message = f"byte 0x{body[error.start]:02x} at offset {offset} is not UTF-8"
    utf16 = raw.startswith(_UTF16)
    advice = "save the file as UTF-8" + ("; it looks like UTF-16" if utf16 else "")
    return text, [Fault("not-utf8", message, len(text), len(text), advice)]


def _refused(found: re.Match[str]) -> Fault:
    character = found.group()
    if character == "\r":
        message = "a carriage return stands here without a line feed"
        return Fault(
            "control-character", message, found.start(), found.end(), "end lines with a line feed, or with both"
        )
    name = unicodedata.name(character, "").lower()
    message = f"the character U+{ord(character):04X}{f' ({name})' if name else ''} may not stand in the file"
    escape = f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"
    advice = f'delete it, or write it as "{escape}" in double quotes'
    return Fault("control-character", message, found.start(), found.end(), advice)
