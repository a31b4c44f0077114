"""Queue maintenance-reconcile, each hour: once a day, compares the bucket with the tables, in both directions.

An object without a row goes when it has been there for a week; a row without an object is told and its object restored
if the bucket has an earlier version. A run works in portions and keeps its place in the database: what one invocation
cannot do, the next one does, and a killed worker loses one portion at most.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import db, queues, settings
from ddp.observability import logger
from ddp.queries import heartbeats, leases
from ddp.queries.maintenance import bucket
from functions.maintenance.bucket import comparing, removing
from functions.maintenance.bucket.areas import REMOVE, STEPS

QUEUE_URL = settings.required("DDP_MAINTENANCE_RECONCILE_QUEUE_URL")
# Seconds of work per invocation. Afterwards the last portion may take another minute.
SECONDS = 240.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a message asks for: the daily run; or, from an operator, a run at once."""

    is_dry: bool = False
    orphans_allowed: int | None = None
    # Asks only for the rest of a run that is unfinished.
    is_rest: bool = False

    @property
    def is_asked_for(self) -> bool:
        """Whether it does not wait until the daily run is due."""
        return self.is_dry or self.orphans_allowed is not None


def parse(body: str) -> Wish | None:
    """What the body of a message asks for; None: it is not a message of this queue."""
    try:
        message = json.loads(body)
        allowed = message.get("orphans_allowed")
        if message["type"] != "Reconcile" or not (allowed is None or (type(allowed) is int and allowed >= 0)):
            return None
        return Wish(
            is_dry=message.get("dry_run") is True,
            orphans_allowed=allowed,
            is_rest=message.get("rest") is True,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def process(record: SQSRecord) -> None:
    """Do what one message asks for; harmless when repeated."""
    wish = parse(record.body)
    if wish is None:
        logger.warning("not a message of this queue: dropped", body=record.body)
        return
    bucket_run_id = _run(wish)
    if bucket_run_id and _work(bucket_run_id, record):
        queues.send(QUEUE_URL, [json.dumps({"type": "Reconcile", "dry_run": wish.is_dry, "rest": True})])
    with db.transaction(role="service_role") as cursor:
        figures = bucket.figures(cursor)
    heartbeats.beat("maintenance-reconcile")
    # Alarms read these figures, and go off where no such line comes.
    logger.info("reconciled", bucket=figures)


def _run(wish: Wish) -> UUID | None:
    """The run to work on: the unfinished one, else a new one if it is time for it."""
    with db.transaction(role="service_role") as cursor:
        if not wish.is_rest:
            bucket.begin(
                cursor,
                is_dry=wish.is_dry,
                asked_for=wish.is_asked_for,
                orphans_allowed=wish.orphans_allowed,
                step=STEPS[0],
            )
        return bucket.unfinished(cursor, is_dry=wish.is_dry)


def _work(bucket_run_id: UUID, record: SQSRecord) -> bool:
    """Work on the run until the time is over. Returns whether something is left to do for the next invocation."""
    until = time.monotonic() + SECONDS
    with leases.held(bucket.LEASED, bucket_run_id, partial(queues.pause, record)) as lost:
        if lost is None:
            logger.info("another worker has the run")
            return False
        while _portion(bucket_run_id):
            if time.monotonic() >= until:
                return True
    return False


def _portion(bucket_run_id: UUID) -> bool:
    """Work on the next portion. False: the run has ended, or another worker goes on with it."""
    with db.transaction(role="service_role") as cursor:
        run = bucket.get(cursor, bucket_run_id)
    if run is None:
        return False
    return removing.remove(run) if run.step == REMOVE else comparing.compare(run)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Do what a batch of messages asks for; what may succeed later is reported as failed."""
    return queues.process(event, context, process)
