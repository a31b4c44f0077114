"""A/B tests: the work behind each channel's routes. `app` is the router that was called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import edge
from ddp.channels import Channel
from ddp.errors import NotFound
from ddp.queries.messages import ab_tests, drafts
from ddp.queries.sending import controls
from ddp.queries.sending.controls import Outcome
from functions.sending.operations.ab_test_models import Decided
from functions.sending.operations.controls import perform


def store(
    app: edge.App, channel: Channel, channel_campaign_id: UUID, ab_test: Mapping[str, Any]
) -> dict[str, Any]:
    """Store what the caller's draft tests. Returns it as `get` does."""
    with edge.as_caller(app) as cursor:
        stored = ab_tests.set_test(cursor, channel, channel_campaign_id, ab_test)
    return {**(stored or {}), "progress": None}


def remove(app: edge.App, channel: Channel, channel_campaign_id: UUID) -> None:
    """The caller's draft tests nothing."""
    with edge.as_caller(app) as cursor:
        ab_tests.set_test(cursor, channel, channel_campaign_id, None)


def get(app: edge.App, channel: Channel, channel_campaign_id: UUID) -> dict[str, Any]:
    """What a message tests, and in `progress` what came of it; None before sending was requested. Raises NotFound."""
    with edge.as_caller(app) as cursor:
        draft = drafts.get(cursor, channel, channel_campaign_id)
        if draft["ab_test"] is None:
            raise NotFound(f"This {channel.noun} tests nothing.", code="no-ab-test")
        progress = controls.progress(cursor, channel, channel_campaign_id)
    return {**draft["ab_test"], "progress": progress["ab_test"]}


def of_variant(draft: DictRow, channel: Channel, variant: str | None) -> DictRow:
    """The draft as a variant (a letter) has it; None: itself. Raises NotFound."""
    if variant in {None, "A"}:
        return draft
    for own in (draft["ab_test"] or {}).get("variants", []):
        if own["variant"] == variant:
            # A text goes with its HTML: without one, it is made from that.
            without_text = {"text_content": None} if "email_content" in own else {}
            return {**draft, **without_text, **own}
    raise NotFound(f"This {channel.noun} has no variant {variant}.", code="unknown-variant")


def decide(
    app: edge.App,
    channel: Channel,
    key: str | None,
    channel_campaign_id: UUID,
    variant: str,
    *,
    send_queue_url: str,
) -> Response[Any]:
    """Choose the variant that the rest gets, and send hints."""

    def work(cursor: Cursor[DictRow]) -> Outcome:
        return ab_tests.decide(cursor, channel, channel_campaign_id, variant)

    return perform(app, key, work, Decided.model_validate, send_queue_url)
