"""Multipart uploads: the expected parts, the parts that have arrived, and completion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ddp.errors import Conflict, Unavailable
from ddp.observability import logger
from ddp.providers import s3
from ddp.queries.files.uploads import Upload

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import PartTypeDef

Parts = dict[int, "PartTypeDef"]


def part_sizes(upload: Upload) -> dict[int, int]:
    """Map each part number to its size in bytes. All parts have the same size; the last one may be smaller."""
    size = upload.part_size or upload.file_size
    count = -(-upload.file_size // size)
    return {n: min(size, upload.file_size - (n - 1) * size) for n in range(1, count + 1)}


def arrived(upload: Upload) -> Parts | None:
    """Map the number of each part that has arrived to S3's description of it.

    None if S3 no longer knows the multipart upload, because it was completed.
    """
    if upload.storage_upload_id is None:
        return {}
    try:
        parts = s3.parts(s3.incoming_key(upload.upload_id), upload.storage_upload_id)
        return {part["PartNumber"]: part for part in parts}
    except ClientError as error:
        if s3.code(error) != "NoSuchUpload":
            raise
        return None


def missing(upload: Upload, parts: Parts) -> list[int]:
    """Numbers of the parts that have not arrived or do not have the expected size."""
    return [n for n, size in part_sizes(upload).items() if n not in parts or parts[n]["Size"] != size]


def complete(upload: Upload) -> None:
    """Assemble the object from its parts; does nothing if another request already did.

    Raises Conflict, naming the missing parts, or Unavailable while another request is assembling it.
    """
    parts = arrived(upload)
    if parts is None:
        return
    if absent := missing(upload, parts):
        raise Conflict(
            f"{len(absent)} of {len(part_sizes(upload))} parts have not arrived: send those in `missing`, then complete"
            " the upload again.",
            code="parts-missing",
            extra={"missing": absent},
        )
    try:
        key = s3.incoming_key(upload.upload_id)
        s3.complete_multipart(key, upload.storage_upload_id or "", parts.values())
    except ClientError as error:
        _accept_if_completed_by_another(error)


def _accept_if_completed_by_another(error: ClientError) -> None:
    match s3.code(error):
        case "ConditionalRequestConflict":
            raise Unavailable("Another request is completing this upload; try again shortly.") from error
        case "PreconditionFailed" | "NoSuchUpload":
            logger.info("another request completed the upload")
        case _:
            raise error
