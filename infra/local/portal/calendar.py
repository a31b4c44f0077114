"""The calendar of posts: a week by day and hour, what is scheduled and what went out, of each account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from html import escape
from itertools import groupby
from typing import Any, Final
from urllib.parse import parse_qs

from ddp.pages.page import headers
from infra.cli.api_client import ApiError, Client
from infra.cli.social import api
from infra.local.identity.users import USERS
from infra.local.navigation import local_page
from infra.local.simulators.platforms.consent import NAMES

HEADERS: Final = headers()
_WEEK = timedelta(days=7)
_EARLIEST, _LATEST = date(2000, 1, 3), date(2100, 1, 1)
_GOOD, _BAD = {"published"}, {"failed", "missed", "unconfirmed"}

Post = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whose posts are shown, and of the week that begins with which Monday."""

    user: str
    monday: date

    @classmethod
    def of(cls, query: str, today: date) -> Asked:
        """What an address asks for; what makes no sense is this week of the brand."""
        given = parse_qs(query)
        user = given.get("user", [""])[0]
        try:
            day = date.fromisoformat(given.get("week", [""])[0])
        except ValueError:
            day = today
        day = min(max(day, _EARLIEST), _LATEST)
        return cls(user=user if user in USERS else "brand", monday=day - timedelta(days=day.weekday()))

    def address(self, *, user: str | None = None, later: timedelta = timedelta(0)) -> str:
        """The page of another user, or of another week."""
        return f"?user={user or self.user}&amp;week={self.monday + later}"


def posts_of(client: Client, monday: date) -> list[Post]:
    """The posts of a week, by the clock of this machine, the earliest first. Raises ApiError."""
    since = datetime.combine(monday, time()).astimezone(UTC)
    until = datetime.combine(monday + _WEEK, time()).astimezone(UTC)
    return list(api.calendar(client, **{"from": since.isoformat(), "to": until.isoformat()}))


def page_of(asked: Asked, posts: Sequence[Post] | ApiError | None, links: dict[str, str]) -> str:
    """The page. `posts`: None: the stack is not running; or why they could not be read."""
    whose = "\n".join(
        f'<a href="{asked.address(user=key)}"{_CURRENT if key == asked.user else ""}>{escape(user.user_name)}</a>'
        for key, user in USERS.items()
    )
    before, after = asked.address(later=-_WEEK), asked.address(later=_WEEK)
    content = f"""<nav class="row" aria-label="Whose posts">{whose}</nav>
<nav class="row" aria-label="Weeks"><a href="{before}">The week before</a>
<a href="?user={asked.user}">This week</a> <a href="{after}">The week after</a></nav>
{_content(posts)}"""
    title = f"Calendar, week of {asked.monday:%-d %B %Y}"
    return local_page(title, content, links=links, current="Calendar")


_CURRENT: Final = ' aria-current="true"'


def _content(posts: Sequence[Post] | ApiError | None) -> str:
    if posts is None:
        return '<p class="empty">The local stack is not running. <code>make dev</code> starts it.</p>'
    if isinstance(posts, ApiError):
        return f'<p class="alert">{escape(str(posts))}</p>'
    if not posts:
        return (
            '<p class="empty">No posts in this week. <code>ddp social post</code> makes some; <code>make demo</code>'
            " publishes six.</p>"
        )
    days = groupby(posts, key=lambda post: _at(post).date())
    content = "\n".join(_day(day, list(of_day)) for day, of_day in days)
    # Two in a week in which the clock changes.
    offsets = ", then ".join(dict.fromkeys(f"UTC{_at(post).isoformat()[-6:]}" for post in posts))
    return f'<p class="soft">Times are of this machine: {offsets}.</p>\n{content}'


def _day(day: date, posts: Sequence[Post]) -> str:
    rows = "\n".join(_row(post) for post in posts)
    return f"""<h2>{day:%A, %-d %B}</h2>
<table class="fold"><thead><tr><th scope="col">At</th><th scope="col">Account</th>
<th scope="col">State</th><th scope="col">Post</th></tr></thead>
<tbody>
{rows}</tbody></table>"""


def _row(post: Post) -> str:
    at = _at(post)
    account = post["account_name"] or post["account_handle"] or "an account of others"
    platform = NAMES.get(post["platform"] or "", "")
    words = post["title"] or post["excerpt"] or "without text"
    return f"""<tr><th scope="row"><time datetime="{at.isoformat(timespec="seconds")}">{at:%H:%M}</time></th>
<td data-label="Account"><bdi>{escape(account)}</bdi> <span class="soft">{platform}</span></td>
<td data-label="State">{_state(post["status"])}</td><td data-label="Post"><bdi>{escape(words)}</bdi></td></tr>
"""


def _state(status: str) -> str:
    kind = "good" if status in _GOOD else "bad" if status in _BAD else ""
    return f'<span class="{kind}">{escape(status)}</span>' if kind else escape(status)


def _at(post: Post) -> datetime:
    return datetime.fromisoformat(post["calendar_at"]).astimezone()
