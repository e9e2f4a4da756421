"""Escalation: does it move up, to whom, and with what request."""

from collections.abc import Callable
from typing import Any

from ..facts import FactType, Number, shown
from ..rulebook import Row, Template, Then
from .case import Case
from .choices import Outputs, PlainChoice
from .texts import filled

LEVELS = range(10)


class Escalation(PlainChoice):
    """`to`, `level` (the line it moves to; 0: it stays), `request` (a mapping for the tracker)."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("escalation", "to", {"to": None, "level": 0, "request": None},
                         {"escalation.to": "to", "escalation.level": "level"})  # fmt: skip

    def read_outcome(self, then: Then, settings: Any) -> Any:
        """Any of the three; a rule may also say that it stays (`to: null`)."""
        before = len(then.reader.faults)
        then.refuse_unknown(tuple(self.empty))
        values: dict[str, Any] = {}
        if then.values.get("to") is not None:
            values["to"] = then.template("to", finite=True)
        level = then.values.get("level")
        if level is not None:
            if not isinstance(level, int) or isinstance(level, bool) or level not in LEVELS:
                then.fault("wrong-value", f"{shown(level)} is not a level", "level",
                           help="levels are whole numbers from 0 to 9, without quotes")  # fmt: skip
            values["level"] = level
        request = then.values.get("request")
        if request is not None:
            values["request"] = self._request(request, then)
        is_doubtful = then.is_given("to") and values["to"] is None
        return None if is_doubtful or len(then.reader.faults) > before else Outputs(values)

    def _request(self, raw: Any, then: Then) -> Any:
        if not isinstance(raw, dict) or not all(isinstance(v, str | int | float | bool) for v in raw.values()):
            then.fault("wrong-shape", "`request` must be a mapping from names to plain values", "request",
                       help="such as `{tracker: youtrack, type: Request}`")  # fmt: skip
            return None
        path = then.paths["request"]
        return {
            key: then.reader.template(value, (*path, key), finite=True) if isinstance(value, str) else value
            for key, value in sorted(raw.items())
        }

    def results(
        self, rows: tuple[Row, ...], settings: Any, values: Callable[[Template], list[str]]
    ) -> dict[str, FactType]:
        """Where to, and the level."""
        return {**super().results(rows, settings, values), "escalation.level": Number(at_least=0, at_most=max(LEVELS))}

    def facts(self, outcome: Outputs) -> tuple[str, ...]:
        """The facts named in its texts, those of the request too."""
        inner = (outcome.values.get("request") or {}).values()
        return super().facts(outcome) + tuple(f for v in inner if isinstance(v, Template) for f in v.facts)

    def part(self, row: Row | None, case: Case) -> dict[str, Any]:
        """The part, but for `by`."""
        part = super().part(row, case)
        if part["request"] is not None:
            part["request"] = {k: filled(v, case) if isinstance(v, Template) else v for k, v in part["request"].items()}
        return part
