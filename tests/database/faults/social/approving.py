"""A brand that approves what its participants publish, and what it has approved."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from tests.database.faults.social.tenants import Post, Tenants
from tests.database.social.world import World as Ledger

VERSION = re.compile(r"version (\d+)")
REQUESTS = """
select a.approval_id, a.post_id, a.state::text from approvals a
where a.state = any (%s::approval_state[]) and a.campaign_id = %s order by a.post_id, a.requested_at
"""
IS_APPROVED = """
select ddp.is_approved(p.campaign_id, p.post_id, ddp.content_of_post(p)) from social_posts p where p.post_id = %s
"""


@dataclass(slots=True)
class Brand:
    """All posts of the tenants belong to its campaign. `note` takes what does not hold."""

    ledger: Ledger
    tenants: Tenants
    random: Random
    note: Callable[[str], None]
    user_id: UUID = field(init=False)
    campaign_id: UUID = field(init=False)
    # By post: the version of its text that the brand saw when it approved, until it changes or is refused.
    approved: dict[UUID, str] = field(default_factory=dict)
    versions: int = 0

    def __post_init__(self) -> None:
        self.user_id = self.ledger.user()
        self.campaign_id = self.ledger.campaign(self.user_id)
        self.ledger.query("update campaigns set approval = 'all' where campaign_id = %s", self.campaign_id)
        for user_id in sorted({account.user_id for account in self.tenants.accounts}):
            self.ledger.query("update users set user_type = 'retailer' where user_id = %s", user_id)
            self.ledger.query(
                "insert into campaign_participants (campaign_id, retailer_id) values (%s, %s)",
                self.campaign_id, user_id,
            )  # fmt: skip
        self.ledger.query("update social_posts set campaign_id = %s", self.campaign_id)

    def acts(self) -> str:
        """The brand decides, or a participant changes a text. Returns what was done; it may have been refused."""
        roll = self.random.random()
        if roll < 0.3:
            self.change(self.random.choice(self.tenants.posts))
            return "change"
        requests = self.ledger.query(REQUESTS, ["waiting", "approved"], self.campaign_id)
        if not requests:
            return "nothing to approve"
        request = self.random.choice(requests)
        if roll < 0.9:
            self.approve(request["approval_id"], request["post_id"])
            return "approve"
        if self.tenants.try_as(self.user_id, "refuse_approval(%s, 'No.')", request["approval_id"]):
            self.approved.pop(request["post_id"], None)
        return "refuse"

    def change(self, post: Post) -> None:
        """The participant says something else."""
        self.versions += 1
        text = f"A watch & a strap. {post.mark}, version {self.versions}"
        changes = {"content": text} | ({"title": text} if post.account.platform == "youtube" else {})
        call = "change_social_post(%s, (select revision from social_posts where post_id = %s), %s::jsonb)"
        post_id = post.post_id
        if self.tenants.try_as(post.account.user_id, call, post_id, post_id, json.dumps(changes)):
            self.approved.pop(post_id, None)

    def approve(self, approval_id: UUID, post_id: UUID) -> None:
        """The brand reads the content, and approves it. If it changes meanwhile, that is refused."""
        with self.ledger.acting(self.user_id) as cursor:
            row = cursor.execute("select approval_content(%s) as content", [approval_id]).fetchone()
        if row and row["content"] and self.tenants.try_as(self.user_id, "approve(%s)", approval_id):
            self.approved[post_id] = version_of(row["content"]["post_content"])

    def finishes(self) -> None:
        """Refused texts are changed, and all that waits is approved: so that posts need not wait to be missed."""
        posts = {post.post_id: post for post in self.tenants.posts}
        for row in self.ledger.query(REQUESTS, ["refused"], self.campaign_id):
            self.change(posts[row["post_id"]])
        for row in self.ledger.query(REQUESTS, ["waiting"], self.campaign_id):
            self.approve(row["approval_id"], row["post_id"])

    def published_now(self, mark: str, text: str) -> None:
        """A post becomes public: with a text that the brand has approved, and the ledger says so too."""
        posts = [post.post_id for post in self.tenants.posts if post.mark == mark]
        version = version_of(text)
        if version not in {self.approved.get(post_id) for post_id in posts}:
            self.note(
                f"post {mark} becomes public as version {version or 0}, which the brand has not approved"
            )
        if not any(self.ledger.value(IS_APPROVED, post_id) for post_id in posts):
            self.note(f"post {mark} becomes public, and the ledger has no approval of its content")


def version_of(text: str) -> str:
    """The version in a text; empty: the first."""
    found = VERSION.search(text)
    return found[1] if found else ""
