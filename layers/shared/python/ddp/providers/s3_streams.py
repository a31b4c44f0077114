"""S3: reads and writes objects of any size with a bounded amount of memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

from botocore.exceptions import HTTPClientError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError

from ddp.providers import s3

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

# Bytes per request. Each range is read completely, so that no connection is held open while rows are written.
RANGE = 4 * 1024 * 1024

# Bytes per part. S3 requires at least 5 MiB except for the last part, and allows 10,000 parts (78 GiB).
PART = 8 * 1024 * 1024

_ATTEMPTS = 3
_BROKEN = (HTTPClientError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError, ConnectionError)


def read(key: str) -> Iterator[bytes]:
    """The bytes of an object in pieces of RANGE, all from the same version.

    Raises ClientError NoSuchKey if the object does not exist, PreconditionFailed if it was replaced during the read.
    """
    version = find(key)
    for start in range(0, version.size, RANGE):
        yield version.piece(start, RANGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of an object: `size` in bytes."""

    key: str
    size: int
    etag: str

    def piece(self, start: int, length: int) -> bytes:
        """At most `length` bytes from `start` on. Raises as `read`."""
        return _range(self, start, length)


def find(key: str) -> Version:
    """The present version of an object. Raises ClientError 404 if it does not exist."""
    head = s3.client().head_object(Bucket=s3.BUCKET, Key=key)
    return Version(key=key, size=head["ContentLength"], etag=head["ETag"])


def _range(version: Version, start: int, length: int) -> bytes:
    """Read one piece. Retries here, because botocore does not retry once a response has begun."""
    for attempt in range(1, _ATTEMPTS + 1):
        answer = s3.client().get_object(
            Bucket=s3.BUCKET,
            Key=version.key,
            IfMatch=version.etag,
            Range=f"bytes={start}-{start + length - 1}",
        )
        try:
            with answer["Body"] as body:
                return body.read()
        except _BROKEN:
            if attempt == _ATTEMPTS:
                raise
    raise AssertionError("unreachable")


class Writer:
    """Writes an object in parts. The object appears when the block ends; if the block raises, nothing remains.

    A second writer of the same key replaces the whole object. If a writer is killed, the bucket's rule for unfinished
    multipart uploads removes its parts.
    """

    def __init__(self, key: str, *, content_type: str, file_name: str) -> None:
        self._key = key
        self._content_type, self._disposition = content_type, s3.attachment(file_name)
        self._buffer = bytearray()
        self._upload_id: str | None = None
        self._parts: list[CompletedPartTypeDef] = []

    def write(self, data: bytes) -> None:
        """Append data; sends a part as soon as PART bytes are buffered."""
        self._buffer += data
        if len(self._buffer) >= PART:
            self._send_part()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            self._abort()
        elif self._upload_id is None:
            s3.client().put_object(
                Bucket=s3.BUCKET,
                Key=self._key,
                Body=bytes(self._buffer),
                ContentType=self._content_type,
                ContentDisposition=self._disposition,
            )
        else:
            self._complete()

    def _send_part(self) -> None:
        if self._upload_id is None:
            answer = s3.client().create_multipart_upload(
                Bucket=s3.BUCKET,
                Key=self._key,
                ContentType=self._content_type,
                ContentDisposition=self._disposition,
            )
            self._upload_id = answer["UploadId"]
        number = len(self._parts) + 1
        part = s3.client().upload_part(
            Bucket=s3.BUCKET,
            Key=self._key,
            UploadId=self._upload_id,
            PartNumber=number,
            Body=bytes(self._buffer),
        )
        self._parts.append({"PartNumber": number, "ETag": part["ETag"]})
        self._buffer.clear()

    def _complete(self) -> None:
        if self._buffer:
            self._send_part()
        s3.client().complete_multipart_upload(
            Bucket=s3.BUCKET,
            Key=self._key,
            UploadId=str(self._upload_id),
            MultipartUpload={"Parts": self._parts},
        )

    def _abort(self) -> None:
        if self._upload_id is not None:
            s3.abort_multipart(self._key, self._upload_id)
