"""Queue sending-export: writes a ledger, or the records that a plan rejected, to S3 as CSV.

One transaction reads the rows as they are at one moment, and settles the export. Until it ends it holds the export's
row, so that other messages and reconciliation see that somebody is at work. After a crash the whole file is written
again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from psycopg import ServerCursor

from ddp import db, queues
from ddp.csv_files import writing
from ddp.observability import logger
from ddp.providers import s3_streams
from ddp.queries.sending import exports
from ddp.queries.sending.exports import Export
from functions.sending.messages import ExportSends, parse

# Rows that are fetched and written at once.
ROWS = 2_000
# Seconds that one fetch may take: as long as a lease, since the server notices only then that a waiting client died.
FETCH_SECONDS = 25
# After this many attempts the person who waits is told that there will be no file.
ATTEMPTS = 5

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
    with db.transaction(role="service_role") as cursor:
        attempt = exports.begin(cursor, message.send_export_id)
    if attempt is None:
        logger.info("settled already, or another worker has it")
    elif attempt > ATTEMPTS:
        _give_up(message.send_export_id)
    else:
        _try(message.send_export_id, record, is_last=attempt == ATTEMPTS)


def _try(send_export_id: UUID, record: SQSRecord, *, is_last: bool) -> None:
    try:
        _export(send_export_id)
    except Exception as error:
        if not is_last:
            _put_off(send_export_id, record, error)
            raise
        logger.exception("given up")
        _give_up(send_export_id)


def _put_off(send_export_id: UUID, record: SQSRecord, error: Exception) -> None:
    with db.transaction(role="service_role") as cursor:
        exports.put_off(cursor, send_export_id, delay=queues.pause(record, error))


def _give_up(send_export_id: UUID) -> None:
    with db.transaction(role="service_role") as cursor:
        exports.settle_failed(
            cursor, send_export_id, reason="The file could not be written; ask for it again."
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
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Write the files that a batch of messages names; what may succeed later is reported as failed."""
    return queues.process(event, context, process)
