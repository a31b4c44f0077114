"""Queue sending-export: writes a ledger, or the records that a plan rejected, to S3 as CSV.

One transaction reads the rows as they are at one moment, and settles the export. Until it ends it holds the export's
row, so that other messages and reconciliation see that somebody is at work. After a crash the whole file is written
again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from psycopg import ServerCursor

from ddp import db, queues
from ddp.csv_files import writing
from ddp.exports import attempts
from ddp.observability import logger
from ddp.providers import s3_streams
from ddp.queries import heartbeats
from ddp.queries.sending import exports
from ddp.queries.sending.exports import Export
from functions.sending.messages import ExportSends, parse

# Rows that are fetched and written at once.
ROWS = 2_000
# Seconds that one fetch may take: as long as a lease, since the server notices only then that a waiting client died.
FETCH_SECONDS = 25

Rows = ServerCursor[tuple[str | None, ...]]


def export_key(send_export_id: UUID) -> str:
    """The object key of an export's file."""
    return f"exports/{send_export_id}.csv"


def process(record: SQSRecord) -> None:
    """Write the file that one message names."""
    message = parse(record.body)
    if not isinstance(message, ExportSends):
        logger.warning("not a message of this queue: dropped", body=record.body)
        return
    logger.append_keys(send_export_id=str(message.send_export_id))
    attempts.attempt(_attempted(message.send_export_id), record)


def _attempted(send_export_id: UUID) -> attempts.Attempted:
    def note(change: Callable[..., Any], **values: object) -> Any:
        with db.transaction(role="service_role") as cursor:
            return change(cursor, send_export_id, **values)

    return attempts.Attempted(
        begin=lambda: note(exports.begin),
        write=lambda: _export(send_export_id),
        put_off=lambda delay: note(exports.put_off, delay=delay),
        give_up=lambda: note(exports.settle_failed, reason=attempts.GIVEN_UP),
    )


def _export(send_export_id: UUID) -> None:
    with db.transaction(role="service_role", timeout_seconds=FETCH_SECONDS) as cursor:
        export = exports.take(cursor, send_export_id)
        if export is None:
            logger.info("settled already, or another worker has it")
            return
        key = export_key(send_export_id)
        with exports.rows(cursor, export) as rows:
            count = _write(key, export, rows)
        exports.settle_ready(cursor, send_export_id, object_key=key, row_count=count)
    logger.info("exported", rows=count)


def _write(key: str, export: Export, rows: Rows) -> int:
    header = [column.name for column in rows.description or ()]
    name = f"{export.kind}.csv"
    with s3_streams.Writer(key, content_type="text/csv; charset=utf-8", file_name=name) as target:
        return writing.write(target, header, _portions(rows))


def _portions(rows: Rows) -> Iterator[list[tuple[str | None, ...]]]:
    while portion := rows.fetchmany(ROWS):
        yield portion


@logger.inject_lambda_context(clear_state=True)
@heartbeats.of_worker
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Write the files that a batch of messages names; what may succeed later is reported as failed."""
    return queues.process(event, context, process)
