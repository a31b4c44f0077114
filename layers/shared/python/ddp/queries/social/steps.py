"""The steps of social posts: found when they are due, leased by a worker, ended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load, value

SQL = load(__file__)

# What falls due within this time is queued, with the exact delay.
WITHIN = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueStep:
    """A step to send a message about, to arrive after `delay`. `owner_id`: the account that it is done for."""

    post_id: UUID
    step: str
    delay: timedelta
    owner_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step that a worker has leased, with all that it needs.

    `step`: validate, prepare, check, finalise, confirm, comment or settle. `due_at`: may be up to two seconds ahead.
    `due_in`: the time until then, by the database's clock when the step was leased; negative: it has passed.
    `attempts`: how often the step was put off; of settle, reads that found nothing. `lost`: workers that died at it.
    `parts`: part_no, content, status, external_id, permalink, error_code, error_reason, published_at of each.
    `media`: position, file_id, alt_text, file_name, file_type, content_type, file_size (bytes), file_path (key in the
    bucket), image_width, image_height, sha256, metadata and is_available (live, and the account may see it) of each.
    `access_token_encrypted` and `state_encrypted` (the checkpoint; None: none, or expired) are ciphertext.
    `request_id`: of the HTTP request that scheduled it; None: a browser asked the database.
    """

    post_id: UUID
    step: str
    due_at: datetime
    due_in: timedelta
    attempts: int
    lost: int
    status: str
    scheduled_at: datetime
    post_content: str | None
    post_type: str
    title: str | None
    options: Mapping[str, Any]
    campaign_id: UUID | None
    group_id: UUID | None
    created_at: datetime
    external_post_id: str | None
    permalink: str | None
    account_id: UUID
    user_id: UUID
    platform: str
    external_account_id: str | None
    account_kind: str | None
    account_handle: str
    access_token_encrypted: str | None
    token_expires_at: datetime | None
    scopes: Sequence[str]
    account_metadata: Mapping[str, Any]
    parts: Sequence[Mapping[str, Any]]
    media: Sequence[Mapping[str, Any]]
    state_encrypted: str | None
    state_expires_at: datetime | None
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What came of a step.

    `outcome`: next (with `step`: prepare, check or finalise; for check `after` seconds), retry (the same step after
    `after` seconds; `code` and `reason` tell the owner why it waits), problems (the post becomes a draft with these) or
    failed (`code`, `reason`). `state`: a new checkpoint, as ciphertext; None: the old one stays.
    """

    post_id: UUID
    outcome: str
    step: str | None = None
    after: float | None = None
    code: str | None = None
    reason: str | None = None
    problems: Sequence[Mapping[str, Any]] | None = None
    state: str | None = None
    state_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """Units of what a platform allows. `quota` names platform and time; `owner_id`: None: the app's as a whole.

    `is_share`: `cap` is what all have together, and the owner, a tenant, gets a fair share of it.
    """

    quota: str
    cap: int
    ends_at: datetime
    owner_id: UUID | None = None
    units: int = 1
    is_share: bool = False


def due(cursor: Cursor[DictRow], *, limit: int, within: timedelta = WITHIN) -> list[DueStep]:
    """Note steps that fall due soon as queued, and return them. Send their messages in the same transaction."""
    return [DueStep(**row) for row in cursor.execute(SQL.due, {"within": within, "limit": limit})]


def begin(cursor: Cursor[DictRow], post_ids: Sequence[UUID], *, worker: UUID, lease: timedelta) -> list[Step]:
    """Lease what of these posts is due. What another worker has, or is not due, is not returned."""
    values = {"post_ids": list(post_ids), "worker": worker, "lease": lease}
    return [Step(**row) for row in cursor.execute(SQL.begin, values)]


def blackout(cursor: Cursor[DictRow], step: Step) -> DictRow | None:
    """`reason` and `ends_at` of the blackout in which the post would go out; None: there is none."""
    values = {"campaign_id": step.campaign_id, "user_id": step.user_id, "at": step.scheduled_at}
    return cursor.execute(SQL.blackout, values).fetchone()


def renew(cursor: Cursor[DictRow], *, worker: UUID, lease: timedelta) -> None:
    """Renew the leases that the worker still holds, of steps and of calls."""
    cursor.execute(SQL.renew, {"worker": worker, "lease": lease})


def save_checkpoint(
    cursor: Cursor[DictRow],
    post_id: UUID,
    *,
    worker: UUID,
    state: str,
    expires_at: datetime | None = None,
    part_no: int = 0,
) -> bool:
    """Keep how far the work is (ciphertext). False: the post is no longer the worker's, which has to stop."""
    values = {
        "post_id": post_id,
        "part_no": part_no,
        "worker": worker,
        "state": state,
        "expires_at": expires_at,
    }
    return bool(value(cursor.execute(SQL.save_checkpoint, values)))


def end(
    cursor: Cursor[DictRow], results: Sequence[StepResult], *, worker: UUID, within: timedelta = WITHIN
) -> list[DueStep]:
    """End steps that the worker still holds. Returns those that follow soon: send their messages."""
    values = {"worker": worker, "results": as_json(results), "within": within}
    return [DueStep(**row) for row in cursor.execute(SQL.end, values)]


def take_quota(cursor: Cursor[DictRow], quotas: Sequence[Quota]) -> Quota | None:
    """Take units for a call that can be repeated, such as an upload: all (None), or none. They do not come back.

    Returns the quota that is used up, its cap being the owner's share.
    """
    full = value(cursor.execute(SQL.take_quota, {"quotas": as_json(quotas)}))
    if full is None:
        return None
    owner_id = UUID(full["owner_id"]) if full["owner_id"] else None
    known = next(one for one in quotas if (one.quota, one.owner_id) == (full["quota"], owner_id))
    return replace(known, cap=full["cap"])


def reconcile(cursor: Cursor[DictRow], *, limit: int = 1000) -> dict[str, int]:
    """Find what was left behind. Returns how many of each kind; call again while one of them is `limit`."""
    counts: dict[str, int] = value(cursor.execute(SQL.reconcile, {"limit": limit}))
    return counts


def figures(cursor: Cursor[DictRow]) -> dict[str, float]:
    """What alarms and the dashboard watch, by name.

    oldest_due_seconds, due, waiting_for_accounts, unconfirmed[_new], left_to_people, reconnect[_new],
    budget_used_percent. `_new`: of the last 15 minutes.
    """
    found: dict[str, float] = value(cursor.execute(SQL.figures))
    return found


def as_json(rows: Sequence[Any]) -> str:
    """Dataclasses as a JSON array, for functions that take sets of results."""
    return json.dumps([asdict(row) for row in rows], default=str)
