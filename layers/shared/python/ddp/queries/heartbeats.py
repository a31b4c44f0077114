"""Heartbeats: when each schedule last completed a run, and when each queue's worker last did something.

GET /health reads them (functions/maintenance/health.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp import db, settings
from ddp.observability import logger, publish
from ddp.queries import leases, load

SQL = load(__file__)

Handler = Callable[[dict[str, Any], LambdaContext], Any]

# What each queue is sent each minute (infra/constructs/worker.py), so that a queue without work shows its worker, too.
PING = '{"type": "Ping"}'
# Seconds between two heartbeats of one execution environment.
BEAT_SECONDS = 30.0

_NAME = settings.optional("POWERTOOLS_SERVICE_NAME")
_next_beat = 0.0  # of time.monotonic()


def of_worker(handler: Handler) -> Handler:
    """Decorate the handler of a queue's function, so that GET /health knows that the queue has a worker.

    It notes a heartbeat under the function's name: for a ping, for a batch of which no message failed, and twice a
    minute while a batch takes longer. The handler never sees pings. Afterwards its metrics are published.
    """

    @wraps(handler)
    def working(event: dict[str, Any], context: LambdaContext) -> Any:
        messages = [record for record in event["Records"] if record["body"] != PING]
        if not messages:
            _beat_of_worker()
            return {"batchItemFailures": []}
        with leases.kept(lambda cursor: note(cursor, _NAME), seconds=BEAT_SECONDS):
            try:
                answer = handler(event | {"Records": messages}, context)
            finally:
                publish()
        if not answer["batchItemFailures"]:
            _beat_of_worker()
        return answer

    return working


def _beat_of_worker() -> None:
    """Note a heartbeat, unless this environment has just noted one. Its failure must not make the batch come again."""
    global _next_beat  # of the execution environment
    if not _NAME or time.monotonic() < _next_beat:
        return
    try:
        beat(_NAME)
    except Exception:  # noqa: BLE001 - see above; GET /health says that none came
        logger.warning("the heartbeat could not be noted", exc_info=True)
    else:
        _next_beat = time.monotonic() + BEAT_SECONDS


def beat(name: str, **oldest_due: float) -> None:
    """Note, in a transaction of its own, that a run of the schedule `name` is complete, or a portion of a long one.

    `oldest_due`: for each kind of work that the run measured, how many seconds its oldest due item has been due.
    """
    with db.transaction(role="service_role") as cursor:
        note(cursor, name, **oldest_due)


def note(cursor: Cursor[DictRow], name: str, **oldest_due: float) -> None:
    """As `beat`, in the caller's transaction."""
    cursor.execute(SQL.beat, {"name": name, "oldest_due": Jsonb(oldest_due)})


def try_write(cursor: Cursor[DictRow]) -> None:
    """Write a row that nobody ever sees. Raises if the database takes no writes, as a replica does."""
    cursor.execute(SQL.try_write)


def health(cursor: Cursor[DictRow]) -> dict[str, Any]:
    """The newest migration (`schema_version`), and the `heartbeats` by name: `seconds` ago, `oldest_due`."""
    row = cursor.execute(SQL.health).fetchone()
    assert row  # noqa: S101 - a select without from has one row
    health: dict[str, Any] = row["health"]
    return health
