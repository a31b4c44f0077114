"""Drafts of e-mail and SMS campaigns, and what their preview needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp.channels import CHANNELS, Channel
from ddp.errors import NotFound
from ddp.queries import load_by_channel, value
from ddp.queries.listing import NEWEST, Asked, Listing
from ddp.queries.people import names

SQL = load_by_channel(__file__)


def _listings(statement: str) -> dict[str, Listing]:
    return {
        channel.name: Listing(
            getattr(SQL[channel.name], statement),
            key=f"{channel.name}_campaign_id",
            sorts={"created_at": NEWEST},
        )
        for channel in CHANNELS
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSize:
    """Numbers of recipients of an earlier send: those in a group, and those who are still pending, sending or unknown.

    `accepted` (None: no matter for this group) messages, of which machines opened `machine_opened`.
    """

    recipients: int
    undecided: int
    accepted: int | None = None
    machine_opened: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """The slots of a message's template: `shown` one by one (name, kind, value, origin, required), and their `values`.

    `values` is None if the template has no slots and is not locked.
    """

    shown: list[dict[str, Any]]
    values: dict[str, Any] | None


OWN = _listings("list_own")
OF_CAMPAIGN = _listings("list_of_campaign")


def create(cursor: Cursor[DictRow], channel: Channel, draft: Mapping[str, Any]) -> DictRow:
    """Create a draft. Raises NotFound if the caller may not see the campaign; Invalid if its template refuses it."""
    sql = SQL[channel.name]
    draft = _stored(draft)
    if cursor.execute(sql.campaign_is_visible, draft).fetchone() is None:
        raise NotFound("There is no such campaign, or you do not take part in it.", code="campaign-not-found")
    return _draft(cursor, channel, sql.create_draft, draft)


def page(
    cursor: Cursor[DictRow],
    channel: Channel,
    asked: Asked,
    *,
    campaign_id: UUID | None,
    is_requested: bool | None,
) -> tuple[list[DictRow], str | None]:
    """The caller's messages, or all of a campaign that the caller may see, newest first, and the next page's cursor."""
    values = {"campaign_id": campaign_id, "is_requested": is_requested}
    listing = (OF_CAMPAIGN if campaign_id else OWN)[channel.name]
    rows, next_cursor = listing.page(cursor, asked, values)
    names.add(cursor, rows, created_by="created_by_user_id")
    return rows, next_cursor


def get(cursor: Cursor[DictRow], channel: Channel, channel_campaign_id: UUID) -> DictRow:
    """One message with its content. Raises NotFound."""
    values = {"channel_campaign_id": channel_campaign_id}
    return _draft(cursor, channel, SQL[channel.name].get, values)


def update(
    cursor: Cursor[DictRow],
    channel: Channel,
    channel_campaign_id: UUID,
    draft: Mapping[str, Any],
    given: set[str],
) -> DictRow:
    """Change the fields named in `given` of the caller's draft. Raises NotFound, and Conflict once it is frozen."""
    values = _stored(draft) | {"channel_campaign_id": channel_campaign_id, "given": list(given)}
    return _draft(cursor, channel, SQL[channel.name].update_draft, values)


def delete(cursor: Cursor[DictRow], channel: Channel, channel_campaign_id: UUID) -> None:
    """Delete a draft of the caller. Raises NotFound, and Conflict once it is frozen."""
    values = {"channel_campaign_id": channel_campaign_id}
    _one(cursor.execute(SQL[channel.name].delete_draft, values), channel)


def audience_size(cursor: Cursor[DictRow], channel: Channel, campaign_id: UUID) -> int:
    """How many users the campaign's target audience has. Raises Forbidden for callers who may not send to it."""
    found = cursor.execute(SQL[channel.name].audience_size, {"campaign_id": campaign_id})
    return int(_one(found, channel)["recipients"])


def group_size(cursor: Cursor[DictRow], channel: Channel, earlier_id: UUID, who: str) -> GroupSize:
    """How many recipients of an earlier send of the caller are in a group. Raises NotFound, Conflict, Invalid."""
    asked = {"earlier_id": earlier_id, "who": who}
    return GroupSize(**value(cursor.execute(SQL[channel.name].group_size, asked)))


def slots(cursor: Cursor[DictRow], channel: Channel, channel_campaign_id: UUID) -> Slots:
    """The slots of a message's template. Raises NotFound."""
    found = value(cursor.execute(SQL[channel.name].slots, {"channel_campaign_id": channel_campaign_id}))
    return Slots(shown=found["slots"], values=found["values"])


def file_size(cursor: Cursor[DictRow], channel: Channel, file_id: UUID) -> int:
    """The size in bytes of a live file of the caller. Raises NotFound."""
    row = cursor.execute(SQL[channel.name].file_size, {"file_id": file_id}).fetchone()
    if row is None:
        raise NotFound("You have no such file.")
    return int(row["file_size"])


def _stored(draft: Mapping[str, Any]) -> dict[str, Any]:
    return dict(draft) | {"slots": None if draft["slots"] is None else Jsonb(draft["slots"])}


def _draft(cursor: Cursor[DictRow], channel: Channel, statement: bytes, values: Mapping[str, Any]) -> DictRow:
    row = _one(cursor.execute(statement, values), channel)
    names.add(cursor, [row], created_by="created_by_user_id")
    return row


def _one(cursor: Cursor[DictRow], channel: Channel) -> DictRow:
    row = cursor.fetchone()
    if row is None:
        raise NotFound(
            f"There is no such {channel.noun} campaign.", code=f"{channel.name}-campaign-not-found"
        )
    return row
