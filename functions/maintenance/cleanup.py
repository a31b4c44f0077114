"""Queue maintenance-cleanup: removes what is older than it is kept, erases people, and makes partitions.

A run takes portions, a transaction each, until nothing is left, four minutes are over, or 50,000 rows are gone; then it
queues itself. Killed anywhere, it has done whole portions, and the next run goes on with the rest.
"""

from __future__ import annotations

import json
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import db, queues, settings
from ddp.observability import logger
from ddp.queries import heartbeats
from ddp.queries.maintenance import cleanup as queries
from functions.maintenance import messages
from functions.maintenance.portions import ROLE, Budget, patiently
from functions.maintenance.runs import run_once

QUEUE_URL = settings.required("DDP_MAINTENANCE_CLEANUP_QUEUE_URL")
ROWS = 50_000
SECONDS = 240.0


def clean_up() -> None:
    """Take one run; queue the next one if something is left."""
    if run_once(Budget(rows=ROWS, seconds=SECONDS)):
        queues.send(QUEUE_URL, [messages.CLEAN_UP])
    _note_health()
    heartbeats.beat("maintenance-cleanup")
    # The schedule's heartbeat reads this line.
    logger.info("cleaned up")


def maintain_partitions() -> None:
    """Make the months ahead, table by table."""
    with db.transaction(role=ROLE) as cursor:
        tables = queries.partitioned_tables(cursor)
    made = {table: patiently(queries.maintain_partitions, table) for table in tables}
    waiting = [table for table, months in made.items() if months is None]
    if waiting:
        raise RuntimeError(f"tables in use, try again later: {', '.join(waiting)}")
    logger.info("partitions maintained", made=made)


def _note_health() -> None:
    """Write the line that the alarms' metrics are read from."""
    with db.transaction(role=ROLE, timeout_seconds=60) as cursor:
        health = queries.health(cursor)
    logger.info("health", health=health)


COMMANDS = {"CleanUp": clean_up, "MaintainPartitions": maintain_partitions}


def process(record: SQSRecord) -> None:
    """Carry out one message; harmless when repeated."""
    try:
        command = COMMANDS[json.loads(record.body)["type"]]
    except (ValueError, KeyError, TypeError):
        logger.warning("not a message of this queue: dropped", body=record.body)
        return
    command()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Carry out the messages of a batch; what may succeed later is reported as failed."""
    return queues.process(event, context, process)
