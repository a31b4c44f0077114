"""S3: what the bucket has, compares it, and brings back what was deleted."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ddp.providers import s3, s3_streams

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import ObjectVersionTypeDef

# S3 lists at most so many objects at once.
PAGE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An object as the bucket lists it; `size` in bytes."""

    key: str
    size: int
    modified_at: datetime


def listing(prefix: str, *, after: str, limit: int = PAGE) -> tuple[list[Stored], bool]:
    """The next objects below `prefix`, in the order of their keys' bytes; and whether these are the last."""
    answer = s3.client().list_objects_v2(
        Bucket=s3.BUCKET, Prefix=prefix, StartAfter=max(after, prefix), MaxKeys=limit
    )
    found = [
        Stored(key=entry["Key"], size=entry["Size"], modified_at=entry["LastModified"])
        for entry in answer.get("Contents", ())
    ]
    return found, not answer["IsTruncated"]


def sha256(key: str, *, most: int) -> bytes | None:
    """The SHA-256 of an object: S3's own, else computed if the object has at most `most` bytes. None: not known.

    Raises ClientError NoSuchKey or 404 if the object does not exist.
    """
    head = s3.client().head_object(Bucket=s3.BUCKET, Key=key, ChecksumMode="ENABLED")
    stored = head.get("ChecksumSHA256", "")
    if stored and "-" not in stored:  # with a hyphen it is a hash of the parts' hashes
        return b64decode(stored)
    if head["ContentLength"] > most:
        return None
    hashed = hashlib.sha256()
    for piece in s3_streams.read(key):
        hashed.update(piece)
    return hashed.digest()


def restore(key: str, *, size: int | None) -> bool:
    """Make the newest earlier version (of `size` bytes, if given) current again. False: there is none.

    By copying it, and not by removing the delete marker: no function may delete versions.
    """
    version = next((v for v in _versions(key) if size in {None, v["Size"]}), None)
    if version is None:
        return False
    s3.client().copy_object(
        Bucket=s3.BUCKET,
        Key=key,
        CopySource={"Bucket": s3.BUCKET, "Key": key, "VersionId": version["VersionId"]},
    )
    return True


def _versions(key: str) -> Sequence[ObjectVersionTypeDef]:
    """The versions of one object, the newest first. A file is written once or twice, so the first page has all."""
    answer = s3.client().list_object_versions(Bucket=s3.BUCKET, Prefix=key)
    return [version for version in answer.get("Versions", ()) if version["Key"] == key]


def gone(error: ClientError) -> bool:
    """Whether the error says that there is no such object."""
    return s3.code(error) in {"404", "NoSuchKey"}
