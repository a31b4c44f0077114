"""Routes of posts: make, check, list, read, change, schedule, cancel, publish, retry, settle, preview."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import edge, idempotency, pagination
from ddp.fields import Time
from ddp.queries.listing import Asked
from ddp.queries.social import posts_read
from functions.social.drafting import answers, changing, committing, making, previews, requests, showing
from functions.social.drafting.making import Made
from functions.social.models.accounts import SocialPlatformName

router = edge.router()

From = Annotated[
    Time | None, Query(alias="from", description="Only posts that go or went out at this time or later.")
]
To = Annotated[Time | None, Query(alias="to", description="Only posts that go or went out before this time.")]


@router.post("/social-posts", tags=["Social posts"], operation_id="createSocialPosts", status_code=201)
def create_posts(
    body: requests.SocialPostRequest, idempotency_key: idempotency.Key = None
) -> Response[answers.SocialPostGroup]:
    """Make a post for each account.

    What would be refused by a platform is refused here (422, `invalid-post`), all of it at once: `posts` has the
    problems by account. Drafts may be wrong; their problems are in the answer.
    """
    return committing.once(
        router, idempotency_key, lambda cursor: making.create(cursor, body), showing.group, status=201
    )


@router.post("/social-posts/validate", tags=["Social posts"], operation_id="validateSocialPosts")
def validate_posts(body: requests.SocialPostRequest) -> answers.PostsChecked:
    """Say what is wrong with posts, what they cost and what is left of budget and quotas.

    Nothing is made.
    """
    with edge.as_caller(router) as cursor:
        return showing.checked(*making.check(cursor, body))


@router.get("/social-posts", tags=["Social posts"], operation_id="listSocialPosts")
def list_posts(
    from_: From = None,
    to: To = None,
    account_id: Annotated[UUID | None, Query(description="Only posts through this account.")] = None,
    platform: Annotated[SocialPlatformName | None, Query(description="Only posts on this platform.")] = None,
    status: Annotated[answers.SocialPostStatus | None, Query(description="Only posts in this state.")] = None,
    campaign_id: Annotated[
        UUID | None,
        Query(description="All posts of this campaign that the caller may see. If omitted, the caller's."),
    ] = None,
    order: pagination.Order = None,
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> answers.SocialPosts:
    """List posts as a calendar, earliest first.

    A campaign's creator sees those of others from the time on at which they are scheduled.
    """
    asked = Asked(limit=limit, cursor=cursor, order=order, since=from_, until=to)
    wanted = posts_read.Filter(
        account_id=account_id, platform=platform, status=status, campaign_id=campaign_id
    )
    with edge.as_caller(router) as transaction:
        rows, next_cursor = posts_read.page(transaction, asked, wanted)
    return answers.SocialPosts.model_validate({"items": rows, "next_cursor": next_cursor})


@router.get("/social-posts/<post_id>", tags=["Social posts"], operation_id="getSocialPost")
def get_post(post_id: UUID) -> answers.SocialPostDetail:
    """Get a post with its parts, the calls that were made for it, and what comes next.

    Who changed it when is in the audit trail, for administrators (GET /audit-logs with its id as `record_id`).
    """
    with edge.as_caller(router) as cursor:
        return showing.detail(cursor, post_id)


@router.patch("/social-posts/<post_id>", tags=["Social posts"], operation_id="updateSocialPost")
def update_post(post_id: UUID, body: requests.SocialPostChange) -> answers.SocialPostMade:
    """Change a draft, or a post that is scheduled and not yet being prepared.

    Refused (409) if somebody changed it since the `revision` was read, or its preparation has begun.
    """
    revisions = {post_id: body.revision}
    return _changed(lambda cursor: changing.change(cursor, changing.own(cursor, post_id), revisions, body))


@router.put("/social-posts/<post_id>/schedule", tags=["Social posts"], operation_id="scheduleSocialPost")
def schedule_post(post_id: UUID, body: requests.SocialPostSchedule) -> answers.SocialPostMade:
    """Schedule a post, or choose another time for it.

    Also for one that failed, was missed or was cancelled.
    """
    return _changed(lambda cursor: changing.schedule(cursor, changing.own(cursor, post_id), body.when))


@router.delete("/social-posts/<post_id>/schedule", tags=["Social posts"], operation_id="unscheduleSocialPost")
def unschedule_post(post_id: UUID) -> answers.SocialPostMade:
    """Make a scheduled post a draft again, until its publication has started."""
    return _changed(lambda cursor: changing.act(cursor, changing.own(cursor, post_id), changing.UNSCHEDULE))


@router.post("/social-posts/<post_id>/cancel", tags=["Social posts"], operation_id="cancelSocialPost")
def cancel_post(post_id: UUID, idempotency_key: idempotency.Key = None) -> Response[answers.SocialPostMade]:
    """Cancel a post.

    Wins until the call that publishes it has started; after that it is refused (409).
    """
    return _act(post_id, idempotency_key, changing.CANCEL)


@router.post("/social-posts/<post_id>/publish", tags=["Social posts"], operation_id="publishSocialPost")
def publish_post(post_id: UUID, idempotency_key: idempotency.Key = None) -> Response[answers.SocialPostMade]:
    """Publish a post now."""
    return _act(post_id, idempotency_key, changing.PUBLISH)


@router.post("/social-posts/<post_id>/retry", tags=["Social posts"], operation_id="retrySocialPost")
def retry_post(post_id: UUID, idempotency_key: idempotency.Key = None) -> Response[answers.SocialPostMade]:
    """Try a post again that failed or was missed, now; of a published one, its first comment that failed."""
    return _act(post_id, idempotency_key, changing.RETRY)


@router.post("/social-posts/<post_id>/settle", tags=["Social posts"], operation_id="settleSocialPost")
def settle_post(
    post_id: UUID, body: requests.SocialPostSettle, idempotency_key: idempotency.Key = None
) -> Response[answers.SocialPostMade]:
    """Say whether an unconfirmed post, or its first comment, is on the platform.

    One that is not can be tried again. The audit trail records it.
    """
    return committing.once(
        router, idempotency_key, lambda cursor: changing.settle(cursor, post_id, body), showing.post
    )


@router.post("/social-posts/<post_id>/preview", tags=["Social posts"], operation_id="previewSocialPost")
def preview_post(post_id: UUID) -> answers.SocialPostPreview:
    """Show a post as its platform would, with all that is wrong with it.

    Nothing is published or stored.
    """
    with edge.as_caller(router) as cursor:
        (shown,) = previews.of_posts(cursor, changing.own(cursor, post_id))
        return shown


def _act(post_id: UUID, key: str | None, action: changing.Action) -> Response[answers.SocialPostMade]:
    def work(cursor: Cursor[DictRow]) -> Made:
        return changing.act(cursor, changing.own(cursor, post_id), action)

    return committing.once(router, key, work, showing.post)


def _changed(work: committing.Work) -> answers.SocialPostMade:
    return committing.changed(router, work, showing.post)
