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
    what = "uploads" if name in _OF_UPLOADS.get(platform, ()) else "posts"
    whose = "of the account" if quota.owner_id else "of all accounts here together"
    if quota.is_share:
        whose = (
            f"from you, your share of the {rules.of(platform)['quotas'][name]['most']:,} of all accounts here"
        )
    return f"{rules.of(platform)['name']} takes at most {quota.cap:,} {what} {whose} in this time, and none is left"
