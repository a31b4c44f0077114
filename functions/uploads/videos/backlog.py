"""Reads the videos that were uploaded before videos were read.

A video is marked before it is read: one that ends its worker is not tried again.
"""

from __future__ import annotations

import time

from botocore.exceptions import ClientError

from ddp import db
from ddp.observability import logger
from ddp.providers import s3, s3_streams
from ddp.queries.files import videos
from functions.uploads.videos import reader
from functions.uploads.videos.reader import Facts

# For so long after its start a run begins with another one; the last may take reader.SECONDS more.
SECONDS = 15.0
_GONE = {"404", "NoSuchKey"}


def read() -> None:
    """Read videos, the oldest first, while there is time."""
    until = time.monotonic() + SECONDS
    count = 0
    while time.monotonic() < until and _read_next():
        count += 1
    if count:
        logger.info("read videos that were uploaded before videos were read", count=count)


def _read_next() -> bool:
    """Whether there was one."""
    with db.transaction(role="service_role") as cursor:
        video = videos.take_unread(cursor)
    if video is None:
        return False
    try:
        found = _facts(video.file_path)
    except Exception:
        with db.transaction(role="service_role") as cursor:
            videos.put_back(cursor, video.file_id)
        raise
    with db.transaction(role="service_role") as cursor:
        videos.note(cursor, video.file_id, found)
    return True


def _facts(key: str) -> Facts:
    try:
        version = s3_streams.find(key)
        return reader.read(version.size, version.piece)
    except ClientError as error:
        if s3.code(error) not in _GONE:
            raise
        return {"unknown": "gone"}
