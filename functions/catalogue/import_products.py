"""Queue catalogue-import-products: stores the products of a CSV file, one batch per transaction.

PostgreSQL holds the work: which imports there are, how far each is, and until when a worker has it. Each batch commits
with the position after it, so that another worker goes on there after a crash, and a message that comes twice changes
nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from uuid import UUID

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import db, queues, settings
from ddp.errors import Invalid
from ddp.observability import logger
from ddp.queries import heartbeats
from ddp.queries.catalogue import imports
from ddp.queries.catalogue.imports import Batch, ProductImport
from functions.catalogue.imports import batches, csv_file
from functions.catalogue.messages import import_products, parse

QUEUE_URL = settings.required("DDP_CATALOGUE_IMPORT_PRODUCTS_QUEUE_URL")

# Milliseconds of the function's time that are kept for the batch under way.
RESERVE = 60_000
# Seconds that one batch may take in the database: less than the lease.
BATCH_SECONDS = 25
# Workers that may die, or fail, without getting a batch further.
ATTEMPTS = 5

GAVE_UP = "The import failed several times at the same place. Divide the file, or ask for the import again."


def process(record: SQSRecord, context: LambdaContext) -> None:
    """Carry out the import that one queue message names."""
    message = parse(record.body)
    if message is None:
        logger.warning("not a message of this queue: dropped", body=record.body)
    else:
        logger.append_keys(product_import_id=str(message))
        _import(message, lambda: context.get_remaining_time_in_millis() < RESERVE)


def _import(product_import_id: UUID, time_is_short: Callable[[], bool]) -> None:
    with _transaction() as cursor:
        taken = imports.take(cursor, product_import_id)
    if taken is None:
        logger.info("over, or another worker has it")
    elif taken.attempts > ATTEMPTS:
        _fail(taken, "gave-up", GAVE_UP)
    elif not taken.account_is_active:
        _fail(taken, "account-inactive", "The account is no longer active.")
    else:
        _carry_out(taken, time_is_short)


def _carry_out(taken: ProductImport, time_is_short: Callable[[], bool]) -> None:
    try:
        is_complete = _store_batches(taken, time_is_short)
    except csv_file.Unreadable as failure:
        _fail(taken, failure.code, failure.reason)
    except Invalid:
        # Another attempt would end the same way.
        logger.exception("the database refuses a batch")
        _fail(
            taken,
            "unusable-product",
            "A product of the file cannot be stored: look for unusual characters, and import it again.",
        )
    except Exception:
        _release(taken)
        raise
    else:
        if not is_complete:
            _release(taken)
            queues.send(QUEUE_URL, [import_products(taken.product_import_id)])


def _store_batches(taken: ProductImport, time_is_short: Callable[[], bool]) -> bool:
    """Store each batch while the next one is read. Returns False if the time was too short for all of them."""
    columns, found = csv_file.opened(taken.file_id)
    read = taken.records_read
    stored: Future[bool] | None = None
    # One thread does all database work, so that this thread reads on while the database works.
    with ThreadPoolExecutor(max_workers=1) as database:
        database.submit(_note_columns, taken, columns.ignored).result()
        for batch in batches.cut(csv_file.entries(columns, found, read), read):
            if stored is not None and not stored.result():
                return True
            if stored is not None and time_is_short():
                return False
            stored = database.submit(_store, taken, batch, read)
            read = batch.read
        if stored is None or stored.result():
            database.submit(_finish, taken, read).result()
    return True


def _store(taken: ProductImport, batch: Batch, read_before: int) -> bool:
    """Commit one batch. Returns False if the import is over or another worker has stored this batch."""
    with _transaction() as cursor:
        is_ours = imports.apply(cursor, taken, batch, read_before=read_before)
    logger.info("batch" if is_ours else "over, or another worker goes on", records_read=batch.read)
    return is_ours


def _note_columns(taken: ProductImport, ignored: tuple[str, ...]) -> None:
    with _transaction() as cursor:
        imports.note_columns(cursor, taken, ignored)


def _finish(taken: ProductImport, read: int) -> None:
    with _transaction() as cursor:
        is_done = imports.finish(cursor, taken, read=read)
    logger.info("imported" if is_done else "over, or another worker goes on", records_read=read)


def _fail(taken: ProductImport, code: str, reason: str) -> None:
    with _transaction() as cursor:
        imports.fail(cursor, taken, code=code, reason=reason)
    logger.info("the import failed", code=code)


def _release(taken: ProductImport) -> None:
    with _transaction() as cursor:
        imports.release(cursor, taken)


def _transaction() -> Any:
    return db.transaction(role="service_role", timeout_seconds=BATCH_SECONDS)


@logger.inject_lambda_context(clear_state=True)
@heartbeats.of_worker
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Carry out the imports that a batch of messages names; what may succeed later is reported as failed."""
    return queues.process(event, context, lambda record: process(record, context))
