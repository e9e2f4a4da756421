"""Every kind of finding: a function from a rulebook under study to what it finds. A new kind is a line here."""

from collections.abc import Callable, Iterator

from ...diagnostics import Diagnostic
from .approvers import unknown_approvers
from .assignments import unfillable_assignments
from .calendars import calendars_without_time
from .crossing import hidden_results
from .effects import never_disclosed, outdone
from .gaps import gaps
from .idle import changes_nothing
from .promises import response_after_resolution, served_later
from .study import Study
from .unmentioned import unmentioned_values, unused_facts
from .unreachable import never_fires


def _long_tables(study: Study) -> Iterator[Diagnostic]:
    """What is found in stages of very many rules; numpy is loaded only for them."""
    if study.long:
        from .long_tables import long_tables

        yield from long_tables(study)


KINDS: tuple[Callable[[Study], Iterator[Diagnostic]], ...] = (
    gaps,
    hidden_results,
    never_fires,
    changes_nothing,
    outdone,
    unmentioned_values,
    unused_facts,
    response_after_resolution,
    served_later,
    calendars_without_time,
    unfillable_assignments,
    never_disclosed,
    unknown_approvers,
    _long_tables,
)
"""In the order in which they are looked for; what is found stands in the order of the file."""
