"""Requests and responses of the maintenance capability; its OpenAPI document is generated from them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from ddp.addresses import AddressError, normalise_email
from ddp.fields import WHOLE, Phone, Request
from ddp.pagination import NextCursor


class Span(BaseModel):
    """A span of time in calendar months and days."""

    months: int = Field(examples=[24])
    days: int = Field(examples=[0])


class Retention(BaseModel):
    """How long rows of one subject are kept."""

    subject: str = Field(examples=["file_actions"])
    description: str
    keep: Span
    least: Span = Field(description="The shortest that may be set.")
    changed_at: datetime | None
    changed_by_user_id: UUID | None


class Retentions(BaseModel):
    """All subjects."""

    items: list[Retention]


class RetentionChange(Request):
    """How long to keep a subject: months and days add up."""

    months: Annotated[int, Field(ge=0, le=1200), WHOLE] = Field(0, examples=[24])
    days: Annotated[int, Field(ge=0, le=36500), WHOLE] = Field(0, examples=[0])


class CleanupRequest(Request):
    """What to do."""

    dry_run: bool = Field(default=True, description="true: only count what a cleanup would remove.")


class Cleanup(BaseModel):
    """The report of a cleanup."""

    cleanup_run_id: UUID
    is_dry_run: bool
    requested_at: datetime
    began_at: datetime | None
    ended_at: datetime | None = Field(description="Null: it waits, is under way, or was interrupted.")
    steps: dict[str, int] = Field(
        description="Rows by step: removed, or (dry run) what would be.", examples=[{"sessions": 120}]
    )
    is_left: bool | None = Field(description="Whether something was left to the next cleanup.")
    error: str | None


class Cleanups(BaseModel):
    """Reports, the latest first."""

    items: list[Cleanup]
    next_cursor: NextCursor


def _normalised(address: str) -> str:
    try:
        return normalise_email(address)
    except AddressError as error:
        raise ValueError(error.reason) from None


Email = Annotated[
    str,
    Field(max_length=320, examples=["ann@example.com"], json_schema_extra={"format": "email"}),
    AfterValidator(_normalised),
]


class ErasureRequest(Request):
    """Whom to erase: exactly one of `user_id`, `email` and `phone`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"email": "ann@example.com", "dry_run": True}]})

    user_id: UUID | None = Field(None, description="A user of the platform.")
    email: Email | None = Field(None, description="A recipient of e-mails, in every sender's ledger.")
    phone: Phone | None = Field(None, description="A recipient of SMS messages.")
    dry_run: bool = Field(default=False, description="true: only count what would be erased.")

    @model_validator(mode="after")
    def _one_person(self) -> Self:
        if sum(given is not None for given in (self.user_id, self.email, self.phone)) != 1:
            raise ValueError("Give exactly one of user_id, email and phone.")
        return self


class Erasure(BaseModel):
    """An erasure. It never shows the address."""

    erasure_id: UUID
    kind: Literal["user", "recipient"]
    user_id: UUID | None
    is_dry_run: bool
    requested_by_user_id: UUID
    requested_at: datetime
    ended_at: datetime | None = Field(
        description="Null: under way. It ends after a pass over all tables that found nothing."
    )
    counts: dict[str, int] = Field(
        description="Rows by table: erased, or (dry run) what would be.", examples=[{"sends": 12}]
    )
    held_by_others: list[str] = Field(description="What is not in this system's hands, and whom to ask.")


class Erasures(BaseModel):
    """Erasures, the latest first."""

    items: list[Erasure]
    next_cursor: NextCursor


class Heartbeat(BaseModel):
    """A schedule, and when it last completed a run."""

    name: str = Field(examples=["sending-reconcile"])
    seconds: int | None = Field(
        description="Seconds since a run was complete; null: none ever was.", examples=[31]
    )
    allowed_seconds: int = Field(description="With more seconds, its name is a reason.", examples=[150])


class WorkerHeartbeat(BaseModel):
    """The function of a queue, and when it last worked on a message; each queue is sent one each minute."""

    name: str = Field(examples=["email-send"])
    seconds: int | None = Field(
        description="Seconds since it last worked; null: it never did.", examples=[12]
    )
    allowed_seconds: int = Field(description="With more seconds, its name is a reason.", examples=[150])


class OldestDue(BaseModel):
    """Work of one kind that is due and waits for a worker."""

    name: str = Field(description="The kind of work.", examples=["email"])
    seconds: int = Field(
        description="For how long the oldest item had been due when it was last measured; 0: nothing was due.",
        examples=[0],
    )
    allowed_seconds: int = Field(description="With more seconds, the kind's name is a reason.", examples=[90])


class Health(BaseModel):
    """The platform runs."""

    status: Literal["ok"]
    version: str = Field(description="The release that answers.", examples=["0.1.0"])
    schema_version: str = Field(
        description="The newest migration of the database.", examples=["migrations/0330_heartbeats.sql"]
    )
    heartbeats: list[Heartbeat] = Field(description="When each schedule last completed a run.")
    workers: list[WorkerHeartbeat] = Field(description="When each queue's function last worked.")
    oldest_due: list[OldestDue] = Field(description="For how long work of each kind has been due.")
