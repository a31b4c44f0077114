"""Routes for a campaign's expenses: add, list."""

from __future__ import annotations

from uuid import UUID

from aws_lambda_powertools.event_handler import Response

from ddp import cursors, edge, idempotency, pagination
from ddp.queries.campaigns import campaigns
from functions.campaigns import models

router = edge.router()


@router.post(
    "/campaigns/<campaign_id>/expenses", tags=["Campaigns"], operation_id="addExpense", status_code=201
)
def add_expense(
    campaign_id: UUID, body: models.ExpenseRequest, idempotency_key: idempotency.Key = None
) -> Response[models.BudgetSpent]:
    """Record an expense of a campaign.

    The sum may exceed the budget. Only for the campaign's creator and admins.
    """
    return idempotency.once(
        router,
        idempotency_key,
        lambda cursor: models.BudgetSpent(
            **campaigns.add_expense(cursor, campaign_id, body.amount, body.description)
        ),
    )


@router.get("/campaigns/<campaign_id>/expenses", tags=["Campaigns"], operation_id="listExpenses")
def list_expenses(
    campaign_id: UUID, limit: pagination.Limit = 50, cursor: pagination.PageCursor = None
) -> models.Expenses:
    """List a campaign's expenses, newest first.

    Participants get an empty list; the campaign shows the sum.
    """
    after = cursors.decode(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        campaigns.get(transaction, campaign_id)
        rows, next_cursor = campaigns.expenses(transaction, campaign_id, after=after, limit=limit)
    return models.Expenses.model_validate({"items": rows, "next_cursor": next_cursor})
