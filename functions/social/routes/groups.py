"""Routes of posts that were made at once, one for each account."""

from __future__ import annotations

from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import edge, idempotency
from ddp.queries.social import posts_read
from functions.social.drafting import answers, changing, committing, previews, requests, showing
from functions.social.drafting.making import Made

router = edge.router()


@router.get("/social-post-groups/<group_id>", tags=["Social posts"], operation_id="getSocialPostGroup")
def get_group(group_id: UUID) -> answers.SocialPostGroup:
    """Get the posts that one request made, those of them that the caller sees."""
    with edge.as_caller(router) as cursor:
        return showing.found_group(posts_read.of_group(cursor, group_id))


@router.patch("/social-post-groups/<group_id>", tags=["Social posts"], operation_id="updateSocialPostGroup")
def update_group(group_id: UUID, body: requests.SocialPostGroupChange) -> answers.SocialPostGroup:
    """Change posts of a group alike: all that `revisions` names, or none.

    Refused (409) if somebody changed one of them since, or its preparation has begun.
    """

    def work(cursor: Cursor[DictRow]) -> Made:
        return changing.change(cursor, changing.own_group(cursor, group_id), body.revisions, body)

    return committing.changed(router, work, showing.group)


@router.put(
    "/social-post-groups/<group_id>/schedule", tags=["Social posts"], operation_id="scheduleSocialPostGroup"
)
def schedule_group(group_id: UUID, body: requests.SocialPostSchedule) -> answers.SocialPostGroup:
    """Schedule the posts of a group that have not gone out, and that nobody cancelled."""

    def work(cursor: Cursor[DictRow]) -> Made:
        return changing.schedule(cursor, changing.own_group(cursor, group_id), body.when)

    return committing.changed(router, work, showing.group)


@router.delete(
    "/social-post-groups/<group_id>/schedule", tags=["Social posts"], operation_id="unscheduleSocialPostGroup"
)
def unschedule_group(group_id: UUID) -> answers.SocialPostGroup:
    """Make the scheduled posts of a group drafts again."""

    def work(cursor: Cursor[DictRow]) -> Made:
        return changing.act(cursor, changing.own_group(cursor, group_id), changing.UNSCHEDULE)

    return committing.changed(router, work, showing.group)


@router.post(
    "/social-post-groups/<group_id>/cancel", tags=["Social posts"], operation_id="cancelSocialPostGroup"
)
def cancel_group(
    group_id: UUID, idempotency_key: idempotency.Key = None
) -> Response[answers.SocialPostGroup]:
    """Cancel the posts of a group that have not gone out."""
    return _act(group_id, idempotency_key, changing.CANCEL)


@router.post(
    "/social-post-groups/<group_id>/publish", tags=["Social posts"], operation_id="publishSocialPostGroup"
)
def publish_group(
    group_id: UUID, idempotency_key: idempotency.Key = None
) -> Response[answers.SocialPostGroup]:
    """Publish the posts of a group now that have not gone out, and that nobody cancelled."""
    return _act(group_id, idempotency_key, changing.PUBLISH)


@router.post(
    "/social-post-groups/<group_id>/retry", tags=["Social posts"], operation_id="retrySocialPostGroup"
)
def retry_group(group_id: UUID, idempotency_key: idempotency.Key = None) -> Response[answers.SocialPostGroup]:
    """Try the posts of a group again that failed or were missed, and first comments that failed.

    What is published, or may be (`unconfirmed`), is never tried again.
    """
    return _act(group_id, idempotency_key, changing.RETRY)


@router.post(
    "/social-post-groups/<group_id>/preview", tags=["Social posts"], operation_id="previewSocialPostGroup"
)
def preview_group(group_id: UUID) -> answers.SocialPostGroupPreview:
    """Show the posts of a group as their platforms would, with all that is wrong with them."""
    with edge.as_caller(router) as cursor:
        shown = previews.of_posts(cursor, changing.own_group(cursor, group_id))
    return answers.SocialPostGroupPreview(group_id=group_id, posts=shown)


def _act(group_id: UUID, key: str | None, action: changing.Action) -> Response[answers.SocialPostGroup]:
    def work(cursor: Cursor[DictRow]) -> Made:
        return changing.act(cursor, changing.own_group(cursor, group_id), action)

    return committing.once(router, key, work, showing.group)
