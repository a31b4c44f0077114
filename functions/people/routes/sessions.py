"""Routes for sessions: start, heartbeat, end."""

from __future__ import annotations

from uuid import UUID

from aws_lambda_powertools.event_handler import Response

from ddp import edge, idempotency
from ddp.queries.people import me
from functions.people import devices, models, places

router = edge.router()


@router.post("/sessions", tags=["Me"], operation_id="startSession", status_code=201)
def start_session(
    body: models.SessionRequest, idempotency_key: idempotency.Key = None
) -> Response[models.Session]:
    """Start a session of the caller for the acting account.

    Address and agent are those of the request. It ends 30 minutes after the last heartbeat or action, if nobody ends it
    before.
    """
    request = router.current_event.raw_event
    device = devices.named(request["requestContext"]["http"].get("userAgent", ""))
    place = places.seen_by_edge(request["headers"])
    return idempotency.once(
        router,
        idempotency_key,
        lambda cursor: models.Session(
            session_id=me.start_session(cursor, **dict(body), device=device, place=place)
        ),
    )


@router.post("/sessions/<session_id>/heartbeat", tags=["Me"], operation_id="heartbeatSession")
def heartbeat(session_id: UUID) -> models.SessionHeartbeat:
    """Say that a session of the caller goes on, about each minute.

    Refused (409, `session-ended`) if it has ended: start a new one.
    """
    with edge.as_caller(router) as cursor:
        return models.SessionHeartbeat(session_id=session_id, last_seen_at=me.heartbeat(cursor, session_id))


@router.post("/sessions/<session_id>/end", tags=["Me"], operation_id="endSession")
def end_session(session_id: UUID) -> models.EndedSession:
    """End a session of the caller.

    Harmless when repeated.
    """
    with edge.as_caller(router) as cursor:
        return models.EndedSession(session_id=session_id, ended_at=me.end_session(cursor, session_id))
