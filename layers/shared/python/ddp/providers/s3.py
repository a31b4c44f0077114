"""S3: the bucket's key layout, presigned requests, and calls on objects.

`incoming/{upload_id}` is written once, by a presigned request. `files/{file_id}` is a verified file, for which no write
URL is ever issued. `thumbnails/{file_id}/{width}.webp` are previews. `hosted/{file_id}/{secret}` are images that anyone
may fetch who knows the secret (ddp.links.hosted_images). `social/{post_id}/{position}.jpg` are images as platforms take
them, for a week. What else is under a prefix of functions/maintenance/bucket/areas.py is deleted after a week: a new
kind of object gets its prefix there.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, cast
from urllib.parse import quote
from uuid import UUID

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from ddp import settings
from ddp.errors import Transient

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, PartTypeDef

BUCKET = settings.required("DDP_BUCKET")

# How long presigned requests are valid, in seconds.
UPLOAD_SECONDS = 3_600
DOWNLOAD_SECONDS = 300

# Maximum length of a file name in a download URL, in characters.
NAME_IN_URL = 120

# The fields that identify a part when a multipart upload is completed.
_PROOF = {"PartNumber", "ETag", "ChecksumSHA256"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PresignedRequest:
    """A request for the caller to send. Every header is signed, so all must be sent unchanged."""

    url: str
    headers: dict[str, str]


@cache
def client() -> S3Client:
    """The environment's S3 client, made at first use: making it takes as long as importing boto3, and most requests
    need none.

    The read timeout is below an HTTP API's 30 s. It limits silence, not transfers: during a long copy or completion S3
    keeps sending white space. With virtual-hosted addressing, presigned URLs name the Region; the default global
    endpoint answers with a redirect outside us-east-1.
    """
    return boto3.client(
        "s3",
        config=Config(
            signature_version="s3v4",
            connect_timeout=2,
            read_timeout=20,
            retries={"mode": "standard", "total_max_attempts": 3},
            s3={"addressing_style": "virtual"},
        ),
    )


def incoming_key(upload_id: UUID) -> str:
    """The key under which the bytes of an upload arrive."""
    return f"incoming/{upload_id}"


def file_key(file_id: UUID) -> str:
    """The key of a verified file."""
    return f"files/{file_id}"


def thumbnail_key(file_id: UUID, width: int) -> str:
    """The key of the preview of that width in pixels."""
    return f"thumbnails/{file_id}/{width}.webp"


def social_key(post_id: UUID, position: int) -> str:
    """The key of an image as the post's platform takes it."""
    return f"social/{post_id}/{position}.jpg"


def presign_put(key: str, *, size: int, content_type: str, sha256: bytes) -> PresignedRequest:
    """A PUT of exactly these bytes, once: S3 refuses any other length, type or hash, and a second write (412).

    `size` is in bytes, `sha256` is the 32-byte digest.
    """
    checksum = b64encode(sha256).decode()
    url = client().generate_presigned_url(
        "put_object",
        Params={
            "Bucket": BUCKET,
            "Key": key,
            "ContentLength": size,
            "ContentType": content_type,
            "ChecksumSHA256": checksum,
            "IfNoneMatch": "*",
        },
        ExpiresIn=UPLOAD_SECONDS,
    )
    headers = {
        "Content-Length": str(size),
        "Content-Type": content_type,
        "x-amz-checksum-sha256": checksum,
        "If-None-Match": "*",
    }
    return PresignedRequest(url=url, headers=headers)


def presign_part(key: str, multipart_id: str, number: int, *, size: int, sha256: bytes) -> PresignedRequest:
    """A PUT of one part (numbered from 1) with exactly these bytes; `size` in bytes, `sha256` the 32-byte digest."""
    checksum = b64encode(sha256).decode()
    url = client().generate_presigned_url(
        "upload_part",
        Params={
            "Bucket": BUCKET,
            "Key": key,
            "UploadId": multipart_id,
            "PartNumber": number,
            "ContentLength": size,
            "ChecksumSHA256": checksum,
        },
        ExpiresIn=UPLOAD_SECONDS,
    )
    return PresignedRequest(url=url, headers={"Content-Length": str(size), "x-amz-checksum-sha256": checksum})


def presign_get(key: str, *, file_name: str | None = None) -> str:
    """A URL, valid for DOWNLOAD_SECONDS, to read an object. With `file_name`, browsers save it under that name.

    S3 cannot send `nosniff`. So what users uploaded comes as an attachment and as bytes of no type: nothing that a
    browser would show or run.
    """
    params = {"Bucket": BUCKET, "Key": key}
    if file_name is not None:
        params["ResponseContentDisposition"] = attachment(file_name)
        params["ResponseContentType"] = "application/octet-stream"
    return client().generate_presigned_url("get_object", Params=params, ExpiresIn=DOWNLOAD_SECONDS)


def attachment(file_name: str) -> str:
    """The Content-Disposition header of a download (RFC 6266): an ASCII fallback and the full name (RFC 5987)."""
    file_name = _shortened(file_name)
    plain = unicodedata.normalize("NFKD", file_name).encode("ascii", "ignore").decode()
    fallback = re.sub(r"[^\w .()+-]", "_", plain).strip() or "download"
    return f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{quote(file_name, safe='')}"


def _shortened(file_name: str) -> str:
    """Shorten long names but keep the suffix: 500 characters, percent-encoded twice, would not fit into a URL."""
    suffix = PurePosixPath(file_name).suffix[:16]
    return file_name if len(file_name) <= NAME_IN_URL else file_name[: NAME_IN_URL - len(suffix)] + suffix


def start_multipart(key: str, content_type: str) -> str:
    """Start a multipart upload whose parts have SHA-256 checksums; return S3's id for it."""
    answer = client().create_multipart_upload(
        Bucket=BUCKET, Key=key, ContentType=content_type, ChecksumAlgorithm="SHA256"
    )
    return answer["UploadId"]


def parts(key: str, multipart_id: str) -> Iterator[PartTypeDef]:
    """The parts that have arrived, in order. Raises ClientError NoSuchUpload if it was completed or aborted."""
    for page in client().get_paginator("list_parts").paginate(Bucket=BUCKET, Key=key, UploadId=multipart_id):
        yield from page.get("Parts", [])


def complete_multipart(key: str, multipart_id: str, uploaded: Iterable[PartTypeDef]) -> None:
    """Assemble the object from its parts. Raises ClientError PreconditionFailed if the object already exists."""
    manifest = [{name: value for name, value in part.items() if name in _PROOF} for part in uploaded]
    client().complete_multipart_upload(
        Bucket=BUCKET,
        Key=key,
        UploadId=multipart_id,
        IfNoneMatch="*",
        MultipartUpload={"Parts": cast("list[CompletedPartTypeDef]", manifest)},
    )


def abort_multipart(key: str, multipart_id: str) -> None:
    """Delete the parts of a multipart upload. Harmless if it no longer exists."""
    try:
        client().abort_multipart_upload(Bucket=BUCKET, Key=key, UploadId=multipart_id)
    except ClientError as error:
        if code(error) != "NoSuchUpload":
            raise


def read(key: str, *, etag: str) -> StreamingBody:
    """The bytes of the object with this ETag. Raises ClientError: NoSuchKey, or PreconditionFailed if replaced."""
    return client().get_object(Bucket=BUCKET, Key=key, IfMatch=f'"{etag}"')["Body"]


def etag(key: str) -> str | None:
    """The ETag of the object; None if there is none."""
    try:
        return client().head_object(Bucket=BUCKET, Key=key)["ETag"].strip('"')
    except ClientError as error:
        if code(error) not in {"404", "NoSuchKey"}:
            raise
        return None


def size(key: str) -> int | None:
    """The size of an object in bytes; None if there is none."""
    try:
        found: int = client().head_object(Bucket=BUCKET, Key=key)["ContentLength"]
    except ClientError as error:
        if code(error) in {"404", "NoSuchKey", "NotFound"}:
            return None
        raise
    return found


def read_range(key: str, start: int, length: int) -> bytes:
    """Up to `length` bytes of an object, from byte `start`. Raises ClientError NoSuchKey."""
    answer = client().get_object(Bucket=BUCKET, Key=key, Range=f"bytes={start}-{start + length - 1}")
    with answer["Body"] as body:
        return body.read()


def copy(source: str, target: str, *, etag: str, content_type: str) -> None:
    """Copy the object with this ETag (at most 5 GiB) inside S3. Browsers download the copy, they do not display it."""
    client().copy_object(
        Bucket=BUCKET,
        Key=target,
        CopySource={"Bucket": BUCKET, "Key": source},
        CopySourceIfMatch=f'"{etag}"',
        MetadataDirective="REPLACE",
        TaggingDirective="REPLACE",  # drops the scan's tags, so no permission to read tags is needed
        ContentType=content_type,
        ContentDisposition="attachment",
    )


def put(key: str, body: bytes, *, content_type: str) -> None:
    """Write a small object."""
    client().put_object(Bucket=BUCKET, Key=key, Body=body, ContentType=content_type)


def delete(key: str) -> None:
    """Delete an object. Harmless if it does not exist."""
    client().delete_object(Bucket=BUCKET, Key=key)


def delete_all(keys: Sequence[str]) -> None:
    """Delete up to 1,000 objects. Harmless if they do not exist. Raises Transient if S3 could not delete some."""
    answer = client().delete_objects(
        Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True}
    )
    if failed := answer.get("Errors", []):
        raise Transient(f"S3 did not delete {len(failed)} of {len(keys)} objects: {failed[0].get('Code')}")


def code(error: ClientError) -> str:
    """S3's error code: NoSuchKey, NoSuchUpload, PreconditionFailed, …"""
    return error.response["Error"]["Code"]
