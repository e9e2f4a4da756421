"""Facts as unknowns, tied to each other: what requests can state, what is derived from it, what instants can show.

Stages and questions stand a floor above.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import permutations

from ...facts import Closed, FactType, Instant, SetOf, Text, Truth
from ...rulebook import ALWAYS, Elapsed, Missing, Present, Size, stage_of_result
from ...tables import Condition, Line, partition
from ..values import NOTHING, example
from .clauses import Clauses
from .formulas import Formula, conditions_in
from .implied import tie_blank, tie_tests
from .instants import Combinations, Look, combinations
from .links import UNARY, at_most_as_long, count, tests_for, tie, tie_members
from .observed import AUDIENCE
from .outcomes import named_facts
from .sharing import fitting, kind_for
from .sides import Key, Side, Situation, meaning_of
from .variables import Marked, Ordered, Variable, literals, new_variable

_USUAL_TIME = 1_767_600_000_000_000
"""2026-01-05T08:00:00Z: where instants are looked for first, where a rulebook does not begin later."""


class Unknowns:
    """The facts of one side, or of several whose requests share all facts that are nobody's own."""

    def __init__(self, sides: Sequence[Side], asked: Iterable[Formula] = ()) -> None:
        """`asked` are questions whose conditions cut cells beyond those of the rules."""
        self.sides = tuple(sides)
        self.clauses = Clauses()
        self._asked = [holds for formula in asked for holds in conditions_in(formula)]
        self._used = [self._used_by(number) for number in range(len(sides))]
        self._conditions = self._gathered()
        self.kinds: dict[Key, FactType | None] = {key: kind_for(self.sides, key) for key in self._conditions}
        """None: the sides disagree on the fact so that no request can state it to all of them."""
        self.variables: dict[Key, Variable] = {}
        for key, conditions in self._conditions.items():
            self.variables[key] = self._new_variable(key, conditions)
        self.blanks: dict[Key, int] = {}
        """The literals of texts without letters, for facts whose being missing is asked about."""
        self.loose: set[Key] = set()
        """Facts of which the clauses do not say all."""
        self.members: dict[Key, list[int]] = {}
        self.counted: set[Key] = set()
        """Sizes of sets: tests on a set need not tell how many are in it."""
        self._tie_derived()
        self._compare_elapsed()
        self.instants = {key: self._instant(key) for key in self.variables if self._is_instant(key)}
        for key in self.instants:
            self._narrow(key)

    # Which facts there are.

    def key(self, fact: str, side: int) -> Key:
        """The variable that a fact of a side is."""
        return self._keys[side].get(fact) or (fact, None)

    @cached_property
    def _keys(self) -> list[dict[str, Key]]:
        """By side, the facts that are its own."""
        found: list[dict[str, Key]] = []
        for number, side in enumerate(self.sides):
            book = side.book.rulebook
            own: dict[str, Key] = {fact: (fact, number) for fact in side.own}
            own |= {fact: (fact, number) for fact in book.facts if stage_of_result(fact)}
            for name, derived in book.derived.items():
                if any(need in own for need in derived.needs) or not self.is_alike(name):
                    own[name] = (name, number)
            found.append(own)
        return found

    def is_alike(self, name: str) -> bool:
        """Whether a derived fact means the same on every side, but for what it is made of."""
        meanings = [meaning_of(name, side) for side in self.sides]
        return meanings[0] is not None and all(meaning == meanings[0] for meaning in meanings)

    def _used_by(self, number: int) -> set[str]:
        """The facts of a side that matter to what it decides or to what is asked."""
        book = self.sides[number].book.rulebook
        used = {fact for stage in book.stages.values() for row in stage.rows for fact in row.when}
        used |= {fact for stage in book.stages.values() for fact in named_facts(stage)}
        used |= {holds.fact for holds in self._asked if holds.side == number}
        if "disclosures" in book.stages:
            used |= {"requester.relation", AUDIENCE}
        for name in reversed(list(book.derived)):
            if name in used:
                used |= set(book.derived[name].needs)
        return used

    def _gathered(self) -> dict[Key, list[Condition]]:
        """The conditions on each fact."""
        found: dict[Key, dict[Condition, None]] = {}
        for number, side in enumerate(self.sides):
            book = side.book.rulebook
            for fact in sorted(self._used[number]):
                found.setdefault(self.key(fact, number), {})
            for stage in book.stages.values():
                for row in stage.rows:
                    for fact, condition in row.when.items():
                        found[self.key(fact, number)][condition] = None
            for name in self._used[number] & book.derived.keys():
                for fact, tests in tests_for(book.derived[name]).items():
                    found[self.key(fact, number)].update(dict.fromkeys((test,) for test in tests))
        for holds in self._asked:
            found[self.key(holds.fact, holds.side)][holds.condition] = None
        return {key: list(conditions) for key, conditions in found.items()}

    def _new_variable(self, key: Key, conditions: list[Condition]) -> Variable:
        kind = self.kinds[key]
        is_known = kind is not None
        if kind is None or isinstance(kind, Closed | Truth):  # listed values are told apart in any case
            conditions = []
        kind = kind or Closed(())
        variable = new_variable(kind, partition(kind, conditions, apart=True), self.clauses)
        if is_known and self.is_input(key) and isinstance(variable, Ordered) and isinstance(variable.partition, Line):
            ends = {cell for cell in (1, variable.partition.size - 1) if cell % 2}
            for cell in ends:  # what lies between two limits has been looked at; what lies beyond depends on the type
                if example(kind, variable.partition, cell) is NOTHING:
                    self.clauses.add([-variable.run(cell, cell)])
        if key[0] == "at":
            self.clauses.add([variable.stated])
        if not is_known:
            self.clauses.add([-variable.stated])
        if isinstance(variable, Marked):
            tie_tests(variable, self.clauses)
        return variable

    def is_input(self, key: Key) -> bool:
        """Whether a request states the fact itself."""
        fact, number = key
        book = self.sides[number or 0].book.rulebook
        books = [book] if number is not None else [side.book.rulebook for side in self.sides]
        return not stage_of_result(fact) and not any(fact in b.derived for b in books)

    @cached_property
    def free(self) -> tuple[Key, ...]:
        """The facts from whose cells all others follow: those that requests state, those of instants, loose ones."""
        more = {key for instant in self.instants for key, _ in self.looks(instant)} | self.loose | self.counted
        return tuple(key for key in self.variables if self.is_input(key) or key in more)

    # How they hang together.

    def _tie_derived(self) -> None:
        tied: set[Key] = set()
        for number, side in enumerate(self.sides):
            for name, derived in side.book.rulebook.derived.items():
                key = self.key(name, number)
                if name not in self._used[number] or key in tied:
                    continue
                tied.add(key)
                needs = [self.key(need, number) for need in derived.needs]
                is_exact = tie(derived, self.variables[key], [self.variables[k] for k in needs],
                               [self._blank(k) for k in needs], self.clauses)  # fmt: skip
                if isinstance(derived, Missing | Present):
                    self.members[key] = [
                        self._presence(k) if derived.wanted else -self._presence(k) for k in needs
                    ]  # fmt: skip
                if isinstance(derived, Size):
                    is_exact = self._count(key, derived, needs[0])
                if isinstance(derived, UNARY) and not self.is_input(needs[0]):
                    is_exact = False
                if not is_exact:
                    self.loose.add(key)

    def _compare_elapsed(self) -> None:
        """The time that a calendar counts between two instants is at most the time that has passed."""
        for number, side in enumerate(self.sides):
            spans = [
                (self.key(name, number), derived)
                for name, derived in side.book.rulebook.derived.items()
                if isinstance(derived, Elapsed) and name in self._used[number]
            ]
            for (short, one), (long, other) in permutations(spans, 2):
                is_alike = (one.start, one.end, one.paused_by) == (other.start, other.end, other.paused_by)
                shorter, longer = self.variables[short], self.variables[long]
                if is_alike and other.calendar == ALWAYS and one.calendar != ALWAYS:
                    assert isinstance(shorter, Ordered)
                    assert isinstance(longer, Ordered)
                    at_most_as_long(shorter, longer, self.clauses)

    def _count(self, key: Key, derived: Size, need: Key) -> bool:
        """Tie a set's size to its members, where only so many can be in it."""
        kind, variable, number = self.kinds[need], self.variables[need], self.variables[key]
        if not isinstance(kind, SetOf) or kind.values is None:
            return False
        if need not in self.members:
            assert isinstance(variable, Marked)
            named = {value: self.clauses.new() for value in kind.values}
            for member in named.values():
                self.clauses.add((-member, variable.stated))
            tie_members(variable, named, self.clauses)
            self.members[need] = [*named.values()]
        assert isinstance(number, Ordered)
        count(derived, number, self.members[need], self.clauses)
        self.counted.add(key)
        return True

    def _presence(self, key: Key) -> int:
        return self.clauses.all_of((self.variables[key].stated, -self._blank(key)))

    def _blank(self, key: Key) -> int:
        if not isinstance(self.kinds[key], Text):
            return -self.clauses.true
        if key not in self.blanks:
            self.blanks[key] = self.clauses.new()
            self.clauses.add((-self.blanks[key], self.variables[key].stated))
            variable = self.variables[key]
            assert isinstance(variable, Marked)
            tie_blank(variable, self.blanks[key], self.clauses)
        return self.blanks[key]

    def _is_instant(self, key: Key) -> bool:
        return self.is_input(key) and isinstance(self.kinds[key], Instant)

    def looks(self, key: Key) -> list[tuple[Key, Look]]:
        """What is asked of an instant: of itself, and through derived facts."""
        found: dict[Key, Look] = {}
        own = self.variables[key].partition
        if getattr(own, "points", ()):
            found[key] = Look(None, own)  # type: ignore[arg-type]
        for number, side in enumerate(self.sides):
            for name, derived in side.book.rulebook.derived.items():
                mine = self.key(name, number)
                if mine in self.variables and isinstance(derived, UNARY) and self.key(derived.instant, number) == key:
                    calendar = side.book.shared.calendars[derived.calendar] if hasattr(derived, "calendar") else None
                    found[mine] = Look(derived, self.variables[mine].partition, calendar)  # type: ignore[arg-type]
        return list(found.items())

    def _instant(self, key: Key) -> Combinations:
        return combinations([look for _, look in self.looks(key)], self.around)

    @property
    def around(self) -> int:
        """Where instants are looked for first."""
        starts = [side.book.rulebook.in_force.start for side in self.sides if side.book.rulebook.in_force]
        return max([_USUAL_TIME, *starts])

    def _narrow(self, key: Key) -> None:
        """Exclude combinations that no instant shows, where all are known that one shows."""
        found, looks = self.instants[key], self.looks(key)
        if not found.is_whole or len(looks) < 1:
            return
        known = [
            self.clauses.all_of(
                literal
                for (look_key, _), cell in zip(looks, cells, strict=True)
                for literal in literals(self.variables[look_key], cell)
            )
            for cells in found.shown
        ]
        self.clauses.add((-self.variables[key].stated, *known))

    def complete_instants(self, key: Key) -> None:
        """Find every combination that an instant can show, over the whole horizon, and exclude the others."""
        if not self.instants[key].is_whole:
            looks = [look for _, look in self.looks(key)]
            self.instants[key] = combinations(looks, self.around, whole=True)
            self._narrow(key)

    # Answers.

    def holds(self, fact: str, condition: Condition, number: int) -> int:
        """The literal of a condition on a fact of a side."""
        key = self.key(fact, number)
        return self.variables[key].holds(self._fitting(fact, condition, number))

    def _fitting(self, fact: str, condition: Condition, number: int) -> Condition:
        """A condition of a side as it applies to what all sides know of a fact."""
        kind = self.kinds[self.key(fact, number)]
        own = self.sides[number].book.rulebook.facts.get(fact)
        return condition if kind is own or kind == own else fitting(condition, kind)

    def situation(self) -> Situation:
        """The cells of all facts in the answer that the solver found last."""
        model = self.clauses.model()
        cells = {key: variable.cell(model) for key, variable in self.variables.items()}
        return Situation(cells, frozenset(key for key, blank in self.blanks.items() if model[blank]))

    def literals(self, key: Key, cell: int) -> list[int]:
        """The literals that say that a fact lies in a cell."""
        return literals(self.variables[key], cell)

    def marked(self) -> Mapping[Key, Marked]:
        """The texts and sets of requests."""
        return {k: v for k, v in self.variables.items() if isinstance(v, Marked) and self.is_input(k)}
