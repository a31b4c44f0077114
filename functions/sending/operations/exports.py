"""Exports of a ledger: the work behind each channel's routes. `app` is the router that was called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import cursors, edge, idempotency, settings
from ddp.channels import Channel
from ddp.providers import s3
from ddp.queries.messages import drafts
from ddp.queries.sending import exports
from functions.sending import hints
from functions.sending.messages import ExportSends
from functions.sending.models import Export, Exports

EXPORT_QUEUE_URL = settings.required("DDP_SENDING_EXPORT_QUEUE_URL")


def request(
    app: edge.App,
    channel: Channel,
    key: str | None,
    channel_campaign_id: UUID,
    kind: str,
    statuses: Sequence[str],
) -> Response[Any]:
    """Request a file, and send a hint to the worker that writes it."""

    def work(cursor: Cursor[DictRow]) -> DictRow:
        return exports.request(cursor, channel, channel_campaign_id, kind, statuses)

    done = idempotency.perform(app, key, work, lambda row: Export(**row), status=202)
    if done.result is not None:
        hints.tell(EXPORT_QUEUE_URL, [ExportSends(send_export_id=done.result["send_export_id"])])
    return done.answer


def page(
    app: edge.App, channel: Channel, channel_campaign_id: UUID, *, limit: int, cursor: str | None
) -> Exports:
    """A page of the exports that the caller may see, newest first, without their URLs."""
    after = cursors.decode(cursor) if cursor else None
    with edge.as_caller(app) as transaction:
        drafts.get(transaction, channel, channel_campaign_id)
        rows, next_cursor = exports.page(transaction, channel, channel_campaign_id, after=after, limit=limit)
    return Exports.model_validate({"items": rows, "next_cursor": next_cursor})


def get(app: edge.App, channel: Channel, channel_campaign_id: UUID, send_export_id: UUID) -> Response[Export]:
    """One export, with a URL that is valid for five minutes if its file is ready."""
    with edge.as_caller(app) as cursor:
        row = exports.get(cursor, channel, channel_campaign_id, send_export_id)
    url = None
    if row["state"] == "ready":
        url = s3.presign_get(row["object_key"], file_name=f"{row['kind']}-{channel_campaign_id}.csv")
    return Response(
        200,
        content_type="application/json",
        body=Export(**row, url=url),
        headers={"Cache-Control": "no-store"},
    )
