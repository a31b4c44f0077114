"""Accounts of platforms over HTTP: real functions and database, the platforms' simulator, moto's KMS and secrets."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import boto3
import pytest

from tests import lambdas
from tests.database.functions.messaging import ask
from tests.database.platform import Platform
from tests.database.servers import Database
from tests.lambdas import Answer
from tests.unit.infra.local.simulators.platforms.conftest import Running, serving

PLATFORMS = ("facebook", "instagram", "twitter", "linkedin", "tiktok", "youtube")
FRONT_END = "https://app.example.com/accounts?tab=social"
# The simulator marks all secrets that it mints.
MARK = "SECRET-"
# What is stored of connections and accounts, in which nothing may stand that the platforms keep secret.
TABLES = (
    "ddp.social_connections", "ddp.social_tokens", "social_accounts", "idempotency_keys", "audit_logs", "notices",
)  # fmt: skip


@dataclass(slots=True)
class Social:
    """Tenants, the functions, and the platforms. `answers`: all that the functions answered."""

    platform: Platform
    running: Running
    answers: list[Answer] = field(default_factory=list)

    def ask(self, user: str | None, method: str, path: str, body: object = None, **rest: Any) -> Answer:
        """See tests.database.functions.messaging.ask."""
        answer = ask(self.platform, user, method, path, body, **rest)
        self.answers.append(answer)
        return answer

    def begin(self, platform: str, user: str = "brand", **rest: Any) -> dict[str, Any]:
        """Open a connection."""
        body = {"platform": platform, "return_url": FRONT_END}
        answer = self.ask(user, "POST", "/social-connections", body, **rest)
        assert answer.status == 201, answer
        return answer.body

    def consent(self, authorise_url: str, **decision: Any) -> str:
        """Decide on the consent page; returns the address of ours that the platform leads to."""
        return self.running.client.consent(authorise_url, **decision)

    def come_back(self, address: str) -> Answer:
        """Follow that address, as a browser does."""
        from functions.social import callback

        parts = urlsplit(address)
        query = {name: ",".join(values) for name, values in parse_qs(parts.query).items()}
        self.platform.login("ddp_worker")
        event = lambdas.http_event("GET", parts.path, **query)
        made = callback.handler(event, lambdas.Context())
        answer = Answer(made["statusCode"], made["headers"], made.get("body"))
        self.answers.append(answer)
        return answer

    def led_to(self, address: str) -> dict[str, str]:
        """Follow it to the front end; returns what the front end is told."""
        answer = self.come_back(address)
        assert answer.status == 302, answer
        location = urlsplit(answer.headers["Location"])
        assert (location.scheme, location.netloc, location.path) == (
            "https",
            "app.example.com",
            "/accounts",
        )
        told = {name: values[0] for name, values in parse_qs(location.query).items()}
        assert told.pop("tab") == "social"
        assert set(told) == {"connection_id", "status"}
        return told

    def consented(self, platform: str, user: str = "brand", **decision: Any) -> dict[str, Any]:
        """Begin, decide and come back; returns the connection as its owner sees it."""
        begun = self.begin(platform, user)
        self.led_to(self.consent(begun["authorise_url"], **decision))
        return self.connection(begun["connection_id"], user)

    def connection(self, connection_id: str, user: str = "brand") -> dict[str, Any]:
        """A connection as its owner sees it."""
        answer = self.ask(user, "GET", f"/social-connections/{connection_id}")
        assert answer.status == 200, answer
        return answer.body

    def choose(self, connection: dict[str, Any], *ids: str, user: str = "brand", **rest: Any) -> Answer:
        """Connect these, or all that lack nothing."""
        wanted: Sequence[str] = ids or [
            choice["external_account_id"] for choice in connection["choices"] if not choice["lacks"]
        ]
        path = f"/social-connections/{connection['connection_id']}/accounts"
        return self.ask(user, "POST", path, {"external_account_ids": list(wanted)}, **rest)

    def connected(self, platform: str, user: str = "brand", **decision: Any) -> dict[str, Any]:
        """The first account that a person can connect, connected."""
        connection = self.consented(platform, user, **decision)
        answer = self.choose(connection, user=user)
        assert answer.status == 201, answer
        account: dict[str, Any] = answer.body["accounts"][0]
        return account

    def again(self, account: dict[str, Any], user: str = "brand", **decision: Any) -> dict[str, Any]:
        """Connect an account again; returns the connection."""
        body = {"return_url": FRONT_END}
        answer = self.ask(user, "POST", f"/social-accounts/{account['account_id']}/reconnect", body)
        assert answer.status == 201, answer
        self.led_to(self.consent(answer.body["authorise_url"], **decision))
        return self.connection(answer.body["connection_id"], user)

    def token(self, account: dict[str, Any], purpose: str = "access") -> str | None:
        """A token of an account, decrypted."""

        column = {
            "access": "a.access_token_encrypted",
            "refresh": "t.refresh_token_encrypted",
        }[purpose]
        ((ciphertext,),) = self.platform.query(
            f"select {column} from social_accounts a left join ddp.social_tokens t using (account_id)"
            " where a.account_id = %s",
            account["account_id"],
        )
        from ddp.providers.social import stored_tokens

        return stored_tokens.opened(UUID(account["account_id"]), ciphertext, purpose) if ciphertext else None

    def change(self, statement: str, *values: object) -> None:
        """Change rows, as time does."""
        self.platform.run(statement, *values)

    def leaks(self, caplog: pytest.LogCaptureFixture) -> list[str]:
        """Answers and log lines in which something stands that the platforms keep secret."""
        found = [f"answer {answer}" for answer in self.answers if MARK in repr(answer)]
        # At its end a test has no records but those of the end.
        records = [*caplog.get_records("setup"), *caplog.get_records("call")]
        return found + [f"log {record.getMessage()}" for record in records if MARK in repr(vars(record))]


@pytest.fixture(scope="module")
def stored(functions_database: Database) -> Iterator[None]:
    """Whatever the tests of a module do, nothing that the platforms keep secret is stored."""
    yield
    with functions_database.using("superuser") as connection:
        for table in TABLES:
            found = f"select '{table}', t::text from {table} t where t::text like %s"
            assert connection.execute(found.encode(), [f"%{MARK}%"]).fetchall() == []


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("platforms")) as running:
        yield running


@pytest.fixture(scope="session")
def social_secrets(s3_bucket: None) -> dict[str, str]:
    """The key and the applications' secrets."""
    from ddp.providers import kms
    from ddp.providers.social import applications
    from infra.local.simulators.platforms.oauth import client_id, client_secret

    for cached in (kms.client, applications._client, applications._secret):
        cached.cache_clear()
    key = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
    boto3.client("kms").create_alias(AliasName=kms.KEY_ID, TargetKeyId=key)
    names = {platform: f"ddp/test/social/{platform}" for platform in PLATFORMS}
    for platform, name in names.items():
        given = {"client_id": client_id(platform), "client_secret": client_secret(platform)}
        boto3.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(given))
    return names


@pytest.fixture
def social(
    platform: Platform,
    stored: None,
    simulated: Running,
    social_secrets: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Social]:
    """All platforms are on. Whatever a test does, no secret leaves the functions."""
    from ddp.providers.social import applications, http

    monkeypatch.setattr(applications, "SECRETS", social_secrets)
    monkeypatch.setattr(http, "GATEWAY", simulated.url)
    settings = simulated.client.settings()
    caplog.set_level(logging.INFO)
    social = Social(platform, simulated)
    yield social
    simulated.client.clear_faults()
    simulated.client.change(**settings)
    assert social.leaks(caplog) == []
