"""What a plan sends: frozen with the plan, so it may be kept as long as the plan is worked on."""

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
    """A plan's prepared templates and sender. `html` and `text` are None until it is planned.

    `attachments`: file_id, file_name, content_type, and file_path, the object's key; None where the file is gone.
    """

    sender_user_id: UUID
    subject: str
    html: str | None
    text: str | None
    sender: str
    sender_name: str | None
    tenant: str | None
    recipients_masked: bool
    attachments: list[dict[str, Any]]


def of_plan(cursor: Cursor[DictRow], send_plan_id: UUID) -> Content:
    """The content of a plan; raises NotFound."""
    row = cursor.execute(SQL.of_plan, {"send_plan_id": send_plan_id}).fetchone()
    if row is None:
        raise NotFound("There is no such plan.")
    return Content(**row)
