"""What a plan sends. It is frozen with the plan, so a worker may keep it while it works on the plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.errors import NotFound
from ddp.queries import load

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A plan's prepared templates and its sender. `html` and `text` are None until the plan is prepared.

    `sender_profile`: `sender` in templates; None: there was none yet when the plan was requested.
    `slots`: `slot` in templates; None: the template has none and is not locked.
    `attachments` have file_id, file_name, content_type, and file_path: the object's key, or None if the file is gone.
    """

    sender_user_id: UUID
    subject: str
    html: str | None
    text: str | None
    sender: str
    sender_name: str | None
    reply_to: str | None
    sender_profile: dict[str, Any] | None
    slots: dict[str, Any] | None
    recipients_masked: bool
    tracks_conversions: bool
    attachments: list[dict[str, Any]]


def of_plan(cursor: Cursor[DictRow], send_plan_id: UUID, variant: int | None) -> Content:
    """The content of a plan's variant; None: the plan tests nothing. Raises NotFound."""
    row = cursor.execute(SQL.of_plan, {"send_plan_id": send_plan_id, "variant": variant}).fetchone()
    if row is None:
        raise NotFound("There is no such plan.")
    return Content(**row)
