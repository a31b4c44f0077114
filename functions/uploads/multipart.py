"""Uploads in parts: which parts there are, which have arrived, and making one object of them."""

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
    """Part number → bytes: all parts alike, the last one what is left."""
    size = upload.part_size or upload.file_size
    count = -(-upload.file_size // size)
    return {n: min(size, upload.file_size - (n - 1) * size) for n in range(1, count + 1)}


def arrived(upload: Upload) -> Parts | None:
    """Part number → what S3 says of it; None where S3 knows this multipart upload no more: it was completed."""
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
    """Numbers of the parts that are not there, or not whole."""
    return [n for n, size in part_sizes(upload).items() if n not in parts or parts[n]["Size"] != size]


def complete(upload: Upload) -> None:
    """Make the object; harmless where another request did already. Raises Conflict, naming the missing parts."""
    parts = arrived(upload)
    if parts is None:
        return
    if absent := missing(upload, parts):
        raise Conflict(
            f"{len(absent)} of {len(part_sizes(upload))} parts have not arrived.",
            code="parts-missing",
            extra={"missing": absent},
        )
    try:
        key = s3.incoming_key(upload.upload_id)
        s3.complete_multipart(key, upload.storage_upload_id or "", parts.values())
    except ClientError as error:
        _accept_if_first_was_another(error)


def _accept_if_first_was_another(error: ClientError) -> None:
    match s3.code(error):
        case "ConditionalRequestConflict":
            raise Unavailable("Another request is completing this upload; look again shortly.") from error
        case "PreconditionFailed" | "NoSuchUpload":
            logger.info("another request completed the upload")
        case _:
            raise error
