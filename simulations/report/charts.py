"""Charts of the report as SVG texts, drawn by Vega-Lite without a network.

Texts of a history go in as values of data only, never into expressions; Vega escapes them in the SVG. Numbers are given
as they are to be read, since Vega knows no plural forms.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import vl_convert

BASELINE: Final = "#5b6b7f"
CANDIDATE: Final = "#b4500a"
_CONFIG: Final[dict[str, Any]] = {
    "background": None,
    "font": "sans-serif",
    "axis": {"labelFontSize": 12, "titleFontSize": 12, "labelColor": "#222", "titleColor": "#222", "labelLimit": 170},
    "legend": {"labelFontSize": 12, "labelColor": "#222", "orient": "top", "title": None, "columnPadding": 40},
    "view": {"stroke": None},
    # Room for readers whose fonts are wider than the one that the labels were measured with.
    "padding": {"left": 30, "right": 10, "top": 5, "bottom": 5},
}


class Bar(NamedTuple):
    """A bar: what it stands for, whose it is, how long, and how its length is written."""

    name: str
    side: str
    length: float
    said: str


def bars(found: Sequence[Bar], sides: Sequence[str]) -> str:
    """Horizontal bars in the order given, one for each side, each with its number."""
    names = list(dict.fromkeys(bar.name for bar in found))
    rows = [{"name": bar.name, "side": bar.side, "length": bar.length, "said": bar.said} for bar in found]
    longest = max((bar.length for bar in found), default=0) or 1
    place = {
        "y": {
            "field": "name",
            "type": "nominal",
            "sort": names,
            "axis": {"title": None, "domain": False, "ticks": False},
        },
        "x": {"field": "length", "type": "quantitative", "axis": None, "scale": {"domain": [0, longest * 1.15]}},
        "yOffset": {"field": "side", "type": "nominal", "sort": list(sides)},
    }
    legend = {} if len(sides) > 1 else {"legend": None}
    scale = {"domain": list(sides), "range": [BASELINE, CANDIDATE][: len(sides)]}
    colour = {"field": "side", "type": "nominal", "scale": scale, **legend}
    text = {"type": "text", "align": "left", "dx": 4, "fontSize": 12, "color": "#222"}
    return _drawn(
        {
            "width": 360,
            "height": {"step": 22},
            "data": {"values": rows},
            "encoding": place,
            "layer": [
                {"mark": {"type": "bar"}, "encoding": {"color": colour}},
                {"mark": text, "encoding": {"text": {"field": "said", "type": "nominal"}}},
            ],
        }
    )


def hours(counts: Sequence[int], days: Sequence[str], said: Sequence[str]) -> str:
    """The 168 hours of a week, from Monday 00:00, as seven rows of cells with their numbers."""
    rows = [
        {"day": days[at // 24], "hour": at % 24, "count": count, "said": said[at] if count else ""}
        for at, count in enumerate(counts)
    ]
    return _drawn(
        {
            "width": {"step": 27},
            "height": {"step": 22},
            "data": {"values": rows},
            "encoding": {
                "x": {"field": "hour", "type": "ordinal", "axis": {"title": None, "labelAngle": 0, "orient": "top"}},
                "y": {"field": "day", "type": "nominal", "sort": list(days), "axis": {"title": None}},
            },
            "layer": [
                {
                    "mark": {"type": "rect", "stroke": "#fff"},
                    "encoding": {
                        "color": {
                            "field": "count",
                            "type": "quantitative",
                            "legend": None,
                            "scale": {"range": ["#f4f6f8", "#8fb8de"], "domainMin": 0},
                        }
                    },
                },
                {
                    "mark": {"type": "text", "fontSize": 10, "color": "#111"},
                    "encoding": {"text": {"field": "said", "type": "nominal"}},
                },
            ],
        }
    )


def _drawn(spec: dict[str, Any]) -> str:
    whole = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "config": _CONFIG, **spec}
    svg = vl_convert.vegalite_to_svg(whole, allowed_base_urls=[])
    # The caption beside a chart and the table below it say the same: a reader of screens need not go through each mark.
    return re.sub(r"<svg ", '<svg aria-hidden="true" focusable="false" ', svg, count=1)
