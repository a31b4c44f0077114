"""A/B tests: what a draft tests, and which variant the rest of a plan gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp.channels import Channel
from ddp.queries import load_by_channel, value
from ddp.queries.sending.controls import Outcome

SQL = load_by_channel(__file__)


def note_tested(cursor: Cursor[DictRow], channel: Channel) -> None:
    """Note of which tests all messages are out: from then on, the time runs after which they are decided."""
    cursor.execute(SQL[channel.name].note_tested)


def due(cursor: Cursor[DictRow], channel: Channel) -> list[UUID]:
    """The plans whose test is to be decided now."""
    return [row["send_plan_id"] for row in cursor.execute(SQL[channel.name].due)]


def decide_due(cursor: Cursor[DictRow], channel: Channel, send_plan_id: UUID) -> bool:
    """Decide a test by its numbers, if it is due; returns whether it was. Call it in a transaction of its own."""
    return bool(value(cursor.execute(SQL[channel.name].decide_due, {"send_plan_id": send_plan_id})))


def set_test(
    cursor: Cursor[DictRow], channel: Channel, channel_campaign_id: UUID, ab_test: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """Store what the caller's draft tests (None: nothing), and return it. Raises NotFound, Conflict, Invalid."""
    values = {
        "channel_campaign_id": channel_campaign_id,
        "ab_test": None if ab_test is None else Jsonb(ab_test),
    }
    stored: dict[str, Any] | None = value(cursor.execute(SQL[channel.name].set, values))
    return stored


def decide(cursor: Cursor[DictRow], channel: Channel, channel_campaign_id: UUID, variant: str) -> Outcome:
    """Choose the variant (a letter) that the rest of the caller's send gets.

    Returns send_plan_id, state, winner and chunks. Raises NotFound, Conflict, Invalid.
    """
    values = {"channel_campaign_id": channel_campaign_id, "variant": variant}
    outcome: Outcome = value(cursor.execute(SQL[channel.name].decide, values))
    return outcome
