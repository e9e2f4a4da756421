"""Errors as logs may show them: where they happened and of which type, but not what they say.

What an error says can quote a request, and what requesters write stands in no log unless `log.texts` allows it.
"""

import logging
from typing import Final

_TEXTS: Final = logging.getLogger("deskpolicy.texts")
"""On where texts may stand in logs: a matter of the process, as logging itself is."""
_TEXTS.setLevel(logging.CRITICAL)


def allow_texts(allowed: bool) -> None:
    """Say whether what requesters wrote may stand in the logs of this process."""
    _TEXTS.setLevel(logging.DEBUG if allowed else logging.CRITICAL)


def without_texts(error: BaseException) -> BaseException:
    """The error to log: itself where texts are allowed, else one of the same name and traceback that says nothing.

    Its causes are treated alike.
    """
    return error if _TEXTS.isEnabledFor(logging.DEBUG) else _silent(error, set())


def _silent(error: BaseException, seen: set[int]) -> BaseException:
    seen.add(id(error))
    own = type(error)
    namesake = type(own.__name__, (Exception,), {"__module__": own.__module__, "__qualname__": own.__qualname__})
    silent: BaseException = namesake("(withheld; `log.texts` shows it)").with_traceback(error.__traceback__)
    if error.__cause__ is not None and id(error.__cause__) not in seen:
        silent.__cause__ = _silent(error.__cause__, seen)
    if error.__context__ is not None and id(error.__context__) not in seen:
        silent.__context__ = _silent(error.__context__, seen)
    silent.__suppress_context__ = error.__suppress_context__
    return silent
