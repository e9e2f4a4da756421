"""What a change of a long table changes, told without the solver: the blocks that changed rows settle on either side.

The rest of a request is what the space says of it, and the engine decides each request that is shown. Where anything
is not as it should be, nothing is told, and the solver is asked instead.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from ...decision import NOT_DECIDED, RequestRefused
from ...rulebook import Row
from ..blocks import Bits, Block, TooManySteps
from ..space import Key, Observed, Situation, Space, observe, requests_for
from .alignment import common
from .aspects import Aspect, is_sure
from .joint import Joint, Pair, Sides, fits, without
from .narrowing import mark_of
from .regions import Found, Limits, Piece, Regions, shows
from .sayings import mark, said_by
from .settling import Rows

_STAGES = ("classification", "priority", "escalation", "sla")
"""The stages whose answer is what a rule says."""
_TRIED = 3
"""Requests that are decided for a choice of cells."""
_BLOCKS = 5_000
"""Parts into which what boxes leave of a region may fall."""


class _Unfit(Exception):
    """A request is not as its cells say, or there are too many parts."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """A pair of rules that settle the same requests with the same result, but are not one rule."""

    old: tuple[str, ...]
    new: tuple[str, ...]
    piece: Piece | None
    """Where it is so, and a request; None: they differ in their names alone."""


@dataclass(frozen=True, slots=True)
class Told:
    """All that a change of a long table comes to."""

    regions: Regions
    renamed: tuple[Renamed, ...]
    has_more: bool
    """Whether there may be further pairs of rules that decide the same."""
    kept: frozenset[str]
    """Names that rules of both sides share which settle the same requests, and are not quite the same rules."""


def told_by_blocks(space: Space, part: object, limits: Limits) -> Told | None:
    """What differs in a stage; None where its rules are few, or ask for more than cells, or it would take too long."""
    if not isinstance(part, Aspect) or part.stage not in _STAGES or part.name is not None:
        return None
    rows = (_rows(space, part, 0), _rows(space, part, 1))
    if len(rows[0]) + len(rows[1]) <= limits.table or not _is_plain(space, part) or not fits(space, rows):
        return None
    try:
        return _Telling(space, part, limits, rows).told()
    except (TooManySteps, _Unfit):
        return None


def _rows(space: Space, part: Aspect, side: int) -> tuple[Row, ...]:
    stage = space.decided[side][part.stage].stage
    return stage.rows if stage else ()


def _is_plain(space: Space, part: Aspect) -> bool:
    """Whether the stage is always decided, and each rule always says one and the same."""
    always = all(space.decided[side][part.stage].runs == space.clauses.true for side in (0, 1))
    cases = [case for side in (0, 1) for case in part.cases[side] if case.said is not None]
    return always and all(case.is_sure and not case.needs and case.written is None for case in cases)


class _Telling:
    def __init__(
        self, space: Space, part: Aspect, limits: Limits, rows: tuple[tuple[Row, ...], tuple[Row, ...]]
    ) -> None:  # fmt: skip
        self.space, self.part, self.limits, self.rows = space, part, limits, rows
        self.joint = Joint(space, rows)
        self._says = tuple([mark(said_by(part.stage, row)) for row in (*some, None)] for some in rows)
        self._kept = common(*([mark_of(part.stage, row) for row in some] for some in rows))
        self._base = self._plain_situation()

    def told(self) -> Told:
        odd = [[i for i in range(len(self.rows[side])) if i not in self._kept[side]] for side in (0, 1)]
        pairs = self.joint.pairs((odd[0], odd[1]))
        groups: dict[tuple[str, str], list[Pair]] = {}
        alike: list[Pair] = []
        for pair in pairs:
            said = (self._said(0, pair), self._said(1, pair))
            if said[0] == said[1]:
                alike.append(pair)
            else:
                groups.setdefault(said, []).append(pair)
        found = [self._found(*said, some) for said, some in islice(groups.items(), self.limits.regions)]
        why = f"more than {self.limits.regions} regions differ; the others were not looked at"
        undecided = (why,) if len(groups) > len(found) else ()
        named = {pair for pair in alike if self._ids(pair)[0] == self._ids(pair)[1]}
        renamed, has_more = self._renamed([pair for pair in alike if pair not in named])
        kept = frozenset(name for pair in named for name in self._ids(pair)[0])
        return Told(Regions(tuple(found), undecided), renamed, has_more, kept)

    def _said(self, side: int, pair: Pair) -> str:
        place = pair[side]
        return self._says[side][-1 if place is None else place]

    def _ids(self, pair: Pair) -> tuple[tuple[str, ...], tuple[str, ...]]:
        old, new = ((self.rows[side][p].id,) if (p := pair[side]) is not None else () for side in (0, 1))
        return old, new

    # Regions.

    def _found(self, old_said: str, new_said: str, pairs: Sequence[Pair]) -> Found:
        part, limits = self.part, self.limits
        old, new = part.saying(0, old_said), part.saying(1, new_said)
        fitting = shows(part, old, new)
        is_certain = is_sure(part.stage, old, new)
        places = [[None if i == len(says) - 1 else i for i, what in enumerate(says) if what == said]
                  for says, said in zip(self._says, (old_said, new_said), strict=True)]  # fmt: skip
        meant = self.joint.meant(*places)
        pieces, is_whole = self._pieces(pairs, meant, lambda seen: fitting(seen) and part.differs(seen), limits.boxes)
        told: list[tuple[Rows, Rows]] = [(_as_rows(a), _as_rows(b)) for a, b in pairs]
        has_all = len(told) <= limits.pairs
        sides = [tuple(dict.fromkeys(pair[side] for pair in told)) for side in (0, 1)]
        by_side = [None if has_all or len(some) > limits.rules else some for some in sides]
        literal = self.space.clauses.all_of((old.literal, new.literal))
        return Found(
            part, old, new, literal, False, is_certain, pieces, is_whole,
            tuple(told[: limits.pairs]), has_all, (by_side[0], by_side[1]), pieces[0].seen,
        )  # fmt: skip

    def _pieces(
        self, pairs: Sequence[Pair], meant: Sides, shown: Callable[[Sequence[Observed]], bool], most: int
    ) -> tuple[tuple[Piece, ...], bool]:
        """Boxes that cover what pairs of rules settle, or as many as are told; and whether they cover it."""
        joint, pieces, blocks = self.joint, list[Piece](), list[Block]()
        for block, by in self._rest(pairs, blocks):
            if len(pieces) >= most:
                return tuple(pieces), False
            point = joint.plainest(block, by)
            assert point is not None
            around = joint.around(point, meant)
            blocks.append(around)
            pieces.append(Piece(joint.box(around), self.part.stage in NOT_DECIDED, self._seen(point, shown)))
        return tuple(pieces), True

    def _rest(self, pairs: Sequence[Pair], blocks: Sequence[Block]) -> Iterator[tuple[Block, Bits]]:
        """What pairs of rules settle and given blocks do not take, which grow meanwhile; each with rules before."""
        parts = 0
        for pair in pairs:
            block, by = self.joint.both(pair)
            todo = [(block, 0)]
            while todo:
                parts += 1
                if parts > _BLOCKS:
                    raise _Unfit
                block, cut = todo.pop()
                if self.joint.table.left(block, by) is None:
                    continue
                if cut == len(blocks):
                    yield block, by
                if cut < len(blocks):
                    todo += [(rest, cut + 1) for rest in without(block, blocks[cut])]

    # Requests.

    def _plain_situation(self) -> Situation:
        """Any request, with no more facts than it must have."""
        space = self.space
        if not space.clauses.can_hold([]):
            raise _Unfit
        found = space.situation()
        cells = {k: 0 if space.is_input(k) and k not in space.instants else cell for k, cell in found.cells.items()}
        return Situation(cells, frozenset())

    def _seen(self, point: Block, shown: Callable[[Sequence[Observed]], bool]) -> tuple[Observed, ...]:
        """A request of these cells as both sides decide it, which shows what it must."""
        cells: Mapping[Key, int] = {**self._base.cells, **self.joint.cells(point)}
        for requests in islice(requests_for(self.space, Situation(cells, frozenset())), _TRIED):
            try:
                sides = zip(self.space.sides, requests, strict=True)
                seen = tuple(observe(side.book, request) for side, request in sides)
            except RequestRefused:
                continue
            if shown(seen):
                return seen
        raise _Unfit

    # The same decision, by another rule.

    def _renamed(self, pairs: Sequence[Pair]) -> tuple[tuple[Renamed, ...], bool]:
        """Pairs that decide the same; those that differ in more than their names come first."""
        kept = zip(*(sorted(some) for some in self._kept), strict=True)
        renamed: list[Pair] = [pair for pair in kept if self._ids(pair)[0] != self._ids(pair)[1]]
        alike = {pair for pair in pairs if self._reads_alike(pair)}
        odd = {*pairs}
        found: list[Renamed] = []
        has_more = False
        for pair in [*(p for p in pairs if p not in alike), *(p for p in pairs if p in alike), *renamed]:
            if len(found) >= self.limits.resigned:
                has_more = True
                break
            try:
                told = self._renaming(pair, len(found) < self.limits.resigned_boxes, is_odd=pair in odd)
            except _Unfit:
                if pair in odd:
                    raise
                has_more = True
                continue
            found += [told] if told else []
        return tuple(found), has_more

    def _reads_alike(self, pair: Pair) -> bool:
        old, new = (None if (p := pair[side]) is None else self.rows[side][p] for side in (0, 1))
        return bool(old and new and old.when == new.when and old.outcome == new.outcome)

    def _renaming(self, pair: Pair, is_boxed: bool, *, is_odd: bool) -> Renamed | None:
        """A pair as it is told; None for one that settles nothing."""
        old, new = self._ids(pair)
        if is_odd and self._reads_alike(pair):
            return Renamed(old, new, None)
        block, by = self.joint.both(pair)
        point = self.joint.plainest(block, by)
        if point is None:
            return None
        names = [ids[0] if ids else f"{self.part.stage}.none" for ids in (old, new)]
        seen = self._seen(point, lambda seen: [self.part.part(one)["by"] for one in seen] == names)
        if not is_odd:
            return Renamed(old, new, None)
        box = self.joint.box(self.joint.around(point, self.joint.meant(pair[:1], pair[1:]))) if is_boxed else None
        return Renamed(old, new, Piece(box, False, seen))


def _as_rows(place: int | None) -> Rows:
    return () if place is None else (place,)
