"""`Idempotency-Key`: the same POST sent twice is done once.

The key's row, the work and the stored answer are one transaction: a crash leaves none of them, a second
request with the same key waits for the first (the row's unique index makes it) and gets its answer.
PostgreSQL and not the toolkit's own store, because only so is the key as durable as the work.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from pydantic import BaseModel

from ddp import edge
from ddp.errors import Invalid
from ddp.queries import load

KEY_LIMIT = 255

SQL = load(__file__)

Work = Callable[[Cursor[DictRow]], BaseModel]


def once(app: APIGatewayHttpResolver, work: Work, *, status: int = 201) -> Response[Any]:
    """Run `work` in the caller's transaction and answer with its model, or repeat the answer of the same key.

    Without the header the work just runs. Raises Invalid for a key that came with another request before.
    """
    key = app.current_event.headers.get("idempotency-key")
    with edge.as_caller(app) as cursor:
        if key is None:
            return _answer(status, work(cursor).model_dump(mode="json"))
        return _replay_or_run(app, cursor, key, work, status)


def _replay_or_run(
    app: APIGatewayHttpResolver, cursor: Cursor[DictRow], key: str, work: Work, status: int
) -> Response[Any]:
    if not 1 <= len(key) <= KEY_LIMIT:
        raise Invalid(f"Idempotency-Key has 1 to {KEY_LIMIT} characters.", code="bad-idempotency-key")
    event = app.current_event
    request_hash = hashlib.sha256((event.body or "").encode()).digest()
    claim = {"key": key, "route": f"{event.http_method} {event.path}", "request_hash": request_hash}
    if cursor.execute(SQL.claim_key, claim).fetchone():
        document = work(cursor).model_dump(mode="json")
        cursor.execute(SQL.store_answer, claim | {"status": status, "response": Jsonb(document)})
        return _answer(status, document)
    stored = cursor.execute(SQL.stored_answer, claim).fetchone()
    if stored is None or stored["request_hash"] != request_hash:
        raise Invalid(
            "This Idempotency-Key was used with another body: use a new key for a new request.",
            code="idempotency-key-reused",
        )
    return _answer(stored["status"], stored["response"], {"Idempotency-Replayed": "true"})


def _answer(status: int, document: object, headers: dict[str, str] | None = None) -> Response[Any]:
    return Response(
        status_code=status, content_type="application/json", body=document, headers=dict(headers or {})
    )
