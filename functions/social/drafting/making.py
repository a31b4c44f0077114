"""Makes the posts of a request, once nothing is wrong with them; or only says what is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.providers.social.base import Problem
from ddp.queries.social import posts, posts_checked
from functions.social.drafting import checking, contents, money, timing
from functions.social.drafting.checking import Asked, Checked
from functions.social.drafting.contents import Content
from functions.social.drafting.money import Left
from functions.social.drafting.requests import SocialPostRequest, WhenDraft, WhenNow
from functions.social.drafting.timing import Moment
from functions.social.validation.problems import problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Posts after a request: rows of `social_posts`, and what was found about each."""

    rows: Sequence[DictRow]
    checked: Sequence[Checked]

    @property
    def post_ids(self) -> list[UUID]:
        """Their ids, in the order of the rows."""
        return [row["post_id"] for row in self.rows]

    def problems(self) -> Mapping[UUID, Sequence[Problem]]:
        """What is wrong with each post, by its id."""
        found = {one.asked.content.account_id: one.problems for one in self.checked}
        by_post = {one.asked.post_id: one.problems for one in self.checked if one.asked.post_id}
        return {
            row["post_id"]: by_post.get(row["post_id"], found.get(row["account_id"], ())) for row in self.rows
        }


def check(cursor: Cursor[DictRow], body: SocialPostRequest) -> tuple[list[Checked], Left]:
    """All that is wrong with the posts of a request. Raises NotFound, Invalid for its template."""
    known = posts_checked.accounts(cursor, body.account_ids)
    template = contents.from_template(cursor, body)
    given = contents.of_request(
        body, {account_id: row["platform"] for account_id, row in known.items()}, template
    )
    moments = timing.moments(cursor, body.when, known)
    problems = [*template.problems, *_of_campaign(cursor, body.campaign_id)]
    asked = [
        Asked(
            content=content,
            account=known.get(content.account_id),
            moment=moments.get(content.account_id),
            campaign_id=body.campaign_id,
            problems=problems,
        )
        for content in given
    ]
    return money.check(cursor, checking.check(cursor, asked))


def create(cursor: Cursor[DictRow], body: SocialPostRequest) -> Made:
    """Make the posts. Raises Invalid with all that is wrong; NotFound, Conflict, Forbidden."""
    checked, _ = check(cursor, body)
    checking.require(checked, is_draft=isinstance(body.when, WhenDraft))
    members = [_member(one, body) for one in checked]
    rows = posts.create(cursor, {"campaign_id": body.campaign_id}, members)
    compose(cursor, {row["post_id"]: one.asked.content for row, one in zip(rows, checked, strict=True)})
    return Made(rows=rows, checked=checked)


def _of_campaign(cursor: Cursor[DictRow], campaign_id: UUID | None) -> list[Problem]:
    if campaign_id is None or posts_checked.campaign_is_visible(cursor, campaign_id):
        return []
    sentence = "There is no such campaign, or you do not take part in it: choose another one, or omit it."
    return [problem("campaign_id", "campaign-not-found", sentence)]


def compose(cursor: Cursor[DictRow], contents: Mapping[UUID, Content]) -> None:
    """Store the texts that were composed, by post: the database takes them from nobody else."""
    composed = [
        {"post_id": post_id, "content": content.text or None, "title": content.title}
        for post_id, content in contents.items()
        if content.is_composed
    ]
    if composed:
        posts.compose(cursor, composed)


def _member(checked: Checked, body: SocialPostRequest) -> dict[str, Any]:
    content, when = checked.asked.content, body.when
    own = {} if content.is_composed else {
        "content": content.text or None, "title": content.title, "media": content.media
    }  # fmt: skip
    return {
        **own,
        "account_id": content.account_id,
        "post_type": checked.type,
        "template_id": body.template_id,
        "slots": body.slots,
        "options": content.options,
        "first_comment": content.first_comment,
        **({"when": "now"} if isinstance(when, WhenNow) else _time(checked.moment)),
    }


def _time(moment: Moment | None) -> dict[str, Any]:
    if moment is None:
        return {"when": "draft"}
    return {
        "when": "at",
        "at": moment.at.isoformat(),
        "local_time": moment.local.isoformat() if moment.local else None,
        "time_zone": moment.zone,
    }
