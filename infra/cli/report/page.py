"""A report as one HTML file: no script, nothing from the network, the product's stylesheet and a few lines more."""

from __future__ import annotations

from html import escape
from pathlib import Path

from ddp.pages.page import page
from infra.cli.report import sections
from infra.cli.report.asking import Asked
from infra.cli.report.parts import day, moment

STYLE = Path(__file__).with_name("report.css").read_text()

DEFINITIONS = {
    "Period": "Days begin at midnight in the report's zone; the last one is not over yet.",
    "As of": "Everything that happened before that time is counted.",
    "Delivered": "The recipient's mail server or network accepted the message. A bounce afterwards does not undo it. "
    "In percent of sent messages.",
    "Opened, clicked": "By people: what a machine opened is not counted. In percent of delivered messages.",
    "Converted": "Orders credited to a message, by the last click within seven days. In percent of delivered messages.",
    "Engagement": "Likes, reactions, comments, shares, saves and clicks of posts; views and reach are no engagement.",
    "ROI": "100 * (conversions - cost) / cost; no value without a cost. A cost that is paid back counts once.",
    "Co-op funds": "A brand's part of its retailers' costs. Left: allotted, less requested, approved and paid.",
    "Coverage": "Retailers that used a template, in percent of those in its owner's campaigns.",
    "Grade": "People who clicked / delivered: A from 5 %, B from 1 %, else C; none below 50 delivered e-mails.",
    "Rank": "From grade, response times, frequency of posts, follow-up and ROI within the brand; 1 is the best.",
}


def report(asked: Asked) -> str:
    """The whole document."""
    content = "".join(
        (
            f"<style>{STYLE}</style>",
            _about(asked),
            sections.tiles(asked),
            sections.activity(asked),
            sections.channels(asked),
            sections.campaigns(asked),
            sections.funds(asked),
            sections.tops(asked),
            sections.templates(asked),
            sections.scores(asked),
            sections.devices(asked),
            _definitions(),
        )
    )
    return page(f"Report: {asked.account}", content, heading=escape(asked.account), is_wide=True)


def _about(asked: Asked) -> str:
    whose = "all accounts" if asked.account_type == "admin" else f"this {asked.account_type}"
    as_of = moment(asked.as_of) if asked.as_of else "nothing has been counted yet"
    facts = {
        "Numbers of": whose,
        "Period": f"{day(asked.since)} to {day(asked.until)}",
        "Zone": asked.zone,
        "As of": as_of,
    }
    items = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in facts.items())
    return f'<dl class="about">{items}</dl>'


def _definitions() -> str:
    items = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in DEFINITIONS.items())
    return f'<section><h2>Definitions</h2><dl class="definitions">{items}</dl></section>'
