"""The events of a YAML text: libyaml's when PyYAML was built with it, else PyYAML's own; the same events either way.

Knows nothing of the house's limits and strictness: that is the business of ``builder`` and ``strict``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import yaml

from .pure import PureParser

LIBYAML: bool = yaml.__with_libyaml__
"""Whether libyaml reads; tests set it to False to hold both parsers equal."""


def events(text: str) -> Iterator[yaml.Event]:
    """The events of a text, in order; text after the point of an error is not read.

    Raises:
        yaml.YAMLError: where the text is not YAML.
    """
    parser = yaml.CBaseLoader(text) if LIBYAML else PureParser(text)
    step: Callable[[], yaml.Event | None] = parser.get_event
    while True:
        event = step()
        if event is None or isinstance(event, yaml.StreamEndEvent):
            return
        yield event
