"""Disclosures and permissions that come to nothing: topics told to nobody, and rules that are always outdone."""

from collections.abc import Iterator

from ...diagnostics import Diagnostic
from ...stages import known_names
from ..space import Has, Proved, Unknown, Witness, some
from .addressing import has_effect, says
from .study import Study, listed, named, pasted

STAGES = ("disclosures", "permissions")


def outdone(study: Study) -> Iterator[Diagnostic]:
    """A finding for each rule whose permit or approval a stricter rule takes back wherever it applies."""
    for stage in (name for name in STAGES if name not in study.long):
        never = study.never(stage)
        for i, row in enumerate(study.rows(stage)):
            for effect in ("approval", "permit"):
                names = row.outcome.names.get(effect, ()) if i not in never else ()
                lost = []
                for name in names:
                    verdict = study.ask(has_effect(study, stage, i, effect, name), sparing=False)
                    if isinstance(verdict, Unknown):
                        yield study.undecided(f"`{row.id}` ever opens `{name}`", verdict, row.path)
                    elif isinstance(verdict, Proved):
                        lost.append(name)
                if lost:
                    yield _outdone(study, stage, i, effect, lost)


def _outdone(study: Study, stage: str, i: int, effect: str, names: list[str]) -> Diagnostic:
    rows, space = study.rows(stage), study.space
    stricter = ("deny", "approval")[: 2 if effect == "permit" else 1]
    against = {
        -space.literal(says(study, stage, k, other)): row
        for other in stricter
        for k, row in enumerate(rows)
        if names[0] in row.outcome.names.get(other, ())
    }
    sure = [space.literal(says(study, stage, i, effect))]
    blamed = [against[lit] for lit in space.clauses.smallest(list(against), sure)]
    speak = "speaks" if len(blamed) == 1 else "speak"
    word = "permits" if effect == "permit" else "lets be approved"
    what = listed([f"`{name}`" for name in names])
    shown = study.ask(says(study, stage, i, effect))
    witness = pasted(f"{rows[i].id} is outdone", shown.seen[0], stage) if isinstance(shown, Witness) else None
    return study.warning(
        "outdone",
        f"`{rows[i].id}` {word} {what} in vain: wherever it applies, {named(blamed)} {speak} stricter",
        rows[i].path,
        help="the strictest rule wins: narrow the stricter one, or leave this out",
        related=study.related(blamed, "speaks stricter"),
        witness=witness,
    )


def never_disclosed(study: Study) -> Iterator[Diagnostic]:
    """A finding for each topic that no audience is permitted and no approval opens."""
    stage = study.book.rulebook.stages.get("disclosures")
    if stage is None or "disclosures" in study.long:
        return
    for name in known_names(stage.rows, stage.settings):
        opened = some(Has("disclosures", name, effect) for effect in ("permit", "approval"))
        verdict = study.ask(opened, sparing=False)
        denying = [row for row in stage.rows if name in row.outcome.names.get("deny", ())]
        path = denying[0].path if denying else ("disclosures", "topics")
        if isinstance(verdict, Unknown):
            yield study.undecided(f"`{name}` is ever disclosed", verdict, path)
        elif isinstance(verdict, Proved):
            yield _never_disclosed(study, name, path, bool(denying))


def _never_disclosed(study: Study, name: str, path: tuple[str | int, ...], is_denied: bool) -> Diagnostic:
    shown = study.ask(Has("disclosures", name, "deny"))
    why = "" if is_denied else ", since no rule speaks of it"
    return study.warning(
        "never-disclosed",
        f"`{name}` is disclosed to no audience, and no approval opens it{why}",
        path,
        help="permit it to whom it is for; where nobody is to be told, suppress this and say why",
        witness=pasted(f"{name} is not disclosed", shown.seen[0], "disclosures")
        if isinstance(shown, Witness)
        else None,
    )
