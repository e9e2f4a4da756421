"""The calls to durable-rules, each of whose errors becomes an EngineFault.

They go to its core, `durable_rules_engine`. Its Python layer is left out: that turns what a consequent raises into a
note in the session, and its `Host` has two threads that take actions away from the one that waits for them and look
into sessions that are deleted (ADR 5).
"""

import json
import weakref
from collections.abc import Callable, Mapping
from typing import Any

from ..stages import EngineFault, EngineUnavailable

_HANDLED = 0


def load_core() -> Any:
    """The core of durable-rules. Raises EngineUnavailable where it is not installed or cannot be imported."""
    try:
        import durable_rules_engine
    except ImportError as error:
        raise EngineUnavailable(
            "the engine `rete` needs durable-rules, which cannot be imported here: install the extra `rete` "
            "(pip install '.[rete]') under Python 3.11 or 3.12; it does not run under 3.13"
        ) from error
    return durable_rules_engine


class Core:
    """One ruleset in durable-rules; it is deleted with this object."""

    __slots__ = ("__weakref__", "_core", "_handle")

    def __init__(self, name: str, rules: Mapping[str, Any]) -> None:
        """Raises EngineUnavailable, and EngineFault when the rules are refused."""
        self._core = load_core()
        self._handle: int = _ask(self._core.create_ruleset, name, json.dumps(rules))
        weakref.finalize(self, self._core.delete_ruleset, self._handle)

    def post(self, fact: Mapping[str, Any]) -> int:
        """Post a fact that some rule waits for; gives the number of its session's state."""
        result, state = _ask(self._core.assert_fact, self._handle, json.dumps(fact))
        if result != _HANDLED:
            raise EngineFault(f"durable-rules did not take a fact (result {result})")
        return int(state)

    def first_action(self, state: int) -> str | None:
        """The rule to be carried out first, by name."""
        found = _ask(self._core.start_action_for_state, self._handle, state)
        return None if found is None else _rule_of(found[1])

    def next_action(self, state: int) -> str | None:
        """The rule to be carried out after the one that has been, by name."""
        found = _ask(self._core.complete_and_start_action, self._handle, state)
        return None if found is None else _rule_of(found)

    def forget(self, session: str) -> None:
        """Delete a session's state."""
        _ask(self._core.delete_state, self._handle, session)


def _ask(call: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return call(*arguments)
    except Exception as error:
        raise EngineFault(f"durable-rules failed: {str(error) or type(error).__name__}") from error


def _rule_of(message: str) -> str:
    """The name of the rule in what durable-rules says of an action: `{"<rule>":{"m":{…}}}`.

    The facts that follow it are known here; reading all of them took as long as durable-rules itself.
    """
    return message.partition('"')[2].partition('"')[0]
