"""What every part of the reading shares: the source, the faults found so far, and the facts in sight."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..diagnostics import Diagnostic, Path, Source, did_you_mean
from ..facts import COMMON, FACT_GROUPS, Closed, FactType, normal, parse_duration
from ..tables import ANY, Condition, read_condition
from .model import STAGES, Template, Texts, stage_of_result

LANGUAGE = re.compile(r"[a-z]{2,3}")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class Reader:
    """Reads one file: holds the source, collects faults, and knows which facts may be named where."""

    def __init__(self, source: Source, language: str) -> None:
        self.source = source
        self.language = language
        self.faults: list[Diagnostic] = []
        self.facts: dict[str, FactType] = dict(COMMON)
        self.calendars: Mapping[str, Any] = {}
        self.ranks: dict[str, int] = {}
        """For each derived fact the number of the stage after which it is known; -1 for the request alone."""
        self.stage = len(STAGES)
        """The number of the stage being read: its rules see only what stages before it gave."""

    def fault(self, code: str, message: str, path: Path, *, key: bool = False, help: str | None = None) -> None:
        """Note a fault at a path of the file."""
        self.faults.append(self.source.fault(code, message, path, key=key, help=help))

    def texts(self, raw: Any, path: Path) -> Texts | None:
        """A text by language, from a mapping or from one text in the rulebook's language; that language comes first."""
        if raw is None:
            return None
        if isinstance(raw, str):
            return {self.language: normal(raw)}
        for language in raw:
            if not LANGUAGE.fullmatch(language):
                self.fault("unknown-language", f"`{language}` is no language code", (*path, language), key=True,
                           help="codes are those of ISO 639, such as `en`, `ru`, `pl`")  # fmt: skip
        own_first = sorted(raw, key=lambda language: (language != self.language, language))
        return {language: normal(raw[language]) for language in own_first}

    def fact(self, name: str, path: Path, *, key: bool = False) -> FactType | None:
        """The type of a fact that may be named here; otherwise a fault and None."""
        if name in self.facts:
            stage = stage_of_result(name)
            rank = STAGES.index(stage) if stage else self.ranks.get(name, -1)
            if rank < self.stage:
                return self.facts[name]
            self._later(name, STAGES[rank], path, key)
            return None
        stage = stage_of_result(name)
        if stage and STAGES.index(stage) >= self.stage:
            self._later(name, stage, path, key)
            return None
        self.unknown("unknown-fact", "fact", name, self.facts, path, key=key, help=self._fact_help(name, stage))
        return None

    def _later(self, name: str, stage: str, path: Path, key: bool) -> None:
        where = STAGES[self.stage] if self.stage < len(STAGES) else "this place"
        self.fault("later-stage", f"`{name}` is not known yet: `{stage}` is decided no earlier than `{where}`",
                   path, key=key, help=f"stages are decided in this order: {', '.join(STAGES)}")  # fmt: skip

    def _fact_help(self, name: str, stage: str | None) -> str:
        if stage:
            return f"the stage `{stage}` gives no such result in this rulebook"
        group, _, rest = name.partition(".")
        if group in FACT_GROUPS and rest.startswith("fields."):
            return f"declare it under `facts:`, such as `{name}: text`"
        if "." not in name:
            return "derive it under `derive:`, or give the full name, such as `ticket.channel`"
        return "the language reference lists the facts; others are declared as `ticket.fields.…`"

    def unknown(self, code: str, what: str, name: str, known: Iterable[str], path: Path, *, key: bool = False,
                help: str | None = None) -> None:  # fmt: skip
        """Note that a name is not known, with the nearest one that is."""
        known = list(known)
        hint = did_you_mean(name, known)
        if hint is None and help is None and known:
            help = "known are: " + ", ".join(sorted(known)[:12]) + (", …" if len(known) > 12 else "")
        self.fault(code, f"unknown {what} `{name}`" + (f"; {hint}" if hint else ""), path, key=key, help=help)

    def conditions(self, raw: Mapping[str, Any], path: Path) -> dict[str, Condition]:
        """The conditions of a `when`, those that hold always left out."""
        found: dict[str, Condition] = {}
        for name, test in raw.items():
            kind = self.fact(name, (*path, name), key=True)
            if kind is not None:
                condition = self.condition(test, kind, (*path, name))
                if condition != ANY:
                    found[name] = condition
        return found

    def condition(self, raw: Any, kind: FactType, path: Path) -> Condition:
        """One condition on a fact of this type."""
        if raw is None:
            self.fault(
                "wrong-value", "nothing is written here", path, help="write a value, `any`, or `{missing: true}`"
            )
            return ANY
        operators = isinstance(raw, dict)

        def report(inner: Path, code: str, message: str, help: str | None) -> None:
            at_key = operators and code == "wrong-test"
            self.fault(code, message, (*path, *inner), key=at_key, help=help)

        condition = read_condition(raw, kind, report)
        if len(condition) > 1 and any(t.op == "missing" and t.operand for t in condition):
            self.fault("never-holds", "no absent fact passes another test", path, help="leave one of the tests out")
        return condition

    def duration(self, raw: Any, path: Path) -> int | None:
        """A duration in microseconds."""
        try:
            if isinstance(raw, str):
                return parse_duration(raw)
            raise ValueError("is not a duration, such as `30m`, `4h` or `PT30M`")
        except ValueError as error:
            shown = raw if isinstance(raw, str | int | float) else type(raw).__name__
            self.fault("wrong-value", f"`{shown}` {error}", path)
            return None

    def template(self, raw: str, path: Path, *, finite: bool) -> Template | None:
        """A text with facts in it; where the result must be `finite`, only closed lists may be named."""
        parts: list[str] = []
        good, position = True, 0
        for match in _PLACEHOLDER.finditer(raw):
            kind = self.fact(match[1], path)
            good = good and kind is not None
            if kind is not None and finite and not isinstance(kind, Closed):
                self.fault("open-fact", f"`{match[1]}` can hold any value, so the results could not be listed", path,
                           help="declare it as a closed list, or name a fact that is one")  # fmt: skip
                good = False
            parts += [raw[position : match.start()], match[1]]
            position = match.end()
        parts.append(raw[position:])
        if any("{" in part or "}" in part for part in parts[::2]):
            self.fault(
                "wrong-value", f"a brace is left open in `{raw}`", path, help="facts are named as `{ticket.channel}`"
            )
            return None
        return Template(tuple(normal(p) for p in parts)) if good else None
