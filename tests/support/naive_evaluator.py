"""A second opinion on decisions: rules as written, tried one after another, straight from the language reference.

Slow and plain on purpose; shares no code with the engine. Knows the calendar `always` only.
"""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import generated_rulebooks as made
from naive_conditions import duration, instant, iso, listed, nfc, passes, read, rfc

STRICTEST_FIRST = ("deny", "approval", "permit")
NEVER = "1960-01-01T00:00:00Z"


class Evaluation:
    """One request put to one rulebook, both plain data."""

    def __init__(self, book: dict[str, Any], request: dict[str, Any]) -> None:
        self.book, self.request = book, request
        self.at = instant(request["at"])
        self.ticket = request.get("ticket") or {}
        self.results: dict[str, Any] = {}

    def value(self, fact: str) -> Any:
        if fact in self.book["derive"]:
            return self.derived(self.book["derive"][fact])
        if fact == "at":
            return self.at
        if fact.split(".")[0] in made.STAGES:
            return self.results.get(fact)
        part: Any = self.request
        for step in fact.split("."):
            part = (part or {}).get(step)
        return read(fact, part)

    def derived(self, body: dict[str, Any]) -> Any:
        (how, named), *_ = body.items()
        found = [self.value(fact) for fact in listed(named)]
        match how:
            case "same":
                return None if None in found else found[0] == found[1]
            case "any":
                return True if True in found else None if None in found else False
            case "all":
                return False if False in found else None if None in found else True
            case "missing" | "present":
                absent = [v is None or (isinstance(v, str) and not v.strip()) for v in found]
                return {f.split(".")[-1] for f, gone in zip(named, absent, strict=True) if gone == (how == "missing")}
            case "size":
                return None if found[0] is None else len(found[0])
            case "sum":
                return None if None in found else sum(found)
            case "look_up":
                return None if found[0] is None else body["in"].get(found[0], body.get("otherwise"))
            case "elapsed":
                return None if found[0] is None else self.at - found[0]
            case "weekday":
                return made.KINDS["day"][1][(found[0] + timedelta(hours=5, minutes=30)).weekday()]
        raise AssertionError(how)

    def applies(self, when: dict[str, Any]) -> bool:
        return all(passes(fact, raw, self.value(fact)) for fact, raw in when.items())

    def text(self, template: str) -> str | None:
        """A text with its facts written in."""
        parts = template.replace("}", "{").split("{")
        for i in range(1, len(parts), 2):
            value = self.shown(parts[i])
            if value is None:
                return None
            parts[i] = (
                ", ".join(value)
                if isinstance(value, list)
                else str(value).lower()
                if isinstance(value, bool)
                else str(value)
            )
        return nfc("".join(parts))

    def shown(self, fact: str) -> Any:
        value = self.value(fact)
        if isinstance(value, set):
            declared = self.book["facts"].get(fact, {})
            order = made.KINDS[fact][1] if fact in self.book["derive"] else declared.get("set", ())
            return sorted(value, key=lambda v: (order.index(v) if v in order else 0, v))
        if isinstance(value, float) and value.is_integer() and fact not in self.book["derive"]:
            return int(value)
        return iso(value) if isinstance(value, timedelta) else rfc(value) if isinstance(value, datetime) else value

    def rows(self, stage: str) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
        """A stage's rules as (id, when, then), in the order in which they are tried."""
        body = self.book[stage]
        rows = [(rule["rule"], rule["when"], rule["then"]) for rule in body["rules"]]
        matrix = body.get("matrix")
        for name in ("gold", "silver") if matrix else ():
            for head, level in zip(matrix["levels"], matrix[name], strict=True):
                rows.append(
                    (f"{stage}.{name}.{head}", {matrix["down"]: name, matrix["across"]: head}, {"level": level})
                )
        table = body.get("table")
        for i, row in enumerate(table["rows"] if table else ()):
            when = dict(zip(table["when"], row[:-1], strict=True))
            rows.append((f"{stage}.row-{i + 1}", when, {table["then"][0]: row[-1]}))
        if "otherwise" in body:
            rows.append((f"{stage}.otherwise", {}, body["otherwise"]["then"]))
        return rows

    def first(self, stage: str) -> tuple[str, dict[str, Any] | None]:
        return next(((id, then) for id, when, then in self.rows(stage) if self.applies(when)), (f"{stage}.none", None))

    def decision(self) -> dict[str, Any]:
        parts: dict[str, Any] = {"admission": self.admission()}
        accepted = parts["admission"]["outcome"] == "accept"
        for stage in made.STAGES[1:6]:
            parts[stage] = getattr(self, stage)() if accepted else None
        parts["disclosures"] = self.disclosures()
        parts["permissions"] = self.permissions()
        parts["obligations"] = [
            {"do": duty["do"], "with": self.filled(duty.get("with", {})), "by": rule["rule"]}
            for rule in self.book["obligations"]["rules"] if self.applies(rule["when"]) for duty in listed(rule["then"])
        ]  # fmt: skip
        return parts

    def filled(self, raw: Any) -> Any:
        if isinstance(raw, dict):
            return {key: self.filled(raw[key]) for key in sorted(raw)}
        if isinstance(raw, list):
            return [self.filled(item) for item in raw]
        if not isinstance(raw, str):
            return raw
        lone = raw[:1] == "{" and raw[-1:] == "}" and raw.count("{") == 1
        return self.shown(raw[1:-1]) if lone else self.text(raw)

    def admission(self) -> dict[str, Any]:
        by, then = self.first("admission")
        assert then
        self.results["admission"] = then["outcome"]
        return {"outcome": then["outcome"], "to": self.text(then["to"]) if "to" in then else None, "by": by}

    def classification(self) -> dict[str, Any]:
        by, then = self.first("classification")
        kind = self.text(then["kind"]) if then else None
        self.results["classification"] = kind
        return {"kind": kind, "by": by}

    def priority(self) -> dict[str, Any]:
        by, then = self.first("priority")
        self.results["priority"] = then["level"] if then else None
        return {"level": self.results["priority"], "by": by}

    def escalation(self) -> dict[str, Any]:
        by, then = self.first("escalation")
        then = then or {}
        self.results["escalation.level"] = then.get("level", 0)
        request = self.filled(then["request"]) if "request" in then else None
        return {
            "to": self.text(then["to"]) if "to" in then else None,
            "level": then.get("level", 0),
            "request": request,
            "by": by,
        }

    # --- time

    def happened(self, name: str) -> datetime | None:
        value = self.value(f"ticket.{name}")
        return value if value is not None and value <= self.at else None

    def waited(self, start: datetime, end: datetime) -> timedelta:
        """Time between two instants in which some wait lasted: the length of the union, piece by piece."""
        waits = [
            (instant(w["from"]), instant(w["until"]) if w.get("until") else self.at)
            for w in self.ticket.get("waits") or ()
        ]
        edges = sorted({start, end, self.at, *(edge for wait in waits for edge in wait)})
        pieces = [(a, b) for a, b in pairwise(edges) if a >= start and b <= min(end, self.at)]
        return sum((b - a for a, b in pieces if any(f <= a and b <= u for f, u in waits)), timedelta(0))

    def sla(self) -> dict[str, Any]:
        by, then = self.first("sla")
        waits = self.ticket.get("waits") or ()
        waiting = self.ticket.get("status") == "waiting" or any(
            instant(w["from"]) <= self.at and (not w.get("until") or instant(w["until"]) > self.at) for w in waits
        )
        stopped = self.happened("resolved_at") or (
            self.at if self.ticket.get("status") in ("resolved", "closed") else None
        )
        names = [n for n in ("first_response", "resolution", "next_update") if (then or {}).get(n, "none") != "none"]
        targets = {name: self.target(name, duration((then or {})[name]), waiting, stopped) for name in names}
        ended = {n for n in names if stopped or (n == "first_response" and self.happened("first_response_at"))}
        states = {part["state"] for name, part in targets.items() if name not in ended}
        clock = "stopped" if stopped else "paused" if waiting else self.worst(states, targets)
        self.results["sla.clock"] = clock
        return {"calendar": "always" if then else None, "clock": clock, "by": by, "targets": targets}

    def worst(self, states: set[str], targets: dict[str, Any]) -> str:
        """The clock of a ticket that neither stands nor waits, from the states of its open targets."""
        for state in ("breached", "warned"):
            if state in states:
                return state
        if states or not targets:
            return "running"
        return "breached" if any(part["state"] == "breached" for part in targets.values()) else "met"

    def target(self, name: str, within: timedelta, waiting: bool, stopped: datetime | None) -> dict[str, Any]:
        start = self.happened("last_update_at") if name == "next_update" else None
        start = start or self.value("ticket.created_at")
        met = {"first_response": self.happened("first_response_at"), "resolution": self.happened("resolved_at")}.get(
            name
        ) or stopped
        part: dict[str, Any] = {
            "within": iso(within),
            "due": None,
            "warn_at": None,
            "state": "met" if met else "paused" if waiting else "running",
        }
        if start is None:
            return part
        waited = self.waited(start, met or self.at) if start < (met or self.at) else timedelta(0)
        due, warn = start + within + waited, start + within * 0.75 + waited
        part |= {"due": rfc(due), "warn_at": rfc(warn)}
        if met:
            part["state"] = "breached" if met > due else "met"
        else:
            part["state"] = (
                "breached" if self.at > due else "paused" if waiting else "warned" if self.at >= warn else "running"
            )
        return part

    # --- people

    def assignment(self) -> dict[str, Any]:
        by, then = self.first("assignment")
        group, agent, strategy, passed = self.assigned(then or {})
        self.results["assignment.agent"] = agent
        return {"group": group, "agent": agent, "strategy": strategy, "passed_over": passed, "by": by}

    def assigned(self, then: dict[str, Any]) -> tuple[Any, Any, Any, list[dict[str, str]]]:
        group = self.text(then["group"]) if "group" in then else None
        roster = self.request.get("roster") or []
        values = [self.value(fact) for fact in then.get("never", ())]
        never = {id for v in values if v is not None for id in (v if isinstance(v, set) else [v])}
        if then.get("keep") == "group":
            group = self.value("ticket.group") or group
        named = (
            self.value("ticket.owner") if then.get("keep") == "owner" else None,
            self.text(then["agent"]) if "agent" in then else None,
        )
        for id, strategy, why in zip(
            named, ("keep_owner", "named"), ("the owner keeps it", "another agent is named"), strict=True
        ):
            if id is not None and id not in never:
                theirs = next((m.get("group") for m in roster if m["id"] == id), None)
                passed = [
                    {"agent": m["id"], "why": "excluded for this ticket" if m["id"] in never else why}
                    for m in roster
                    if m["id"] != id
                ]
                return group or self.value("ticket.group") or theirs, id, strategy, passed
        if "choose" not in then:
            return group, None, None, []
        why = {m["id"]: self.why_not(m, then, group, never) for m in roster}
        fit = [m for m in roster if why[m["id"]] is None]
        busy = then["choose"] == "least_busy"

        def turn(member: dict[str, Any]) -> tuple[int, datetime, str]:
            last = instant(member.get("last_assigned_at") or NEVER)
            return ((member.get("open_tickets") or 0) if busy else 0, last, member["id"])

        in_turn = sorted(fit, key=turn)
        chosen = in_turn[0]["id"] if in_turn else None

        def later(id: str) -> str:
            theirs, first = turn(next(m for m in fit if m["id"] == id)), turn(in_turn[0])
            if theirs[0] > first[0]:
                return "has more open tickets"
            return "assigned more recently" if theirs[1] > first[1] else "comes later by id"

        return (
            group,
            chosen,
            then["choose"],
            [{"agent": id, "why": reason or later(id)} for id, reason in why.items() if id != chosen],
        )

    def why_not(self, member: dict[str, Any], then: dict[str, Any], group: str | None, never: set[str]) -> str | None:
        if member["id"] in never:
            return "excluded for this ticket"
        if member.get("on_leave"):
            return "on leave"
        among = then.get("among", {})
        for key, words in (("online", "offline"), ("line", "another line")):
            if key in among and not passes(
                f"ticket.{key}" if key == "line" else "same_owner", among[key], member.get(key)
            ):
                return words if member.get(key) is not None else f"`{key}` is not stated"
        if group is not None and member.get("group") not in (None, group):
            return "another group"
        wanted = then.get("skills", [])
        lacking = set(self.value(wanted) or () if isinstance(wanted, str) else wanted) - set(member.get("skills") or ())
        if lacking:
            return "lacks a skill: " + ", ".join(sorted(lacking))
        return (
            "full"
            if member.get("capacity") is not None and (member.get("open_tickets") or 0) >= member["capacity"]
            else None
        )

    # --- effects

    def disclosures(self) -> dict[str, Any]:
        asked = self.request.get("ask") or {}
        audience = asked.get("to") or (self.request.get("requester") or {}).get("relation")
        found = {}
        for name in dict.fromkeys(made.TOPICS if asked.get("disclose") is None else asked["disclose"]):
            effect, rule = self.strictest("disclosures", name, audience)
            approver = rule["from"] if rule and effect == "approval" else None
            found[name] = {
                "effect": effect,
                "say": self.said(rule),
                "approver": approver,
                "by": rule["rule"] if rule else "disclosures.none",
            }
        return found

    def permissions(self) -> dict[str, Any]:
        asked = (self.request.get("ask") or {}).get("do")
        found = {}
        for name in dict.fromkeys(made.ACTIONS if asked is None else asked):
            effect, rule = self.strictest("permissions", name, None)
            approver = rule["from"] if rule and effect == "approval" else None
            found[name] = {"effect": effect, "approver": approver, "by": rule["rule"] if rule else "permissions.none"}
        return found

    def strictest(self, stage: str, name: str, audience: str | None) -> tuple[str, dict[str, Any] | None]:
        for effect in STRICTEST_FIRST:
            for rule in self.book[stage]["rules"]:
                to = rule.get("to")
                heard = to is None or (audience in to if audience else effect != "permit")
                if name in rule.get(effect, ()) and heard and self.applies(rule["when"]):
                    return effect, rule
        return "deny", None

    def said(self, rule: dict[str, Any] | None) -> str | None:
        texts = (rule or {}).get("say")
        if not texts:
            return None
        own = self.book["language"]
        return next(texts[lang] for lang in (self.language(), "en", own, *sorted(texts)) if lang in texts)

    def language(self) -> str:
        known = {self.book["language"], "en"}
        for stage in made.STAGES:
            for rule in self.book[stage]["rules"]:
                known |= {*rule.get("because", {}), *rule.get("say", {})}
        tag = self.request.get("language")
        language = tag.split("-")[0] if tag else "en"
        return language if language in known else "en"
