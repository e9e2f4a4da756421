"""A review as one page: HTML that needs no network, the same bytes for the same review."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files as resources
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from engine import Review

from .sections import Weights, sections_of, summary_of

_QUOTED: Final = re.compile(r"`([^`]+)`")


def review_html(review: Review, weights: Weights | None = None) -> bytes:
    """The page of a review. Everything quoted is escaped; the style sheet alone is let in."""
    style = resources("simulations.report").joinpath("report.css").read_text(encoding="utf-8").replace("FIXED", '""')
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = Environment(
        loader=PackageLoader("simulations.differences", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["coded"] = _coded
    page = environment.get_template("review.html.jinja").render(
        review=review,
        summary=summary_of(review),
        sections=sections_of(review, weights),
        weights=weights,
        style=Markup(style),
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
    )
    return page.encode()


def _coded(text: str) -> Markup:
    """A sentence with what stands in backticks as code; all of it escaped."""
    return Markup(_QUOTED.sub(r"<code>\1</code>", str(escape(text))))
