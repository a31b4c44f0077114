"""The parts of a report: tiles, tables, charts with their tables, and what stands where there is nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from html import escape

Cell = str | float | None

# An en dash.
NOTHING = "\u2013"


def number(value: float | None, *, unit: str = "", digits: int = 0) -> str:
    """A number for people: 12,345 or 4.2 %; a dash where there is none."""
    return NOTHING if value is None else f"{value:,.{digits}f}{unit}"


def day(text: str | date) -> str:
    """3 November 2026, from a date or its ISO text."""
    at = date.fromisoformat(text[:10]) if isinstance(text, str) else text
    return f"{at.day} {at:%B %Y}"


def moment(text: str) -> str:
    """3 November 2026, 14:05 UTC, from ISO text with an offset."""
    at = datetime.fromisoformat(text)
    offset = "UTC" if not at.utcoffset() else f"UTC{at:%z}"
    return f"{day(at)}, {at:%H:%M} {offset}"


def tile(name: str, value: int, previous: int, *, before: str) -> str:
    """One figure, with its change against the period before, such as `30 days`."""
    return (
        f'<div class="tile"><dt>{escape(name)}</dt>'
        f'<dd><b class="number">{number(value)}</b> <small>{_change(value, previous, before)}</small></dd></div>'
    )


def _change(value: int, previous: int, before: str) -> str:
    if value == previous:
        return f"as in the {before} before"
    if previous == 0:
        return f"none in the {before} before"
    percent = 100 * abs(value - previous) / previous
    sign, word = ("▲", "more") if value > previous else ("▼", "fewer")
    return f'<span aria-hidden="true">{sign}</span> {number(percent)} % {word} than in the {before} before'


def table(headings: Sequence[str], rows: Iterable[Sequence[Cell]], *, caption: str) -> str:
    """A table whose first column names the row; numbers are aligned. The first heading decides what names it."""
    head = "".join(_heading(name, is_first=not n) for n, name in enumerate(headings))
    body = "".join(f"<tr>{_cells(row, headings)}</tr>" for row in rows)
    return (
        f'<table class="fold"><caption class="hidden">{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _heading(name: str, *, is_first: bool) -> str:
    return f'<th scope="col"{"" if is_first else " class=number"}>{escape(name)}</th>'


def _cells(row: Sequence[Cell], headings: Sequence[str]) -> str:
    first, *rest = row
    cells = [f'<th scope="row">{escape(_text(first))}</th>']
    for heading, value in zip(headings[1:], rest, strict=True):
        cells.append(f'<td class="number" data-label="{escape(heading)}">{escape(_text(value))}</td>')
    return "".join(cells)


def _text(value: Cell) -> str:
    if value is None or isinstance(value, str):
        return value or NOTHING
    return number(value, digits=0 if float(value).is_integer() else 1)


def figure(title: str, svg: str, behind: str) -> str:
    """A chart, and the table of its values, which opens by a click."""
    return (
        f'<section class="card"><h3>{escape(title)}</h3>{svg}'
        f"<details><summary>Values of “{escape(title)}”</summary>{behind}</details></section>"
    )


def empty(nothing: str, next_step: str) -> str:
    """What stands where there is nothing: what is missing, and what would fill it."""
    return f'<div class="empty"><p><b>{escape(nothing)}</b></p><p class="soft">{escape(next_step)}</p></div>'


def section(title: str, *content: str) -> str:
    """A part of the report under a heading."""
    return f"<section><h2>{escape(title)}</h2>{''.join(content)}</section>\n"
