"""Writes files all or nothing. Knows nothing of what is in them."""

from pathlib import Path


def write_whole(path: Path, raw: bytes) -> None:
    """Put bytes in the place of a file, all or nothing.

    Raises:
        OSError: when they cannot be written; what stood there still does.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.write_bytes(raw)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
