"""Charts as inline SVG: Altair describes them, vl-convert draws them, the page's stylesheet colours them.

Colours are the stylesheet's variables, so that a chart follows light, dark and print. There is one accent; what it is
compared with is dashed, not of another colour. Charts have the width of a phone; on a desktop they stand side by side.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from html import escape

import altair as alt
import vl_convert

WIDTH, HEIGHT = 300, 120
# Height of a bar with its gap.
BAR = 26
# Characters of a name beside a bar; the table behind the chart has the whole name.
NAME = 22

_ROLES = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')

# In Vega's words, for all charts.
_CONFIG = {
    "background": "transparent",
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--soft)",
        "labelFontSize": 12,
        "gridColor": "var(--line)",
        "domainColor": "var(--edge)",
        "tickColor": "var(--edge)",
        "title": None,
    },
}


def lines(
    name: str, starts: Sequence[str], values: Sequence[int], previous: Sequence[int], *, interval: str
) -> str:
    """Values by interval (its first day, as ISO date); as many intervals before, dashed behind them."""
    shown = dict(zip(starts, values, strict=True))
    before = dict(zip(starts[-len(previous) :] if previous else [], previous, strict=True))
    highest = max([*values, *previous, 4])
    x = alt.X("day:T", axis=alt.Axis(format="%-d %b", tickCount=4, grid=False))
    y = alt.Y(
        "value:Q",
        scale=alt.Scale(domain=[0, highest], nice=True),
        axis=alt.Axis(tickCount=3, format="~s" if highest >= 10_000 else ",d"),
    )
    dashed = (
        alt.Chart(_data(before))
        .mark_line(color="var(--soft)", strokeWidth=1.25, strokeDash=[3, 3])
        .encode(x, y)
    )
    own = alt.Chart(_data(shown)).mark_line(color="var(--accent)", strokeWidth=2.25).encode(x, y)
    chart = alt.layer(dashed, own).properties(width=WIDTH, height=HEIGHT)
    label = (
        f"{name} by {interval}: {sum(values):,} in all, at most {max(values, default=0):,} in one {interval}."
    )
    return _svg(chart, label)


def _data(by_start: dict[str, int]) -> alt.InlineData:
    return alt.InlineData(values=[{"day": each, "value": value} for each, value in by_start.items()])


def bars(name: str, rows: Sequence[tuple[str, float]], *, keeps_order: bool = True) -> str:
    """A bar per row, the value at its end. Without `keeps_order`, the longest first."""
    ordered = list(rows) if keeps_order else sorted(rows, key=lambda row: -row[1])
    data = alt.InlineData(
        values=[
            {"place": n, "name": _short(each), "value": value, "text": f"{value:,.0f}"}
            for n, (each, value) in enumerate(ordered)
        ]
    )
    names = json.dumps([_short(each) for each, _ in ordered])
    # By place, because two rows may have the same name.
    y = alt.Y(
        "place:O",
        axis=alt.Axis(
            labelExpr=f"{names}[datum.value]",
            labelColor="var(--text)",
            labelLimit=150,
            labelPadding=8,
            ticks=False,
            domain=False,
        ),
    )
    longest = max([value for _, value in ordered] or [0]) or 1
    x = alt.X("value:Q", axis=None, scale=alt.Scale(domain=[0, longest * 1.25]))
    base = alt.Chart(data)
    bar = base.mark_bar(color="var(--accent)", height=16).encode(x, y)
    text = base.mark_text(align="left", dx=5, color="var(--text)", fontSize=12).encode(x, y, text="text:N")
    chart = alt.layer(bar, text).properties(width=WIDTH - 110, height=BAR * len(ordered))
    label = f"{name}: " + ", ".join(f"{each} {value:,.0f}" for each, value in ordered) + "."
    return _svg(chart, label)


def _short(name: str) -> str:
    return name if len(name) <= NAME else name[: NAME - 1] + "…"


def _svg(chart: alt.LayerChart | alt.FacetChart, label: str) -> str:
    described = {**chart.to_dict(), "config": _CONFIG}
    # One image with one label: Vega's own roles and labels of each mark would be read instead.
    svg = _ROLES.sub("", vl_convert.vegalite_to_svg(described))
    return svg.replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" ', 1)
