"""What two decisions on one request differ in: by part, the rules on either side. Tells no text of the request."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from ..decision_log import Sides

_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode
_canonical: Final = msgspec.json.Encoder(order="deterministic").encode


def differing_parts(in_force: bytes, candidate: bytes) -> dict[str, Sides]:
    """The parts of two decisions, in JSON, that differ, each with the rules behind what differs in it."""
    if in_force == candidate:
        return {}
    ours, theirs = _decode(in_force), _decode(candidate)
    return {
        part: _sides(ours.get(part), theirs.get(part))
        for part in dict.fromkeys((*ours, *theirs))
        if _canonical(ours.get(part)) != _canonical(theirs.get(part))
    }


def _sides(ours: Any, theirs: Any) -> Sides:
    """The rules behind two differing values of a part: of lists and of names, those of the members that differ."""
    mine, other = dict(_members(ours)), dict(_members(theirs))
    return Sides(_rules(mine, other), _rules(other, mine))


def _members(part: Any) -> Iterator[tuple[bytes, Any]]:
    """The members of a part, by what tells them apart."""
    if isinstance(part, list):
        for member in part:
            yield _canonical(member), member
    elif isinstance(part, Mapping) and "by" not in part:
        for name, member in part.items():
            yield name.encode(), member
    elif part is not None:
        yield b"", part


def _rules(members: Mapping[bytes, Any], others: Mapping[bytes, Any]) -> list[str]:
    differing: Iterable[Any] = (
        member
        for name, member in members.items()
        if name not in others or _canonical(member) != _canonical(others[name])
    )
    return sorted({str(member["by"]) for member in differing if isinstance(member, Mapping) and "by" in member})
