"""What platforms tell, through ingest (parse, digest, store, move readings); floor: a bare upsert of as many rows.

The floor's JSON is ready, and its posts are known.
"""

from __future__ import annotations

import gc
import json
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg

from tests.benchmarks.engagement.measured_posts import SQL, Tenant, migrated, seed
from tests.benchmarks.measure import Row, alternate

EVENTS, BATCH, ACCOUNTS, POSTS = 40_000, 2_000, 40, 100
# At least half of the floor's speed.
TARGET = 2.0


def rows() -> Iterator[Row]:
    """Both sides alternate, batch by batch; each has its own events, about the same posts."""
    with migrated() as database, database.connect() as owner:
        tenants = seed(owner, accounts=ACCOUNTS, posts=POSTS)
        ours, bare = (_batches(tenants, side) for side in (1, 2))
        # The collector need not look at all that the benchmark itself has made, again and again.
        gc.collect()
        gc.freeze()
        seconds = [0.0, 0.0]
        for told, given in zip(ours, bare, strict=True):
            calls = [_ingest(told), _floor(owner, given)]
            for side, (taken,) in enumerate(alternate(calls, rounds=1)):
                seconds[side] += taken
            # The next batch finds readings that may be moved again.
            owner.execute("update ddp.social_polls set nudged_at = null, due_at = now() + interval '1 hour'")
        found = owner.execute(SQL.events).fetchone()
        measured, floor = seconds
        yield Row(
            what=f"{EVENTS:,} events in batches of {BATCH:,}: {EVENTS / measured:,.0f} per second,"
            f" {floor / measured:.2f} of the bare upsert",
            measured=measured,
            floor=floor,
            target=TARGET,
            wrong=found is None or found[0] != 2 * EVENTS,
        )


def _batches(tenants: Sequence[Tenant], side: int) -> list[list[dict[str, Any]]]:
    """Webhooks about posts at random: somebody reacts to one."""
    chance = random.Random(side)
    made = [_document(chance, chance.choice(tenants).page, side * EVENTS + n) for n in range(EVENTS)]
    return [made[start : start + BATCH] for start in range(0, EVENTS, BATCH)]


def _document(chance: random.Random, page: str, number: int) -> dict[str, Any]:
    post = f"{page}_{chance.randint(1, POSTS)}"
    value = {
        "from": {"id": str(10**15 + number), "name": "Ada Lovelace"},
        "post_id": post,
        "parent_id": post,
        "created_time": 1_796_000_000 + number,
        "item": "reaction",
        "verb": "add",
        "reaction_type": "love",
    }
    change = {"field": "feed", "value": value}
    return {"object": "page", "entry": [{"id": page, "time": 1_796_000_000, "changes": [change]}]}


def _ingest(documents: Sequence[dict[str, Any]]) -> Callable[[], object]:
    from functions.engagement import ingest, messages
    from tests import lambdas

    records = [
        {"messageId": str(number), "body": messages.told("meta", document)}
        for number, document in enumerate(documents)
    ]

    def call() -> None:
        if ingest.handler({"Records": records}, lambdas.Context())["batchItemFailures"]:  # type: ignore[arg-type]
            raise RuntimeError("events were not stored")

    return call


def _floor(owner: psycopg.Connection[Any], documents: Sequence[dict[str, Any]]) -> Callable[[], object]:
    from ddp.providers.social.webhooks import meta
    from functions.engagement import ingest

    posts = dict(owner.execute(SQL.ids).fetchall())
    events = [ingest.stored(event) for document in documents for event in meta.entries(document)]
    given = json.dumps(
        [
            {
                "digest": event.digest.hex(),
                "platform": event.platform,
                "kind": event.kind,
                "external_account_id": event.external_account_id,
                "external_post_id": event.external_post_id,
                "external_user_hash": event.external_user_hash.hex() if event.external_user_hash else None,
                "post_id": posts[event.external_post_id],
                "occurred_at": event.occurred_at,
                "raw": event.raw,
            }
            for event in events
        ],
        default=str,
    )
    return lambda: owner.execute(SQL.bare_events, {"events": given})
