"""Images at public addresses: asking for them, and the steps of the workers that make and remove them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load, value

SQL = load(__file__)


def host(cursor: Cursor[DictRow], file_id: UUID) -> None:
    """Have an own image hosted. Raises NotFound, Forbidden, Conflict, and Invalid for what is not an image."""
    cursor.execute(SQL.host, {"file_id": file_id})


def unhost(cursor: Cursor[DictRow], file_id: UUID) -> None:
    """End the public address of an image. Raises NotFound, Forbidden."""
    cursor.execute(SQL.unhost, {"file_id": file_id})


def url_of_asset(cursor: Cursor[DictRow], asset_id: UUID) -> str | None:
    """The public address of a brand asset's file, withdrawn or not; None if there is none that the caller sees."""
    row = cursor.execute(SQL.url_of_asset, {"asset_id": asset_id}).fetchone()
    return row["file_url"] if row else None


def state(cursor: Cursor[DictRow], file_id: UUID) -> DictRow:
    """`state` and `reason` of a visible file; both None if nobody wants it hosted. Raises NotFound."""
    return cursor.execute(SQL.state, {"file_id": file_id}).fetchone() or {"state": None, "reason": None}


def states(cursor: Cursor[DictRow], tokens: Sequence[str]) -> dict[str, str]:
    """The states of these tokens, at most 100; unknown ones are left out."""
    rows = cursor.execute(SQL.tokens, {"tokens": list(tokens)}).fetchall()
    return {row["token"]: row["state"] for row in rows}


def wanted(cursor: Cursor[DictRow], limit: int) -> list[str]:
    """Tokens of images that workers are to make now. For workers."""
    return [row["token"] for row in cursor.execute(SQL.wanted, {"limit": limit}).fetchall()]


def to_make(cursor: Cursor[DictRow], token: str) -> DictRow | None:
    """`file_path` and `file_size` of an image that waits; None if it is settled. For workers."""
    return cursor.execute(SQL.to_make, {"token": token}).fetchone()


def made(cursor: Cursor[DictRow], token: str, content_type: str, url: str) -> bool:
    """The object is there. False if the image was revoked meanwhile. For workers."""
    is_hosted: bool = value(
        cursor.execute(SQL.made, {"token": token, "content_type": content_type, "url": url})
    )
    return is_hosted


def failed(cursor: Cursor[DictRow], token: str, reason: str) -> None:
    """The image cannot be made, for this reason. For workers."""
    cursor.execute(SQL.failed, {"token": token, "reason": reason})


def revoked(cursor: Cursor[DictRow], limit: int) -> list[str]:
    """Tokens of revoked images whose objects may be there. For workers."""
    return [row["token"] for row in cursor.execute(SQL.revoked, {"limit": limit}).fetchall()]


def removed(cursor: Cursor[DictRow], tokens: Sequence[str]) -> None:
    """Their objects are deleted. For workers."""
    cursor.execute(SQL.removed, {"tokens": list(tokens)})
