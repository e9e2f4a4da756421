"""Many requests to one version of a rulebook, decided column by column; the stages are those of a single decision."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..decision import NOT_DECIDED, Fault
from ..rulebook import STAGES
from .batch import Batch
from .columns import Columns, Flags, Whole
from .deriving import derive
from .promises import decide_sla
from .rulebook import BulkRulebook
from .sla import SlaColumn
from .stages import StageColumn, decide_stage


@dataclass(frozen=True, slots=True)
class BulkDecisions:
    """The decisions of one version of a rulebook: for each stage a column of parts."""

    version: str
    digest: str
    stages: Mapping[str, StageColumn]
    """Every stage but `sla`, by its name."""
    sla: SlaColumn
    refused: Flags
    """The requests that do not fit; they have no decision."""
    faults: Sequence[tuple[Fault, int]]
    """What does not fit, each with the number of requests that have it."""
    singly: Flags
    """The requests of which a part was worked out one by one."""

    def __len__(self) -> int:
        """How many requests there are."""
        return len(self.refused)

    def decision(self, row: int) -> dict[str, Any] | None:
        """What the columns say of one request, as the contract has it; None: it was refused. Not to be changed."""
        if self.refused[row]:
            return None
        return {name: (self.sla if name == "sla" else self.stages[name]).part(row) for name in STAGES}


def decide_columns(rulebook: BulkRulebook, columns: Columns, at: Whole) -> BulkDecisions:
    """The decisions of a version at the given instants; `columns` may, but need not, hold them too."""
    book = rulebook.book
    batch = Batch(rulebook, columns, at)
    _derive(batch, book.derived_after[0])
    found: dict[str, StageColumn] = {}
    for place, name in enumerate(STAGES):
        decided = ~(batch.refused | batch.turned_away if name in NOT_DECIDED else batch.refused)
        if name == "sla":
            sla = decide_sla(batch, place, decided)
        else:
            found[name] = decide_stage(batch, place, decided)
        _derive(batch, book.derived_after[place + 1])
    return BulkDecisions(
        book.rulebook.version, book.digest, found, sla, batch.refused, batch.faults, batch.singly & ~batch.refused
    )


def _derive(batch: Batch, facts: Iterable[tuple[str, Any]]) -> None:
    for name, derived in facts:
        derive(batch, name, derived)
