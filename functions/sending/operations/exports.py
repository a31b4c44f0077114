"""Exports of a ledger: the work behind each channel's routes. `app` is the router that was called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import edge, idempotency, settings
from ddp.providers import s3
from ddp.queries.sending import exports
from functions.sending import hints
from functions.sending.messages import ExportSends
from functions.sending.models import Export

EXPORT_QUEUE_URL = settings.required("DDP_SENDING_EXPORT_QUEUE_URL")


def request(
    app: edge.App, key: str | None, channel_campaign_id: UUID, kind: str, statuses: Sequence[str]
) -> Response[Any]:
    """Request a file, and send a hint to the worker that writes it."""

    def work(cursor: Cursor[DictRow]) -> DictRow:
        return exports.request(cursor, channel_campaign_id, kind, statuses)

    done = idempotency.perform(app, key, work, lambda row: Export(**row), status=202)
    if done.result is not None:
        hints.tell(EXPORT_QUEUE_URL, [ExportSends(send_export_id=done.result["send_export_id"])])
    return done.answer


def get(app: edge.App, channel_campaign_id: UUID, send_export_id: UUID) -> Response[Export]:
    """One export, with a URL that is valid for five minutes if its file is ready."""
    with edge.as_caller(app) as cursor:
        row = exports.get(cursor, channel_campaign_id, send_export_id)
    url = None
    if row["state"] == "ready":
        url = s3.presign_get(row["object_key"], file_name=f"{row['kind']}-{channel_campaign_id}.csv")
    return Response(
        200,
        content_type="application/json",
        body=Export(**row, url=url),
        headers={"Cache-Control": "no-store"},
    )
