"""What must hold: by the platforms' own list, not by our ledger."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tests.database.faults.social.logs import SECRET
from tests.database.faults.social.platforms import Platforms
from tests.database.faults.social.tenants import Post, Tenants
from tests.database.social.world import World as Ledger

STATES = """
select
    p.post_id, p.status::text, p.external_post_id, a.status::text as account,
    t.status as part, c.status as comment, c.external_id as comment_id, w.step,
    coalesce((select count(*) from ddp.social_calls k where k.post_id = p.post_id and k.part_no = 0), 0) as calls
from social_posts p
join social_accounts a on a.account_id = p.account_id
join social_post_parts t on t.post_id = p.post_id and t.part_no = 0
left join social_post_parts c on c.post_id = p.post_id and c.part_no = 1
left join ddp.social_work w on w.post_id = p.post_id
"""
# Posts of these whose call has started, is not over by any proof, and was due.
CALLED = """
select count(*) from social_posts p
join social_post_parts t on t.post_id = p.post_id and t.part_no = %s and t.status in ('calling', 'unconfirmed')
where p.post_id = any (%s) and p.scheduled_at <= clock_timestamp() and exists (
    select from ddp.social_calls c
    where c.post_id = p.post_id and c.part_no = t.part_no and c.started_at <= clock_timestamp()
        and (c.ended_at is null or c.outcome = 'unknown')
)
"""
# What budgets and quotas say, and what the calls say. Caps do not change within a schedule.
MONEY = """
select b.owner_id::text as what, b.reserved, b.charged, b.cap, coalesce(c.held, 0) as held, coalesce(c.paid, 0) as paid
from ddp.budgets b
left join lateral (
    select sum(k.price) filter (where k.reservation = 'held') as held,
        sum(k.price) filter (where k.reservation = 'charged') as paid
    from ddp.social_calls k join social_posts p on p.post_id = k.post_id
    where p.created_by_user_id = b.owner_id and k.budget_month = b.period
) c on true
where b.scope = 'social_month'
union all
select q.quota, q.reserved, q.charged, q.cap, coalesce(c.held, 0), coalesce(c.paid, 0)
from ddp.social_quotas q
left join lateral (
    select sum(u.units) filter (where k.reservation = 'held') as held,
        sum(u.units) filter (where k.reservation = 'charged') as paid
    from ddp.social_calls k cross join lateral ddp.quotas_of(k.quotas) u
    where u.quota = q.quota and u.owner_id = q.owner_id
) c on true
where q.quota not like '%%/uploads/%%'
"""
# Uploads are taken by no call: what all tenants took is what the application has.
UPLOADS = """
select coalesce(sum(charged) filter (where owner_id = '00000000-0000-0000-0000-000000000000'), 0) as taken,
    coalesce(sum(charged) filter (where owner_id <> '00000000-0000-0000-0000-000000000000'), 0) as by_tenants
from ddp.social_quotas where quota like '%%/uploads/%%'
"""
# Parts of posts whose every call was released.
RELEASED = """
select c.post_id, c.part_no from ddp.social_calls c
group by c.post_id, c.part_no having bool_and(c.reservation = 'released')
"""
TABLES = """
select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('public', 'ddp') and c.relkind in ('r', 'p') and not c.relispartition
order by 1
"""
KINDS = ("post", "comment")
ENDED = {"published", "failed", "missed", "cancelled", "draft", "unconfirmed"}


@dataclass(slots=True)
class Checks:
    """`note` takes what does not hold. `unprovable`: posts of which was lost what a proof needs."""

    ledger: Ledger
    platforms: Platforms
    tenants: Tenants
    note: Callable[[str], None]
    unprovable: set[UUID] = field(default_factory=set)

    def is_there(self, post: Post, kind: str) -> str | None:
        """The id on the platform of what no other post with the same text has; None: it is not there."""
        ids = self.platforms.public().get((post.mark, kind), [])
        others = {
            row["external_post_id"] if kind == "post" else row["comment_id"]
            for row in self.ledger.query(STATES)
            if row["post_id"] != post.post_id and self._mark(row["post_id"]) == post.mark
        }
        return next((each for each in ids if each not in others), None)

    def _mark(self, post_id: UUID) -> str:
        return next(post.mark for post in self.tenants.posts if post.post_id == post_id)

    def published_now(self, mark: str, kind: str) -> None:
        """Something becomes public: its call has a committed start, and its time has come."""
        posts = [post.post_id for post in self.tenants.posts if post.mark == mark]
        if not self.ledger.value(CALLED, KINDS.index(kind), posts):
            self.note(f"{kind} {mark} becomes public, and no call of it is under way, or it is too early")

    def require_truth(self) -> None:
        """Nothing is there twice; what is said published is there; what is said not to be there is not."""
        public, rows = self.platforms.public(), self.ledger.query(STATES)
        by_mark: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            by_mark[self._mark(row["post_id"])].append(row)
        for mark, posts in by_mark.items():
            ids, comments = public.get((mark, "post"), []), public.get((mark, "comment"), [])
            self._require_counts(f"post {mark}", [row["part"] for row in posts], ids)
            self._require_counts(f"comment of {mark}", [row["comment"] for row in posts], comments)
            for row in posts:
                self._require_match(row, mark, ids)

    def _require_counts(self, what: str, parts: list[str | None], ids: list[str]) -> None:
        said = parts.count("published")
        most = said + parts.count("unconfirmed") + parts.count("calling")
        if len(ids) > sum(part is not None for part in parts):
            self.note(f"{what} is public {len(ids)} times")
        if said > len(ids):
            self.note(f"{what} is said published, and is not there: {parts}")
        if most < len(ids):
            self.note(f"{what} is there, and is said not to be: {parts}")

    def _require_match(self, row: dict[str, Any], mark: str, ids: list[str]) -> None:
        """Post and part say the same; its id is one of the platform's."""
        is_said, part = row["status"], row["part"]
        wanted = {"published": "published", "unconfirmed": "unconfirmed", "publishing": "calling"}.get(
            is_said
        )
        if (wanted or part) != part or (wanted is None and part in {"published", "unconfirmed", "calling"}):
            self.note(f"post {mark} is {is_said}, and its part {part}")
        platform = next(
            post for post in self.tenants.posts if post.post_id == row["post_id"]
        ).account.platform
        # What TikTok names when it is asked is another id than that of the upload.
        if platform != "tiktok" and row["external_post_id"] not in {None, *ids}:
            self.note(f"post {mark} has the id {row['external_post_id']}, and is there by {ids}")

    def require_money(self) -> None:
        """Never over a cap; sums are those of the calls; released only with proof."""
        for row in self.ledger.query(MONEY):
            if (row["reserved"], row["charged"]) != (row["held"], row["paid"]):
                self.note(f"the sums differ: {row}")
            if row["reserved"] + row["charged"] > row["cap"]:
                self.note(f"more than the cap: {row}")
        self._require_uploads()
        public, posts = self.platforms.public(), {post.post_id: post for post in self.tenants.posts}
        for row in self.ledger.query(RELEASED):
            post, kind = posts[row["post_id"]], KINDS[row["part_no"]]
            is_alone = sum(other.mark == post.mark for other in posts.values()) == 1
            if is_alone and (post.mark, kind) in public:
                self.note(f"the {kind} {post.mark} is there, and what it cost was released")

    def _require_uploads(self) -> None:
        """No video is there that nobody took a unit for."""
        (row,) = self.ledger.query(UPLOADS)
        videos = len(self.platforms.simulator.store.of("youtube", "post"))
        if row["taken"] != row["by_tenants"] or videos > row["taken"]:
            self.note(f"the units of uploads differ: {row}, and {videos} videos")

    def begin_calm(self) -> None:
        """From here on nothing is lost: what is read from now on settles as it can. Else it was left to people."""
        for row in self.ledger.query(STATES):
            if row["part"] == "unconfirmed" and row["step"] != "settle":
                self.unprovable.add(row["post_id"])

    def require_settled(self) -> None:
        """Every post has come to an end that its platform allows."""
        public = self.platforms.public()
        for row in self.ledger.query(STATES):
            post = next(each for each in self.tenants.posts if each.post_id == row["post_id"])
            assert row["status"] in ENDED, (post, row)
            assert row["comment"] != "calling", (post, row)
            if (
                row["part"] == "unconfirmed"
                and row["account"] == "active"
                and post.post_id not in self.unprovable
            ):
                is_there = (post.mark, "post") in public
                assert self._may_stay_unknown(post, is_there=is_there), (post, row, is_there)

    def _may_stay_unknown(self, post: Post, *, is_there: bool) -> bool:
        """As the table of irreversible steps says: what no id proves, and no list shows, is left to a person."""
        is_twice = sum(other.mark == post.mark for other in self.tenants.posts) > 1
        match post.account.platform, post.account.kind, post.type:
            case ("facebook" | "youtube", _, _) | ("tiktok", _, "video"):
                return False
            case ("tiktok", _, _) | ("linkedin", "member", _):
                return True
        return not is_there or is_twice

    def require_no_secret(self, text: str, where: str) -> None:
        """No secret that a platform has minted is in this text."""
        if SECRET in text:
            self.note(f"a secret in {where}: {re.findall(SECRET + '[a-z-]+', text)}")

    def require_no_secrets_in_tables(self) -> None:
        """No secret is in any table, the audit trail among them. Ciphertext says nothing."""
        tables = [row["name"] for row in self.ledger.query(TABLES)]
        union = " union all ".join(
            f"select '{table}' as name from {table} t where t::text like '%{SECRET}%'" for table in tables
        )
        assert self.ledger.owner.execute(union.encode()).fetchall() == []


def ends_of(ledger: Ledger) -> dict[str, int]:
    """How many posts ended in each status."""
    rows = ledger.query("select status::text, count(*) from social_posts group by 1")
    return {row["status"]: row["count"] for row in rows}
