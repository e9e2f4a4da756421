"""From a source to a rulebook: shape first (the schema), then meaning; every fault of the file at once.

What the schema finds faulty is left out of the copy whose meaning is checked, so that one slip is told once.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ..diagnostics import Diagnostic, Path, Source
from ..facts import COMMON, FIXED, Closed, FactType
from .coverage import SECTION as DISCLOSURES
from .coverage import read_covers
from .declared import read_facts
from .derivation import ALWAYS
from .deriving import check_needs, read_derived, resting_on
from .doubts import Doubts, unread_places
from .forms import StageForm
from .heads import read_calendars, read_clock, read_in_force
from .model import Rulebook, Stage, Suppression, Template
from .names import composed, name_faults
from .reader import MOST_FAULTS, EnoughFaults, Reader
from .rows import read_rows
from .schema import read_shape

VERSION = re.compile(r"(?:0|[1-9]\d{0,5})\.(?:0|[1-9]\d{0,5})\.(?:0|[1-9]\d{0,5})", re.ASCII)


def read_rulebook(
    source: Source, forms: Sequence[StageForm], told: Sequence[Diagnostic] = ()
) -> tuple[Rulebook | None, list[Diagnostic]]:
    """The rulebook of a file, or None, and every fault that was found, in the order of the file.

    `told` are the faults already found in the file: what could not be read is not blamed again.
    """
    shape = read_shape(source, composed(source.data), unread=unread_places(source, told))
    faults = {*shape.faults, *name_faults(source.data, source)}
    rulebook = None
    if isinstance(shape.data, dict):
        language = shape.data.get("language", "en")
        reader = Reader(source, language, Doubts(shape.doubted))
        reader.faults += faults
        with suppress(EnoughFaults):
            rulebook = _read(shape.data, forms, reader)
        faults = set(reader.faults)
    return (None if faults else rulebook), _listed(faults, source)


def read_draft(source: Source, forms: Sequence[StageForm], told: Sequence[Diagnostic] = ()) -> Rulebook | None:
    """As much of a rulebook as can be read of a file with faults, for those who help to write it; never for deciding.

    What is faulty is left out. None where the file is no mapping, or has more faults than are looked for.
    """
    shape = read_shape(source, composed(source.data), unread=unread_places(source, told))
    if not isinstance(shape.data, dict):
        return None
    with suppress(EnoughFaults):
        return _read(shape.data, forms, Reader(source, shape.data.get("language", "en"), Doubts(shape.doubted)))
    return None


def _listed(faults: Iterable[Diagnostic], source: Source) -> list[Diagnostic]:
    """The faults in the order of the file, MOST_FAULTS of them at most."""
    found = sorted(faults, key=lambda f: (f.span.line, f.span.column, f.code, f.message))
    if len(found) > MOST_FAULTS:
        said = f"the file has more than {MOST_FAULTS:,} faults"
        last = source.fault("too-many-faults", said, (), help="mend the ones above first")
        found = [*found[:MOST_FAULTS], replace(last, span=found[MOST_FAULTS].span)]
    return found


def _read(data: Mapping[str, Any], forms: Sequence[StageForm], reader: Reader) -> Rulebook:
    if "language" in data:
        reader.check_language(reader.language, ("language",))
    in_force = read_in_force(data.get("in_force"), reader)
    reader.clock = read_clock(data.get("clock"))
    reader.states = _states(data.get("states"))
    calendars, reader.assumed_calendars = read_calendars(data.get("calendars", {}), reader)
    reader.calendars = {**dict.fromkeys(_written(reader.source, "calendars")), **calendars, ALWAYS: None}
    reader.unsure |= _unsure(reader)
    declared = read_facts(data.get("facts", {}), reader)
    derived = read_derived(data.get("derive", {}), reader)
    reader.assumed_facts = resting_on(reader.assumed_calendars, derived)
    stages = {}
    for number, form in enumerate(forms):
        reader.enter(number)
        if form.name in data:
            stages[form.name] = _stage(data[form.name], form, reader)
    check_needs(derived, data.get("derive", {}), reader)
    _check_rule_ids(reader)
    covers = read_covers(data.get(DISCLOSURES), stages, reader)
    return Rulebook(
        id=str(data.get("rulebook")),
        version=str(data.get("version")),
        title=reader.texts(data.get("title"), ("title",)) or {},
        language=reader.language,
        in_force=in_force,
        clock=reader.clock,
        calendars=calendars,
        assumed_calendars=reader.assumed_calendars,
        declared=declared,
        derived=derived,
        states=reader.states,
        facts=dict(reader.facts),
        stages=stages,
        covers=covers,
        suppressions=_suppressions(data.get("suppress", ()), reader),
    )


def _suppressions(raw: Sequence[Mapping[str, Any]], reader: Reader) -> tuple[Suppression, ...]:
    """What is not to be told. Whether there are such codes and rules is for the check: no decision depends on it."""
    found = ((entry, ("suppress", i)) for i, entry in enumerate(raw))
    return tuple(
        Suppression(entry["code"], entry.get("rule"), reader.texts(entry["because"], (*path, "because")) or {}, path)
        for entry, path in found
    )


def _states(listed: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if listed is None else tuple(listed)


def _written(source: Source, section: str) -> Iterable[str]:
    """The names that a section of the file declares, faulty or not."""
    found = source.data.get(section) if isinstance(source.data, dict) else None
    return found if isinstance(found, dict) else ()


def _unsure(reader: Reader) -> set[str]:
    """The facts whose declaration has no shape that could be read."""
    names = {n for section in ("facts", "derive") for n in _written(reader.source, section)
             if reader.doubts.within((section, n))}  # fmt: skip
    return names | (COMMON.keys() - FIXED if reader.doubts.at(("facts",)) else set())


def _stage(body: Mapping[str, Any], form: StageForm, reader: Reader) -> Stage:
    path = (form.name,)
    faults = len(reader.faults)
    settings = form.read_settings(body, path, reader)
    rows = read_rows(body, path, form, settings, reader)
    results = form.results(rows, settings, values_of(reader.facts))
    if len(reader.faults) > faults or reader.doubts.within(path):
        # What its rules give is not sure; only what does not depend on them is known to later stages.
        reader.doubts.add(path)
        sure = form.results((), settings, values_of(reader.facts))
        results = {fact: kind for fact, kind in results.items() if sure.get(fact) == kind}
    elif form.must_end and not any(not row.when for row in rows):
        reader.fault("open-end", f"some requests would leave `{form.name}` undecided", path, key=True,
                     help="end with `otherwise`, or with a rule that has no conditions")  # fmt: skip
    reader.facts.update(results)
    return Stage(form.name, rows, settings)


def values_of(facts: Mapping[str, FactType]) -> Callable[[Template], list[str]]:
    """A function that lists the texts that a finite template can give."""

    def values(template: Template) -> list[str]:
        texts = [template.parts[0]]
        for fact, tail in zip(template.parts[1::2], template.parts[2::2], strict=True):
            kind = facts[fact]
            assert isinstance(kind, Closed)
            texts = [f"{text}{value}{tail}" for text in texts for value in kind.values]
        return texts

    return values


def _check_rule_ids(reader: Reader) -> None:
    seen: dict[str, Path] = {}
    for id, path in reader.rules:
        first = seen.setdefault(id, path)
        if first is not path:
            line = reader.source.span((*first, "rule"), key=True).line
            reader.fault("repeated-rule", f"another rule is called `{id}`, in line {line}", (*path, "rule"),
                         help="a decision names its rules, so each needs a name of its own")  # fmt: skip
