"""Routes for files: list, read, download, record actions, delete, restore."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import edge, idempotency, pagination
from ddp.errors import Invalid
from ddp.providers import s3
from ddp.queries.files import files, hosting
from ddp.queries.listing import Asked
from functions.uploads import models
from functions.uploads.hosting import revoking

router = edge.router()

Trash = Annotated[bool, Query(description="List the trash instead of the live files. Only with scope `own`.")]
Redirect = Annotated[bool, Query(description="Answer 302, with the URL in the Location header.")]


FileSort = Annotated[
    Literal["created_at", "file_name", "file_size", "deleted_at"] | None,
    Query(description="Own files: by any but `deleted_at`, which sorts the trash. Others: by `created_at`."),
]


@router.get("/files", tags=["Files"], operation_id="listFiles")
def list_files(
    scope: Annotated[
        Literal["own", "shared", "assets"],
        Query(description="The caller's files, files shared with the caller, or brand assets."),
    ] = "own",
    file_type: Annotated[models.FileType | None, Query(description="Only files of this kind.")] = None,
    deleted: Trash = False,  # noqa: FBT002
    since: pagination.Since = None,
    until: pagination.Until = None,
    sort: FileSort = None,
    order: pagination.Order = None,
    limit: pagination.Limit = 50,
    cursor: pagination.LongPageCursor = None,
) -> models.Files:
    """List files, newest first; the trash is ordered by deletion time."""
    if deleted and scope != "own":
        raise Invalid("You can list only your own trash: use scope=own.", code="invalid-scope")
    with edge.as_caller(router) as transaction:
        rows, next_cursor = files.page(
            transaction,
            "deleted" if deleted else scope,
            Asked(limit=limit, cursor=cursor, sort=sort, order=order, since=since, until=until),
            file_type=file_type,
        )
    return models.Files.model_validate({"items": rows, "next_cursor": next_cursor})


@router.get("/files/<file_id>", tags=["Files"], operation_id="getFile")
def get_file(file_id: UUID) -> models.FileDetail:
    """Get a file with its previews.

    Its owner and admins can get it from the trash too.
    """
    with edge.as_caller(router) as cursor:
        return detail(files.get(cursor, file_id))


@router.get("/files/<file_id>/download", tags=["Files"], operation_id="downloadFile")
def download_file(
    file_id: UUID,
    redirect: Redirect = False,  # noqa: FBT002
    session_id: Annotated[
        UUID | None, Query(description="The caller's session that this is a part of.")
    ] = None,
) -> Response[models.Download]:
    """Get a URL, valid for five minutes, to download a file.

    Records a DOWNLOAD action.
    """
    with edge.as_caller(router) as cursor:
        file = files.get_live(cursor, file_id)
        files.record_action(cursor, file_id, "DOWNLOAD", session_id=session_id)
    return download(file, redirect=redirect)


@router.post("/files/<file_id>/actions", tags=["Files"], operation_id="recordFileAction", status_code=201)
def record_action(
    file_id: UUID, body: models.ActionRequest, idempotency_key: idempotency.Key = None
) -> Response[models.Action]:
    """Record in the file's history an action that happened outside this API."""
    values: dict[str, Any] = {"session_id": body.session_id, "metadata": body.metadata}
    return idempotency.once(
        router,
        idempotency_key,
        lambda cursor: models.Action(
            action_id=files.record_action(cursor, file_id, body.action_type, **values)
        ),
    )


@router.delete("/files/<file_id>", tags=["Files"], operation_id="deleteFile")
def delete_file(file_id: UUID) -> models.File:
    """Move a file to the trash.

    Only for the file's owner and admins.
    """
    with edge.as_caller(router) as cursor:
        file = files.soft_delete(cursor, file_id)
    # As it was when it was deleted: it is no longer hosted.
    revoking.remove(file["file_url"])
    return models.File(**file | {"file_url": None})


@router.post("/files/<file_id>/host", tags=["Files"], operation_id="hostFile", status_code=202)
def host_file(file_id: UUID, idempotency_key: idempotency.Key = None) -> Response[models.Hosting]:
    """Host an image at a public address, for e-mails: a copy of at most 1,200 pixels, without metadata.

    Anyone who knows the address sees it. Brand assets that are images are hosted anyway, until they are withdrawn; what
    its owner asks for stays. Only for the file's owner. Harmless when repeated.
    """
    return idempotency.once(router, idempotency_key, lambda cursor: _hosted(cursor, file_id), status=202)


@router.get("/files/<file_id>/host", tags=["Files"], operation_id="getHosting")
def get_hosting(file_id: UUID) -> models.Hosting:
    """Get whether an image is hosted at a public address, and why not."""
    with edge.as_caller(router) as cursor:
        return _hosting(cursor, file_id)


@router.delete("/files/<file_id>/host", tags=["Files"], operation_id="unhostFile")
def unhost_file(file_id: UUID) -> models.Hosting:
    """End the public address of an image for good; caches forget it within an hour.

    Hosting it again gives it another address. Only for the file's owner and admins.
    """
    with edge.as_caller(router) as cursor:
        url = files.get(cursor, file_id)["file_url"]
        hosting.unhost(cursor, file_id)
        answer = _hosting(cursor, file_id)
    revoking.remove(url)
    return answer


def _hosted(cursor: Cursor[DictRow], file_id: UUID) -> models.Hosting:
    hosting.host(cursor, file_id)
    return _hosting(cursor, file_id)


def _hosting(cursor: Cursor[DictRow], file_id: UUID) -> models.Hosting:
    url = files.get(cursor, file_id)["file_url"]
    return models.Hosting(file_id=file_id, file_url=url, **hosting.state(cursor, file_id))


@router.post("/files/<file_id>/restore", tags=["Files"], operation_id="restoreFile")
def restore_file(file_id: UUID) -> models.File:
    """Restore a file from the trash.

    Only for the file's owner and admins.
    """
    with edge.as_caller(router) as cursor:
        return models.File(**files.restore(cursor, file_id))


def detail(row: DictRow) -> models.FileDetail:
    """The file (a row of queries.files.files.get) with presigned URLs for its previews."""
    return models.FileDetail(**row, thumbnails=thumbnails(row))


def thumbnails(row: DictRow) -> list[models.Thumbnail]:
    """Presigned URLs for the previews of a file; `row` has file_id and thumbnail_widths."""
    return [
        models.Thumbnail(width=width, url=s3.presign_get(s3.thumbnail_key(row["file_id"], width)))
        for width in row["thumbnail_widths"]
    ]


def download(file: DictRow, *, redirect: bool) -> Response[Any]:
    """Answer with a presigned URL for a file; `file` has file_name and file_path. The answer is not cacheable."""
    url = s3.presign_get(file["file_path"], file_name=file["file_name"])
    expires_at = datetime.now(UTC) + timedelta(seconds=s3.DOWNLOAD_SECONDS)
    body = models.Download(url=url, file_name=file["file_name"], expires_at=expires_at)
    headers: dict[str, str | list[str]] = {"Cache-Control": "no-store"}
    if redirect:
        headers["Location"] = url
    return Response(302 if redirect else 200, content_type="application/json", body=body, headers=headers)
