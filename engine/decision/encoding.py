"""From a value of a request to the cell of its fact, in one step for the common case.

An encoder raises anything but returns a cell only for a value that fits; `requests` then finds out what is wrong.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from ..facts import CLEAN_TEXT_LIMIT, Closed, FactType, Number, Text, Truth, parse_instant
from ..tables import Line, Listed, Partition

Encoder = Callable[[Any], int]
ABSENT = 0
SOME = 1
"""Any cell that is not the absent one, for facts that no rule tests."""


REMEMBERED = 4096
"""Whole numbers below this keep their cells once they have been met; larger ones hardly come twice."""
COURSE_LIMIT = 1_000
"""Waits, messages or states that a request may list."""
SENDERS = ("requester", "agent")
"""Whom a message may come from."""


class Unfit(Exception):
    """A value that wants a closer look."""


class Encoding(NamedTuple):
    """How the values of a fact become cells: an encoder, and the same written out."""

    encode: Encoder
    source: str = "{encode}({value})"
    """The encoder as an expression of Python: `value` stands for the value, `encode` and `table` for the other two."""
    table: Any = None
    """A mapping that the expression looks the cell up in."""


def encoding(kind: FactType, partition: Partition | None) -> Encoding:
    """The encoding of a fact; without a partition no rule tests it, and only its type is checked."""
    match kind, partition:
        case Closed(), None:
            return listed(dict.fromkeys(kind.values, SOME))
        case Closed(), Listed():
            return listed(partition.cell_of_value)
        case Truth(), _:
            cells = partition.cell_of_value if isinstance(partition, Listed) else {True: SOME, False: SOME}
            return _truth(cells[True], cells[False])
        case Number(), _:
            return _number(kind, partition if isinstance(partition, Line) else Line(()))
        case Text(), None:
            return Encoding(_text, _CLEAN_TEXT)
    read = kind.read
    cell = partition.cell if partition is not None else _some
    return Encoding(lambda value: ABSENT if value is None else cell(read(value)))


def listed(cells: Mapping[Any, int]) -> Encoding:
    """The encoding of values that are listed with their cells."""
    known: dict[Any, int] = {None: ABSENT, **cells}
    return Encoding(known.__getitem__, "{table}[{value}]", known)


def _some(value: Any) -> int:
    return SOME


_CLEAN_TEXT = (
    f"{SOME} if type(v := {{value}}) is str and v.isascii() and len(v) <= {CLEAN_TEXT_LIMIT} else {{encode}}(v)"
)


def _text(value: Any) -> int:
    if type(value) is str and value.isascii() and len(value) <= CLEAN_TEXT_LIMIT:
        return SOME
    if value is None:
        return ABSENT
    Text().read(value)
    return SOME


def _truth(yes: int, no: int) -> Encoding:
    def encode(value: Any) -> int:
        if value is True:
            return yes
        if value is False:
            return no
        if value is None:
            return ABSENT
        raise Unfit

    return Encoding(encode, f"{yes} if (v := {{value}}) is True else {no} if v is False else {{encode}}(v)")


def _number(kind: Number, line: Line) -> Encoding:
    low: float = -(2**63) + 1
    high: float = 2**63 - 1
    if kind.at_least is not None:
        low = max(low, kind.at_least)
    if kind.at_most is not None:
        high = min(high, kind.at_most)
    read, cell = kind.read, line.cell
    if not line.points:
        return Encoding(
            lambda value: SOME if type(value) is int and low <= value <= high else _number_cell(value, read, cell)
        )
    cells = _WholeCells(low, high, cell)
    return Encoding(
        lambda value: cells[value] if type(value) is int else _number_cell(value, read, cell),
        "{table}[v] if type(v := {value}) is int else {encode}(v)",
        cells,
    )


class _WholeCells(dict[int, int]):
    """Cells of whole numbers; looked up for nothing else, since 1 and true are the same key."""

    def __init__(self, low: float, high: float, cell: Encoder) -> None:
        super().__init__()
        self._low, self._high, self._cell = low, high, cell

    def __missing__(self, number: int) -> int:
        if not self._low <= number <= self._high:
            raise Unfit
        cell = self._cell(number)
        if 0 <= number < REMEMBERED:
            self[number] = cell
        return cell


def _number_cell(value: Any, read: Callable[[Any], Any], cell: Encoder) -> int:
    return ABSENT if value is None else cell(read(value))


def encode_waits(waits: Any) -> int:
    """Looks whether waits fit; no rule tests them, so the cell says nothing."""
    if waits is None:
        return ABSENT
    if type(waits) is not list or len(waits) > COURSE_LIMIT:
        raise Unfit
    for wait in waits:
        begin = parse_instant(wait["from"])
        until = wait.get("until")
        if len(wait) > ("until" in wait) + 1 or (until is not None and parse_instant(until) < begin):
            raise Unfit
    return SOME


def encode_messages(messages: Any) -> int:
    """Looks whether messages fit; no rule tests them, so the cell says nothing."""
    if messages is None:
        return ABSENT
    if type(messages) is not list or len(messages) > COURSE_LIMIT:
        raise Unfit
    for message in messages:
        parse_instant(message["at"])
        if message["from"] not in SENDERS or len(message) > 2 + ("channel" in message):
            raise Unfit
        _text(message.get("channel"))
    return SOME


def states_encoder(known: Collection[str] | None) -> Encoder:
    """Looks whether the states of a ticket fit, and are known where the rulebook lists them."""

    def encode(states: Any) -> int:
        if states is None:
            return ABSENT
        if type(states) is not list or len(states) > COURSE_LIMIT:
            raise Unfit
        for entry in states:
            parse_instant(entry["at"])
            state = entry["state"]
            if len(entry) > 2 or _text(state) != SOME or not state or (known is not None and state not in known):
                raise Unfit
        return SOME

    return encode


def encode_later(fields: Any) -> int:
    """Stands for a group's `fields`, whose members are encoded one by one."""
    return ABSENT
