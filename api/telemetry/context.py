"""The W3C trace context (https://www.w3.org/TR/trace-context-1/) that a caller sends. Knows no tracing library."""

import re
from typing import Final

from ..call import TraceContext

_TRACEPARENT: Final = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?P<more>-.*)?", re.DOTALL)
_ZEROS: Final = re.compile(rb"0+")


def trace_context(traceparent: bytes | None) -> TraceContext | None:
    """What a `traceparent` header says; None when there is none, or when it is not valid and so to be ignored."""
    match = _TRACEPARENT.fullmatch(traceparent) if traceparent is not None else None
    if match is None or match[1] == b"ff" or (match[1] == b"00" and match["more"] is not None):
        return None
    if _ZEROS.fullmatch(match[2]) or _ZEROS.fullmatch(match[3]):
        return None
    return TraceContext(match[2].decode(), match[3].decode(), bool(int(match[4], 16) & 1))
