"""Types in words, for messages."""

from ..facts import Closed, Duration, FactType, Instant, Number, SetOf, Text, Truth, shown


def described(kind: FactType) -> str:
    """A type in words, for messages."""
    match kind:
        case Closed(values=values, ordered=ordered):
            some = ", ".join(shown(v) for v in values[:8]) + (", …" if len(values) > 8 else "")
            return f"{'an ordered' if ordered else 'a closed'} list ({some})"
        case Number():
            return ("a whole number" if kind.whole else "a number") + _bounds(kind)
        case SetOf():
            return "a set"
        case Truth():
            return "true or false"
        case Duration():
            return "a duration"
        case Instant():
            return "an instant"
        case Text():
            return "a text"


def _bounds(kind: Number) -> str:
    low, high = kind.at_least, kind.at_most
    if low is None:
        return "" if high is None else f" of at most {high}"
    return f", at least {low}" if high is None else f" from {low} to {high}"
