"""Responses about the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.pagination import NextCursor
from functions.catalogue.models.common import Named

AuditAction = Literal["INSERT", "UPDATE", "DELETE"]


class AuditLogSummary(BaseModel):
    """A change of a row, in a list."""

    log_id: UUID
    table_name: str
    record_id: UUID | None
    action: AuditAction
    changed_by: Named | None = Field(description="The person; null: a worker, or the owner of the tables.")
    changed_at: datetime
    ip_address: str | None


class AuditLog(AuditLogSummary):
    """A change of a row. Values longer than 10,000 characters are cut, and secrets are `***`."""

    user_agent: str | None
    old_values: dict[str, Any] | None
    new_values: dict[str, Any] | None


class AuditLogs(BaseModel):
    """A page of changes, the latest first, without their values: get one for these."""

    items: list[AuditLogSummary]
    next_cursor: NextCursor
