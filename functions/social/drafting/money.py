"""What posts cost, and what is left of the month's budget and of the platforms' quotas."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.providers.social.base import Problem
from ddp.queries.social import accounts, posts_checked
from ddp.queries.social.steps import Quota
from functions.social.drafting.checking import Checked
from functions.social.steps import prices
from functions.social.validation.problems import problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """The budget (a row of ddp.queries.social.accounts.budget) and the quotas with what is used of each."""

    budget: Mapping[str, Any]
    quotas: Sequence[tuple[str, Quota, int]]

    def of_month(self, month: str) -> Decimal:
        """US dollars that posts of this month may still cost. Nothing of a later one is reserved yet."""
        most = self.budget["monthly_budget"] or Decimal(0)
        if month != self.budget["month"]:
            return Decimal(most)
        return Decimal(max(most - self.budget["reserved"] - self.budget["charged"], Decimal(0)))


def check(
    cursor: Cursor[DictRow], checked: Sequence[Checked], *, user_id: UUID | None = None
) -> tuple[list[Checked], Left]:
    """The posts with what is wrong with their price and quotas too. `user_id`: who pays; None: the acting account."""
    left = Left(budget=accounts.budget(cursor, user_id), quotas=_quotas(cursor, checked))
    spent: dict[str, Decimal] = defaultdict(Decimal)
    result = []
    for one in checked:
        month = _month(one)
        spent[month] += one.price
        found = [*_of_price(one, left, month, spent[month]), *_of_quotas(one, left)]
        result.append(replace(one, problems=[*one.problems, *found]) if found else one)
    return result, left


def _month(one: Checked) -> str:
    at = one.moment.at if one.moment else datetime.now(UTC)
    return at.strftime("%Y-%m")


def _of_price(one: Checked, left: Left, month: str, spent: Decimal) -> list[Problem]:
    if not one.price or not one.draft or spent <= left.of_month(month):
        return []
    most = left.budget["monthly_budget"]
    before = max(left.of_month(month) - (spent - one.price), Decimal(0))
    sentence = prices.too_dear(one.draft.platform, one.price, most=most, left=before, month=month)
    if most is None:
        return [problem("account", "no-budget", sentence)]
    return [problem("account", "budget", sentence, limit=float(before))]


def _of_quotas(one: Checked, left: Left) -> list[Problem]:
    """Whether the platform would still take it at its time, as far as that is known today."""
    if not one.draft or not one.moment:
        return []
    found = []
    for platform, quota, used in left.quotas:
        is_its = platform == one.draft.platform and quota.owner_id in {None, *_owners(one)}
        if is_its and used >= quota.cap and one.moment.at < quota.ends_at:
            from_then = f"choose a time from {quota.ends_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC on."
            sentence = f"{prices.none_left(quota)}: {from_then}"
            found.append(problem("when", "quota", sentence, limit=quota.cap))
    return found


def _quotas(cursor: Cursor[DictRow], checked: Sequence[Checked]) -> list[tuple[str, Quota, int]]:
    wanted: dict[tuple[str, UUID | None], tuple[str, Quota]] = {}
    for one in checked:
        if one.draft:
            account_id, user_id = _owners(one)
            platform = one.draft.platform
            for quota in (*prices.of_calls(platform, account_id), *prices.of_uploads(platform, user_id)):
                wanted[quota.quota, quota.owner_id] = (platform, quota)
    if not wanted:
        return []
    used = posts_checked.quotas_used(cursor, [quota for _, quota in wanted.values()])
    found = []
    for key, (platform, quota) in wanted.items():
        units, cap = used.get(key, (0, quota.cap))
        found.append((platform, replace(quota, cap=cap), units))
    return found


def _owners(one: Checked) -> tuple[UUID, UUID]:
    """The post's account, and the tenant whose it is."""
    account = one.asked.account or {}
    return one.asked.content.account_id, account["user_id"]
