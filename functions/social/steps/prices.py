"""What the call that publishes a post costs, in money and in units of the platform's quotas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from ddp.providers.social import rules, x_api
from ddp.providers.social.base import Platform
from ddp.providers.social.rules import periods
from ddp.queries.social.steps import Quota, Step
from functions.social.validation import addresses, weighted


def of(step: Step) -> Decimal:
    """US dollars that the step's call costs at most."""
    if step.step != "finalise":
        return Decimal(0)
    described = sum(1 for media in step.media if media.get("alt_text"))
    text = step.post_content or ""
    if step.platform == Platform.TWITTER:
        text = x_api.written(text, step.post_type, step.options)
    return price(step.platform, text, described)


def price(platform: str, text: str, described: int) -> Decimal:
    """US dollars that a post with this text and so many alternative texts costs. An address makes it dearer."""
    prices = rules.of(platform)["prices"]
    if not prices:
        return Decimal(0)
    has_link = "://" in text or addresses.found(weighted.normal(text))
    return Decimal(prices["post_with_link" if has_link else "post"]) + described * Decimal(prices["alt_text"])


def too_dear(platform: str, amount: Decimal, *, most: Decimal | None, left: Decimal, month: str) -> str:
    """What to tell whoever pays: the price, what is `left` of the month's budget (`most`), and when more comes."""
    price = f"{rules.of(platform)['name']} charges {_dollars(amount)} for this post"
    if most is None:
        return f"{price}, and no budget is set for your posts: ask an administrator to set one."
    return f"{price}; {_dollars(left)} of the {_dollars(most)} for {month} are left. {more_from(month)}"


def more_from(month: str) -> str:
    """What to do when the budget of a month (such as 2026-11) does not suffice."""
    year, number = map(int, month.split("-"))
    following = f"{year + number // 12}-{number % 12 + 1:02}-01"
    return f"Ask an administrator for more, or choose a time from {following} (UTC) on."


def quotas(step: Step) -> Sequence[Quota]:
    """Units of the platform's quotas that the step's call takes. Those of uploads are taken before the upload."""
    units = [_quota(step.platform, name, None) for name in _UNITS.get(step.platform, ())]
    return [*of_calls(step.platform, step.account_id), *units] if step.step == "finalise" else units


def of_calls(platform: str, account_id: UUID) -> Sequence[Quota]:
    """The quotas of now that a call which publishes takes a unit of."""
    return [
        _quota(platform, name, account_id if rule["of"] == "account" else None)
        for name, rule in rules.of(platform)["quotas"].items()
        if name in _OF_CALLS.get(platform, ())
    ]


def of_uploads(platform: str, user_id: UUID) -> Sequence[Quota]:
    """The quotas of now that an upload takes a unit of: what all have together, and of it the tenant's fair share."""
    return [
        quota
        for name in rules.of(platform)["quotas"]
        if name in _OF_UPLOADS.get(platform, ())
        for quota in (
            _quota(platform, name, None),
            replace(_quota(platform, name, None), owner_id=user_id, is_share=True),
        )
    ]


# Of which quotas a publishing call takes one, and an upload.
_OF_CALLS = {"twitter": ("posts_of_account", "posts_of_application"), "tiktok": ("posts",)}
_OF_UPLOADS = {"youtube": ("uploads",)}
# What every call takes, of posts and of first comments. Reading numbers takes of it too, but not all.
_UNITS = {"youtube": ("units",)}


def _quota(platform: str, name: str, owner_id: UUID | None) -> Quota:
    rule = rules.of(platform)["quotas"][name]
    return Quota(
        quota=periods.named(platform, name, rule),
        cap=rule["most"],
        ends_at=periods.end(rule),
        owner_id=owner_id,
        units=rule.get("of_publishing_call", 1),
    )


def none_left(quota: Quota) -> str:
    """The beginning of a sentence: what the platform takes, and that it is used up."""
    platform, name = quota.quota.split("/")[:2]
    counted = {"uploads": _OF_UPLOADS, "units of calls": _UNITS}
    what = next((what for what, names in counted.items() if name in names.get(platform, ())), "posts")
    of_platform = rules.of(platform)
    if quota.is_share:
        most = of_platform["quotas"][name]["most"]
        return (
            f"{of_platform['name']} accepts {most:,} {what} from all accounts here in this period; your share is"
            f" {quota.cap:,}, and none of it is left"
        )
    whose = "from this account" if quota.owner_id else "from all accounts here together"
    return f"{of_platform['name']} accepts {quota.cap:,} {what} {whose} in this period, and none is left"


def none_left_until(quota: Quota) -> str:
    """A sentence: that a quota is used up, and when there is more."""
    return f"{none_left(quota)} until {quota.ends_at:%Y-%m-%d %H:%M %Z}."


def _dollars(amount: Decimal) -> str:
    """With two decimals, or three where they are needed."""
    return f"${amount:,.3f}".removesuffix("0")
