"""Shared by the tests of posts over HTTP: a brand with accounts on Facebook and X, and the publishing queue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from tests import lambdas
from tests.database.functions.messaging import ask
from tests.database.platform import Platform

PATH = "/social-posts"


@dataclass(slots=True)
class Posting:
    """The brand's accounts, and what the workers are told."""

    platform: Platform
    queue: str
    facebook: str = ""
    twitter: str = ""

    def ask(
        self, user: str | None, method: str, path: str, body: object = None, **rest: Any
    ) -> lambdas.Answer:
        """See tests.database.functions.messaging.ask."""
        return ask(self.platform, user, method, path, body, **rest)

    def id(self, statement: str, *values: object) -> str:
        """The id that a statement returns."""
        return str(self.platform.query(statement, *values)[0][0])

    def account(self, on: str = "facebook", user: str = "brand", **columns: object) -> str:
        """A connected account. `columns`: others of its table."""
        kinds = {"facebook": "page", "twitter": "user", "instagram": "business"}
        names = "".join(f", {name}" for name in columns)
        return self.id(
            "insert into social_accounts (user_id, platform, account_handle, account_name, account_kind,"
            f" external_account_id, access_token_encrypted{names}) values (%s, %s, 'shop', 'The shop', %s,"
            f" gen_random_uuid(), 'x'{', %s' * len(columns)}) returning account_id",
            self.platform.users[user], on, kinds.get(on), *columns.values(),
        )  # fmt: skip

    def file(self, user: str = "brand", content_type: str = "image/jpeg", **columns: object) -> str:
        """A live file. `columns`: others of its table."""
        names = "".join(f", {name}" for name in columns)
        return self.id(
            "insert into files (file_name, file_type, content_type, file_size, file_path, created_by_user_id,"
            f" image_width, image_height{names}) values ('x', %s, %s, 1000, 'files/' || gen_random_uuid(), %s, 1200,"
            " 600"
            f"{', %s' * len(columns)}) returning file_id",
            content_type.split("/")[0], content_type, self.platform.users[user], *columns.values(),
        )  # fmt: skip

    def campaign(self, user: str = "brand") -> str:
        return self.id(
            "insert into campaigns (campaign_name, campaign_status, created_by_user_id, is_open)"
            " values ('Spring', 'active', %s, true) returning campaign_id",
            self.platform.users[user],
        )

    def member(self, role: str, user: str = "other") -> dict[str, Any]:
        """Make a user a member of the brand. Returns what `ask` needs to act for it."""
        self.platform.run(
            "insert into account_members (account_id, member_id, member_role, accepted_at) values (%s, %s, %s, now())",
            self.platform.users["brand"], self.platform.users[user], role,
        )  # fmt: skip
        return {"account": self.platform.users["brand"]}

    def make(self, user: str = "brand", key: str | None = None, **changes: Any) -> lambdas.Answer:
        """Ask for posts; unless told otherwise for a draft on Facebook."""
        body = {"account_ids": [self.facebook], "text": "Hello"} | changes
        return self.ask(user, "POST", PATH, {k: v for k, v in body.items() if v is not ...}, key=key)

    def made(self, **changes: Any) -> dict[str, Any]:
        """Make one post. Returns it."""
        answer = self.make(**changes)
        assert answer.status == 201, answer
        return answer.body["posts"][0]

    def check(self, **changes: Any) -> dict[str, Any]:
        """Validate posts. Returns the answer."""
        body = {"account_ids": [self.facebook], "text": "Hello"} | changes
        answer = self.ask("brand", "POST", f"{PATH}/validate", body)
        assert answer.status == 200, answer
        return answer.body

    def act(self, post: Any, action: str, user: str = "brand", **rest: Any) -> lambdas.Answer:
        """Do something with a post, by its id or as it was answered."""
        post_id = post["post_id"] if isinstance(post, dict) else post
        return self.ask(user, "POST", f"{PATH}/{post_id}/{action}", **rest)

    def row(self, post_id: str) -> tuple[Any, ...]:
        """Status, revision, scheduled_at, local_time and time_zone of a post."""
        return self.platform.query(
            "select status::text, revision, scheduled_at, local_time, time_zone from social_posts where post_id = %s",
            post_id,
        )[0]

    def told(self) -> list[str]:
        """The posts that the workers were told about since the last call, whatever the delay."""
        return [message["post_id"] for message, _ in self.messages()]

    def messages(self) -> list[tuple[dict[str, Any], int]]:
        """What the queue got since the last call, with the delay of each message."""
        return [(json.loads(entry["MessageBody"]), entry["DelaySeconds"]) for entry in self._taken()]

    def _taken(self) -> list[dict[str, Any]]:
        taken, SENT[:] = list(SENT), []
        return taken

    def state(self, post_id: str, status: str) -> None:
        """Bring a post into a state, as workers do."""
        self.platform.run(
            "update social_posts set status = %s, scheduled_at = coalesce(scheduled_at, now()),"
            " published_at = case when %s = 'published' then now() end where post_id = %s",
            status, status, post_id,
        )  # fmt: skip


SENT: list[dict[str, Any]] = []


def later(days: int = 2) -> dict[str, Any]:
    """`when`: in some days, at noon in Zurich."""
    day = (datetime.now(UTC) + timedelta(days=days)).date()
    return {"kind": "at", "at": f"{day}T12:00", "time_zone": "Europe/Zurich"}


def codes(problems: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """Field and code of problems."""
    return {(problem["field"], problem["code"]) for problem in problems}


def refused(answer: lambdas.Answer) -> dict[str, set[tuple[str, str]]]:
    """Field and code of the problems of a refusal, by account."""
    assert (answer.status, answer.code) == (422, "invalid-post"), answer
    return {post["account_id"]: codes(post["problems"]) for post in answer.body["posts"]}


@pytest.fixture(scope="session")
def publish_queue(s3_bucket: None) -> str:
    return boto3.client("sqs").create_queue(QueueName="social-publish")["QueueUrl"]


@pytest.fixture
def posting(platform: Platform, publish_queue: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Posting]:
    """A brand with an account on Facebook and one on X."""
    from ddp import queues

    send = queues._send

    def noted(queue_url: str, entries: list[dict[str, Any]]) -> None:
        SENT.extend(entries)
        send(queue_url, entries)

    monkeypatch.setattr(queues, "_send", noted)
    SENT.clear()
    posting = Posting(platform, publish_queue)
    posting.facebook, posting.twitter = posting.account(), posting.account("twitter")
    yield posting
    SENT.clear()


def budget(posting: Posting, amount: str | None) -> None:
    """Give the brand a monthly budget; None: take it away."""
    if amount is None:
        posting.platform.run(
            "delete from ddp.social_budgets where user_id = %s", posting.platform.users["brand"]
        )
        return
    posting.platform.run(
        "insert into ddp.social_budgets (user_id, monthly_budget) values (%s, %s)"
        " on conflict (user_id) do update set monthly_budget = excluded.monthly_budget",
        posting.platform.users["brand"], amount,
    )  # fmt: skip
