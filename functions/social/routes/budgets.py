"""Routes for what posts may cost: users see their own budget, administrators set it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import edge
from ddp.queries.social import accounts
from functions.social.models import budgets as models

router = edge.router()


@router.get("/social-budget", tags=["Social accounts"], operation_id="getSocialBudget")
def get_budget(
    user_id: Annotated[
        UUID | None, Query(description="Only for admins: of this account. If omitted, the caller's.")
    ] = None,
) -> models.SocialBudget:
    """Get what posts may cost this month, and what of it is used."""
    with edge.as_caller(router) as cursor:
        return models.SocialBudget(**accounts.budget(cursor, user_id))


@router.put("/social-budget", tags=["Social accounts"], operation_id="setSocialBudget")
def set_budget(body: models.SocialBudgetRequest) -> models.SocialBudget:
    """Set what a user's posts may cost in a month.

    Only for admins.
    """
    with edge.as_caller(router) as cursor:
        accounts.set_budget(cursor, body.user_id, body.monthly_budget)
        return models.SocialBudget(**accounts.budget(cursor, body.user_id))
