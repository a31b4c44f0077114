"""What the portal says about figures: how fresh they are, and where the demo's report is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import psycopg

from ddp.pages.page import headers

# A report brings a style of its own, and loads nothing.
HEADERS = {
    **headers(),
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
}

_REPORT = """<section class="card"><h2>Report</h2>
<p>The platform's figures after the demo, as <code>ddp report</code> writes them.</p>
<p><a class="button second" href="report/">Open the report</a></p></section>"""
_NO_REPORT = """<section class="card"><h2>Report</h2>
<p><code>make demo</code> writes one, and <code>ddp report</code> writes your own.</p></section>"""


def report_card(report: Path) -> str:
    """The card of the demo's report, or of how to get one."""
    return _REPORT if report.exists() else _NO_REPORT


def as_of(database_url: str) -> datetime | None:
    """When the figures were true; None if nothing was counted yet, or the database does not answer."""
    try:
        with psycopg.connect(database_url, connect_timeout=2) as connection:
            row = connection.execute("select ddp.analytics_as_of()").fetchone()
    except psycopg.Error:
        return None
    return row[0] if row else None


def freshness(counted_until: datetime | None) -> str:
    """A sentence about the age of the figures."""
    if counted_until is None:
        return '<p class="soft">No figures have been counted yet. They are counted each minute.</p>'
    age = (datetime.now(UTC) - counted_until).total_seconds()
    return f'<p class="soft">Figures are {age:,.0f} s old. They are counted each minute.</p>'
