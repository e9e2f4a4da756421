"""In which regions of a comparison a request lies, by how both versions decided it. Asks no solver."""

from collections.abc import MutableMapping, Sequence

from ...decision import NOT_DECIDED, CompiledRulebook, RequestRefused
from ...tables import Listed, Marks
from ..space import Box, Key, Observed, Space, Tests, observe
from .clocks import Clock
from .differences import Comparison
from .regions import Found, Piece, is_by_texts, shows

Request = dict[str, object]
Cells = MutableMapping[Key, int]
"""The cells in which facts of one decided request lie, as far as they were looked up."""


def decided_by_both(books: Sequence[CompiledRulebook], request: Request) -> tuple[Observed, ...] | None:
    """A request as both versions decide it; None where one of them does not take it."""
    try:
        heads = ({"rulebook": book.rulebook.id, "version": book.rulebook.version} for book in books)
        return tuple(observe(book, {**request, **head}) for book, head in zip(books, heads, strict=True))
    except RequestRefused:
        return None


def regions_with(comparison: Comparison, seen: Sequence[Observed]) -> list[int]:
    """The places of the regions in which a decided request lies and gets another answer."""
    cells: Cells = {}
    return [
        place
        for place, found in enumerate(comparison.found)
        if found.part.differs(seen) and is_in(comparison, found, seen, cells)
    ]  # fmt: skip


def is_in(comparison: Comparison, found: Found, seen: Sequence[Observed], cells: Cells) -> bool:
    """Whether a decided request lies in a region."""
    if isinstance(found.part, Clock) or (found.is_whole and all(piece.box for piece in found.pieces)):
        return any(lies_in(comparison.space, piece, seen, cells) for piece in found.pieces)
    return shows(found.part, found.old, found.new)(seen) and follows_in(comparison, found, seen) == found.follows


def follows_in(comparison: Comparison, found: Found, seen: Sequence[Observed]) -> bool:
    """Whether what a part depends on is seen differently by the versions."""
    return bool(differs_of(comparison, found, seen))


def differs_of(comparison: Comparison, found: Found, seen: Sequence[Observed]) -> tuple[str, ...]:
    """The facts on which a part depends and that the versions see differently."""
    accepted = {one.answer["decision"]["admission"]["outcome"] == "accept" for one in seen}
    first = ("admission",) if found.part.stage in NOT_DECIDED and len(accepted) > 1 else ()
    tested = (fact for fact in found.part.tested if _differs(comparison.space, fact, seen))
    named = found.part.named if is_by_texts(found.old, found.new) else ()
    texts = (fact for fact in named if seen[0].value(fact) != seen[1].value(fact))
    return tuple(dict.fromkeys((*first, *tested, *texts)))


def _differs(space: Space, fact: str, seen: Sequence[Observed]) -> bool:
    """Whether rules can tell a fact of one side from that of the other."""
    values = [one.value(fact) for one in seen]
    partitions = [getattr(space.variables.get(space.key(fact, side)), "partition", None) for side in (0, 1)]
    if values[0] == values[1] or None in values or None in partitions or isinstance(partitions[0], Listed):
        return bool(values[0] != values[1])
    cells = [partition.cell(value) for partition, value in zip(partitions, values, strict=True) if partition]
    return bool(cells[0] != cells[1])


def lies_in(space: Space, piece: Piece, seen: Sequence[Observed], cells: Cells) -> bool:
    """Whether a decided request lies in a piece of a region."""
    if piece.box is None:
        return False
    if piece.is_of_accepted and any(s.answer["decision"]["admission"]["outcome"] != "accept" for s in seen):
        return False
    return _lies_in(space, piece.box, seen, cells)


def _cell(space: Space, key: Key, seen: Sequence[Observed], cells: Cells) -> int:
    found = cells.get(key)
    if found is None:
        value = seen[key[1] or 0].value(key[0])
        found = cells[key] = 0 if value is None else space.variables[key].partition.cell(value)
    return found


def _lies_in(space: Space, box: Box, seen: Sequence[Observed], cells: Cells) -> bool:
    for key, part in box.parts.items():
        cell = _cell(space, key, seen, cells)
        if isinstance(part, Tests):
            partition, value = space.variables[key].partition, seen[key[1] or 0].value(key[0])
            assert isinstance(partition, Marks)
            holding = {test: bool((cell - 1) >> i & 1) for i, test in enumerate(partition.bit_of)} if cell else {}
            if part.is_stated is not (cell != 0) or any(
                holding.get(test, False) is not holds for test, holds in part.signs
            ):
                return False
            if part.is_blank is not None and part.is_blank is not (isinstance(value, str) and not value.strip()):
                return False
        elif cell not in part:
            return False
    return True
