"""From a source to a rulebook: shape first (the schema), then meaning; every fault of the file at once.

What the schema finds faulty is left out of the copy whose meaning is checked, so that one slip is told once.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..diagnostics import Diagnostic, Source
from ..facts import Closed, FactType
from .deriving import check_needs, read_derived
from .forms import StageForm
from .heads import read_calendars, read_clock, read_facts, read_in_force
from .model import Row, Rulebook, Stage, Template
from .reader import LANGUAGE, Reader
from .rows import read_rows
from .schema import check_shape

VERSION = re.compile(r"(?:0|[1-9]\d{0,5})\.(?:0|[1-9]\d{0,5})\.(?:0|[1-9]\d{0,5})", re.ASCII)


def read_rulebook(source: Source, forms: Sequence[StageForm]) -> tuple[Rulebook | None, list[Diagnostic]]:
    """The rulebook of a file, or None, and every fault that was found, in the order of the file."""
    data, faults = check_shape(source)
    if not isinstance(data, dict):
        return None, faults
    language = data.get("language", "en")
    reader = Reader(source, language if isinstance(language, str) else "en")
    reader.faults += faults
    rulebook = _read(data, forms, reader)
    return (None if reader.faults else rulebook), sorted(
        reader.faults, key=lambda f: (f.span.line, f.span.column, f.code)
    )


def _read(data: Mapping[str, Any], forms: Sequence[StageForm], reader: Reader) -> Rulebook:
    _check_head(data, reader)
    in_force = read_in_force(data.get("in_force"), reader)
    clock = read_clock(data.get("clock"))
    calendars = read_calendars(data.get("calendars", {}), reader)
    declared = read_facts(data.get("facts", {}), reader)
    derived = read_derived(data.get("derive", {}), calendars, reader)
    stages = {}
    reader.calendars = calendars
    for number, form in enumerate(forms):
        reader.stage = number
        if form.name in data:
            stages[form.name] = _stage(data[form.name], form, reader)
    check_needs(derived, data.get("derive", {}), reader)
    _check_rule_ids(stages.values(), reader)
    return Rulebook(
        id=str(data.get("rulebook")),
        version=str(data.get("version")),
        title=reader.texts(data.get("title"), ("title",)) or {},
        language=reader.language,
        in_force=in_force,
        clock=clock,
        calendars=calendars,
        declared=declared,
        derived=derived,
        facts=dict(reader.facts),
        stages=stages,
    )


def _check_head(data: Mapping[str, Any], reader: Reader) -> None:
    version = data.get("version")
    if version is not None and not VERSION.fullmatch(version):
        reader.fault(
            "wrong-version", f"`{version}` is not a version", ("version",), help="write three numbers, such as 1.0.0"
        )
    if not LANGUAGE.fullmatch(reader.language):
        reader.fault("unknown-language", f"`{reader.language}` is no language code", ("language",),
                     help="codes are those of ISO 639, such as `en`, `ru`, `pl`")  # fmt: skip


def _stage(body: Mapping[str, Any], form: StageForm, reader: Reader) -> Stage:
    path = (form.name,)
    settings = form.read_settings(body, path, reader)
    faults = len(reader.faults)
    rows = read_rows(body, path, form, settings, reader)
    clean = len(reader.faults) == faults
    if form.must_end and clean and not any(not row.when for row in rows):
        reader.fault("open-end", f"some requests would leave `{form.name}` undecided", path, key=True,
                     help="end with `otherwise`, or with a rule that has no conditions")  # fmt: skip
    reader.facts.update(form.results(rows, settings, values_of(reader.facts)))
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


def _check_rule_ids(stages: Any, reader: Reader) -> None:
    seen: dict[str, Row] = {}
    for stage in stages:
        for row in stage.rows:
            if row.id in seen:
                line = reader.source.span((*seen[row.id].path, "rule")).line
                reader.fault("repeated-rule", f"another rule is called `{row.id}`, in line {line}", (*row.path, "rule"),
                             help="a decision names the rule behind each part, so every rule needs a name of its own")  # fmt: skip
            else:
                seen[row.id] = row
