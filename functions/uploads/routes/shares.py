"""Routes for shares: with one user or by public link. Every share expires and can be revoked."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import cursors, edge, idempotency, pagination, settings
from ddp.errors import Invalid, NotFound
from ddp.queries.files import shares as file_shares
from functions.uploads import models
from functions.uploads.routes import files as file_routes

router = edge.router()

LONGEST = timedelta(days=90)

# Where public links lead; a token follows. The front end's own page, or the page of this API. If neither has an
# address, links are relative to this API.
PAGE_URL = (
    settings.optional("DDP_SHARE_PAGE_URL") or settings.optional("DDP_PUBLIC_URL") + "/shares"
).rstrip("/")

Token = Annotated[str, Path(description="The secret of the link: the last part of its `url`.")]
# 32 random bytes as base64url.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@router.post("/files/<file_id>/shares", tags=["Shares"], operation_id="shareFile", status_code=201)
def share_file(
    file_id: UUID, body: models.ShareRequest, idempotency_key: idempotency.Key = None
) -> Response[models.NewShare]:
    """Share one of the caller's files with a user or by public link.

    `token` and `url` appear only in the first response. A repeated request with the same Idempotency-Key returns
    the share without them.
    """
    if (body.shared_with_user_id is None) != body.public_link:
        raise Invalid("Give either shared_with_user_id or public_link=true.", code="invalid-share-target")
    if not datetime.now(UTC) < body.expires_at <= datetime.now(UTC) + LONGEST:
        raise Invalid("expires_at must be in the future, at most 90 days from now.", code="invalid-expiry")
    return idempotency.once(
        router, idempotency_key, lambda cursor: _share(cursor, file_id, body), secret=("token", "url")
    )


@router.get("/files/<file_id>/shares", tags=["Shares"], operation_id="listShares")
def list_shares(
    file_id: UUID, limit: pagination.Limit = 50, cursor: pagination.PageCursor = None
) -> models.Shares:
    """List the caller's shares of a file, newest first, including expired and revoked ones."""
    after = cursors.decode(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        rows, next_cursor = file_shares.page(transaction, file_id, after=after, limit=limit)
    return models.Shares.model_validate({"items": rows, "next_cursor": next_cursor})


@router.delete("/files/<file_id>/shares/<share_id>", tags=["Shares"], operation_id="revokeShare")
def revoke_share(file_id: UUID, share_id: UUID) -> models.Share:
    """Revoke a share.

    Download URLs already issued stay valid for up to five minutes.
    """
    with edge.as_caller(router) as cursor:
        return models.Share(**file_shares.revoke(cursor, file_id, share_id))


@router.get("/shares/<token>", tags=["Public links"], operation_id="openPublicLink")
def open_link(token: Token) -> models.SharedFile:
    """Describe the file behind a public link.

    Records a VIEW action. A browser (`Accept: text/html`) gets a page with a button to download the file.
    """
    return describe(router, token)


@router.get("/shares/<token>/download", tags=["Public links"], operation_id="downloadPublicLink")
def download_link(token: Token, redirect: file_routes.Redirect = False) -> Response[models.Download]:  # noqa: FBT002
    """Get a URL, valid for five minutes, to download the file behind a public link.

    Records a DOWNLOAD action.
    """
    return file_routes.download(open_file(router, token, "DOWNLOAD"), redirect=redirect)


def describe(app: edge.App, token: str) -> models.SharedFile:
    """The file behind a public link; records VIEW. Raises NotFound."""
    file = open_file(app, token, "VIEW")
    return models.SharedFile(**file, thumbnails=file_routes.thumbnails(file))


def open_file(app: edge.App, token: str, action_type: str) -> DictRow:
    """The row of the file behind a public link; records `action_type` (VIEW or DOWNLOAD). Raises NotFound."""
    if not _TOKEN.fullmatch(token):
        raise NotFound("This link does not exist or has ended: ask whoever gave it to you for a new one.")
    with edge.as_anyone(app) as cursor:
        return file_shares.open_public(cursor, token, action_type)


def _share(cursor: Cursor[DictRow], file_id: UUID, body: models.ShareRequest) -> models.NewShare:
    token = secrets.token_urlsafe(32) if body.public_link else None
    row = file_shares.create(
        cursor,
        file_id,
        shared_with_user_id=body.shared_with_user_id,
        token_hash=hashlib.sha256(token.encode()).digest() if token else None,
        expires_at=body.expires_at,
    )
    return models.NewShare(**row, token=token, url=f"{PAGE_URL}/{token}" if token else None)
