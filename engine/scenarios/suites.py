"""Reads the scenarios of a rulebook: shape first, then meaning, every fault of the file at once.

A scenario with a fault is left out; the others can still be run.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..decision import CompiledRulebook, faults_of
from ..diagnostics import Diagnostic, Path, Source, nearest
from ..facts import FACT_GROUPS, parse_instant, shown
from ..rulebook import check_shape
from .answers import Shape, answers_of
from .drafts import Draft, Heads, prose_draft, row_drafts
from .expectations import expectation_faults, step_fault
from .layers import place_of, request_of
from .model import Coverage, Layer, Refusal, Scenario, Steps, Suite

SCHEMA: Final = "scenarios.schema.json"
_NOT_GIVEN: Final = {
    "at": "the instant stands beside `given`",
    "rulebook": "the rulebook is the one beside this file",
    "version": "the versions to test are listed under `versions:`",
    "explain": "scenarios are always explained",
}
_OTHER_HEADS: Final = ("at", "language", "roster", "ask", "ask.to", "ask.disclose", "ask.do", *FACT_GROUPS)
"""What the heads of a table may name beside what stands in the groups of facts."""


@dataclass(frozen=True, slots=True)
class Known:
    """What scenarios may name."""

    rulebook: str
    versions: Sequence[str]
    """Every version in the folder, sound or not."""
    books: Mapping[str, CompiledRulebook]
    """The sound ones."""
    clauses: Sequence[str]


def read_suite(source: Source, known: Known) -> tuple[Suite | None, list[Diagnostic]]:
    """The scenarios of a file, or None, and every fault that was found."""
    data, misfits = check_shape(source, SCHEMA)
    if not isinstance(data, dict):
        return None, misfits
    reading = _Reading(source, known, data, misfits)
    suite = reading.suite()
    return suite, sorted(set(reading.faults))


class _Reading:
    """Reads one file: holds the source, collects faults, and knows what may be named."""

    def __init__(self, source: Source, known: Known, data: Mapping[str, Any], faults: Iterable[Diagnostic]) -> None:
        self.source = source
        self.known = known
        self.data = data
        self.faults = list(faults)
        wanted = data.get("versions")
        self.books = [book for version, book in known.books.items() if wanted is None or version in wanted]
        self.answers: Shape = answers_of(self.books)
        self.names: dict[str, Path] = {}
        self.is_timeless = False

    def suite(self) -> Suite:
        data = self.data
        self._check_head()
        drafts = [prose_draft(item, ("scenarios", i)) for i, item in enumerate(data.get("scenarios") or ()) if item]
        for i, table in enumerate(data.get("tables") or ()):
            if table:
                drafts += self._rows(table, ("tables", i))
        scenarios = [self._scenario(draft) for draft in drafts]
        versions = data.get("versions")
        return Suite(
            None if versions is None else tuple(versions),
            Coverage(**data.get("coverage", {})),
            tuple(scenario for scenario in scenarios if scenario is not None),
            self.source,
        )

    def _fault(self, code: str, message: str, place: Path, *, key: bool = False, help: str | None = None) -> None:
        self.faults.append(self.source.fault(code, message, place, key=key, help=help))

    def _unknown(self, code: str, said: str, name: str, known: Sequence[str], place: Path) -> None:
        near = nearest(name, known)
        listed = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
        hint = f"; did you mean `{near[0]}`?" if near else ""
        self._fault(
            code, f"{said} {shown(name)}{hint}", place, help=f"known are: {listed}" if known and not near else None
        )

    def _check_head(self) -> None:
        id = self.data.get("rulebook", self.known.rulebook)
        if id != self.known.rulebook:
            said = f"these scenarios are for {shown(id)}, but lie in the folder `{self.known.rulebook}`"
            self._fault("wrong-place", said, ("rulebook",), help=f"write `rulebook: {self.known.rulebook}`")
        for i, version in enumerate(self.data.get("versions") or ()):
            if version not in self.known.versions:
                self._unknown("unknown-version", "there is no version", version, self.known.versions, ("versions", i))

    def _rows(self, table: Mapping[str, Any], place: Path) -> list[Draft]:
        when = [self._request_head(head, (*place, "when", i)) for i, head in enumerate(table["when"])]
        then = [self._answer_head(head, (*place, "then", i)) for i, head in enumerate(table["then"])]
        heads, found = Heads(tuple(when), tuple(then)), list[Draft]()
        for key in ("when", "then"):
            for i, head in enumerate(table[key]):
                if head in table[key][:i]:
                    self._fault("repeated-value", f"{shown(head)} is listed twice", (*place, key, i))
        for draft in row_drafts(table, place, heads, self.source):
            if isinstance(draft, Diagnostic):
                self.faults.append(draft)
            elif heads.are_sound:
                found.append(draft)
        return found

    def _request_head(self, head: str, place: Path) -> Steps | None:
        known = _request_heads(self.books)
        if self.books and head not in known:
            self._unknown("unknown-fact", "a request has no fact", head, sorted(known), place)
            return None
        return tuple(head.split("."))

    def _answer_head(self, head: str, place: Path) -> Steps | None:
        steps = tuple(head.split("."))
        fault = step_fault(steps, self.answers, place, self.source)
        if fault is not None:
            self.faults.append(fault)
        return None if fault else steps

    def _scenario(self, draft: Draft) -> Scenario | None:
        before = len(self.faults)
        self._check_name(draft)
        at = self._instant(draft)
        refused, clauses = draft.innermost("refused"), draft.innermost("clauses")
        expect, expect_not = (*draft.expect, *draft.parts("expect")), draft.parts("expect_not")
        layers = self._layers(draft)
        request = request_of(layers)
        self.faults += expectation_faults((*expect, *expect_not), self.answers, self.source)
        self._check_clauses(clauses)
        if refused is None:
            self._check_request(request, layers, draft.place)
            if not expect and not expect_not and not self._tries_to_expect(draft):
                self._fault("expects-nothing", f"{shown(draft.name)} expects nothing", draft.place, key=True,
                            help="add `expect`, `expect_not` or `refused`")  # fmt: skip
        elif expect or expect_not:
            self._fault("mixed-expectation", "a refused request gets no decision to expect anything of", refused[1],
                        key=True, help="make two scenarios of it")  # fmt: skip
        if len(self.faults) > before or at is None:
            return None
        return Scenario(draft.name, at, request, expect, expect_not, _refusal(refused[0]) if refused else None,
                        tuple(clauses[0]) if clauses else (), draft.place)  # fmt: skip

    def _tries_to_expect(self, draft: Draft) -> bool:
        """Whether the file says something that was left out because its shape was faulty."""
        written: Any = self.source.data
        for step in draft.place:
            written = written[step]
        return isinstance(written, dict) and bool(written.keys() & {"expect", "expect_not", "refused"})

    def _check_name(self, draft: Draft) -> None:
        first = self.names.setdefault(draft.name, draft.place)
        if first is not draft.place:
            line = self.source.span(first).line
            self._fault("repeated-scenario", f"another scenario is called {shown(draft.name)}, in line {line}",
                        draft.place, help="give each a name of its own, so that a failure is told apart")  # fmt: skip

    def _instant(self, draft: Draft) -> int | None:
        found = draft.at or draft.innermost("at")
        if found is None and "at" in self.data:
            found = self.data["at"], ("at",)
        if found is None:
            if self.is_timeless:
                return None
            self.is_timeless = True  # told once
            self._fault("no-instant", f"{shown(draft.name)} names no instant to decide for", draft.place,
                        help="write `at:` here, or at the top of the file for all scenarios")  # fmt: skip
            return None
        try:
            return parse_instant(found[0] if isinstance(found[0], str) else "")
        except ValueError as error:
            self._fault("wrong-value", f"{shown(found[0])} {error}", found[1])
            return None

    def _layers(self, draft: Draft) -> list[Layer]:
        bodies = [(self.data, ()), *((body.data, body.place) for body in draft.bodies)]
        layers = []
        for data, place in bodies:
            given = data.get("given", {})
            for key in _NOT_GIVEN.keys() & given.keys():
                said = f"{shown(key)} cannot be given"
                self._fault("misplaced-key", said, (*place, "given", key), key=True, help=_NOT_GIVEN[key])
            layers.append(Layer((), given, (*place, "given")))
        return [*layers, *draft.given]

    def _check_clauses(self, clauses: tuple[Any, Path] | None) -> None:
        for i, clause in enumerate(clauses[0] if clauses else ()):
            if clauses and clause not in self.known.clauses:
                self._unknown("unknown-clause", "there is no clause", clause, self.known.clauses, (*clauses[1], i))

    def _check_request(self, request: Mapping[str, Any], layers: Sequence[Layer], place: Path) -> None:
        for book in self.books:
            for fault in faults_of(request, book):
                at = place_of(fault.pointer, layers, place)
                is_key = fault.message.startswith("unknown name")
                self._fault("unfit-request", f"{fault.pointer}: {fault.message}", at, key=is_key)


def _request_heads(books: Sequence[CompiledRulebook]) -> set[str]:
    plain = {f"{group}.{name}" for book in books for group, known in book.encoders.items() for name in known}
    own = {f"{group}.fields.{name}" for book in books for group, known in book.field_encoders.items() for name in known}
    return plain | own | set(_OTHER_HEADS)


def _refusal(raw: Mapping[str, Any]) -> Refusal:
    return Refusal(raw.get("status"), raw.get("pointer"), raw.get("nearest"))
