"""`Idempotency-Key`: a POST that is sent twice takes effect once.

The key's row, the work and the stored answer are one transaction. A crash leaves none of them. A second request with
the same key waits for the first (on the row's unique index) and gets its answer. The keys are in PostgreSQL, not in the
toolkit's own store, so that the key is exactly as durable as the work.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Header
from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from pydantic import BaseModel

from ddp import edge
from ddp.errors import Invalid, Unauthenticated
from ddp.queries import load

# The header as a route declares it.
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="Any unique text. A repeated request with the same key and body gets the first answer again.",
    ),
]

SQL = load(__file__)

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Done(Generic[Result]):
    """A request that was done. `result` is what its work returned; None if an earlier answer was repeated."""

    answer: Response[Any]
    result: Result | None


def once(
    app: edge.App,
    key: str | None,
    work: Callable[[Cursor[DictRow]], BaseModel],
    *,
    status: int = 201,
    secret: Collection[str] = (),
) -> Response[Any]:
    """Run `work` in the caller's transaction and answer with its model, or repeat the stored answer for `key`.

    Without a key, `work` always runs. Fields named in `secret` are never stored: a repeated answer has null in their
    place. Raises Invalid if the key was used with another body, Unauthenticated if the account is not active.
    """
    return perform(app, key, work, lambda model: model, status=status, secret=secret).answer


def perform(
    app: edge.App,
    key: str | None,
    work: Callable[[Cursor[DictRow]], Result],
    show: Callable[[Result], BaseModel],
    *,
    status: int = 201,
    secret: Collection[str] = (),
) -> Done[Result]:
    """As `once`, for a caller who needs what `work` returned, after the commit. `show` makes the answer of it."""
    with edge.as_caller(app) as cursor:
        claim = None if key is None else _claim(app, key)
        if claim and cursor.execute(SQL.claim_key, claim).fetchone() is None:
            return Done(answer=_replay(cursor, claim), result=None)
        result = work(cursor)
        document = show(result).model_dump(mode="json")
        if claim:
            stored = document | dict.fromkeys(secret)
            cursor.execute(SQL.store_answer, claim | {"status": status, "response": Jsonb(stored)})
    return Done(answer=_answer(status, document), result=result)


def _claim(app: edge.App, key: str) -> dict[str, Any]:
    event = app.current_event
    request_hash = hashlib.sha256((event.body or "").encode()).digest()
    return {"key": key, "route": f"{event.http_method} {event.path}", "request_hash": request_hash}


def _replay(cursor: Cursor[DictRow], claim: dict[str, Any]) -> Response[Any]:
    stored = cursor.execute(SQL.stored_answer, claim).fetchone()
    if stored is None:
        raise Unauthenticated(
            "You act for no active account: ask an administrator to activate yours, or name one of your accounts in the"
            " header X-DDP-Account.",
            code="account-inactive",
        )
    if stored["request_hash"] != claim["request_hash"]:
        raise Invalid(
            "This Idempotency-Key was used with another body: use a new key for a new request.",
            code="idempotency-key-reused",
        )
    return _answer(stored["status"], stored["response"], {"Idempotency-Replayed": "true"})


def _answer(status: int, document: object, headers: dict[str, str] | None = None) -> Response[Any]:
    return Response(
        status_code=status, content_type="application/json", body=document, headers=dict(headers or {})
    )
