"""The public route that says whether the platform runs."""

from __future__ import annotations

from dataclasses import asdict

from aws_lambda_powertools.event_handler import Response

from ddp import db, edge
from ddp.errors import Unhealthy
from ddp.queries import heartbeats
from functions.maintenance import health, models

router = edge.router()


@router.get("/health", tags=["Maintenance"], operation_id="getHealth")
def get() -> models.Health:
    """Say whether the platform runs; needs no token.

    The answer may be five seconds old. If something has stopped, the answer is a 503 with code `unhealthy`, and
    `reasons` has one word for each: `database`, `schema` (the database's is older than the code),
    the name of a schedule that completes no runs, that of a queue's function that takes no messages, or the kind of
    work whose oldest item waits for too long.
    """
    found = health.health()
    facts = asdict(found)
    reasons = facts.pop("reasons")
    if reasons:
        raise Unhealthy(
            f"These have stopped or are late: {', '.join(reasons)}.", extra={"reasons": reasons, **facts}
        )
    return models.Health(status="ok", **facts)


# Not in the API's document: API Gateway admits no caller but the hook of deploys, by its role.
@router.post("/health", include_in_schema=False, status_code=204)
def try_write() -> Response[None]:
    """Write a row and remove it again, as the login that all requests use."""
    with db.transaction(role="authenticated", timeout_seconds=3) as cursor:
        heartbeats.try_write(cursor)
    return Response(status_code=204)
