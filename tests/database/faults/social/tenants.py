"""Tenants with accounts and posts, and what people do with them: schedule, cancel, retry, disconnect, settle."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import psycopg

from ddp.queries.social import accounts
from ddp.queries.social.accounts import Connected
from tests.database.faults.social.kms import Kms
from tests.database.faults.social.platforms import URN, Platforms
from tests.database.social.world import World as Ledger

# Platform, kind of the account, type of the post, file (None: none), whether it may have a first comment.
POSTS = [
    ("facebook", "page", "text", None, True),
    ("facebook", "page", "image", "image", True),
    ("facebook", "page", "video", "video", False),
    ("facebook", "page", "reel", "video", False),
    ("instagram", "business", "image", "image", True),
    ("instagram", "business", "reel", "video", True),
    ("twitter", "user", "text", None, False),
    ("twitter", "user", "text", None, False),
    ("twitter", "user", "image", "image", False),
    ("twitter", "user", "video", "video", False),
    ("linkedin", "organization", "text", None, True),
    ("linkedin", "organization", "image", "image", True),
    ("linkedin", "organization", "video", "video", False),
    ("linkedin", "member", "text", None, True),
    ("tiktok", "creator", "video", "video", False),
    ("tiktok", "creator", "image", "image", False),
    ("youtube", "channel", "video", "video", True),
]
OPTIONS = {"tiktok": {"privacy": "PUBLIC_TO_EVERYONE"}, "youtube": {"made_for_kids": False}}
# Posts of the same account may have the same text: the platform refuses the second.
MAY_BE_TWICE = {"facebook", "twitter", "linkedin"}
FILE = """
insert into files (
    file_id, file_name, file_type, file_size, file_path, created_by_user_id, content_type, image_width, image_height,
    metadata
)
values (%s, 'a file', %s, %s, %s, %s, %s, %s, %s, %s)
"""
POST = """
insert into social_posts (post_id, account_id, post_content, title, post_type, options)
values (%s, %s, %s, %s, %s, %s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account, its owner, and the person whose it is on the platform."""

    account_id: UUID
    user_id: UUID
    platform: str
    kind: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post, and the mark in its texts."""

    post_id: UUID
    account: Account
    type: str
    mark: str


@dataclass(slots=True)
class Tenants:
    """Who publishes in one schedule. `files`: the bytes of an image and of a video."""

    ledger: Ledger
    platforms: Platforms
    kms: Kms
    random: Random
    seed: int
    files: dict[str, bytes]
    put: Callable[[str, bytes], None]
    accounts: list[Account] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for _ in range(self.random.randint(1, 2)):
            user_id = self.ledger.user()
            budget = self.random.choice([0, "0.02", "0.04", 10, 10, 10])
            self.ledger.query("insert into ddp.social_budgets values (%s, %s)", user_id, budget)
            for _ in range(self.random.randint(1, 4)):
                self._add(user_id)

    def _uuid(self) -> UUID:
        """Of the seed, because the functions go by the order of ids."""
        return UUID(int=self.random.getrandbits(128), version=4)

    def _add(self, user_id: UUID) -> None:
        """A post, through an account of the user that is there or new; some come twice."""
        platform, kind, post_type, file, may_have_comment = self.random.choice(POSTS)
        account = self._account(user_id, platform, kind)
        mark = f"No {self.seed}-{len(self.posts)}"
        comment = f"The comment of {mark}" if may_have_comment and self.random.random() < 0.4 else None
        is_twice = platform in MAY_BE_TWICE and file is None and self.random.random() < 0.3
        for _ in range(1 + is_twice):
            self._post(account, post_type, file, mark, comment)
            comment = None

    def _account(self, user_id: UUID, platform: str, kind: str) -> Account:
        for known in self.accounts:
            if (known.user_id, known.platform, known.kind) == (user_id, platform, kind):
                return known
        made = Account(
            account_id=self._uuid(),
            user_id=user_id,
            platform=platform,
            kind=kind,
            person=f"p{self.seed}-{len(self.accounts)}",
        )
        self.accounts.append(made)
        self.connect(made)
        return made

    def _post(
        self, account: Account, post_type: str, file: str | None, mark: str, comment: str | None
    ) -> None:
        post = Post(post_id=self._uuid(), account=account, type=post_type, mark=mark)
        options = json.dumps(OPTIONS.get(account.platform, {}))
        title = f"{mark}, the title" if account.platform == "youtube" else None
        text = f"A watch & a strap. {mark}"
        self.ledger.query(POST, post.post_id, account.account_id, text, title, post_type, options)
        if file:
            self.ledger.query(
                "insert into social_post_media (post_id, position, file_id) values (%s, 0, %s)",
                post.post_id, self._file(account.user_id, file),
            )  # fmt: skip
        if comment:
            self.ledger.query(
                "insert into social_post_parts (post_id, part_no, content) values (%s, 1, %s)",
                post.post_id,
                comment,
            )
        self.posts.append(post)

    def _file(self, user_id: UUID, kind: str) -> UUID:
        file_id, content = self._uuid(), self.files[kind]
        self.put(f"files/{file_id}", content)
        video = {
            "video": {"seconds": 8, "width": 540, "height": 960, "codec": "h264", "frames_per_second": 30}
        }
        content_type = "video/mp4" if kind == "video" else "image/jpeg"
        metadata = json.dumps(video if kind == "video" else {})
        path = f"files/{file_id}"
        sides = (None, None) if kind == "video" else (320, 320)
        self.ledger.query(FILE, file_id, kind, len(content), path, user_id, content_type, *sides, metadata)
        return file_id

    # What people do. Each may be refused.

    def connect(self, account: Account) -> None:
        """Connect an account, or connect it again."""
        from ddp.providers.social import rules

        scopes = rules.of(account.platform)["access"]["scopes"]
        there = self.platforms.account(account.platform, account.kind, account.person)
        given = self.platforms.tokens(account.platform, there, scopes)
        refresh = given["refresh_token"]
        connected = Connected(
            account_id=account.account_id,
            external_account_id=URN.get(account.kind, "{}").format(there.id),
            account_kind=account.kind,
            account_handle=there.body["handle"],
            account_name=there.body["name"],
            access_token_encrypted=self.kms.sealed(given["access_token"], account.account_id, "access"),
            access_expires_at=_time(given["access_expires_at"]),
            refresh_token_encrypted=self.kms.sealed(refresh, account.account_id, "refresh")
            if refresh
            else None,
            refresh_expires_at=_time(given["refresh_expires_at"]),
            scopes=scopes,
        )
        with self.ledger.working() as cursor:
            accounts.connect(cursor, account.platform, [connected], user_id=account.user_id)

    def disconnect(self, account: Account, posts: str) -> None:
        """Disconnect an account; its posts are cancelled, or held."""
        self.try_as(account.user_id, "disconnect_social_account(%s, %s)", account.account_id, posts)

    def schedule(self, post: Post, minutes: float, *, browser: bool = False) -> bool:
        """Schedule a post so many minutes ahead."""
        call = "schedule_social_posts(array[%s], now() + %s * interval '1 minute')"
        return self.try_as(post.account.user_id, call, post.post_id, minutes, browser=browser)

    def acts(self, what: str, post: Post) -> bool:
        """Publish, cancel, unschedule or retry a post."""
        return self.try_as(post.account.user_id, f"{what}_social_posts(array[%s])", post.post_id)

    def settle(self, post: Post, part_no: int, external_id: str | None) -> bool:
        """A person has looked: it is there, by this id, or not (None)."""
        call = "settle_social_post(%s, %s, %s, %s)"
        is_there = external_id is not None
        return self.try_as(post.account.user_id, call, post.post_id, is_there, external_id, part_no)

    def try_as(self, user_id: UUID, call: str, *values: object, browser: bool = False) -> bool:
        """Call a function as a user. False: it was refused."""
        try:
            with self.ledger.acting(user_id, browser=browser) as cursor:
                cursor.execute(f"select from {call}", values)
        except psycopg.Error as error:
            if not (error.sqlstate or "").startswith("PT"):
                raise
            self.refused.append(str(error.diag.message_primary))
            return False
        return True


def _time(seconds: float | None) -> Any:
    from datetime import UTC, datetime

    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
