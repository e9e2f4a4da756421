"""Rulebooks with invariants beside them, and what is proved of them."""

import shutil
import textwrap
from pathlib import Path

from engine import LOCK, Proof, prove_paths

RULES = Path(__file__).parents[2] / "rules"
URGENT_FIRST = """\
priority:
  levels: [P1, P2]
  rules:
    - {rule: urgent, when: {ticket.urgency: high}, then: {level: P1}}
    - {rule: rest, then: {level: P2}}
"""
HEAD = "rulebook: desk\nversion: 1.0.0\nin_force: {from: 2024-01-01}\n"


def lay(root: Path, rulebook: str, invariants: str, id: str = "desk", version: str = "1.0.0") -> Path:
    """A rulebook and its invariants under `root/rules`; the folder of the rulebook."""
    folder = root / "rules" / id
    folder.mkdir(parents=True, exist_ok=True)
    head = HEAD.replace("desk", id).replace("1.0.0", version).replace("2024", f"20{10 + int(version[0])}")
    (folder / f"{version}.yaml").write_text(head + textwrap.dedent(rulebook), encoding="utf-8")
    (folder / "invariants.yaml").write_text("invariants:\n" + textwrap.dedent(invariants), encoding="utf-8")
    return folder


def proof_of(root: Path, rulebook: str, invariant: str, effort: int = 1) -> Proof:
    """What becomes of one invariant, written without its name."""
    folder = lay(root, rulebook, f"- {{invariant: it, {invariant}}}\n")
    report = prove_paths([folder], effort)
    assert not report.faults.errors, [fault.message for fault in report.faults.errors]
    (proof,) = report.proofs
    return proof


def mutated(root: Path, book: str, *changes: tuple[str, str]) -> Path:
    """A copy of the rulebooks, without the lock, in which one says something else; the folder of that one."""
    shutil.copytree(RULES, root / "rules", ignore=shutil.ignore_patterns(LOCK))
    file = root / "rules" / book / "1.0.0.yaml"
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {book}"
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    return file.parent
