"""The solver: literals, gates over them, and the question whether all clauses can hold at once.

A literal is a whole number that is not 0; its negative is the opposite. Gates are equivalences, so a question and its
opposite are asked of the same gate. Knows nothing of facts and rules. The solver is Glucose 4 (python-sat).
"""

from collections.abc import Collection, Iterable, Sequence

from pysat.solvers import Solver


class Clauses:
    """Clauses that only ever grow; questions are asked under assumptions."""

    def __init__(self) -> None:
        self._solver = Solver(name="glucose4")
        self._gates: dict[frozenset[int], int] = {}
        self._last = 0
        self.true = self.new()
        self.add([self.true])

    def new(self) -> int:
        """A literal of which nothing is known."""
        self._last += 1
        return self._last

    def add(self, literals: Iterable[int]) -> None:
        """At least one of these holds."""
        self._solver.add_clause(list(literals))

    def all_of(self, literals: Iterable[int]) -> int:
        """A literal that holds exactly when all of these do."""
        parts = frozenset(literals) - {self.true}
        if not parts:
            return self.true
        if len(parts) == 1:
            return next(iter(parts))
        if -self.true in parts or any(-part in parts for part in parts):
            return -self.true
        gate = self._gates.get(parts)
        if gate is None:
            gate = self._gates[parts] = self.new()
            for part in parts:
                self.add((-gate, part))
            self.add((gate, *(-part for part in parts)))
        return gate

    def any_of(self, literals: Iterable[int]) -> int:
        """A literal that holds exactly when one of these does."""
        return -self.all_of(-literal for literal in literals)

    def can_hold(self, assumed: Sequence[int]) -> bool:
        """Whether all clauses and what is assumed can hold at once."""
        return bool(self._solver.solve(assumptions=list(assumed)))

    def can_hold_soon(self, assumed: Sequence[int], conflicts: int) -> bool | None:
        """The same within so many conflicts of the search; None: it did not get that far."""
        self._solver.conf_budget(conflicts)
        found = self._solver.solve_limited(assumptions=list(assumed))
        return None if found is None else bool(found)

    def model(self) -> "Model":
        """What holds in the answer just found."""
        return Model(self._solver.get_model() or ())

    def core(self) -> frozenset[int]:
        """Of what was assumed last, a part that cannot hold already."""
        return frozenset(self._solver.get_core() or ())

    def smallest(self, assumed: Collection[int], sure: Sequence[int] = ()) -> list[int]:
        """A part of what is assumed that contradicts `sure`, and of which nothing can be left out.

        Raises ValueError when all of it can hold.
        """
        if self.can_hold([*sure, *assumed]):
            raise ValueError("what is assumed can hold")
        core = self.core()
        kept = [literal for literal in assumed if literal in core]
        for literal in list(kept):
            rest = [other for other in kept if other != literal]
            if not self.can_hold([*sure, *rest]):
                core = self.core()
                kept = [other for other in rest if other in core]
        return kept


class Model:
    """Which literals hold."""

    __slots__ = ("_values",)

    def __init__(self, values: Sequence[int]) -> None:
        self._values = values

    def __getitem__(self, literal: int) -> bool:
        place = abs(literal) - 1
        return (place < len(self._values) and self._values[place] > 0) == (literal > 0)
