"""Why a call may not be made, as sentences for the owner: what is left, and when more comes."""

from __future__ import annotations

from ddp import db
from ddp.queries.social import calls
from ddp.queries.social.steps import Step
from functions.social.steps import prices

WAITS = "It waits for the approval of the campaign's brand."


def of_budget(step: Step) -> str:
    """What the post costs, and what is left of the budget; sums only where whoever pays is alone with them."""
    with db.transaction(role="service_role") as cursor:
        budget = calls.budget(cursor, step.post_id)
    month = budget["month"]
    if budget["is_seen_by_others"]:
        return f"The budget for {month} does not cover what this post costs. {prices.more_from(month)}"
    most, left = budget["monthly_budget"], budget["left"]
    return prices.too_dear(step.platform, prices.of(step), most=most, left=left, month=month)


def of_quota(step: Step) -> str | None:
    """Which quota of the platform is used up, and until when. None: by now there is some of it again."""
    with db.transaction(role="service_role") as cursor:
        full = calls.full(cursor, prices.quotas(step))
    return prices.none_left_until(full) if full else None
