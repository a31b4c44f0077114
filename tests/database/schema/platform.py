"""A small platform to query: some callers, and one row of every kind that somebody may see.

Everything has a name; its id is `id_of(name)`. Transactions are always rolled back, so one database serves a
whole session of tests.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from tests.database.servers import Database

USERS = {
    "brand": ("brand", True),
    "rival": ("brand", True),  # a competing brand
    "retailer": ("retailer", True),
    "friend": ("retailer", True),  # the brand shared a file with this one
    "admin": ("admin", True),
    "asleep": ("brand", False),  # inactive; has files, and a share like the friend's
    # People who act for the brand, and whose own accounts are inactive (platform.sql has their memberships).
    "editor": ("retailer", False),
    "viewer": ("retailer", False),
    "former": ("retailer", False),  # an owner until the membership ended
}
# Callers without a row in users. `stranger` has a valid token, but never signed up.
OTHERS = ("stranger", "claimless", "anonymous", "worker")
CALLERS = (*USERS, *OTHERS)


def id_of(name: str) -> uuid.UUID:
    """The id of a named user or row."""
    return uuid.uuid5(uuid.NAMESPACE_URL, name)


@dataclass(slots=True)
class Platform:
    """The database, and a connection as each login."""

    database: Database
    connections: dict[str | None, psycopg.Connection] = field(default_factory=dict)

    @property
    def owner(self) -> psycopg.Connection:
        """An autocommit connection as the owner of the tables, to whom policies do not apply."""
        return self.login(None)

    def login(self, name: str | None) -> psycopg.Connection:
        if name not in self.connections:
            self.connections[name] = self.database.connect(name)
        return self.connections[name]

    @contextmanager
    def acting(self, caller: str, headers: dict[str, str] | None = None) -> Iterator[psycopg.Connection]:
        """A transaction as the API or a worker opens it for this caller, rolled back at the end."""
        connection = self.login("ddp_worker" if caller == "worker" else "ddp_api")
        role = {"worker": "service_role", "anonymous": "anon"}.get(caller, "authenticated")
        claims = {} if caller in ("claimless", "anonymous", "worker") else {"sub": str(id_of(caller))}
        with connection.transaction(force_rollback=True):
            connection.execute(
                "select set_config('role', %s, true), set_config('request.jwt.claims', %s, true),"
                " set_config('request.headers', %s, true)",
                [role, json.dumps(claims) if claims else "", json.dumps(headers or {})],
            )
            yield connection

    def become(self, connection: psycopg.Connection, caller: str) -> None:
        """Change the caller in the middle of an `acting` block of the same login."""
        connection.execute(
            "select set_config('request.jwt.claims', %s, true)", [json.dumps({"sub": str(id_of(caller))})]
        )


def populate(owner: psycopg.Connection) -> None:
    """Insert the users and the rows as the owner."""
    for name, (kind, active) in USERS.items():
        owner.execute(
            "insert into users (user_id, user_email, user_name, user_type, is_active, profile_data)"
            ' values (%s, %s, %s, %s, %s, \'{"sender": {"postal_address": "1 Market Street, Springfield"}}\')',
            [id_of(name), f"{name}@example.com", name, kind, active],
        )
    owner.execute(with_ids(Path(__file__).with_suffix(".sql").read_text()))


def with_ids(statement: str) -> bytes:
    """Replace each `@name` by the quoted id of that name."""
    return re.sub(r"(?<!\w)@([a-z_/]+)", lambda match: f"'{id_of(match[1])}'", statement).encode()


@contextmanager
def refused(sqlstate: str, /, *, code: str | None = None, **detail: object) -> Iterator[None]:
    """Check that the block is refused with this SQLSTATE and, if given, this code and detail."""
    with pytest.raises(psycopg.Error) as caught:
        yield
    diagnosis = caught.value.diag
    assert diagnosis.sqlstate == sqlstate, caught.value
    assert diagnosis.message_primary
    found = json.loads(diagnosis.message_detail or "{}") if sqlstate.startswith("PT") else {}
    assert code is None or found.get("code") == code, found
    assert detail.items() <= found.items(), found
