"""Routes for uploads: request, list, status, parts, completion, abort."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import edge, idempotency, pagination
from ddp.errors import Conflict, Invalid
from ddp.providers import s3
from ddp.queries.files import uploads
from ddp.queries.listing import Asked
from functions.uploads import admission, models, multipart
from functions.uploads.content_types import MIB

router = edge.router()

# Larger files are uploaded in parts. The largest file (5 GiB) has 320 parts of 16 MiB.
SINGLE_LIMIT = 100 * MIB
PART_SIZE = 16 * MIB

# A presigned PUT is valid for one hour. The bucket deletes incoming objects after one day, parts after two.
LIFETIME = {"single": timedelta(seconds=s3.UPLOAD_SECONDS), "multipart": timedelta(hours=24)}


@router.post("/uploads", tags=["Uploads"], operation_id="requestUpload", status_code=201)
def request_upload(
    body: models.UploadRequest, idempotency_key: idempotency.Key = None
) -> Response[models.NewUpload]:
    """Request an upload.

    Returns the request to send to S3, or the part size if the file is sent in parts.
    """
    content_type = admission.content_type(body.content_type)
    method = "single" if body.file_size <= SINGLE_LIMIT else "multipart"
    wanted: dict[str, Any] = {
        "file_name": admission.file_name(body.file_name),
        "content_type": content_type,
        "file_size": admission.file_size(body.file_size, content_type),
        "content_sha256": admission.sha256(body.sha256),
        "method": method,
        "part_size": None if method == "single" else PART_SIZE,
        "expires_at": datetime.now(UTC) + LIFETIME[method],
    }
    return idempotency.once(router, idempotency_key, lambda cursor: _new(uploads.request(cursor, **wanted)))


@router.get("/uploads", tags=["Uploads"], operation_id="listUploads")
def list_uploads(
    status: Annotated[models.UploadStatus | None, Query(description="Only uploads with this status.")] = None,
    since: pagination.Since = None,
    until: pagination.Until = None,
    order: pagination.Order = None,
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> models.Uploads:
    """List the caller's uploads of the last weeks, newest first."""
    asked = Asked(limit=limit, cursor=cursor, order=order, since=since, until=until)
    with edge.as_caller(router) as transaction:
        found, next_cursor = uploads.page(transaction, asked, status=status)
    return models.Uploads(
        items=[models.Upload(**_shown(upload)) for upload in found], next_cursor=next_cursor
    )


@router.get("/uploads/<upload_id>", tags=["Uploads"], operation_id="getUpload")
def get_upload(upload_id: UUID) -> models.Upload:
    """Get the state of an upload."""
    return models.Upload(**_shown(_get(upload_id)))


@router.post("/uploads/<upload_id>/parts", tags=["Uploads"], operation_id="requestParts")
def request_parts(upload_id: UUID, body: models.PartsRequest) -> models.PartRequests:
    """Get the requests to send parts to S3.

    Asking again for a part returns a fresh request.
    """
    upload = _get(upload_id)
    _require_open_multipart(upload)
    sizes = multipart.part_sizes(upload)
    wanted = {part.part_number: admission.sha256(part.sha256) for part in body.parts}
    if unknown := sorted(wanted.keys() - sizes.keys()):
        sentence = f"This upload has parts 1 to {len(sizes)}."
        raise Invalid(sentence, code="no-such-part", extra={"part_numbers": unknown})
    multipart_id = upload.storage_upload_id or _start_multipart(upload)
    key = s3.incoming_key(upload_id)
    requests = {n: s3.presign_part(key, multipart_id, n, size=sizes[n], sha256=h) for n, h in wanted.items()}
    return models.PartRequests(
        items=[
            models.PartRequest(
                part_number=n, size=sizes[n], request=models.PresignedRequest(**asdict(request))
            )
            for n, request in requests.items()
        ]
    )


@router.get("/uploads/<upload_id>/parts", tags=["Uploads"], operation_id="listParts")
def list_parts(upload_id: UUID) -> models.UploadedParts:
    """List the parts that have arrived and those that are missing, to resume an interrupted upload."""
    upload = _get(upload_id)
    _require_open_multipart(upload)
    parts = multipart.arrived(upload)
    if parts is None:
        raise Conflict(
            "All parts have arrived and are being verified: nothing is left to send.", code="upload-complete"
        )
    return models.UploadedParts(
        items=[models.UploadedPart(part_number=n, size=part["Size"]) for n, part in parts.items()],
        missing=multipart.missing(upload, parts),
    )


@router.post("/uploads/<upload_id>/complete", tags=["Uploads"], operation_id="completeUpload")
def complete_upload(upload_id: UUID) -> models.Upload:
    """Complete a multipart upload.

    Harmless when repeated. The file becomes live after verification.
    """
    upload = _get(upload_id)
    if upload.state not in {"live", "rejected"}:
        _require_open_multipart(upload)
        multipart.complete(upload)
    return models.Upload(**_shown(upload))


@router.delete("/uploads/<upload_id>", tags=["Uploads"], operation_id="abortUpload")
def abort_upload(upload_id: UUID) -> models.Upload:
    """Abort an upload.

    Anything already sent is deleted.
    """
    with edge.as_caller(router) as cursor:
        upload = uploads.abort(cursor, upload_id)
    if upload.storage_upload_id:
        s3.abort_multipart(s3.incoming_key(upload_id), upload.storage_upload_id)
    return models.Upload(**_shown(upload))


def _get(upload_id: UUID) -> uploads.Upload:
    with edge.as_caller(router) as cursor:
        return uploads.get(cursor, upload_id)


def _new(upload: uploads.Upload) -> models.NewUpload:
    if upload.method == "multipart":
        return models.NewUpload(**_shown(upload))
    request = s3.presign_put(
        s3.incoming_key(upload.upload_id),
        size=upload.file_size,
        content_type=upload.content_type,
        sha256=upload.content_sha256,
    )
    return models.NewUpload(**_shown(upload), request=models.PresignedRequest(**asdict(request)))


def _shown(upload: uploads.Upload) -> dict[str, Any]:
    """The fields of models.Upload. The state `expired` is derived here, not stored."""
    members = asdict(upload)
    if upload.state == "pending" and upload.expires_at <= datetime.now(UTC):
        members["state"] = "expired"
    if upload.state != "live":
        members["file_id"] = None
    if upload.part_size:
        members["part_count"] = len(multipart.part_sizes(upload))
    if upload.rejection_code:
        members["rejection"] = {
            "code": upload.rejection_code,
            "reason": upload.rejection_reason,
            "duplicate_of_file_id": upload.duplicate_of_file_id,
        }
    return members


def _require_open_multipart(upload: uploads.Upload) -> None:
    if upload.method != "multipart":
        raise Conflict("This upload is sent in one request, not in parts.", code="not-multipart")
    if upload.state != "pending" or upload.expires_at <= datetime.now(UTC):
        state = _shown(upload)["state"]
        raise Conflict(
            f"This upload is {state}: request a new one.", code="upload-over", extra={"upload_status": state}
        )


def _start_multipart(upload: uploads.Upload) -> str:
    """Start a multipart upload at S3 and return the id to use.

    Runs outside any transaction. If two requests start one at the same time, the database keeps the first and the
    other is aborted.
    """
    key = s3.incoming_key(upload.upload_id)
    started, winner = s3.start_multipart(key, upload.content_type), ""
    try:
        with edge.as_caller(router) as cursor:
            winner = uploads.start_multipart(cursor, upload.upload_id, started)
    finally:
        if winner != started:
            s3.abort_multipart(key, started)
    return winner
