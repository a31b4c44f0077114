"""What platforms tell about posts and people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load, value

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An event as it is stored: ids are the platform's, the digest and the person are SHA-256."""

    digest: bytes
    platform: str
    kind: str
    external_account_id: str | None
    external_post_id: str | None
    external_publish_id: str | None
    external_user_hash: bytes | None
    occurred_at: datetime | None
    raw: Any


def store(cursor: Cursor[DictRow], events: Sequence[StoredEvent]) -> dict[str, int]:
    """Store events, each once, and do what follows. Returns how many were `given`, and how many of them are `new`."""
    rows = [
        {
            "digest": event.digest.hex(),
            "platform": event.platform,
            "kind": event.kind,
            "external_account_id": event.external_account_id,
            "external_post_id": event.external_post_id,
            "external_publish_id": event.external_publish_id,
            "external_user_hash": event.external_user_hash.hex() if event.external_user_hash else None,
            "occurred_at": event.occurred_at,
            "raw": event.raw,
        }
        for event in events
    ]
    done: dict[str, int] = value(cursor.execute(SQL.store, {"events": json.dumps(rows, default=str)}))
    return done


def match(cursor: Cursor[DictRow], *, limit: int) -> int:
    """Match events that came before their post's id was stored. Returns how many."""
    matched: int = value(cursor.execute(SQL.match, {"limit": limit}))
    return matched


def forget_raw(cursor: Cursor[DictRow], *, limit: int) -> int:
    """Forget what people wrote and who they were, after 30 days. Returns of how many events."""
    count: int = value(cursor.execute(SQL.forget_raw, {"limit": limit}))
    return count


def ask_to_forget(cursor: Cursor[DictRow], code: str, platform: str, external_user_hash: bytes) -> None:
    """Note that a person asked, through the platform, to be forgotten."""
    values = {"code": code, "platform": platform, "external_user_hash": external_user_hash}
    cursor.execute(SQL.ask_to_forget, values)


def waiting_deletions(cursor: Cursor[DictRow], *, limit: int) -> list[str]:
    """Codes of requests that are not done."""
    return [row["code"] for row in cursor.execute(SQL.waiting_deletions, {"limit": limit})]


def forget(cursor: Cursor[DictRow], code: str) -> int:
    """Do a request to forget a person. Returns of how many events."""
    count: int = value(cursor.execute(SQL.forget, {"code": code}))
    return count
