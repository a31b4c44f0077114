"""Queue social-event: stores what platforms told, thousands in one statement, each event once.

Events of a batch are stored in the order of their digests, so that two workers never wait for each other in a circle.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import db
from ddp.observability import count, logger
from ddp.providers.social.base import Platform
from ddp.providers.social.persons import hashed
from ddp.providers.social.webhooks import Event, EventKind, meta, tiktok
from ddp.queries import heartbeats
from ddp.queries.engagement import events
from ddp.queries.engagement.events import StoredEvent
from functions.engagement import messages
from functions.engagement.messages import Told

PORTION = 2_000
# As long as digests are kept, whatever administrators set (ddp.retention: sending_records has 30 days at least).
OLDEST = timedelta(days=30)
_TAKE_ACCESS = {EventKind.ACCESS_REVOKED, EventKind.DELETION_REQUESTED}
_ENTRIES = {"meta": meta.entries, "tiktok": tiktok.entries}


@logger.inject_lambda_context(clear_state=True)
@heartbeats.of_worker
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """Store a batch. Messages that cannot be read fail alone; if the database is away, all of them come again."""
    read: list[Told] = []
    failures = []
    for record in event["Records"]:
        try:
            read.extend(messages.read([record["body"]]))
        except (KeyError, ValueError, TypeError):
            logger.exception("a message could not be read")
            failures.append({"itemIdentifier": record["messageId"]})
    new = _store(read)
    count(events_applied=new)
    logger.info("ingested", messages=len(read), new=new)
    return {"batchItemFailures": failures}


def _store(read: Sequence[Told]) -> int:
    """Store what these messages say. Returns how many events are new."""
    told = [event for one in read for event in _events(one) if not _is_too_old(event)]
    rows = sorted({event.digest: stored(event) for event in told}.items())
    new = 0
    for start in range(0, len(rows), PORTION):
        with db.transaction(role="service_role", timeout_seconds=30) as cursor:
            new += events.store(cursor, [row for _, row in rows[start : start + PORTION]])["new"]
    for one in read:
        if one.code and not any(map(_is_too_old, _events(one))):
            _ask_to_forget(one)
    return new


def _events(one: Told) -> Iterator[Event]:
    if one.code is None:
        yield from _ENTRIES[one.source](one.document)
    else:
        kind = EventKind.DELETION_REQUESTED if one.code else EventKind.ACCESS_REVOKED
        for platform in (Platform.FACEBOOK, Platform.INSTAGRAM):
            yield meta.removal(one.document, kind, platform)


def _is_too_old(event: Event) -> bool:
    """Whether it would take access away although it is a replay: its digest may be forgotten here.

    What only makes a reading come earlier is harmless, whenever it comes. Meta repeats a webhook for a day and a half,
    and our queues keep one for two weeks.
    """
    at = event.occurred_at
    return event.kind in _TAKE_ACCESS and at is not None and at < datetime.now(UTC) - OLDEST


def _ask_to_forget(one: Told) -> None:
    person = str(one.document.get("user_id", ""))
    with db.transaction(role="service_role") as cursor:
        events.ask_to_forget(cursor, str(one.code), Platform.FACEBOOK, hashed(person))


def stored(event: Event) -> StoredEvent:
    """The event as it is stored: the person who acted as a hash."""
    return StoredEvent(
        digest=event.digest,
        platform=event.platform,
        kind=event.kind,
        external_account_id=event.external_account_id,
        external_post_id=event.external_post_id,
        external_publish_id=event.external_publish_id,
        external_user_hash=hashed(event.external_user_id) if event.external_user_id else None,
        occurred_at=event.occurred_at,
        raw=event.raw,
    )
