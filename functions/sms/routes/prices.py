"""Routes for the prices of SMS: everyone reads them, administrators keep them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import edge, idempotency, pagination
from ddp.queries.sms import prices
from functions.sms.registers import prices as models
from functions.sms.registers.fields import IdentityKind

router = edge.router()


@router.get("/sms-prices", tags=["SMS settings"], operation_id="listSmsPrices")
def list_prices(
    country: Annotated[
        str | None, Query(description="Only this country, as two letters.", pattern="^[A-Z]{2}$")
    ] = None,
    kind: Annotated[
        IdentityKind | None, Query(description="Only of this kind of origination identity.")
    ] = None,
    is_current: Annotated[bool | None, Query(description="true: only the prices that hold now.")] = None,
    limit: pagination.Limit = 50,
    cursor: pagination.LongPageCursor = None,
) -> models.SmsPrices:
    """List what one part of an SMS costs, by country, kind of origination identity and day.

    Without a price, nothing is sent.
    """
    filters = {"country": country, "kind": kind, "is_current": bool(is_current)}
    with edge.as_caller(router) as transaction:
        rows, next_cursor = prices.page(transaction, filters, after=cursor, limit=limit)
    return models.SmsPrices.model_validate({"items": rows, "next_cursor": next_cursor})


@router.post("/sms-prices", tags=["SMS settings"], operation_id="addSmsPrices", status_code=201)
def add_prices(
    body: models.SmsPricesRequest, idempotency_key: idempotency.Key = None
) -> Response[models.SmsPricesStored]:
    """Add prices: all of them, or none if one cannot be used.

    A price whose day has not passed may be replaced. Only for admins.
    """
    values = body.model_dump(mode="json")["prices"]
    return idempotency.once(
        router, idempotency_key, lambda cursor: models.SmsPricesStored(**prices.add(cursor, values))
    )


@router.delete("/sms-prices/<sms_price_id>", tags=["SMS settings"], operation_id="deleteSmsPrice")
def delete_price(sms_price_id: UUID) -> models.SmsPrice:
    """Delete a price whose day has not passed.

    Only for admins.
    """
    with edge.as_caller(router) as cursor:
        return models.SmsPrice(**prices.delete(cursor, sms_price_id))
