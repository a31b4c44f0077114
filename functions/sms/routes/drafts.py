"""Routes for drafts of SMS: create, list, read, change, delete, preview."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import edge, idempotency, pagination
from ddp.channels import SMS
from ddp.queries.listing import Asked
from ddp.queries.messages import drafts
from functions.sending.operations import ab_tests
from functions.sms.campaigns import drafting, models, previews

router = edge.router()


@router.post("/sms-campaigns", tags=["SMS"], operation_id="createSmsCampaign", status_code=201)
def create_draft(
    body: models.SmsDraftRequest, idempotency_key: idempotency.Key = None
) -> Response[models.SmsCampaignDetail]:
    """Create a draft of an SMS.

    Its campaign must be one that the caller created or takes part in. A transactional one needs an administrator's
    leave (403, `transactional-not-allowed`).
    """
    values = dict(body)
    drafting.check(values)

    def create(cursor: Cursor[DictRow]) -> models.SmsCampaignDetail:
        drafting.require_leave(cursor, values, body.model_fields_set)
        draft = drafting.from_template(cursor, values)
        return drafting.detail(drafts.create(cursor, SMS, draft))

    return idempotency.once(router, idempotency_key, create)


@router.get("/sms-campaigns", tags=["SMS"], operation_id="listSmsCampaigns")
def list_sms_campaigns(
    campaign_id: Annotated[
        UUID | None,
        Query(description="All SMS of this campaign that the caller may see. If omitted, the caller's."),
    ] = None,
    is_requested: Annotated[
        bool | None, Query(description="true: only SMS whose sending was requested; false: only drafts.")
    ] = None,
    since: pagination.Since = None,
    until: pagination.Until = None,
    order: pagination.Order = None,
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> models.SmsCampaigns:
    """List SMS, newest first.

    A brand sees those of retailers in its own campaigns too.
    """
    asked = Asked(limit=limit, cursor=cursor, order=order, since=since, until=until)
    with edge.as_caller(router) as transaction:
        rows, next_cursor = drafts.page(
            transaction, SMS, asked, campaign_id=campaign_id, is_requested=is_requested
        )
    return models.SmsCampaigns.model_validate({"items": rows, "next_cursor": next_cursor})


@router.get("/sms-campaigns/<sms_campaign_id>", tags=["SMS"], operation_id="getSmsCampaign")
def get_sms_campaign(sms_campaign_id: UUID) -> models.SmsCampaignDetail:
    """Get an SMS with its content."""
    with edge.as_caller(router) as cursor:
        return drafting.detail(drafts.get(cursor, SMS, sms_campaign_id))


@router.patch("/sms-campaigns/<sms_campaign_id>", tags=["SMS"], operation_id="updateSmsCampaign")
def update_draft(sms_campaign_id: UUID, body: models.SmsDraftChange) -> models.SmsCampaignDetail:
    """Change the given fields of a draft.

    Refused (409) once sending was requested. Only for its creator.
    """
    values = dict(body)
    drafting.check(values)
    with edge.as_caller(router) as cursor:
        drafting.require_leave(cursor, values, body.model_fields_set)
        row = drafts.update(cursor, SMS, sms_campaign_id, values, body.model_fields_set)
    return drafting.detail(row)


@router.delete("/sms-campaigns/<sms_campaign_id>", tags=["SMS"], operation_id="deleteSmsCampaign")
def delete_draft(sms_campaign_id: UUID) -> models.SmsDeleted:
    """Delete a draft.

    Refused (409) once sending was requested: cancel the send instead. Only for its creator.
    """
    with edge.as_caller(router) as cursor:
        drafts.delete(cursor, SMS, sms_campaign_id)
    return models.SmsDeleted(sms_campaign_id=sms_campaign_id)


@router.post("/sms-campaigns/<sms_campaign_id>/preview", tags=["SMS"], operation_id="previewSmsCampaign")
def preview(sms_campaign_id: UUID, body: models.SmsPreviewRequest) -> previews.SmsPreview:
    """Render an SMS as a recipient with this data would receive it, and estimate what an audience costs.

    Shows encoding and parts, and each character that makes the text dear. Nothing is sent. Only for its creator and
    admins.
    """
    with edge.as_caller(router) as cursor:
        draft = ab_tests.of_variant(drafts.get(cursor, SMS, sms_campaign_id), SMS, body.variant)
        return previews.preview(cursor, draft, body)
