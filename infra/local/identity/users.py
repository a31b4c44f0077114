"""The users of the local runtime. Their ids are fixed, so that tokens and rows of earlier starts stay valid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

import psycopg

UPSERT = Path(__file__).with_name("users.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalUser:
    """A user who can sign in; `key` is their name on the command line."""

    key: str
    user_id: UUID
    user_email: str
    user_name: str
    user_type: str
    email_verified: bool = True
    postal_address: str = ""


USERS = {
    user.key: user
    for user in (
        LocalUser(
            key="brand",
            user_id=UUID("b0000000-0000-4000-8000-000000000001"),
            user_email="brand@example.com",
            user_name="Aurora Watches",
            user_type="brand",
            postal_address="Aurora Watches, 12 Polar Street, Tromso 9008, Norway",
        ),
        LocalUser(
            key="retailer",
            user_id=UUID("c0000000-0000-4000-8000-000000000001"),
            user_email="retailer@example.com",
            user_name="Lakeside Jewellers",
            user_type="retailer",
            postal_address="Lakeside Jewellers, 1 Lake Street, Zurich 8001, Switzerland",
        ),
        LocalUser(
            key="retailer2",
            user_id=UUID("c0000000-0000-4000-8000-000000000002"),
            user_email="retailer2@example.com",
            user_name="Harbour Street Watches",
            user_type="retailer",
            postal_address="Harbour Street Watches, 7 Harbour Street, Bristol BS1 4RB, United Kingdom",
        ),
        LocalUser(
            key="admin",
            user_id=UUID("a0000000-0000-4000-8000-000000000001"),
            user_email="admin@example.com",
            user_name="Platform administration",
            user_type="admin",
            postal_address="Platform administration, 5 Station Road, Bern 3011, Switzerland",
        ),
    )
}


def insert_users(database_url: str, users: Iterable[LocalUser] = USERS.values()) -> None:
    """Add the users that are missing. The connection's role must own the table."""
    statement = UPSERT.read_text()
    with psycopg.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.executemany(statement, [asdict(user) for user in users])
