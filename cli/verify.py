"""`deskpolicy verify`: logged decisions made again, and compared. Counts; what is compared is the service's."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import typer

from engine import EngineName

from .options import Engine, Format, Rules
from .rulebooks import reading_rulebooks
from .shell import FINDINGS
from .tables import draw_text
from .terminal import fail, reason, write

if TYPE_CHECKING:
    from api import DecisionRecord, Place, Verdict

_MOST_SHOWN: Final = 10
_LONGEST_VALUE: Final = 160

Logs = Annotated[
    list[Path],
    typer.Argument(metavar="LOG", help="Files of a decision log, a folder of them, or the name in the settings."),
]


def verify(logs: Logs, rules: Rules = Path("rules"), engine: Engine = "bitmap", format: Format = "text") -> None:
    """Decide logged decisions anew, each with the version and digest that it names, and tell which come out otherwise.

    Ends with 1 when a decision comes out otherwise or a line cannot be read; what cannot be decided again, since its
    version is another now or something it reads is masked, is told and leaves it at 0.
    """
    found = _found(logs, rules, engine)
    if format == "json":
        write(msgspec.json.format(msgspec.json.encode(found.plain()), indent=2).decode() + "\n")
    else:
        _print(found)
    if found.different or found.unreadable:
        raise typer.Exit(FINDINGS)


@dataclass(slots=True)
class Found:
    """What became of the records of a log. Of those that are many, the first are kept and all are counted."""

    files: int = 0
    same: int = 0
    different: int = 0
    shadows: int = 0
    unreadable: int = 0
    unavailable: Counter[tuple[str, str, str, str | None]] = field(default_factory=Counter)
    """By rulebook, version, digest, and the digest that the version has now."""
    masked: Counter[tuple[str, str, tuple[str, ...]]] = field(default_factory=Counter)
    """By rulebook, version, and what it reads and is masked."""
    parts: Counter[str] = field(default_factory=Counter)
    differences: list[dict[str, Any]] = field(default_factory=list)
    unreadable_lines: list[dict[str, Any]] = field(default_factory=list)

    @property
    def decisions(self) -> int:
        """Records of decisions that could be read."""
        return self.same + self.different + self.unavailable.total() + self.masked.total()

    def judged(self, place: Place, record: DecisionRecord, verdict: Verdict) -> None:
        """Count a record."""
        used = record.rulebook
        match verdict.outcome.value:
            case "same":
                self.same += 1
            case "unavailable":
                self.unavailable[used.id, used.version, used.digest, verdict.digest_now] += 1
            case "masked":
                self.masked[used.id, used.version, verdict.masked] += 1
            case _:
                self.different += 1
                self.parts.update(part.name for part in verdict.parts)
                if len(self.differences) < _MOST_SHOWN:
                    named = {"file": str(place.file), "line": place.number, "call": record.call}
                    version = {"rulebook": used.id, "version": used.version}
                    self.differences.append({**named, **version, "parts": [part._asdict() for part in verdict.parts]})

    def cannot_read(self, place: Place, why: str) -> None:
        """Count a line that is no record."""
        self.unreadable += 1
        if len(self.unreadable_lines) < _MOST_SHOWN:
            self.unreadable_lines.append({"file": str(place.file), "line": place.number, "why": why})

    def plain(self) -> dict[str, Any]:
        """As JSON data."""
        lost = ("rulebook", "version", "digest", "digest_now")
        return {
            "files": self.files,
            "decisions": self.decisions,
            "same": self.same,
            "different": self.different,
            "unavailable": self.unavailable.total(),
            "masked": self.masked.total(),
            "unreadable": self.unreadable,
            "shadows": self.shadows,
            "parts": dict(self.parts),
            "differences": self.differences,
            "unavailable_versions": [
                {**dict(zip(lost, key, strict=True)), "count": count} for key, count in self.unavailable.items()
            ],
            "masked_facts": [
                {"rulebook": id, "version": version, "masked": list(pointers), "count": count}
                for (id, version, pointers), count in self.masked.items()
            ],
            "unreadable_lines": self.unreadable_lines,
        }


def _found(logs: list[Path], rules: Path, engine: EngineName) -> Found:
    # Imported here, as it takes longer than most commands run.
    from api import DecisionRecord, Unreadable, Verifier, log_files, read_entries

    found = Found()
    try:
        files = [file for log in logs for file in log_files(log)]
        found.files = len(files)
        with reading_rulebooks(rules):
            verifier = Verifier.over(rules, engine)
        for place, entry in read_entries(files):
            if isinstance(entry, Unreadable):
                found.cannot_read(place, entry.why)
            elif isinstance(entry, DecisionRecord):
                found.judged(place, entry, verifier.judge(entry))
            else:
                found.shadows += 1
    except OSError as error:
        fail(f"{error.filename or logs[0]}: {reason(error)}")
    return found


def _print(found: Found) -> None:
    for one in found.differences:
        place = f"{one['file']}:{one['line']}: {one['rulebook']} {one['version']}, call {one['call']}"
        parts = (f"  {p['name']}\n    recorded     {_shown(p['recorded'])}\n    decided now  {_shown(p['decided'])}\n"
                 for p in one["parts"])  # fmt: skip
        write(f"{place}\n{''.join(parts)}\n")
    if found.unavailable:
        versions = ((id, version, digest[:19], (now or "it is not there")[:19], f"{count:,}")
                    for (id, version, digest, now), count in found.unavailable.items())  # fmt: skip
        heads = ("rulebook", "version", "recorded digest", "digest now", ">decisions")
        draw_text("versions that are not there, or another now", heads, versions)
    if found.masked:
        masked = ((id, version, ", ".join(pointers), f"{count:,}")
                  for (id, version, pointers), count in found.masked.items())  # fmt: skip
        draw_text("cannot be decided again", ("rulebook", "version", "it reads what is masked", ">decisions"), masked)
    for line in found.unreadable_lines:
        write(f"{line['file']}:{line['line']}: cannot be read: {line['why']}\n")
    write(_summary(found) + "\n")


def _summary(found: Found) -> str:
    counts = [("the same", found.same), ("different", found.different)]
    counts += [("of other versions", found.unavailable.total()), ("masked", found.masked.total())]
    told = ", ".join(f"{count:,} {what}" for what, count in counts if count or what == "the same")
    unreadable = f"; {found.unreadable:,} unreadable line{'s' if found.unreadable > 1 else ''}"
    end = (unreadable if found.unreadable else "") + (f"; {found.shadows:,} notes of shadows" if found.shadows else "")
    return f"{found.decisions:,} decision{'' if found.decisions == 1 else 's'}: {told}{end}"


def _shown(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
