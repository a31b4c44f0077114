"""S3: the bucket's key layout, presigned requests, and the calls on objects that more than one stage makes.

`incoming/{upload_id}` is written by presigned requests only, once; `files/{file_id}` is what was verified and
never has a write URL; `thumbnails/{file_id}/{width}.webp` are previews.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterable, Iterator
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

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, PartTypeDef

BUCKET = settings.required("DDP_BUCKET")

# How long a caller may use a presigned request, in seconds.
UPLOAD_SECONDS = 3_600
DOWNLOAD_SECONDS = 300

# Characters of a file's name in a download's URL.
NAME_IN_URL = 120

# What names a part when the object is made of its parts.
_PROOF = {"PartNumber", "ETag", "ChecksumSHA256"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PresignedRequest:
    """A request that the caller may send as it stands: every header is signed, so each must be sent exactly so."""

    url: str
    headers: dict[str, str]


@cache
def client() -> S3Client:
    """The environment's one client, made at first use: building it takes as long as importing boto3, and most
    requests need none.

    The read timeout stays under an HTTP API's 30 s; it bounds silence, not a transfer: during a long copy or
    completion S3 keeps sending white space. Virtual-hosted addressing is what makes presigned URLs name the Region
    (the default, the global endpoint, answers with a redirect outside us-east-1).
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
    """Where the bytes of an upload arrive."""
    return f"incoming/{upload_id}"


def file_key(file_id: UUID) -> str:
    """Where a verified file lives."""
    return f"files/{file_id}"


def thumbnail_key(file_id: UUID, width: int) -> str:
    """Where the preview of that width (pixels) lives."""
    return f"thumbnails/{file_id}/{width}.webp"


def presign_put(key: str, *, size: int, content_type: str, sha256: bytes) -> PresignedRequest:
    """A PUT of exactly these bytes, once: S3 itself refuses another length, type or hash, and a second write (412)."""
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
    """The PUT of one part (numbered from 1) of exactly these bytes."""
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
    """A short-lived URL to read an object; with `file_name` a browser saves it under that name, never shows it."""
    params = {"Bucket": BUCKET, "Key": key}
    if file_name is not None:
        params["ResponseContentDisposition"] = attachment(file_name)
    return client().generate_presigned_url("get_object", Params=params, ExpiresIn=DOWNLOAD_SECONDS)


def attachment(file_name: str) -> str:
    """The Content-Disposition of a download (RFC 6266): an ASCII fallback, and the whole name by RFC 5987."""
    file_name = _shortened(file_name)
    plain = unicodedata.normalize("NFKD", file_name).encode("ascii", "ignore").decode()
    fallback = re.sub(r"[^\w .()+-]", "_", plain).strip() or "download"
    return f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{quote(file_name, safe='')}"


def _shortened(file_name: str) -> str:
    """Names of 500 characters, each of them percent-encoded twice, would not fit into a URL."""
    suffix = PurePosixPath(file_name).suffix[:16]
    return file_name if len(file_name) <= NAME_IN_URL else file_name[: NAME_IN_URL - len(suffix)] + suffix


def start_multipart(key: str, content_type: str) -> str:
    """S3's id of a new multipart upload whose parts carry SHA-256 checksums."""
    answer = client().create_multipart_upload(
        Bucket=BUCKET, Key=key, ContentType=content_type, ChecksumAlgorithm="SHA256"
    )
    return answer["UploadId"]


def parts(key: str, multipart_id: str) -> Iterator[PartTypeDef]:
    """The parts that S3 has, in order; a ClientError NoSuchUpload where it was completed or aborted."""
    for page in client().get_paginator("list_parts").paginate(Bucket=BUCKET, Key=key, UploadId=multipart_id):
        yield from page.get("Parts", [])


def complete_multipart(key: str, multipart_id: str, uploaded: Iterable[PartTypeDef]) -> None:
    """Make the object out of its parts, unless there is one already (PreconditionFailed)."""
    manifest = [{name: value for name, value in part.items() if name in _PROOF} for part in uploaded]
    client().complete_multipart_upload(
        Bucket=BUCKET,
        Key=key,
        UploadId=multipart_id,
        IfNoneMatch="*",
        MultipartUpload={"Parts": cast("list[CompletedPartTypeDef]", manifest)},
    )


def abort_multipart(key: str, multipart_id: str) -> None:
    """Drop the parts; harmless where the multipart upload is gone already."""
    try:
        client().abort_multipart_upload(Bucket=BUCKET, Key=key, UploadId=multipart_id)
    except ClientError as error:
        if code(error) != "NoSuchUpload":
            raise


def read(key: str, *, etag: str) -> StreamingBody:
    """The bytes of exactly that object; a ClientError NoSuchKey or PreconditionFailed where it is another or gone."""
    return client().get_object(Bucket=BUCKET, Key=key, IfMatch=f'"{etag}"')["Body"]


def copy(source: str, target: str, *, etag: str, content_type: str) -> None:
    """Copy exactly that object (up to 5 GiB) inside S3; whoever reads the copy gets a download, not a page."""
    client().copy_object(
        Bucket=BUCKET,
        Key=target,
        CopySource={"Bucket": BUCKET, "Key": source},
        CopySourceIfMatch=f'"{etag}"',
        MetadataDirective="REPLACE",
        TaggingDirective="REPLACE",  # with none: a scan's tags stay behind, and no right to read them is needed
        ContentType=content_type,
        ContentDisposition="attachment",
    )


def put(key: str, body: bytes, *, content_type: str) -> None:
    """Write a small object of our own making."""
    client().put_object(Bucket=BUCKET, Key=key, Body=body, ContentType=content_type)


def code(error: ClientError) -> str:
    """S3's own word for what went wrong: NoSuchKey, NoSuchUpload, PreconditionFailed, …"""
    return error.response["Error"]["Code"]
