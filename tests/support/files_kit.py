"""Changes files for tests, and holds what is found to what lies on file."""

import difflib
from pathlib import Path

import pytest


def edit(file: Path, old: str, new: str) -> None:
    """Write something else for the first place where a file says this; it must say it."""
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{file.name} does not say {old!r}"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def same_as_on_file(found: str, file: Path, regenerate: bool) -> None:
    """Fail, with the lines that differ, unless a golden file says what was found; or write it anew."""
    if regenerate:
        file.write_text(found, encoding="utf-8")
    wanted = file.read_text(encoding="utf-8") if file.exists() else ""
    if found != wanted:
        lines = difflib.unified_diff(wanted.splitlines(), found.splitlines(), file.name, "found", lineterm="")
        pytest.fail("\n".join([f"{file.parent.name} differs:", *lines]), pytrace=False)
