"""Decisions to read: each folder of `decisions/` holds a request and the answer to it, and says what it shows.

A folder may have a `rulebook.yaml` of its own; otherwise the rulebooks of `rules/` answer. The digest is left out of
the answers, so that a change of its form alone touches none. `--regenerate` writes the answers anew.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from files_kit import same_as_on_file

from engine import Catalogue

HERE = Path(__file__).parent / "decisions"
RULES = Path(__file__).parents[2] / "rules"
CASES = sorted(path.name for path in HERE.iterdir())


def answer_of(case: Path) -> dict[str, Any]:
    """The answer to a case's request, without the digest."""
    own = case / "rulebook.yaml"
    catalogue = Catalogue.of_files([own]) if own.exists() else Catalogue.load(RULES)
    answer = catalogue.decide(json.loads((case / "request.json").read_text(encoding="utf-8")))
    digest = answer["rulebook"].pop("digest")
    assert digest.startswith("sha256:")
    return answer


@pytest.mark.parametrize("name", CASES)
def test_the_answer_is_the_one_on_file(name: str, regenerate: bool) -> None:
    case = HERE / name
    found = json.dumps(answer_of(case), indent=2, ensure_ascii=False) + "\n"
    same_as_on_file(found, case / "decision.json", regenerate)


@pytest.mark.parametrize("name", CASES)
def test_a_case_says_what_it_shows(name: str) -> None:
    lines = (HERE / name / "README.md").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    assert len(lines) <= 12


def test_there_is_something_to_read() -> None:
    assert len(CASES) >= 12
