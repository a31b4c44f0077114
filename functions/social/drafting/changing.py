"""Changes posts that exist: what they say, when they go out, and whether they do. One post, or a group at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.errors import Conflict, Invalid, NotFound
from ddp.queries.social import posts, posts_checked
from functions.social.drafting import checking, contents, money, timing
from functions.social.drafting.checking import Asked, Checked
from functions.social.drafting.contents import Content
from functions.social.drafting.making import Made, compose
from functions.social.drafting.requests import ChangedContent, SocialPostSettle, WhenAt, WhenNextSlot
from functions.social.drafting.timing import Moment

_FAILED: Final = frozenset(["failed", "missed"])
_UNDER_WAY: Final = frozenset(["scheduled", "claimed", "preparing", "ready"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What is done with posts. Of a group it is done with those in `statuses` (`fits` adds others)."""

    name: str
    run: Callable[[Cursor[DictRow], Sequence[UUID]], list[DictRow]]
    statuses: frozenset[str]
    nothing: str
    publishes: bool = False
    fits: Callable[[DictRow], bool] = lambda _: False


def _comment_failed(row: DictRow) -> bool:
    return row["status"] == "published" and row["comment_status"] in {"failed", "skipped"}


UNSCHEDULE = Action(
    name="unschedule",
    run=posts.unschedule,
    statuses=_UNDER_WAY,
    nothing="None of these posts is scheduled.",
)
CANCEL = Action(
    name="cancel",
    run=posts.cancel,
    statuses=_UNDER_WAY | _FAILED | {"draft"},
    nothing="All of these posts are cancelled already, or have gone out.",
)
PUBLISH = Action(
    name="publish",
    run=posts.publish,
    statuses=_UNDER_WAY | _FAILED | {"draft"},
    nothing="All of these posts are cancelled, or have gone out.",
    publishes=True,
)
RETRY = Action(
    name="retry",
    run=posts.retry,
    statuses=_FAILED,
    nothing="None of these posts has failed.",
    publishes=True,
    fits=_comment_failed,
)
# Of a group, those that a person cancelled stay cancelled.
_SCHEDULED_AT_ONCE: Final = _UNDER_WAY | _FAILED | {"draft"}


def own(cursor: Cursor[DictRow], post_id: UUID) -> list[DictRow]:
    """A post that the caller may change. Raises NotFound."""
    rows = posts_checked.written(cursor, post_ids=[post_id])
    if not rows:
        raise NotFound("There is no such post, or it is not yours.", code="post-not-found")
    return rows


def own_group(cursor: Cursor[DictRow], group_id: UUID) -> list[DictRow]:
    """The posts of a group that the caller may change. Raises NotFound."""
    rows = posts_checked.written(cursor, group_id=group_id)
    if not rows:
        raise NotFound("There is no such group of posts, or it is not yours.", code="post-group-not-found")
    return rows


def change(
    cursor: Cursor[DictRow], rows: Sequence[DictRow], revisions: Mapping[UUID, int], body: ChangedContent
) -> Made:
    """Change posts of these rows: each a draft, or right after the change too. Raises Invalid, Conflict, NotFound."""
    wanted = sorted((row for row in rows if row["post_id"] in revisions), key=lambda row: str(row["post_id"]))
    if len(wanted) < len(revisions):
        raise NotFound("One of these posts is not in this group.", code="post-not-found")
    for row in wanted:
        if row["revision"] != revisions[row["post_id"]] or row["status"] not in {"draft", "scheduled"}:
            posts.change(cursor, row["post_id"], revisions[row["post_id"]], {})  # refuses it, and says why
    if "slots" in body.model_fields_set:
        wanted = [_with_slots(cursor, row, body.slots or {}) for row in wanted]
    if "campaign_id" in body.model_fields_set:  # whose blackouts hold for it now
        wanted = [{**row, "campaign_id": body.campaign_id} for row in wanted]
    moments = {row["post_id"]: stored(row) for row in wanted}
    checked = check(cursor, wanted, moments, {row["post_id"]: contents.changed(row, body) for row in wanted})
    for is_draft in (False, True):
        of_kind = [
            one for row, one in zip(wanted, checked, strict=True) if (row["status"] == "draft") == is_draft
        ]
        checking.require(of_kind, is_draft=is_draft)
    done = [
        posts.change(cursor, row["post_id"], revisions[row["post_id"]], _changes(body, one))
        for row, one in zip(wanted, checked, strict=True)
    ]
    _compose(cursor, checked)
    return Made(rows=done, checked=checked)


def _with_slots(cursor: Cursor[DictRow], row: DictRow, slots: Mapping[str, Any]) -> DictRow:
    """A post with other values of its template's slots. Raises Invalid."""
    template = posts_checked.template_with(cursor, row["post_id"], slots)
    if template is None:
        raise Invalid("This post has no template, and so no slots: change its text.", code="unknown-slot")
    return {**row, "template": template | {"changed": True}}


def _compose(cursor: Cursor[DictRow], checked: Sequence[Checked]) -> None:
    compose(cursor, {one.asked.post_id: one.asked.content for one in checked if one.asked.post_id})


def _changes(body: ChangedContent, checked: Checked) -> dict[str, Any]:
    """The members to change, as the database names them."""
    given = body.model_fields_set - {"revision", "revisions", "text", "media"}
    values = {name: getattr(body, name) for name in given}
    if "text" in body.model_fields_set:
        values["content"] = body.text
    content = checked.asked.content
    if content.is_composed and values.keys() & {"content", "title"}:
        # The owner's from now on, and so is what the template said beside it.
        values |= {"content": content.text or None, "title": content.title}
    if "media" in body.model_fields_set:
        values |= {"media": content.media, "post_type": checked.type}
    elif content.is_composed and "slots" in given:
        values["post_type"] = checked.type  # a slot may have a picture now
    return values


def schedule(cursor: Cursor[DictRow], rows: Sequence[DictRow], when: WhenAt | WhenNextSlot) -> Made:
    """Schedule posts. Of several, those that have not gone out. Raises Invalid, Conflict, NotFound."""
    wanted = _fitting(rows, _SCHEDULED_AT_ONCE, "All of these posts are cancelled, or have gone out.")
    by_account = timing.moments(cursor, when, {row["account_id"]: _account(row) for row in wanted})
    moments = {row["post_id"]: by_account[row["account_id"]] for row in wanted}
    checked = check(cursor, wanted, moments)
    checking.require(checked, is_draft=False)
    _compose(cursor, checked)
    done: list[DictRow] = []
    # In the order of their ids, in which everything locks posts.
    for one in sorted(checked, key=lambda one: str(one.asked.post_id)):
        if one.moment and one.asked.post_id:
            done += posts.schedule(
                cursor, [one.asked.post_id], at=one.moment.at, local_time=one.moment.local, time_zone=one.moment.zone
            )  # fmt: skip
    return Made(rows=done, checked=checked)


def act(cursor: Cursor[DictRow], rows: Sequence[DictRow], action: Action) -> Made:
    """Do something with posts. Of several, with those that it concerns. Raises Invalid, Conflict, NotFound."""
    wanted = _fitting(rows, action.statuses, action.nothing, action.fits)
    now = Moment(at=datetime.now(UTC))
    checked: list[Checked] = []
    if action.publishes:
        # A single post may have been cancelled before; one that is out has at most its comment to go.
        going = [row for row in wanted if row["status"] in action.statuses | {"cancelled"}]
        checked = check(cursor, going, dict.fromkeys((row["post_id"] for row in going), now))
        checking.require(checked, is_draft=False)
        _compose(cursor, checked)
    return Made(rows=action.run(cursor, [row["post_id"] for row in wanted]), checked=checked)


def settle(cursor: Cursor[DictRow], post_id: UUID, body: SocialPostSettle) -> Made:
    """Note what became of an unconfirmed post. Raises Conflict, NotFound."""
    row = posts.settle(
        cursor, post_id, is_published=body.is_published, external_id=body.external_id, part_no=body.part_no
    )
    return Made(rows=[row], checked=[])


def check(
    cursor: Cursor[DictRow],
    rows: Sequence[DictRow],
    moments: Mapping[UUID, Any],
    changed: Mapping[UUID, Content] | None = None,
) -> list[Checked]:
    """What is wrong with stored posts, by their own or (by id) changed content, at these moments."""
    if not rows:
        return []
    asked = [
        Asked(
            content=(changed or {}).get(row["post_id"]) or contents.of_row(row),
            account=_account(row),
            moment=moments.get(row["post_id"]),
            post_id=row["post_id"],
            campaign_id=row["campaign_id"],
        )
        for row in rows
    ]
    checked, _ = money.check(cursor, checking.check(cursor, asked), user_id=rows[0]["created_by_user_id"])
    return checked


def _fitting(
    rows: Sequence[DictRow],
    statuses: frozenset[str],
    nothing: str,
    fits: Callable[[DictRow], bool] = lambda _: False,
) -> Sequence[DictRow]:
    """The posts of a group that an action concerns; a single post always, so that its refusal says why."""
    if len(rows) == 1:
        return rows
    wanted = [row for row in rows if row["status"] in statuses or fits(row)]
    if not wanted:
        raise Conflict(nothing, code="nothing-to-do")
    return wanted


def _account(row: DictRow) -> DictRow:
    return {**row, "status": row["account_status"], "time_zone": row["account_time_zone"]}


def stored(row: DictRow) -> Moment | None:
    """When a stored post goes out; None: at no time."""
    if row["status"] == "draft" or row["scheduled_at"] is None:
        return None
    return Moment(at=row["scheduled_at"], local=row["local_time"], zone=row["time_zone"])
