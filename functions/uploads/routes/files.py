"""Files: listing, downloading, their history, trash and restore."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from psycopg.rows import DictRow

from ddp import edge, idempotency, pagination
from ddp.errors import Invalid
from ddp.providers import s3
from ddp.queries.files import files
from functions.uploads import models

router = edge.router()

Trash = Annotated[bool, Query(description="The trash in place of the live files; own ones only.")]
Redirect = Annotated[bool, Query(description="Answer with a redirection (302) in place of the URL.")]


@router.get("/files", tags=["Files"], operation_id="listFiles")
def list_files(
    scope: Annotated[Literal["own", "shared", "assets"], Query(description="Whose files.")] = "own",
    file_type: Annotated[models.FileType | None, Query(description="Only of this kind.")] = None,
    deleted: Trash = False,  # noqa: FBT002
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> models.Files:
    """Files that the caller may see, newest first."""
    if deleted and scope != "own":
        raise Invalid("Only the trash of your own files can be listed.", code="invalid-scope")
    with edge.as_caller(router) as transaction:
        rows, next_cursor = files.page(
            transaction,
            "deleted" if deleted else scope,
            file_type=file_type,
            after=pagination.decode(cursor) if cursor else None,
            limit=limit,
        )
    return models.Files.model_validate({"items": rows, "next_cursor": next_cursor})


@router.get("/files/<file_id>", tags=["Files"], operation_id="getFile")
def get_file(file_id: UUID) -> models.FileDetail:
    """One file with its previews; deleted ones of the caller's own too."""
    with edge.as_caller(router) as cursor:
        return detail(files.get(cursor, file_id))


@router.get("/files/<file_id>/download", tags=["Files"], operation_id="downloadFile")
def download_file(file_id: UUID, redirect: Redirect = False) -> Response[models.Download]:  # noqa: FBT002
    """A short-lived URL of the bytes; recorded as a download."""
    with edge.as_caller(router) as cursor:
        file = files.get_live(cursor, file_id)
        files.record_action(cursor, file_id, "DOWNLOAD")
    return download(file, redirect=redirect)


@router.post("/files/<file_id>/actions", tags=["Files"], operation_id="recordFileAction", status_code=201)
def record_action(
    file_id: UUID, body: models.ActionRequest, idempotency_key: idempotency.Key = None
) -> Response[models.Action]:
    """Add to the file's history what was done with it elsewhere: it was viewed, shared, edited."""
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
    """Put an own file into the trash."""
    with edge.as_caller(router) as cursor:
        return models.File(**files.soft_delete(cursor, file_id))


@router.post("/files/<file_id>/restore", tags=["Files"], operation_id="restoreFile")
def restore_file(file_id: UUID) -> models.File:
    """Take an own file out of the trash."""
    with edge.as_caller(router) as cursor:
        return models.File(**files.restore(cursor, file_id))


def detail(row: DictRow) -> models.FileDetail:
    """A file with presigned URLs of its previews."""
    thumbnails = [
        models.Thumbnail(width=width, url=s3.presign_get(s3.thumbnail_key(row["file_id"], width)))
        for width in row["thumbnail_widths"]
    ]
    return models.FileDetail(**row, thumbnails=thumbnails)


def download(file: DictRow, *, redirect: bool) -> Response[Any]:
    """Where to fetch a file (file_name, file_path), on request also as a redirection; never to be cached."""
    url = s3.presign_get(file["file_path"], file_name=file["file_name"])
    expires_at = datetime.now(UTC) + timedelta(seconds=s3.DOWNLOAD_SECONDS)
    body = models.Download(url=url, file_name=file["file_name"], expires_at=expires_at)
    headers: dict[str, str | list[str]] = {"Cache-Control": "no-store"}
    if redirect:
        headers["Location"] = url
    return Response(302 if redirect else 200, content_type="application/json", body=body, headers=headers)
