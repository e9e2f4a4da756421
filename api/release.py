"""Which release of deskpolicy this is."""

from importlib.metadata import PackageNotFoundError, version
from typing import Final


def _installed() -> str:
    try:
        return version("deskpolicy")
    except PackageNotFoundError:
        return "0+not.installed"


VERSION: Final = _installed()
"""The version of the installed distribution; `0+not.installed` where the code runs straight from a checkout."""
