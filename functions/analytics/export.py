"""Queue analytics-export: writes a file of figures to S3, as the person who asked for it.

The function logs in as the HTTP functions do. Whether the person is still a member of the account is asked again, and
row level security decides what is in the file. One transaction reads the rows as they are at one moment, and settles
the export; until it ends it holds the export's row, so that other messages see that somebody is at work. After a crash
the whole file is written again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from psycopg import ServerCursor
from psycopg.rows import DictRow
from pydantic import ValidationError

from ddp import db, queues
from ddp.auth import Claims
from ddp.csv_files import writing
from ddp.edge import ACCOUNT_HEADER
from ddp.errors import CallerError
from ddp.exports import attempts
from ddp.exports.gzipped import Gzipped
from ddp.observability import logger
from ddp.providers import s3_streams
from ddp.queries.analytics import exports, lists, reports
from functions.analytics.exports.csv_rows import cells
from functions.analytics.exports.files import file_name, object_key
from functions.analytics.exports.requests import ask_of
from functions.analytics.listings import FIGURES
from functions.analytics.messages import ExportFigures, parse
from functions.analytics.models.exports import AnalyticsExportRequest

# Rows that are fetched and written at once.
ROWS = 2_000
# Seconds that one fetch may take: as long as a lease, since the server notices only then that a waiting client died.
FETCH_SECONDS = 25


def process(record: SQSRecord) -> None:
    """Write the file that one message names."""
    message = parse(record.body)
    if message is None:
        logger.warning("not a message of this queue: dropped", body=record.body)
        return
    logger.append_keys(analytics_export_id=str(message.analytics_export_id))
    attempts.attempt(_attempted(message), record)


def _attempted(message: ExportFigures) -> attempts.Attempted:
    return attempts.Attempted(
        begin=lambda: _note(message, exports.begin),
        write=lambda: _export(message),
        put_off=lambda delay: _note(message, exports.put_off, delay=delay),
        give_up=lambda: _note(message, exports.settle_failed, reason=attempts.GIVEN_UP),
    )


def _note(message: ExportFigures, change: Callable[..., Any], **values: object) -> Any:
    """As the person alone: it may have left the account since."""
    with db.transaction(_claims(message)) as cursor:
        return change(cursor, message.analytics_export_id, **values)


def _claims(message: ExportFigures) -> Claims:
    document = json.dumps({"sub": str(message.person_id), "role": "authenticated"})
    return Claims(subject=message.person_id, document=document)


def _export(message: ExportFigures) -> None:
    """What the person may not do, or asked wrongly, fails for good: the same request would fail again."""
    try:
        _write_as_person(message)
    except (CallerError, ValidationError) as error:
        reason = error.detail if isinstance(error, CallerError) else "The request is not valid."
        logger.info("refused", reason=reason)
        _note(message, exports.settle_failed, reason=reason)


def _write_as_person(message: ExportFigures) -> None:
    export_id, account = message.analytics_export_id, {ACCOUNT_HEADER.lower(): str(message.account_id)}
    with db.transaction(_claims(message), headers=account, timeout_seconds=FETCH_SECONDS) as cursor:
        export = exports.take(cursor, export_id)
        if export is None:
            logger.info("settled already, or another worker has it")
            return
        asked = {"list": export["list"], "format": export["format"], **export["request"]}
        request = AnalyticsExportRequest.model_validate(asked)
        with lists.every_row(cursor, ask_of(request), reports.caller(cursor)) as rows:
            count = _write(message, request, rows)
        exports.settle_ready(cursor, export_id, row_count=count)
    logger.info("exported", rows=count)


def _write(message: ExportFigures, request: AnalyticsExportRequest, rows: ServerCursor[DictRow]) -> int:
    key = object_key(message.analytics_export_id, request.format)
    name = file_name(request.list, request.format)
    with s3_streams.Writer(key, content_type="application/gzip", file_name=name) as target:
        compressed = Gzipped(target)
        write = _csv if request.format == "csv" else _json_lines
        count = write(compressed, request, rows)
        compressed.finish()
    return count


def _csv(target: Gzipped, request: AnalyticsExportRequest, rows: ServerCursor[DictRow]) -> int:
    columns = FIGURES[request.list].listing.columns
    return writing.write(target, columns, (cells(portion, columns) for portion in _portions(rows)))


def _json_lines(target: Gzipped, request: AnalyticsExportRequest, rows: ServerCursor[DictRow]) -> int:
    model, count = FIGURES[request.list].row, 0
    for portion in _portions(rows):
        target.write("".join(f"{model.model_validate(row).model_dump_json()}\n" for row in portion).encode())
        count += len(portion)
    return count


def _portions(rows: ServerCursor[DictRow]) -> Iterator[list[DictRow]]:
    while portion := rows.fetchmany(ROWS):
        yield portion


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Write the files that a batch of messages names; what may succeed later is reported as failed."""
    return queues.process(event, context, process)
