"""Requests that change posts: the work in one transaction, and after its commit a hint to the workers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from aws_lambda_powertools.event_handler import Response
from psycopg import Cursor
from psycopg.rows import DictRow
from pydantic import BaseModel

from ddp import edge, idempotency
from functions.social.drafting import telling
from functions.social.drafting.making import Made

Answer = TypeVar("Answer", bound=BaseModel)
Work = Callable[[Cursor[DictRow]], Made]


def changed(app: edge.App, work: Work, show: Callable[[Cursor[DictRow], Made], Answer]) -> Answer:
    """Do the work, and answer."""
    with edge.as_caller(app) as cursor:
        made = work(cursor)
        answer = show(cursor, made)
    telling.tell(made.rows)
    return answer


def once(
    app: edge.App,
    key: str | None,
    work: Work,
    show: Callable[[Cursor[DictRow], Made], BaseModel],
    *,
    status: int = 200,
) -> Response[Any]:
    """Do the work once for each Idempotency-Key, and answer."""

    def worked(cursor: Cursor[DictRow]) -> tuple[Made, BaseModel]:
        made = work(cursor)
        return made, show(cursor, made)

    done = idempotency.perform(app, key, worked, lambda result: result[1], status=status)
    if done.result is not None:
        telling.tell(done.result[0].rows)
    return done.answer
