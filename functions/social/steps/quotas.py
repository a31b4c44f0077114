"""Units of the platforms' quotas that a post takes before its upload begins."""

from __future__ import annotations

from typing import Any

from ddp import db
from ddp.providers.social.base import QuotaReached
from ddp.queries.social import steps
from functions.social.steps import prices
from functions.social.steps.working import TakenAway, Work

# In the state of a post: the quota of which its upload has a unit.
_TAKEN = "taken"


def taken(work: Work, state: dict[str, Any]) -> dict[str, Any]:
    """The state with which the upload may begin, or go on. Raises QuotaReached, TakenAway.

    That a unit is taken is committed with it: after a crash no second one is.
    """
    wanted = prices.of_uploads(work.step.platform, work.step.user_id)
    if not wanted or state.keys() - {_TAKEN} or state.get(_TAKEN) == wanted[0].quota:
        return state
    kept = {**state, _TAKEN: wanted[0].quota}
    sealed = work.sealed(kept)
    with db.transaction(role="service_role") as cursor:
        if not steps.save_checkpoint(cursor, work.step.post_id, worker=work.worker, state=sealed):
            raise TakenAway
        if full := steps.take_quota(cursor, wanted):
            raise QuotaReached(prices.none_left_until(full))
    return kept
