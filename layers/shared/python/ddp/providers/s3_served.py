"""Objects that functions serve themselves: what is known of one, and its bytes."""

from __future__ import annotations

from dataclasses import dataclass

from botocore.exceptions import ClientError

from ddp.providers import s3

# What S3 says where there is no object.
_ABSENT = {"404", "NoSuchKey", "NotFound"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What is known of an object without reading it. `size` is in bytes."""

    etag: str
    size: int
    content_type: str


def stored(key: str) -> Stored | None:
    """What is known of an object; None if there is none."""
    try:
        found = s3.client().head_object(Bucket=s3.BUCKET, Key=key)
    except ClientError as error:
        if s3.code(error) in _ABSENT:
            return None
        raise
    return Stored(
        etag=found["ETag"].strip('"'), size=found["ContentLength"], content_type=found["ContentType"]
    )


def read(key: str) -> bytes | None:
    """The bytes of a small object; None if there is none."""
    try:
        answer = s3.client().get_object(Bucket=s3.BUCKET, Key=key)
    except ClientError as error:
        if s3.code(error) in _ABSENT:
            return None
        raise
    with answer["Body"] as body:
        return body.read()
