"""People who control their sends, as the API calls the database for them."""

from __future__ import annotations

from uuid import UUID

import psycopg

from tests.database.sending.ledger import Ledger


def ask(ledger: Ledger, user_id: UUID, function: str, *values: object) -> bool:
    """Call a public function as this user. Returns False if it is refused with PT409.

    A name about e-mail is about the ledger's own channel. Raises psycopg.Error for anything else.
    """
    places = ", ".join(["%s"] * len(values))
    try:
        with ledger.as_user(user_id) as cursor:
            cursor.execute(ledger.sql(f"select public.{function}({places})"), values)
    except psycopg.Error as error:
        if error.sqlstate != "PT409":
            raise
        return False
    return True
