"""The HTTP API of collections, products, watch models and wishes, and of what administrators keep."""

from __future__ import annotations

import re
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import edge
from functions.catalogue.routes import (
    audit_logs,
    collection_files,
    collections,
    devices,
    geography,
    product_imports,
    products,
    variants,
    watch_models,
    wishes,
)

app = edge.resolver()
for routes in (
    collections, collection_files, products, variants, product_imports, watch_models, wishes, audit_logs, geography,
    devices,
):  # fmt: skip
    app.include_router(routes.router)

LONG_BODIES = re.compile("/products/upsert")


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return edge.handle(app, event, context, long_bodies=LONG_BODIES)
