"""Files to upload, S3's events about them, and the outcomes of uploads."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from psycopg.rows import DictRow

from infra.cli.api_client import FileToUpload
from infra.local.demo.files import MIB
from infra.local.processes import wait_until

if TYPE_CHECKING:
    from .conftest import RunningStack

ZIP_HEAD = b"PK\x03\x04\x14\x00\x00\x00\x00\x00"

OUTCOME = """
select u.state::text as state,
    (select count(*) from files f where f.file_id = u.file_id) as files,
    (select count(*) from file_actions a where a.file_id = u.file_id and a.action_type = 'UPLOAD') as actions
from uploads u where u.upload_id = %s"""

BLOCKED = (
    "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%settle_upload%'"
)


def archive(size: int = 20_000) -> FileToUpload:
    """A unique file that begins like a ZIP archive."""
    content = ZIP_HEAD + os.urandom(min(size, MIB) - len(ZIP_HEAD))
    return FileToUpload(name="Photos.zip", content_type="application/zip", content=content.ljust(size, b"\0"))


def event(bucket: str, upload_id: UUID | str, etag: str = "0" * 32) -> str:
    """S3's event for an upload's object, as EventBridge sends it to the queue."""
    stored = {"key": f"incoming/{upload_id}", "size": 1, "etag": etag, "sequencer": "00"}
    detail = {"bucket": {"name": bucket}, "object": stored}
    return json.dumps({"detail-type": "Object Created", "source": "aws.s3", "detail": detail})


def outcome(database: psycopg.Connection[DictRow], upload_id: str) -> dict[str, Any] | None:
    """An upload's state, and its numbers of files and UPLOAD actions."""
    return database.execute(OUTCOME, [upload_id]).fetchone()


@contextlib.contextmanager
def settling_blocked(stack: RunningStack, upload_id: str) -> Iterator[None]:
    """Lock the upload's row, though not its key, so that workers verify and copy the file and then wait."""
    with psycopg.connect(stack.database_url) as connection:
        connection.execute("select from uploads where upload_id = %s for no key update", [upload_id])
        yield


def wait_for_blocked(stack: RunningStack, number: int) -> None:
    """Wait until this many workers wait to settle; they give up after ten seconds."""
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        wait_until(
            lambda: connection.execute(BLOCKED).fetchone() == (number,),
            what=f"{number} workers that settle",
            seconds=9,
        )
