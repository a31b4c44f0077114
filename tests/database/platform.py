"""The functions as deployed: their handlers and logins, a real database, S3 by moto."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import boto3
import pytest
import requests
from moto import mock_aws

from tests import lambdas  # first: the environment that functions read when imported
from tests.database.servers import Database, DatabaseServer

USERS = {"brand": "brand", "rival": "brand", "retailer": "retailer", "other": "retailer", "admin": "admin"}

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"1 0 obj\n<<>>\nendobj\n" * 10


@dataclass(slots=True)
class Platform:
    """Users, and the functions to call as these users."""

    database: Database
    monkeypatch: pytest.MonkeyPatch
    users: dict[str, UUID] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.users = {name: uuid4() for name in USERS}
        rows = [
            (user_id, f"{user_id}@example.com", name, USERS[name]) for name, user_id in self.users.items()
        ]
        with self.database.using() as connection, connection.cursor() as cursor:
            cursor.executemany(
                "insert into users (user_id, user_email, user_name, user_type, is_active, profile_data)"
                ' values (%s, %s, %s, %s, true, \'{"sender": {"postal_address": "1 Market Street, Springfield"}}\')',
                rows,
            )

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of a statement as the superuser, who sees every row and session."""
        with self.database.using("superuser") as connection:
            return connection.execute(statement, values).fetchall()

    def run(self, statement: str, *values: object) -> None:
        """Execute a statement that has no rows, as the superuser."""
        with self.database.using("superuser") as connection:
            connection.execute(statement, values)

    def count(self, table: str, user: str = "brand", column: str = "created_by_user_id") -> int:
        """The number of rows of a table that belong to a user."""
        return self.query(f"select count(*) from {table} where {column} = %s", self.users[user])[0][0]

    def wait_for_a_lock(self) -> None:
        """Wait until a session in this database waits for another transaction."""
        waiting = (
            "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        )
        for _ in range(500):
            if self.query(waiting):
                return
            time.sleep(0.01)
        raise AssertionError("nobody waits for a lock")

    def login(self, name: str) -> None:
        """Use another function's login; each has its own connection, which stays."""
        from ddp import db

        self.park()
        self.monkeypatch.setenv("DATABASE_URL", self.database.client_url(name))
        db._connection = self.database.parked.pop(name, None)

    def park(self) -> None:
        """Keep the functions' connection for the next `login`, as environments keep theirs between two events."""
        from ddp import db

        connection, db._connection = db._connection, None
        if connection is None or connection.closed:
            return
        if connection.info.dbname != self.database.name or connection.info.transaction_status:
            connection.close()
            return
        vars(connection).pop("commit", None)  # some tests have it fail
        self.database.parked[connection.info.user] = connection

    def disconnect(self) -> None:
        """Close the functions' connections: the next event opens one, as in a new execution environment."""
        self.park()
        while self.database.parked:
            self.database.parked.popitem()[1].close()

    def call(
        self,
        user: str | None,
        method: str,
        path: str,
        body: object = None,
        key: str | None = None,
        **query: object,
    ) -> lambdas.Answer:
        """Call the HTTP function as a user (None: without a token). `key` is an Idempotency-Key."""
        from functions.uploads import http

        self.login("ddp_api")
        caller = lambdas.claims(self.users[user]) if user else None
        headers = {"idempotency-key": key} if key else {}
        event = lambdas.http_event(method, path, body, caller=caller, headers=headers, **query)
        return lambdas.answer(http.handler(event, lambdas.Context()))

    def deliver(self, event: dict[str, Any]) -> list[str]:
        """Give the worker a batch. Returns the ids of the messages that failed."""
        from functions.uploads import object_created

        self.login("ddp_worker")
        answer = object_created.handler(event, lambdas.Context())
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def request(
        self, user: str, body: bytes = PDF, key: str | None = None, **changes: object
    ) -> lambdas.Answer:
        """Request an upload of a body."""
        wanted = {
            "file_name": "Price list.pdf",
            "content_type": "application/pdf",
            "file_size": len(body),
            "sha256": hashlib.sha256(body).hexdigest(),
        }
        return self.call(user, "POST", "/uploads", wanted | changes, key=key)

    def arrive(self, upload: dict[str, Any], body: bytes = PDF) -> dict[str, Any]:
        """Send the body as the upload says. Returns the event that S3 would send."""
        send(upload["request"], body)
        return self.arrived(upload)

    def arrived(self, upload: dict[str, Any]) -> dict[str, Any]:
        """The event about the object of an upload."""
        key = f"incoming/{upload['upload_id']}"
        return lambdas.object_created(key, bucket().head_object(Bucket=lambdas.BUCKET, Key=key)["ETag"])

    def upload(self, user: str, body: bytes = PDF, **changes: object) -> dict[str, Any]:
        """Upload a body and let the worker process it. Returns the upload as its owner sees it then."""
        upload = self.request(user, body, **changes).body
        assert self.deliver(self.arrive(upload, body)) == []
        return self.call(user, "GET", f"/uploads/{upload['upload_id']}").body

    def file(self, user: str, body: bytes = PDF, **changes: object) -> str:
        """Upload this content. Returns the id of the live file."""
        upload = self.upload(user, body, **changes)
        assert upload["status"] == "live", upload
        return upload["file_id"]


def send(request: dict[str, Any], body: bytes) -> requests.Response:
    """Send a presigned request, as a browser does."""
    return requests.request(
        request["method"], request["url"], data=body, headers=request["headers"], timeout=5
    )


def bucket():
    """A client of S3 for the test."""
    return boto3.client("s3")


@pytest.fixture(scope="session")
def s3_bucket() -> Iterator[None]:
    from ddp.providers import s3

    with mock_aws():
        s3.client.cache_clear()
        region = {"LocationConstraint": lambdas.REGION}
        bucket().create_bucket(Bucket=lambdas.BUCKET, CreateBucketConfiguration=region)
        yield
        s3.client.cache_clear()


@pytest.fixture(scope="session")
def functions_database(server: DatabaseServer, template: Database) -> Iterator[Database]:
    """One database for all tests of functions: cloning takes seconds, and tenants do not see each other."""
    database = server.create(template=template.name)
    yield database
    server.drop(database)


@pytest.fixture
def platform(
    functions_database: Database, s3_bucket: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Platform]:
    """New users, without any rows."""
    platform = Platform(functions_database, monkeypatch)
    yield platform
    platform.park()
