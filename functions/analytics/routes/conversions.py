"""Routes for orders that a campaign led to: report, list, keys of the shop."""

from __future__ import annotations

from aws_lambda_powertools.event_handler import Response
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import cursors, edge, idempotency, pagination
from ddp.links import conversions
from ddp.queries.analytics import conversions as queries
from functions.analytics.models import conversions as models

router = edge.router()


@router.post("/conversions", tags=["Conversions"], operation_id="reportOrders", status_code=201)
def report_orders(
    body: models.OrdersReport, idempotency_key: idempotency.Key = None
) -> Response[models.RecordedOrders]:
    """Report orders of the caller's shop.

    Only for retailers. Each order and each refund is recorded once, whoever reports it. An order is credited to the
    e-mail of this retailer in which its customer clicked last, within 7 days; else it counts for the campaign named.
    """
    items = [order.as_item() for order in body.conversions]

    def record(cursor: Cursor[DictRow]) -> models.RecordedOrders:
        return recorded(body, queries.record_own(cursor, items))

    return idempotency.once(router, idempotency_key, record)


@router.get("/conversions", tags=["Conversions"], operation_id="listConversions")
def list_conversions(
    limit: pagination.Limit = 50, cursor: pagination.PageCursor = None
) -> models.Conversions:
    """List the caller's recorded orders, newest first."""
    after = cursors.decode(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        rows, next_cursor = queries.page(transaction, after=after, limit=limit)
    return models.Conversions.model_validate({"items": rows, "next_cursor": next_cursor})


@router.get("/conversions/keys", tags=["Conversions"], operation_id="listConversionKeys")
def list_keys() -> models.HookKeys:
    """List the keys with which the caller's shop may sign now, without the keys themselves."""
    with edge.as_caller(router) as cursor:
        return models.HookKeys.model_validate(
            {"keys": queries.keys(cursor), "currency": queries.currency(cursor)}
        )


@router.post("/conversions/keys", tags=["Conversions"], operation_id="rotateConversionKey", status_code=201)
def rotate_key(
    body: models.KeyRequest, idempotency_key: idempotency.Key = None
) -> Response[models.NewHookKey]:
    """Make a new key for the caller's shop.

    The keys before are accepted until the time given, so that no order is lost meanwhile. Only for owners.
    """

    def rotate(cursor: Cursor[DictRow]) -> models.NewHookKey:
        made = queries.rotate_key(cursor, body.delay)
        return models.NewHookKey(
            key_id=made["key_id"],
            key=conversions.hook_key(made["retailer_id"], made["key_id"]),
            hook_path=f"/conversions/hooks/{made['retailer_id']}",
        )

    return idempotency.once(router, idempotency_key, rotate, secret=["key"])


def recorded(report: models.OrdersReport, outcomes: list[DictRow]) -> models.RecordedOrders:
    """The answer to a report."""
    pairs = zip(report.conversions, outcomes, strict=True)
    return models.RecordedOrders(
        outcomes=[models.RecordedOrder(order_id=o.order_id, kind=o.kind, **outcome) for o, outcome in pairs]
    )
