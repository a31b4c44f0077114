"""The sections of a report, each from what was asked to HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from infra.cli.report import charts
from infra.cli.report.asking import Asked, Metric, Row
from infra.cli.report.parts import Cell, day, empty, figure, section, table, tile

# Bars of one chart; the table behind it has all rows.
MOST_BARS = 8

# Title of each tile, and its metric.
TILES = {
    "Views of files": "file_views",
    "Downloads": "file_downloads",
    "Shares": "file_shares",
    "Uploads": "file_uploads",
    "Sessions": "user_sessions",
    "E-mails delivered": "email_campaign_delivered",
    "E-mails opened": "email_campaign_opened",
    "SMS delivered": "sms_campaign_delivered",
    "Posts published": "social_post_published",
}
# Title of each chart over time, and its metric.
OVER_TIME = {
    "Views of files": "file_views",
    "Downloads": "file_downloads",
    "E-mails delivered": "email_campaign_delivered",
    "E-mails clicked": "email_campaign_clicked",
    "SMS delivered": "sms_campaign_delivered",
    "Sessions": "user_sessions",
}
# The steps of each channel, in order. A step that a stage does not count is left out.
CHANNELS = {
    "E-mail": {
        "Sent": "email_campaign_sent",
        "Delivered": "email_campaign_delivered",
        "Opened": "email_campaign_opened",
        "Clicked": "email_campaign_clicked",
        "Converted": "email_campaign_conversions",
    },
    "SMS": {
        "Sent": "sms_campaign_sent",
        "Delivered": "sms_campaign_delivered",
        "Clicked": "sms_campaign_clicked",
        "Converted": "sms_campaign_conversions",
    },
}


def tiles(asked: Asked) -> str:
    """The figures of the period, with their change."""
    shown = [
        tile(name, one.total, one.previous_total, before=_before(asked, one))
        for name, one in ((name, asked.series[metric]) for name, metric in TILES.items())
        if one.total or one.previous_total
    ]
    if not shown:
        return empty(
            "Nothing happened in this period.",
            "Upload a file, publish it as a brand asset or send a campaign; figures follow within a minute or two. Or "
            "choose a longer period with --days.",
        )
    return f'<dl class="tiles">{"".join(shown)}</dl>'


def _before(asked: Asked, one: Metric) -> str:
    count = len(one.starts)
    return f"{count} {asked.interval}s" if count != 1 else asked.interval


def activity(asked: Asked) -> str:
    """Charts by day or week."""
    shown = [_over_time(asked.interval, name, one) for name, one in _moving(asked)]
    if not shown:
        return ""
    legend = f'<p class="soft">The line is this period; the dashed one as many {asked.interval}s before.</p>'
    return section(f"Activity by {asked.interval}", legend, f'<div class="charts">{"".join(shown)}</div>')


def _moving(asked: Asked) -> list[tuple[str, Metric]]:
    series = [(name, asked.series[metric]) for name, metric in OVER_TIME.items()]
    return [(name, one) for name, one in series if one.total or one.previous_total]


def _over_time(interval: str, name: str, one: Metric) -> str:
    previous: Sequence[int | None] = [None] * (len(one.starts) - len(one.previous)) + list(one.previous)
    rows = [(day(each), now, then) for each, now, then in zip(one.starts, one.values, previous, strict=True)]
    first = "Day" if interval == "day" else "Week of"
    behind = table((first, name, f"As many {interval}s before"), rows, caption=f"{name} by {interval}")
    svg = charts.lines(name, one.starts, one.values, one.previous, interval=interval)
    return figure(name, svg, behind)


def channels(asked: Asked) -> str:
    """From sent to converted, per channel."""
    shown = [_channel(name, _steps(asked, metrics)) for name, metrics in CHANNELS.items()]
    shown = [each for each in shown if each]
    if not shown:
        nothing = empty(
            "No message was sent in this period.",
            "Send one with POST /email-campaigns, or with ddp campaign send.",
        )
        return section("Messages", nothing)
    return section("Messages", f'<div class="charts">{"".join(shown)}</div>')


def _steps(asked: Asked, metrics: dict[str, str]) -> list[tuple[str, float]]:
    return [(step, asked.series[name].total) for step, name in metrics.items() if name in asked.series]


def _channel(name: str, steps: Sequence[tuple[str, float]]) -> str:
    if not any(value for _, value in steps):
        return ""
    counts = dict(steps)
    rows: list[Sequence[Cell]] = [(step, value, _rate(step, value, counts)) for step, value in steps]
    behind = table(("Step", "Messages", "Rate"), rows, caption=f"{name}, step by step")
    return figure(f"{name}: from sent to {steps[-1][0].lower()}", charts.bars(name, steps), behind)


def _rate(step: str, value: float, counts: Mapping[str, float]) -> str | None:
    """A step in percent of what the definitions say."""
    if step == "Sent":
        return None
    base = "Sent" if step == "Delivered" else "Delivered"
    return f"{100 * value / counts[base]:.1f} % of {base.lower()}" if counts[base] else None


def tops(asked: Asked) -> str:
    """The top lists that have bars: assets, retailers, wishes."""
    shown = [
        _top("Most downloaded assets", asked.tops["assets"], "asset_name", "download_count", "Downloads"),
        _top(
            "Most active retailers", asked.tops["retailers"], "retailer_name", "download_count", "Downloads"
        ),
        _top("Most wished for models", asked.tops["wishes"], "model_name", "wish_count", "Wishes"),
        _counted("Wishes by region", _sums(asked.wishes, "region", "wish_count"), ("Region", "Wishes")),
    ]
    if not any(shown):
        nothing = empty(
            "No asset was downloaded and no model wished for yet.",
            "Publish assets with POST /brand-assets: retailers find them at once.",
        )
        return section("Assets, retailers and wishes", nothing)
    since = '<p class="soft">Since the beginning, not only in this period.</p>'
    return section("Assets, retailers and wishes", since, f'<div class="charts">{"".join(shown)}</div>')


def _top(title: str, rows: Sequence[Row], name: str, value: str, what: str) -> str:
    counted = [(str(row[name] or "(without a name)"), float(row[value])) for row in rows]
    return _counted(title, counted, ("Name", what))


def _counted(title: str, rows: Sequence[tuple[str, float]], headings: tuple[str, str]) -> str:
    if not rows:
        return ""
    behind = table(headings, rows, caption=title)
    return figure(title, charts.bars(title, rows[:MOST_BARS]), behind)


def _sums(rows: Sequence[Row], key: str, value: str) -> list[tuple[str, float]]:
    sums: Counter[str] = Counter()
    for row in rows:
        sums[str(row[key])] += row[value]
    return [(name, float(total)) for name, total in sums.most_common()]


def campaigns(asked: Asked) -> str:
    """The campaigns with the most clicks and engagement, and what they earned."""
    rows = [
        (
            row["campaign_name"],
            row["emails_delivered"],
            f"{row['email_open_rate']:.1f} %",
            f"{row['email_click_rate']:.1f} %",
            row["post_engagement"],
            _money(row["budget_spent"]),
            _money(row.get("conversion_value")),
            _percent(row.get("roi_percentage")),
        )
        for row in asked.campaigns
    ]
    if not rows:
        nothing = empty("There is no campaign yet.", "Create one with POST /campaigns and invite retailers.")
        return section("Campaigns", nothing)
    headings = ("Campaign", "Delivered", "Opened", "Clicked", "Engagement", "Spent", "Earned", "ROI")
    return section("Campaigns", table(headings, rows, caption="Campaigns by clicks and engagement"))


def funds(asked: Asked) -> str:
    """What retailers may claim of co-op funds, and what is left; nothing without a fund."""
    rows = [
        (row["campaign_name"] or "(left)", (row["retailer"] or {}).get("name"),
         *(_money(float(row[name])) for name in ("allotment", "requested", "approved", "paid", "remaining")))
        for row in asked.funds
    ]  # fmt: skip
    if not rows:
        return ""
    headings = ("Campaign", "Retailer", "Allotted", "Requested", "Approved", "Paid", "Left")
    return section("Co-op funds", table(headings, rows, caption="Co-op funds, the newest first"))


def templates(asked: Asked) -> str:
    """The templates that reach most retailers."""
    rows = [
        (row["template_name"], row["usage_count"], f"{row['retailers_reached']} of {row['retailers_total']}",
         f"{row['coverage']:.1f} %", f"{row['conversion_rate']:.1f} %")
        for row in asked.tops["templates"]
    ]  # fmt: skip
    if not rows:
        nothing = empty("There is no template yet.", "Create one with POST /templates for a campaign.")
        return section("Templates", nothing)
    headings = ("Template", "Used", "Retailers", "Coverage", "Conversion")
    return section("Templates", table(headings, rows, caption="Templates by coverage"))


def scores(asked: Asked) -> str:
    """How retailers do in campaigns."""
    rows = [
        (row["retailer_name"] or "(without a name)", row["overall_rank"], row["response_quality_grade"],
         row["email_response_time_hours"], row["first_followup_time_hours"],
         row["social_post_frequency_per_week"], _percent(row["campaign_roi_percentage"]))
        for row in asked.scores
    ]  # fmt: skip
    if not rows:
        nothing = empty(
            "No retailer has a score yet.", "Scores begin when a retailer joins a campaign and sends for it."
        )
        return section("Scores of retailers", nothing)
    headings = ("Retailer", "Rank", "Grade", "First e-mail, h", "Follow-up, h", "Posts a week", "ROI")
    return section("Scores of retailers", table(headings, rows, caption="Scores of retailers by rank"))


def devices(asked: Asked) -> str:
    """What sessions were on, and where."""
    kinds = _shares(asked.sessions, "device_type")
    countries = _shares(asked.sessions, "country_code")
    shown = [
        _counted("Devices", kinds, ("Device", "Sessions")),
        _counted("Countries", countries, ("Country", "Sessions")),
    ]
    if not any(shown):
        nothing = empty(
            "No session says its device or country.",
            "A front end starts sessions with POST /sessions, which notes both where they are certain.",
        )
        return section("Devices and countries", nothing)
    how_many = f"Of the newest {len(asked.sessions):,} sessions." if asked.has_more_sessions else ""
    note = f'<p class="soft">{how_many}</p>' if how_many else ""
    return section("Devices and countries", note, f'<div class="charts">{"".join(shown)}</div>')


def _shares(sessions: Sequence[Row], key: str) -> list[tuple[str, float]]:
    """Sessions by value; none if no session has one."""
    counts = Counter(row.get(key) or "not known" for row in sessions)
    is_known = set(counts) - {"not known"}
    return [(name, float(count)) for name, count in counts.most_common()] if is_known else []


def _percent(value: float | None) -> str | None:
    return None if value is None else f"{value:,.1f} %"


def _money(value: float | None) -> str | None:
    return None if value is None else f"{value:,.2f}"
