"""The HTTP API of analytics: lists of figures, series, top lists, exports; orders that campaigns led to."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import edge
from functions.analytics import conditional
from functions.analytics.routes import conversions, exports, lists, recomputation, reports, series, tops

app = edge.resolver()
for routes in (lists, tops, series, reports, exports, recomputation, conversions):
    app.include_router(routes.router)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return conditional.tagged(event, edge.handle(app, event, context))
