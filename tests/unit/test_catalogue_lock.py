"""The lock of released versions: what `check` says of one rulebook's folder, of its root, and from inside of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import check_paths, lock_path


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
