"""Every code that the engine reports is registered, and every registered code is reported: read from the sources."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import engine
from engine.diagnostics import CODES as FILE_CODES
from engine.rulebook import RULEBOOK_CODES

ENGINE = Path(engine.__file__).parent
FLOORS = ("rulebook", "tables", "stages", "decision")
POSITIONS = {"fault": 0, "fault_of_name": 0, "unknown": 0, "file_fault": 0, "Misfit": 0, "report": 1, "_checked": 3}
"""The calls that report, with the position of the code."""
FORWARDED = {"code", "fault.code", "self.code", "source"}
"""How functions that only pass a report on call its code; `misfit.fault(source)` makes one of what it holds."""


def _calls(floor: str) -> Iterator[tuple[Path, ast.Call, str]]:
    for path in sorted((ENGINE / floor).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in POSITIONS:
                    yield path, node, name


def _constants(node: ast.expr) -> list[str]:
    """The codes that an expression can be: a constant, or one of two."""
    if isinstance(node, ast.IfExp):
        return _constants(node.body) + _constants(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def _reported() -> Iterator[tuple[str, str]]:
    """Each code that a source names where it reports, with the place; what is not a plain word must be forwarded."""
    for floor in FLOORS:
        for path, call, name in _calls(floor):
            argument = call.args[POSITIONS[name]]
            if isinstance(argument, ast.Starred) or ast.unparse(argument) in FORWARDED:
                continue
            where = f"{floor}/{path.name}:{call.lineno}"
            found = _constants(argument)
            assert found, f"{where}: the code is not a plain word: {ast.unparse(argument)}"
            yield from ((code, where) for code in found)


def _words() -> set[str]:
    """Every kebab-case text in the sources: codes that travel as values (`return "wrong-test", …`) are among them."""
    return {
        node.value
        for floor in FLOORS
        for path in (ENGINE / floor).glob("*.py")
        if path.name != "codes.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_reported_code_is_registered() -> None:
    assert not {(code, where) for code, where in _reported() if code not in engine.CODES}


def test_every_registered_code_is_reported() -> None:
    assert not RULEBOOK_CODES.keys() - _words()


def test_codes_are_stable_words_with_a_meaning() -> None:
    for code, meaning in RULEBOOK_CODES.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
        assert meaning[0].islower()
        assert not meaning.endswith(".")


def test_the_door_has_them_all() -> None:
    assert not FILE_CODES.keys() & RULEBOOK_CODES.keys()
    assert engine.CODES == {**FILE_CODES, **RULEBOOK_CODES}
