"""The lock of released versions: what `check` says of one rulebook's folder, of its root, and from inside of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from engine import RulebookFaults, check_paths, lock_path
from engine.decision import rulebook_paths

RULES = Path(__file__).parents[2] / "rules"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two rulebooks of one version each, locked."""
    for name in ("desk", "shop"):
        (tmp_path / name).mkdir()
        text = f"rulebook: {name}\nversion: 1.0.0\nadmission: {{otherwise: {{then: {{outcome: accept}}}}}}\n"
        (tmp_path / name / "1.0.0.yaml").write_text(text)
    assert lock_path(tmp_path) == ["desk 1.0.0", "shop 1.0.0"]
    return tmp_path


def codes(path: Path) -> list[str]:
    return [fault.code for fault in check_paths([path]).diagnostics]


def test_a_released_version_without_its_file_is_told(root: Path) -> None:
    (root / "desk" / "1.0.0.yaml").rename(root / "desk" / "1.0.1.yaml")
    text = (root / "desk" / "1.0.1.yaml").read_text().replace("1.0.0", "1.0.1")
    (root / "desk" / "1.0.1.yaml").write_text(text)
    assert codes(root) == codes(root / "desk") == ["released-version-missing"]
    assert codes(root / "shop") == []


def test_a_released_rulebook_without_its_folder_is_told(root: Path) -> None:
    (root / "desk" / "1.0.0.yaml").unlink()
    (root / "desk").rmdir()
    (fault,) = check_paths([root]).diagnostics
    assert (fault.code, fault.file, fault.span.line) == ("released-version-missing", f"{root}/rulebooks.lock", 3)


def test_the_folder_of_a_rulebook_can_be_checked_from_inside(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root / "desk")
    assert codes(Path()) == []
    Path("1.0.0.yaml").write_text(Path("1.0.0.yaml").read_text().replace("accept", "reject"))
    assert codes(Path()) == ["released-version-changed"]


def test_a_single_file_in_its_place_is_held_to_the_lock(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = root / "desk" / "1.0.0.yaml"
    assert codes(file) == []
    file.write_text(file.read_text().replace("accept", "reject"))
    assert codes(file) == ["released-version-changed"]
    monkeypatch.chdir(file.parent)
    assert codes(Path("1.0.0.yaml")) == ["released-version-changed"]


def test_a_single_file_elsewhere_is_a_candidate_and_may_differ(root: Path) -> None:
    file = root / "desk" / "1.0.0.yaml"
    candidate = file.with_name("candidate.yaml")
    candidate.write_text(file.read_text().replace("accept", "reject"))
    assert codes(candidate) == []


def test_a_root_without_any_of_its_released_rulebooks_is_told(root: Path) -> None:
    for name in ("desk", "shop"):
        shutil.rmtree(root / name)
    assert codes(root) == ["released-version-missing"] * 2


def test_the_emptied_folder_of_a_released_rulebook_is_told(root: Path) -> None:
    (root / "desk" / "1.0.0.yaml").unlink()
    assert codes(root / "desk") == ["released-version-missing"]


def test_nothing_is_locked_while_a_released_version_is_gone(root: Path) -> None:
    before = (root / "rulebooks.lock").read_text()
    shutil.rmtree(root / "desk")
    with pytest.raises(RulebookFaults) as refused:
        lock_path(root)
    assert [fault.code for fault in refused.value.report.errors] == ["released-version-missing"]
    assert (root / "rulebooks.lock").read_text() == before


def test_the_lock_of_the_rulebooks_here_is_whole() -> None:
    """Each version is locked, and says and resolves to what it did: `deskpolicy lock` would add nothing."""
    locked = json.loads((RULES / "rulebooks.lock").read_text(encoding="utf-8"))
    versions = {(path.parent.name, path.stem) for path in rulebook_paths(RULES)}
    assert {(id, version) for id, held in locked.items() for version in held} == versions
    assert not {d.code for d in check_paths([RULES]).diagnostics} & {
        "broken-lock", "released-version-changed", "released-version-missing", "resolved-data-changed",
    }  # fmt: skip
