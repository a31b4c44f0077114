"""Shares: with a user, or by a link for whoever has it. Each ends by time and can be revoked."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import edge, idempotency, pagination, settings
from ddp.errors import Invalid, NotFound
from ddp.queries.files import shares as file_shares
from functions.uploads import models
from functions.uploads.routes import files as file_routes

router = edge.router()

LONGEST = timedelta(days=90)

# Where public links begin; empty: relative to this API.
PUBLIC_URL = settings.optional("DDP_PUBLIC_URL").rstrip("/")

# 32 random bytes as text.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@router.post("/files/<file_id>/shares", tags=["Shares"], operation_id="shareFile", status_code=201)
def share_file(
    file_id: UUID, body: models.ShareRequest, idempotency_key: idempotency.Key = None
) -> Response[models.NewShare]:
    """Share an own file with a user, or make a public link.

    The link's token is shown in this answer only: repeating the request with its Idempotency-Key gives the
    share without it.
    """
    if (body.shared_with_user_id is None) != body.public_link:
        raise Invalid("Name a user, or ask for a public link: one of the two.", code="invalid-share-target")
    if not datetime.now(UTC) < body.expires_at <= datetime.now(UTC) + LONGEST:
        raise Invalid("A share ends in the future, at most 90 days from now.", code="invalid-expiry")
    return idempotency.once(
        router, idempotency_key, lambda cursor: _share(cursor, file_id, body), secret=("token", "url")
    )


@router.get("/files/<file_id>/shares", tags=["Shares"], operation_id="listShares")
def list_shares(
    file_id: UUID, limit: pagination.Limit = 50, cursor: pagination.PageCursor = None
) -> models.Shares:
    """The shares that the caller made of a file, newest first, ended ones included."""
    after = pagination.decode(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        rows, next_cursor = file_shares.page(transaction, file_id, after=after, limit=limit)
    return models.Shares.model_validate({"items": rows, "next_cursor": next_cursor})


@router.delete("/files/<file_id>/shares/<share_id>", tags=["Shares"], operation_id="revokeShare")
def revoke_share(file_id: UUID, share_id: UUID) -> models.Share:
    """End a share now. Download URLs that were given out work for their five minutes."""
    with edge.as_caller(router) as cursor:
        return models.Share(**file_shares.revoke(cursor, file_id, share_id))


@router.get("/shares/<token>", tags=["Public links"], operation_id="openPublicLink")
def open_link(token: str) -> models.SharedFile:
    """What is behind a public link; recorded as a view."""
    return models.SharedFile(**_open(token, "VIEW"))


@router.get("/shares/<token>/download", tags=["Public links"], operation_id="downloadPublicLink")
def download_link(token: str, redirect: file_routes.Redirect = False) -> Response[models.Download]:  # noqa: FBT002
    """A short-lived URL of the bytes behind a public link; recorded as a download."""
    return file_routes.download(_open(token, "DOWNLOAD"), redirect=redirect)


def _share(cursor: Cursor[DictRow], file_id: UUID, body: models.ShareRequest) -> models.NewShare:
    token = secrets.token_urlsafe(32) if body.public_link else None
    row = file_shares.create(
        cursor,
        file_id,
        shared_with_user_id=body.shared_with_user_id,
        token_hash=hashlib.sha256(token.encode()).digest() if token else None,
        expires_at=body.expires_at,
    )
    return models.NewShare(**row, token=token, url=f"{PUBLIC_URL}/shares/{token}" if token else None)


def _open(token: str, action_type: str) -> DictRow:
    if not _TOKEN.fullmatch(token):
        raise NotFound("This link does not work: it was revoked, has expired, or never was.")
    with edge.as_anyone(router) as cursor:
        return file_shares.open_public(cursor, token, action_type)
