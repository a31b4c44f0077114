"""People who control their sends, as the API calls the database for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg

from tests.database.sending.ledger import Ledger


@contextmanager
def acting(ledger: Ledger, user_id: UUID) -> Iterator[psycopg.Cursor[Any]]:
    """A transaction as this user."""
    claims = json.dumps({"sub": str(user_id), "role": "authenticated"})
    with ledger.api.transaction(), ledger.api.cursor() as cursor:
        cursor.execute("select set_config('request.jwt.claims', %s, true)", [claims])
        cursor.execute("set local role authenticated")
        yield cursor


def ask(ledger: Ledger, user_id: UUID, function: str, *values: object) -> bool:
    """Call a public function as this user. Returns False if it is refused with PT409.

    A name about e-mail is about the ledger's own channel. Raises psycopg.Error for anything else.
    """
    places = ", ".join(["%s"] * len(values))
    try:
        with acting(ledger, user_id) as cursor:
            cursor.execute(ledger.sql(f"select public.{function}({places})"), values)
    except psycopg.Error as error:
        if error.sqlstate != "PT409":
            raise
        return False
    return True
