"""Routes for drafts of e-mails: create, list, read, change, delete, preview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp import edge, idempotency, pagination
from ddp.channels import EMAIL
from ddp.images import problems
from ddp.queries.email.drafts import sender_is_verified
from ddp.queries.files import asset_uses, hosting
from ddp.queries.listing import Asked
from ddp.queries.messages import drafts
from ddp.queries.people import sender_fields
from functions.email import drafting, models
from functions.sending.models import ShownSlot
from functions.sending.operations import ab_tests, ending, previews

router = edge.router()


@router.post("/email-campaigns", tags=["E-mail"], operation_id="createEmailCampaign", status_code=201)
def create_draft(
    body: models.DraftRequest, idempotency_key: idempotency.Key = None
) -> Response[models.EmailCampaignDetail]:
    """Create a draft of an e-mail.

    Its campaign must be one that the caller created or takes part in.
    """
    values = dict(body)
    drafting.check(values)

    def create(cursor: Cursor[DictRow]) -> models.EmailCampaignDetail:
        draft = drafting.from_template(cursor, values)
        drafting.check_attachments(cursor, body.attachments)
        return models.EmailCampaignDetail(**drafts.create(cursor, EMAIL, _stored(draft)))

    return idempotency.once(router, idempotency_key, create)


@router.get("/email-campaigns", tags=["E-mail"], operation_id="listEmailCampaigns")
def list_email_campaigns(
    campaign_id: Annotated[
        UUID | None,
        Query(description="All e-mails of this campaign that the caller may see. If omitted, the caller's."),
    ] = None,
    is_requested: Annotated[
        bool | None, Query(description="true: only e-mails whose sending was requested; false: only drafts.")
    ] = None,
    since: pagination.Since = None,
    until: pagination.Until = None,
    order: pagination.Order = None,
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> models.EmailCampaigns:
    """List e-mails, newest first.

    A brand sees those of retailers in its own campaigns too.
    """
    asked = Asked(limit=limit, cursor=cursor, order=order, since=since, until=until)
    with edge.as_caller(router) as transaction:
        rows, next_cursor = drafts.page(
            transaction, EMAIL, asked, campaign_id=campaign_id, is_requested=is_requested
        )
    return models.EmailCampaigns.model_validate({"items": rows, "next_cursor": next_cursor})


@router.get("/email-campaigns/<email_campaign_id>", tags=["E-mail"], operation_id="getEmailCampaign")
def get_email_campaign(email_campaign_id: UUID) -> models.EmailCampaignDetail:
    """Get an e-mail with its content."""
    with edge.as_caller(router) as cursor:
        return models.EmailCampaignDetail(**drafts.get(cursor, EMAIL, email_campaign_id))


@router.patch("/email-campaigns/<email_campaign_id>", tags=["E-mail"], operation_id="updateEmailCampaign")
def update_draft(email_campaign_id: UUID, body: models.DraftChange) -> models.EmailCampaignDetail:
    """Change the given fields of a draft.

    Refused (409) once sending was requested. Only for its creator.
    """
    values = dict(body)
    drafting.check(values)
    with edge.as_caller(router) as cursor:
        drafting.check_attachments(cursor, body.attachments)
        row = drafts.update(cursor, EMAIL, email_campaign_id, _stored(values), body.model_fields_set)
    return models.EmailCampaignDetail(**row)


@router.delete("/email-campaigns/<email_campaign_id>", tags=["E-mail"], operation_id="deleteEmailCampaign")
def delete_draft(email_campaign_id: UUID) -> models.Deleted:
    """Delete a draft.

    Refused (409) once sending was requested: cancel the send instead. Only for its creator.
    """
    with edge.as_caller(router) as cursor:
        drafts.delete(cursor, EMAIL, email_campaign_id)
    return models.Deleted(email_campaign_id=email_campaign_id)


@router.post(
    "/email-campaigns/<email_campaign_id>/preview", tags=["E-mail"], operation_id="previewEmailCampaign"
)
def preview(email_campaign_id: UUID, body: models.EmailPreviewRequest) -> models.EmailPreview:
    """Render an e-mail as a recipient with this data would receive it.

    Also estimates the size of an audience. Nothing is sent.
    """
    with edge.as_caller(router) as cursor:
        message = ab_tests.of_variant(drafts.get(cursor, EMAIL, email_campaign_id), EMAIL, body.variant)
        is_verified = sender_is_verified(cursor, message["sender_email"])
        size = previews.size(cursor, EMAIL, message["campaign_id"], body.audience) if body.audience else None
        profile = sender_fields.of_account(cursor, message["created_by_user_id"])
        slots = drafts.slots(cursor, EMAIL, email_campaign_id)
    rendered = drafting.render(message, body.template_data, profile, slots.values)
    return models.EmailPreview(
        subject=rendered.subject,
        html=rendered.html,
        text=rendered.text,
        undefined=sorted(rendered.undefined),
        slots=[ShownSlot(**slot) for slot in slots.shown],
        image_problems=problems.find(rendered.html, _states),
        is_sender_verified=is_verified,
        audience=size,
        warnings=_warnings(drafting.files_of(message, rendered)),
    )


def _warnings(file_ids: Sequence[UUID]) -> list[str]:
    if not file_ids:
        return []
    with edge.as_caller(router) as cursor:
        return ending.warnings(asset_uses.ending(cursor, file_ids))


def _states(tokens: list[str]) -> dict[str, str]:
    with edge.as_caller(router) as cursor:
        return hosting.states(cursor, tokens)


def _stored(draft: Mapping[str, Any]) -> dict[str, Any]:
    """The draft as its columns hold it."""
    return dict(draft) | {"attachments": Jsonb([str(file_id) for file_id in draft["attachments"]])}
