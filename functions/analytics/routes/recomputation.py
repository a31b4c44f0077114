"""Routes for administrators: have all statistics derived from the facts again, and see how far that is."""

from __future__ import annotations

from aws_lambda_powertools.event_handler import Response
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import edge, idempotency, settings
from ddp.queries.analytics import refreshing
from functions.analytics.messages import REFRESH, tell
from functions.analytics.models.recomputation import Recomputation

router = edge.router()

QUEUE_URL = settings.required("DDP_ANALYTICS_REFRESH_QUEUE_URL")


@router.post(
    "/analytics/recomputation", tags=["Analytics"], operation_id="requestRecomputation", status_code=202
)
def request_recomputation(idempotency_key: idempotency.Key = None) -> Response[Recomputation]:
    """Ask for all statistics to be derived from the facts again.

    The refreshes of the next minutes do it, a slice per transaction; statistics stand still meanwhile. One that is
    under way goes on, and is the answer. Only for admins.
    """

    def work(cursor: Cursor[DictRow]) -> DictRow:
        return refreshing.request_recomputation(cursor)

    done = idempotency.perform(router, idempotency_key, work, shown, status=202)
    if done.result is not None:
        tell(QUEUE_URL, [REFRESH])
    return done.answer


@router.get("/analytics/recomputation", tags=["Analytics"], operation_id="getRecomputation")
def get_recomputation() -> Recomputation:
    """Get the recomputation under way, or the last one; everything is null if there never was one.

    Only for admins.
    """
    with edge.as_caller(router) as cursor:
        row = refreshing.recomputation(cursor)
    return shown(row or dict.fromkeys(Recomputation.model_fields | {"requested_by": None}))


def shown(row: DictRow) -> Recomputation:
    """The row as the API shows it."""
    requested_by = row["requested_by"]
    return Recomputation.model_validate({**row, "requested_by_user_id": requested_by})
