"""Somebody asked for a ledger, or for what a plan rejected, as a file: write it to S3 as CSV.

One transaction reads the rows as they are at one moment and settles the export. A message that comes again finds it
settled; after a crash the file is written anew as a whole.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from psycopg import ServerCursor

from ddp import db, queues
from ddp.observability import logger
from ddp.providers import s3_streams
from ddp.queries.sending import exports as send_exports
from ddp.queries.sending.exports import Export
from functions.sending.messages import ExportSends, parse

# Rows fetched and written at once.
ROWS = 2_000
# Seconds for each fetch.
FETCH_SECONDS = 60
# After as many deliveries somebody who waits is told that there will be no file.
ATTEMPTS = 5

# Spreadsheets run a cell that begins so as a formula (OWASP, CSV injection).
_FORMULA = frozenset("=+-@\t\r")

Rows = ServerCursor[tuple[str | None, ...]]


def export_key(send_export_id: UUID) -> str:
    """Where the file of an export lies."""
    return f"exports/{send_export_id}.csv"


def process(record: SQSRecord) -> None:
    """Write the file that one message names."""
    message = parse(record.body)
    if not isinstance(message, ExportSends):
        logger.warning("not an export's message: dropped", body=record.body)
        return
    logger.append_keys(send_export_id=str(message.send_export_id))
    try:
        _export(message.send_export_id)
    except Exception:
        if int(record.attributes.approximate_receive_count) < ATTEMPTS:
            raise
        logger.exception("given up")
        with db.transaction(role="service_role") as cursor:
            reason = "The file could not be written; ask for it again."
            send_exports.settle_failed(cursor, message.send_export_id, reason=reason)


def _export(send_export_id: UUID) -> None:
    with db.transaction(role="service_role", timeout_seconds=FETCH_SECONDS) as cursor:
        export = send_exports.take(cursor, send_export_id)
        if export is None:
            logger.info("settled already, or another worker's")
            return
        key = export_key(send_export_id)
        with send_exports.rows(cursor, export) as rows:
            count = _write(key, export, rows)
        send_exports.settle_ready(cursor, send_export_id, object_key=key, row_count=count)
    logger.info("exported", rows=count)


def _write(key: str, export: Export, rows: Rows) -> int:
    name = f"{export.kind}.csv"
    with s3_streams.Writer(key, content_type="text/csv; charset=utf-8", file_name=name) as target:
        target.write(b"\xef\xbb\xbf")  # or spreadsheets take it for their system's own encoding
        target.write(_csv([[column.name for column in rows.description or ()]]))
        count = 0
        for portion in _portions(rows):
            target.write(_csv(portion))
            count += len(portion)
    return count


def _portions(rows: Rows) -> Iterator[list[tuple[str | None, ...]]]:
    while portion := rows.fetchmany(ROWS):
        yield portion


def _csv(rows: Iterable[Iterable[str | None]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[_harmless(value) for value in row] for row in rows])
    return text.getvalue().encode()


def _harmless(value: str | None) -> str | None:
    """The value, as text even where a spreadsheet would take it for a formula."""
    return f"'{value}" if value and value[0] in _FORMULA else value


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Write the files that a batch of messages names; what may succeed later is reported as failed."""
    return queues.process(event, context, process)
