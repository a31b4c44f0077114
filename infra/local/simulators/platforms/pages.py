"""The page of six feeds, and a page per platform. They have no scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape

from ddp.pages.page import policy
from infra.local.navigation import local_page
from infra.local.simulators.platforms.consent import NAMES
from infra.local.simulators.platforms.feeds import Shown

# No foreign resources, no scripts, no foreign frame around them; media come from the simulator itself.
POLICY = policy(img_src="'self'", media_src="'self'")
ON_FRONT, PER_PAGE = 3, 100

_NAMES = {
    "like": "likes",
    "reaction": "other reactions",
    "comment": "comments",
    "share": "shares",
    "save": "saves",
    "click": "clicks",
    "view": "views",
    "reach": "people reached",
    "follow": "follows",
    "watch_seconds": "seconds watched",
}
_EMPTY = """<div class="empty"><p>Nothing has been published yet.</p>
<p><code>make demo</code> publishes to six feeds; <code>ddp social post</code> publishes yours.</p></div>"""


def front_page(
    links: Mapping[str, str], feeds: Mapping[str, Sequence[Shown]], counts: Mapping[str, int]
) -> str:
    """All six feeds, each with its newest posts."""
    cards = "\n".join(_card(platform, shown, counts[platform]) for platform, shown in feeds.items())
    spent = counts["twitter_dollars"] / 1_000
    posts = sum(counts[platform] for platform in feeds)
    content = f"""<p>{posts:,} posts and {counts["comments"]:,} comments are public.
{_calendar(links)}X charged ${spent:,.3f}.</p>
<div class="cards">
{cards}
</div>"""
    return local_page("Platforms", content, links=dict(links), current="Platforms")


def feed_page(links: Mapping[str, str], platform: str, shown: Sequence[Shown]) -> str:
    """One feed."""
    posts = "\n".join(_post(each, "h2", ' class="card"') for each in shown) or _EMPTY
    over = '<a href="/">All platforms</a>'
    return local_page(NAMES[platform], posts, links=dict(links), current="Platforms", over=over)


def missing_page(links: Mapping[str, str]) -> str:
    """The page for what is not there."""
    content = '<p class="empty">There is nothing here. <a href="/">All platforms</a></p>'
    return local_page("No such page", content, links=dict(links), current="Platforms")


def _calendar(links: Mapping[str, str]) -> str:
    url = links.get("Calendar")
    return f'<a href="{escape(url)}">The calendar</a> has those that are scheduled, too.\n' if url else ""


def _card(platform: str, shown: Sequence[Shown], count: int) -> str:
    posts = "\n".join(_post(each, "h3") for each in shown) or '<p class="soft">No post yet.</p>'
    all_posts = f"All {count:,} posts" if count > 1 else "The whole feed"
    more = f'<p><a href="/feeds/{platform}">{all_posts}</a></p>' if count else ""
    return f'<section class="card"><h2>{NAMES[platform]}</h2>\n{posts}\n{more}</section>'


def _numbers(shown: Shown, *, is_open: bool) -> str:
    """True numbers, and beside them those that were measured."""
    if not shown.numbers:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{_NAMES[kind]}</th><td class="number">{true:,}</td>'
        f'<td class="number">{"&ndash;" if measured is None else f"{measured:,}"}</td></tr>'
        for kind, true, measured in shown.numbers
    )
    head = '<tr><th scope="col">Audience</th><th scope="col">true</th><th scope="col">measured</th></tr>'
    return f"""<details{" open" if is_open else ""}><summary>{_sum(shown)}</summary>
<table><thead>{head}</thead><tbody>{rows}</tbody></table></details>"""


def _sum(shown: Shown) -> str:
    counts = {kind: true for kind, true, _ in shown.numbers}
    parts = [
        f"{counts[kind]:,} {kind if counts[kind] == 1 else _NAMES[kind]}"
        for kind in ("like", "comment", "view")
        if kind in counts
    ]
    return " · ".join(parts) or "Audience"


def _post(shown: Shown, heading: str, attributes: str = "") -> str:
    state = f" · {escape(shown.state)}" if shown.state else ""
    when = datetime.fromtimestamp(shown.at).astimezone()
    title = f"<p><strong><bdi>{escape(shown.title)}</bdi></strong></p>" if shown.title else ""
    text = "<br>".join(escape(line) for line in shown.text.splitlines())
    words = f"<p><bdi>{text}</bdi></p>" if text else ""
    comments = "".join(f'<li><p class="bubble"><bdi>{escape(text)}</bdi></p></li>' for text in shown.comments)
    below = f'<ol class="thread" aria-label="Comments">{comments}</ol>' if comments else ""
    return f"""<article{attributes}><{heading}><bdi>{escape(shown.account)}</bdi></{heading}>
<p class="soft"><time datetime="{when.isoformat(timespec="seconds")}">{when:%Y-%m-%d %H:%M:%S}</time>{state}</p>
{title}{words}{_media(shown)}{_numbers(shown, is_open=heading == "h2")}{below}</article>"""


def _media(shown: Shown) -> str:
    return "".join(
        f'<img src="/_media/{file}" alt="{escape(alt_text) or "Without an alternative text"}" loading="lazy">'
        if kind.startswith("image/")
        else f'<video src="/_media/{file}" controls preload="metadata"></video>'
        for file, kind, alt_text in shown.media
    )
