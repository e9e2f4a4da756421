"""Derived facts of values: what relates facts to one another, counts them, adds them up or translates them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from ..diagnostics import Path
from ..facts import Closed, Duration, FactType, Number, SetOf, Truth, shown
from .derivation import Case, names_in
from .reader import Reader


@dataclass(frozen=True, slots=True)
class Same:
    """Whether two facts hold the same value."""

    key: ClassVar[str] = "same"
    facts: tuple[str, ...]

    @classmethod
    def read(cls, body: Mapping[str, Any], path: Path, reader: Reader) -> Self:
        """From `{same: [FACT, FACT]}`."""
        return cls(names_in(body["same"]))

    @property
    def type(self) -> FactType:
        """Truth."""
        return Truth()

    @property
    def needs(self) -> tuple[str, ...]:
        """Both facts."""
        return self.facts

    def work_out(self, case: Case) -> bool | None:
        """True when both are present and equal in type and value."""
        first, second = (case.value(f) for f in self.facts)
        return None if first is None or second is None else type(first) is type(second) and first == second


@dataclass(frozen=True, slots=True)
class _Truths:
    """Truth values joined: the three-valued logic of Kleene."""

    key: ClassVar[str]
    settles: ClassVar[bool]
    facts: tuple[str, ...]

    @classmethod
    def read(cls, body: Mapping[str, Any], path: Path, reader: Reader) -> Self:
        """From `{any: [TRUTH, …]}` or `{all: [TRUTH, …]}`."""
        return cls(names_in(body[cls.key]))

    @property
    def type(self) -> FactType:
        """Truth."""
        return Truth()

    @property
    def needs(self) -> tuple[str, ...]:
        """The truths."""
        return self.facts

    def work_out(self, case: Case) -> bool | None:
        """One value settles it; otherwise all must be present."""
        values = [case.value(f) for f in self.facts]
        if self.settles in values:
            return self.settles
        return None if None in values else not self.settles


class AnyOf(_Truths):
    """True when one is."""

    key = "any"
    settles = True


class AllOf(_Truths):
    """True when all are."""

    key = "all"
    settles = False


@dataclass(frozen=True, slots=True)
class _Presence:
    """The names of facts that are absent, or that are not."""

    key: ClassVar[str]
    wanted: ClassVar[bool]
    facts: tuple[str, ...]

    @classmethod
    def read(cls, body: Mapping[str, Any], path: Path, reader: Reader) -> Self:
        """From `{missing: [FACT, …]}` or `{present: [FACT, …]}`."""
        names = names_in(body[cls.key])
        short = [n.rsplit(".", 1)[-1] for n in names]
        for i, name in enumerate(short):
            if name in short[:i]:
                said = f"two of these facts are called {shown(name)} for short"
                reader.fault("repeated-value", said, (*path, cls.key, i),
                             help="the result is the set of their last parts; ask in two steps")  # fmt: skip
        return cls(names)

    @property
    def type(self) -> FactType:
        """A set of the facts' last names."""
        return SetOf(tuple(f.rsplit(".", 1)[-1] for f in self.facts))

    @property
    def needs(self) -> tuple[str, ...]:
        """The facts looked for."""
        return self.facts

    def work_out(self, case: Case) -> frozenset[str]:
        """Never absent; a blank text counts as absent."""

        def is_present(fact: str) -> bool:
            value = case.value(fact)
            return bool(value.strip()) if isinstance(value, str) else value is not None

        return frozenset(f.rsplit(".", 1)[-1] for f in self.facts if is_present(f) is self.wanted)


class Missing(_Presence):
    """What is absent."""

    key = "missing"
    wanted = False


class Present(_Presence):
    """What is not absent."""

    key = "present"
    wanted = True


@dataclass(frozen=True, slots=True)
class Size:
    """How many members a set has."""

    key: ClassVar[str] = "size"
    fact: str

    @classmethod
    def read(cls, body: Mapping[str, Any], path: Path, reader: Reader) -> Self:
        """From `{size: SET}`."""
        return cls(body["size"])

    @property
    def type(self) -> FactType:
        """Count."""
        return Number(at_least=0)

    @property
    def needs(self) -> tuple[str, ...]:
        """The set."""
        return (self.fact,)

    def work_out(self, case: Case) -> int | None:
        """The number of members."""
        value = case.value(self.fact)
        return None if value is None else len(value)


@dataclass(frozen=True, slots=True)
class Sum:
    """Numbers or durations added up."""

    key: ClassVar[str] = "sum"
    facts: tuple[str, ...]
    of_durations: bool
    """Known only once the types of the summands are (see `deriving`)."""

    @classmethod
    def read(cls, body: Mapping[str, Any], path: Path, reader: Reader) -> Self:
        """From `{sum: [NUMBER, …]}`."""
        return cls(names_in(body["sum"]), of_durations=False)

    @property
    def type(self) -> FactType:
        """A number, or a duration when durations are added."""
        return Duration() if self.of_durations else Number(whole=False)

    @property
    def needs(self) -> tuple[str, ...]:
        """The summands."""
        return self.facts

    def work_out(self, case: Case) -> int | float | None:
        """The sum, when all are present."""
        values = [case.value(f) for f in self.facts]
        return None if None in values else sum(values)


@dataclass(frozen=True, slots=True)
class LookUp:
    """A listed value translated into another."""

    key: ClassVar[str] = "look_up"
    fact: str
    answers: Mapping[str, str]
    otherwise: str | None

    @classmethod
    def read(cls, body: Mapping[str, Any], path: Path, reader: Reader) -> Self:
        """From `{look_up: FACT, in: {value: result, …}, otherwise: result}`."""
        results = [(result, (*path, "in", value)) for value, result in body["in"].items()]
        for result, at in (*results, (body.get("otherwise"), (*path, "otherwise"))):
            if result == "any":
                reader.fault("reserved-name", "`any` is the condition that always holds", at,
                             help="choose another result")  # fmt: skip
        return cls(body["look_up"], dict(sorted(body["in"].items())), body.get("otherwise"))

    @property
    def type(self) -> FactType:
        """The closed list of results."""
        results = [*self.answers.values(), *([self.otherwise] if self.otherwise else [])]
        return Closed(tuple(dict.fromkeys(results)))

    @property
    def needs(self) -> tuple[str, ...]:
        """The fact that is looked up."""
        return (self.fact,)

    def work_out(self, case: Case) -> str | None:
        """The result beside the value; `otherwise` for other values, not for an absent fact."""
        value = case.value(self.fact)
        return None if value is None else self.answers.get(value, self.otherwise)
