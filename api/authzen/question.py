"""From an evaluation to a request of `POST /v1/decide`, and from the places of that back to those of the evaluation."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from engine import Fault, nearest

from .shape import Evaluation, Part, below

TICKET: Final = "ticket"
TOPIC: Final = "topic"
DISCLOSE: Final = "disclose"
AGENT: Final = "agent"
REQUESTER: Final = "requester"

_SETTINGS: Final = ("rulebook", "version")
"""What may stand in the properties of a resource as well as in the context."""


class CannotAsk(Exception):
    """An evaluation that is no question to a rulebook; carries its faults, at pointers into what was sent."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults[0].message)
        self.faults = faults


class Question(NamedTuple):
    """A request, in which part of the answer its effect stands, and where its members came from."""

    request: dict[str, Any]
    part: str
    """`permissions` or `disclosures`."""
    name: str
    """The action or the topic."""
    places: Mapping[str, str]
    """From a pointer into the request to one into the evaluation: of what lies below too, the longest match counts."""

    def fault(self, fault: Fault) -> Fault:
        """A fault of the request as one of the evaluation."""
        for length in range(len(fault.pointer), -1, -1):
            beginning = fault.pointer[:length]
            if beginning in self.places and fault.pointer[length : length + 1] in ("", "/"):
                return Fault(self.places[beginning] + fault.pointer[length:], fault.message, fault.nearest)
        return fault


def question_of(evaluation: Evaluation) -> Question:
    """The question that an evaluation asks. Raises CannotAsk."""
    draft = _Draft(evaluation)
    kind = evaluation.resource.value["type"]
    if kind == TICKET:
        return draft.permission()
    if kind == TOPIC:
        return draft.disclosure()
    raise CannotAsk([_unknown(f"{evaluation.resource.at}/type", "type of resource", kind, (TICKET, TOPIC))])


class _Draft:
    """A question that is being put together."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._subject, self._action, self._resource, self._context = evaluation
        self._faults: list[Fault] = []
        self._places: dict[str, str] = {"": self._context.at}
        self._request: dict[str, Any] = {}
        for name, value in self._context.value.items():
            if name in ("rulebook", "version", "at", "language", "ticket", "requester", "agent", "roster"):
                self._request[name] = value
                self._places[f"/{name}"] = f"{self._context.at}/{name}"
        self._of_resource = self._settings(self._resource)

    def permission(self) -> Question:
        """May the agent do this to the ticket."""
        self._entity(TICKET, self._resource, self._of_resource)
        if self._subject.value["type"] == AGENT:
            self._entity(AGENT, self._subject, self._subject.value.get("properties", {}))
        else:
            place = f"{self._subject.at}/type"
            self._faults.append(_unknown(place, "type of subject", self._subject.value["type"], (AGENT,)))
        if "to" in self._context.value:
            self._faults.append(Fault(f"{self._context.at}/to", "only a disclosure has an audience"))
        action = self._action.value["name"]
        return self._done(
            {"do": [action], "disclose": []}, {"/ask/do/0": f"{self._action.at}/name"}, "permissions", action
        )

    def disclosure(self) -> Question:
        """May the topic be told to the subject, or by the agent who is the subject."""
        if self._action.value["name"] != DISCLOSE:
            said = f"the only action on a topic is `{DISCLOSE}`"
            self._faults.append(Fault(f"{self._action.at}/name", said, DISCLOSE))
        for name in self._of_resource:
            self._faults.append(Fault(below(self._resource.at, "properties", name), "a topic has no such property"))
        kind = self._subject.value["type"]
        self._entity(AGENT if kind == AGENT else REQUESTER, self._subject, self._subject.value.get("properties", {}))
        topic = self._resource.value["id"]
        ask: dict[str, Any] = {"disclose": [topic], "do": []}
        places = {"/ask/disclose/0": f"{self._resource.at}/id"}
        if "to" in self._context.value:
            ask["to"], places["/ask/to"] = self._context.value["to"], f"{self._context.at}/to"
            if kind not in (AGENT, REQUESTER):
                said = f"must be `{AGENT}` or `{REQUESTER}` where the context names an audience"
                self._faults.append(Fault(f"{self._subject.at}/type", said))
        elif kind not in (AGENT, REQUESTER):
            ask["to"], places["/ask/to"] = kind, f"{self._subject.at}/type"
        return self._done(ask, places, "disclosures", topic)

    def _settings(self, resource: Part) -> dict[str, Any]:
        """The facts of a resource; what its properties say besides goes into the request."""
        facts = dict(resource.value.get("properties", {}))
        for name in _SETTINGS:
            if name in facts:
                place = f"{resource.at}/properties/{name}"
                if name in self._request:
                    self._faults.append(Fault(place, f"`{name}` stands in the context too"))
                self._request[name] = facts.pop(name)
                self._places[f"/{name}"] = place
        return facts

    def _entity(self, name: str, part: Part, facts: Mapping[str, Any]) -> None:
        if name in self._request:
            self._faults.append(Fault(f"{self._context.at}/{name}", f"the {name} is already at `{part.at}`"))
        if "id" in facts:
            self._faults.append(Fault(f"{part.at}/properties/id", f"the id stands at `{part.at}/id`"))
        self._request[name] = {**facts, "id": part.value["id"]}
        self._places |= {f"/{name}": f"{part.at}/properties", f"/{name}/id": f"{part.at}/id"}

    def _done(self, ask: dict[str, Any], places: dict[str, str], part: str, name: str) -> Question:
        if self._faults:
            raise CannotAsk(self._faults)
        return Question({**self._request, "ask": ask, "explain": True}, part, name, {**self._places, **places})


def _unknown(place: str, what: str, name: str, known: tuple[str, ...]) -> Fault:
    close = nearest(name, known)
    listed = ", ".join(f"`{other}`" for other in known)
    hint = f"did you mean `{close[0]}`?" if close else f"known are {listed}" if len(known) > 1 else f"known is {listed}"
    return Fault(place, f"unknown {what} `{_short(name)}`; {hint}", close[0] if close else None)


def _short(name: str) -> str:
    return name if len(name) <= 100 else name[:100] + "…"
