"""Posts to six platforms on the local stack. The platform simulator tells what became public, and how often."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import DictRow, dict_row

from ddp.providers.social import rules
from ddp.providers.social.base import Platform
from ddp.queries.social import accounts
from infra.cli.api_client import Client, FileToUpload, send
from infra.local.aws import social
from infra.local.aws.social import OnPlatform
from infra.local.demo.files import picture
from infra.local.identity.users import USERS
from infra.local.schedules import reconcile_now
from infra.local.simulators.platforms.client import PlatformsClient

OWNER = USERS["brand"]
# Kinds of accounts that posts go out as, where a person has several.
KINDS = {Platform.FACEBOOK: "page", Platform.LINKEDIN: "organization"}
ENDED = {"published", "unconfirmed", "failed", "missed", "cancelled", "draft"}
# As if a worker's lease had ended, and the time until the next read had passed.
LEASES_END = (
    "update ddp.social_work set leased_until = now() where leased_until is not null and post_id = any (%s)",
    "update ddp.social_calls set leased_until = now() where ended_at is null and post_id = any (%s)",
)
READS_ARE_DUE = (
    "update ddp.social_work set due_at = now(), queued_until = null"
    " where post_id = any (%s) and step = 'settle'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishing:
    """The brand's accounts at the simulator, and what is asked of them."""

    database: psycopg.Connection[DictRow]
    api_url: str  # of the database, for the login of the HTTP functions
    brand: Client
    simulator: PlatformsClient
    sqs: Any
    kms: Any
    person: str = field(default_factory=lambda: f"person-{uuid4().hex[:8]}")
    account_ids: dict[Platform, UUID] = field(default_factory=dict)

    def connect(self, *platforms: Platform) -> None:
        """Connect one account of a new person at each platform."""
        for platform in platforms:
            kind = KINDS.get(platform)
            found = next(
                one
                for one in self.simulator.accounts(platform, self.person)
                if kind is None or one["body"]["kind"] == kind
            )
            given = OnPlatform(
                account_id=uuid4(),
                platform=platform,
                external_account_id=_external(platform, found),
                account_kind=found["body"]["kind"].lower(),
                account_handle=found["body"]["handle"],
                account_name=found["body"]["name"],
                scopes=rules.of(platform)["access"]["scopes"],
            )
            made = social.connected(self.simulator, self.kms, given)
            with self.database.transaction(), self.database.cursor() as cursor:
                cursor.execute("set local role service_role")
                accounts.connect(cursor, platform, [made], user_id=OWNER.user_id)
            self.account_ids[platform] = given.account_id

    def allow_spending(self) -> None:
        """Let the brand's posts cost something: X charges for each."""
        self.database.execute(
            "insert into ddp.social_budgets (user_id, monthly_budget) values (%s, 100)"
            " on conflict (user_id) do update set monthly_budget = excluded.monthly_budget",
            [OWNER.user_id],
        )

    def upload(self, file: FileToUpload) -> str:
        """A live file of the brand."""
        upload = self.brand.request_upload(file).body
        assert send(upload["request"], file.content) == 200
        return str(self.brand.wait_for_upload(upload["upload_id"])["file_id"])

    def create(self, group: dict[str, Any], posts: Sequence[dict[str, Any]]) -> list[UUID]:
        """Create posts as the HTTP functions do: with their login, as the brand."""
        claims = json.dumps({"sub": str(OWNER.user_id), "role": "authenticated"})
        with psycopg.connect(self.api_url, row_factory=dict_row) as connection:
            connection.execute("select set_config('request.jwt.claims', %s, true)", [claims])
            connection.execute("set local role authenticated")
            rows = connection.execute(
                "select post_id from create_social_posts(%s, %s)", [json.dumps(group), json.dumps(posts)]
            ).fetchall()
        return [row["post_id"] for row in rows]

    def text(self, platform: Platform, text: str) -> dict[str, Any]:
        """A post of text alone."""
        return {"account_id": str(self.account_ids[platform]), "content": text}

    def posts(self, post_ids: Sequence[UUID]) -> list[dict[str, Any]]:
        """The posts, in the order of their platforms' names."""
        return self.database.execute(
            "select p.post_id, a.platform::text, p.status::text, p.post_content, p.scheduled_at, p.published_at,"
            " p.external_post_id, p.error_code, p.error_reason, p.problems"
            " from social_posts p join social_accounts a using (account_id) where p.post_id = any (%s)"
            " order by a.platform::text, p.post_content",
            [list(post_ids)],
        ).fetchall()

    def wait_until(
        self, post_ids: Sequence[UUID], holds: Callable[[list[dict[str, Any]]], bool], what: str
    ) -> list[dict[str, Any]]:
        """The posts, once they are as wanted. Triggers what each minute brings instead of waiting for it."""
        deadline = time.monotonic() + 100
        while not holds(now := self.posts(post_ids)):
            assert time.monotonic() < deadline, f"{what} did not happen: {now}"
            reconcile_now(self.sqs)
            time.sleep(0.5)
        return now

    def wait_for_end(self, post_ids: Sequence[UUID]) -> list[dict[str, Any]]:
        """The posts, once nobody works on them."""
        return self.wait_until(
            post_ids, lambda now: all(post["status"] in ENDED for post in now), "the end of all posts"
        )

    def let_pass(self, post_ids: Sequence[UUID], *statements: str) -> int:
        """Let leases or pauses end for these posts; returns how many rows that concerned."""
        return sum(self.database.execute(each.encode(), [list(post_ids)]).rowcount for each in statements)

    def public(self, text: str) -> int:
        """How often a post with this text became public."""
        return sum(text in post["text"] for post in self.simulator.finalised() if post["kind"] == "post")


def six(publishing: Publishing) -> list[dict[str, Any]]:
    """A post for each platform, with media where it wants some; one with a first comment."""
    run = uuid4().hex[:8]
    image = publishing.upload(picture("Watch.png", run))
    video = publishing.upload(_video(run))
    ids = {platform: str(account_id) for platform, account_id in publishing.account_ids.items()}
    said = f"A new watch ({run})"
    return [
        {
            "account_id": ids[Platform.FACEBOOK],
            "content": said,
            "post_type": "image",
            "media": [image],
            "first_comment": f"First! {run}",
        },
        {"account_id": ids[Platform.INSTAGRAM], "content": said, "post_type": "image", "media": [image]},
        {"account_id": ids[Platform.TWITTER], "content": said},
        {"account_id": ids[Platform.LINKEDIN], "content": said, "post_type": "image", "media": [image]},
        {
            "account_id": ids[Platform.TIKTOK],
            "content": said,
            "title": said,
            "post_type": "image",
            "media": [image],
            "options": {"privacy": "SELF_ONLY"},
        },
        {
            "account_id": ids[Platform.YOUTUBE],
            "content": said,
            "title": said,
            "post_type": "video",
            "media": [video],
            "options": {"made_for_kids": False},
        },
    ]


def _video(run: str) -> FileToUpload:
    """What is taken for a video: nobody plays it here."""
    content = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + run.encode() * 20_000
    return FileToUpload(name="Watch.mp4", content_type="video/mp4", content=content)


def _external(platform: Platform, found: dict[str, Any]) -> str:
    """The id by which the platform's API knows the account."""
    if platform is Platform.LINKEDIN:
        return f"urn:li:{found['body']['kind']}:{found['id']}"
    return str(found["id"])
