"""Public paths of conversions: signed reports of a retailer's shop, and the pixel of its page of thanks.

It may call three SQL functions and reads no table: the signature, and the reference in the pixel, are the permission.
"""

from __future__ import annotations

from base64 import b64decode
from typing import Any
from uuid import UUID

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import db, edge
from ddp.errors import HttpError
from ddp.links import conversions
from ddp.observability import logger
from ddp.queries.analytics import conversions as queries
from functions.analytics import shop_reports
from functions.analytics.models import conversions as models
from functions.analytics.routes.conversions import recorded

app = edge.resolver()
# Answers pictures: it has no models, and is not in the OpenAPI document.
pictures = APIGatewayHttpResolver()

# One transparent pixel.
_PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@app.post("/conversions/hooks/<retailer_id>", tags=["Conversions"], operation_id="reportOrdersOfShop")
def report(retailer_id: UUID, body: models.OrdersReport) -> models.RecordedOrders:
    """Report orders as a retailer's shop, signed with a key of POST /conversions/keys.

    Send `X-DDP-Timestamp` (seconds since 1970) and `X-DDP-Signature` (HMAC-SHA256, as hex, of the timestamp, a full
    stop and the body). Each signature is accepted once, within five minutes.
    """
    event = app.current_event
    with db.transaction(role="service_role") as cursor:
        raw = (event.body or "").encode()
        signature = shop_reports.verified(cursor, retailer_id, event.headers, raw)
        items = [order.as_item() for order in body.conversions]
        return recorded(body, queries.record_of_shop(cursor, retailer_id, signature, items))


@pictures.get("/c/<file_name>")
def pixel(file_name: str) -> Response[bytes]:
    """Count a visit of the page of thanks. The answer is always the same picture, whatever was counted."""
    send_id = conversions.referred(file_name.removesuffix(".gif"))
    if send_id is not None:
        try:
            with db.transaction(role="service_role") as cursor:
                queries.count_pixel(cursor, send_id)
        except HttpError as error:  # the page of thanks shall look as it always does
            logger.error("the pixel was not counted", exc_info=error)
    return Response(
        status_code=200, content_type="image/gif", body=_PIXEL, headers={"Cache-Control": "no-store"}
    )


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return edge.handle(pictures if event["rawPath"].startswith("/c/") else app, event, context)
