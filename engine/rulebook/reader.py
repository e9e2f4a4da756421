"""What every part of the reading shares: the source, the faults found so far, and the facts in sight."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..calendars import Conventions
from ..diagnostics import Diagnostic, Path, Source, nearest
from ..facts import COMMON, FACT_GROUPS, Closed, FactType, normal, parse_duration, shown
from ..tables import ANY, Condition, can_hold, described, read_condition
from .doubts import Doubts
from .languages import ISO_639_1, LANGUAGE_HELP, is_language
from .model import STAGES, Clock, Template, Texts, stage_of_result
from .names import is_clear

MOST_RESULTS = 10_000
"""How many texts the results of one stage may give when every `{fact}` in them is written out."""
MOST_FAULTS = 1_000
"""How many faults of one file are listed."""
MOST_MISNAMED = 50
"""With more faulty declarations than these, nobody is blamed for naming a fact that is not known."""
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class EnoughFaults(Exception):
    """A file has so many faults that the rest is not looked for."""


class Reader:
    """Reads one file: holds the source, collects faults, and knows which facts may be named where."""

    def __init__(self, source: Source, language: str, doubts: Doubts) -> None:
        self.source = source
        self.language = language
        self.doubts = doubts
        """What the file tries to say where it could not be read."""
        self.faults: list[Diagnostic] = []
        self.facts: dict[str, FactType] = dict(COMMON)
        self.unsure: set[str] = set()
        """Facts of which only the name is known, because what the file says of them is faulty."""
        self.clock = Clock(Conventions())
        """The conventions of time that the rulebook names."""
        self.states: tuple[str, ...] | None = None
        """The states that may be named; None: any."""
        self.calendars: Mapping[str, Any] = {}
        """The calendars that may be named."""
        self.assumed_facts: frozenset[str] = frozenset()
        """Derived facts that rest on an assumed calendar."""
        self.assumed_calendars: frozenset[str] = frozenset()
        self.ranks: dict[str, int] = {}
        """For each derived fact the number of the stage after which it is known; -1 for the request alone."""
        self.stage = len(STAGES)
        """The number of the stage being read: its rules see only what stages before it gave."""
        self.rules: list[tuple[str, Path]] = []
        """The names of rules with their places, faulty ones too."""
        self._expanded: set[Template] = set()
        self._results = 0

    def enter(self, stage: int) -> None:
        """Go on to a stage: what it may name, and how much its texts may give, starts anew."""
        self.stage = stage
        self._expanded.clear()
        self._results = 0

    def fault(self, code: str, message: str, path: Path, *, key: bool = False, help: str | None = None) -> None:
        """Note a fault at a path of the file. Raises EnoughFaults where there are too many to go on."""
        if len(self.faults) > MOST_FAULTS:
            raise EnoughFaults
        self.faults.append(self.source.fault(code, message, path, key=key, help=help))

    def unknown(self, code: str, what: str, name: str, known: Iterable[str], path: Path, *, key: bool = False,
                help: str | None = None) -> None:  # fmt: skip
        """Note that a name is not known, with the nearest one that is."""
        known = list(known)
        near = nearest(name, known)
        if not near and help is None and known:
            help = "known are: " + ", ".join(sorted(known)[:12]) + (", …" if len(known) > 12 else "")
        hint = f"; did you mean {shown(near[0])}?" if near else ""
        self.fault(code, f"unknown {what} {shown(name)}{hint}", path, key=key, help=None if near else help)

    def texts(self, raw: Any, path: Path) -> Texts | None:
        """A text by language, from a mapping or one text in the rulebook's language; that language comes first."""
        if raw is None:
            return None
        if isinstance(raw, str):
            return {self.language: normal(raw)}
        for language in raw:
            self.check_language(language, (*path, language), key=True)
        own_first = sorted(raw, key=lambda language: (language != self.language, language))
        return {language: normal(raw[language]) for language in own_first}

    def check_language(self, code: str, path: Path, *, key: bool = False) -> None:
        """Note a code that names no language."""
        if not is_language(code):
            near = [] if len(code) == 2 else [c for c in ISO_639_1 if c == code[:2].lower()]
            hint = f"; did you mean `{near[0]}`?" if near else ""
            self.fault("unknown-language", f"{shown(code)} is no code of a language{hint}", path, key=key,
                       help=LANGUAGE_HELP)  # fmt: skip

    def fact(self, name: str, path: Path, *, key: bool = False, help: str | None = None) -> FactType | None:
        """The type of a fact that may be named here; otherwise None, and a fault unless the fact is in doubt."""
        stage = stage_of_result(name)
        rank = STAGES.index(stage) if stage else self.ranks.get(name, -1)
        if rank >= self.stage:
            self._later(name, stage, STAGES[rank], path, key)
            return None
        if name in self.unsure or (key and not is_clear(name)):
            return None
        if name in self.facts:
            return self.facts[name]
        if not self._is_doubtful(name, stage):
            self.unknown("unknown-fact", "fact", name, self._in_sight(), path, key=key,
                         help=help or self._fact_help(name, stage))  # fmt: skip
        return None

    def _is_doubtful(self, name: str, stage: str | None) -> bool:
        """Whether a fault elsewhere may be why a fact is not known."""
        if stage:
            return self.doubts.within((stage,))
        section = "facts" if "." in name else "derive"
        misnamed = self.unsure - self.facts.keys()
        return self.doubts.within((section, name)) or len(misnamed) > MOST_MISNAMED or bool(nearest(name, misnamed))

    def _in_sight(self) -> Iterable[str]:
        """The facts that may be named in the stage being read."""
        for name in self.facts:
            stage = stage_of_result(name)
            if (STAGES.index(stage) if stage else self.ranks.get(name, -1)) < self.stage:
                yield name

    def _later(self, name: str, stage: str | None, decided: str, path: Path, key: bool) -> None:
        here = STAGES[self.stage]
        when = "in this very stage" if decided == here else f"only after `{here}`"
        if stage == here:
            said = f"{shown(name)} is what this stage decides, so its own rules cannot ask for it"
        elif stage:
            said = f"{shown(name)} is not known yet: `{stage}` is decided {when}"
        else:
            said = f"{shown(name)} is not known yet: it is derived from `{decided}`, which is decided {when}"
        self.fault("later-stage", said, path, key=key,
                   help=f"stages are decided in this order: {', '.join(STAGES)}")  # fmt: skip

    def _fact_help(self, name: str, stage: str | None) -> str:
        if stage:
            return f"the stage `{stage}` gives no such result in this rulebook"
        group, _, rest = name.partition(".")
        if group in FACT_GROUPS and rest.startswith("fields."):
            return f"declare it under `facts:`, such as `{name}: text`"
        if "." not in name:
            return "derive it under `derive:`, or give the full name, such as `ticket.channel`"
        return "the language reference lists the facts; others are declared as `ticket.fields.…`"

    def check_calendar(self, name: str, path: Path) -> None:
        """Note a name that is no calendar's."""
        if name not in self.calendars and not self.doubts.at(("calendars",)):
            self.unknown("unknown-calendar", "calendar", name, self.calendars, path,
                         help="declare it under `calendars:`")  # fmt: skip

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
        if self.doubts.within(path):
            return ANY
        operators = isinstance(raw, dict)

        def report(inner: Path, code: str, message: str, help: str | None) -> None:
            at_key = operators and code in ("wrong-test", "unknown-test")
            is_empty = raw is None and bool(path) and isinstance(path[-1], str)
            self.fault(code, message, (*path, *inner), key=at_key or is_empty, help=help)

        before = len(self.faults)
        condition = read_condition(raw, kind, report)
        if len(self.faults) == before and not can_hold(condition, kind):
            absent = any(test.op == "missing" and test.operand for test in condition)
            said = (
                "no absent fact passes another test"
                if absent
                else f"no value passes this; the fact is {described(kind)}"
            )
            self.fault("never-holds", said, path, help="change the tests, or leave one of them out")
        return condition

    def duration(self, raw: Any, path: Path) -> int | None:
        """A duration in microseconds."""
        try:
            if isinstance(raw, str):
                return parse_duration(raw)
            raise ValueError("is not a duration, such as `30m`, `4h`, `1h30m` or `PT30M`")
        except ValueError as error:
            self.fault("wrong-value", f"{shown(raw)} {error}", path)
            return None

    def template(self, raw: str, path: Path, *, finite: bool) -> Template | None:
        """A text with facts in it; where the result must be `finite`, only closed lists may be named."""
        parts: list[str] = []
        good, position = True, 0
        for match in _PLACEHOLDER.finditer(raw):
            good = self._placeholder(match[1], path, finite) and good
            parts += [raw[position : match.start()], match[1]]
            position = match.end()
        parts.append(raw[position:])
        if any("{" in part or "}" in part for part in parts[::2]):
            self.fault("wrong-value", f"a brace stands alone in {shown(raw)}", path,
                       help="braces name facts, such as `{ticket.channel}`")  # fmt: skip
            return None
        template = Template(tuple(normal(part) for part in parts))
        return template if good and (not finite or self._is_listable(template, path)) else None

    def _placeholder(self, name: str, path: Path, finite: bool) -> bool:
        if not name.strip():
            self.fault("wrong-value", "the braces name no fact", path, help="write one, such as `{ticket.channel}`")
            return False
        kind = self.fact(name, path)
        if kind is not None and finite and not isinstance(kind, Closed):
            self.fault("open-fact", f"{shown(name)} can hold any value, so the results could not be listed", path,
                       help="declare it as a closed list, or name a fact that is one")  # fmt: skip
        return kind is not None and (not finite or isinstance(kind, Closed))

    def _is_listable(self, template: Template, path: Path) -> bool:
        """Whether all that the stage's results can give is still few enough to be listed."""
        count = 1
        for fact in template.facts:
            kind = self.facts[fact]
            count *= len(kind.values) if isinstance(kind, Closed) else 1
        if count > 1 and template not in self._expanded:
            self._expanded.add(template)
            before, self._results = self._results, self._results + count
            if before <= MOST_RESULTS < self._results:
                already = f", beside {before:,} of other rules" if before else ""
                self.fault("too-many-results", f"this text can give {count:,} results{already}; "
                           f"a stage may have {MOST_RESULTS:,}", path,
                           help="name fewer facts in it, or facts with shorter lists")  # fmt: skip
        return count == 1 or self._results <= MOST_RESULTS
