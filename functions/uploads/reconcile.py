"""Queue uploads-reconcile, each minute: tells the queue again about uploads that nobody is at work on.

These are uploads whose worker died, and those whose object is in the bucket although no event told of it. The message
is the event itself, once more; an upload that is settled meanwhile stays as it is. It opens and ends brand assets whose
time has come. Then it has hosted images made, deletes those that were revoked, and reads videos that were uploaded
before videos were read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import db, queues, settings
from ddp.observability import logger
from ddp.providers import s3
from ddp.queries import heartbeats
from ddp.queries.files import arrivals as waiting
from ddp.queries.files import brand_assets
from ddp.queries.files.arrivals import Waiting
from functions.uploads import arrivals
from functions.uploads.arrivals import Arrival
from functions.uploads.hosting import making
from functions.uploads.videos import backlog

QUEUE_URL = settings.required("DDP_UPLOADS_OBJECT_CREATED_QUEUE_URL")
# Where objects are scanned, only the scan's event may let a file go live: an object that was merely found may not.
MAY_LOOK = settings.required("DDP_MALWARE_SCAN") == "off"
# Uploads per run; S3 answers a look in about 20 ms.
UPLOADS = 200
# Brand assets per transaction; the locks of their files last as long as it does.
ASSETS = 500


def reconcile(_: SQSRecord) -> None:
    """Reconcile once; harmless when repeated."""
    with db.transaction(role="service_role") as cursor:
        uploads = waiting.waiting(cursor, may_look=MAY_LOOK, limit=UPLOADS)
    arrived = [arrival for upload in uploads if (arrival := _arrival(upload))]
    queues.send(QUEUE_URL, map(arrivals.serialise, arrived))
    if uploads:
        _note(uploads, arrived)
    assets = _refresh_due_assets()
    heartbeats.beat("uploads-reconcile")
    # An alarm goes off where no such line comes.
    logger.info("reconciled", uploads={"looked_at": len(uploads), "told": len(arrived)}, assets=assets)
    making.reconcile(QUEUE_URL)
    backlog.read()


def _refresh_due_assets() -> int:
    """Open and end all brand assets whose time has come. Returns how many."""
    total = 0
    while True:
        with db.transaction(role="service_role") as cursor:
            done = brand_assets.refresh_due(cursor, ASSETS)
        total += done
        if done < ASSETS:
            return total


def _arrival(upload: Waiting) -> Arrival | None:
    """What to tell about the upload; None: its object is not there."""
    etag = upload.etag or s3.etag(s3.incoming_key(upload.upload_id))
    return Arrival(upload_id=upload.upload_id, etag=etag, verdict=upload.verdict) if etag else None


def _note(uploads: Sequence[Waiting], arrived: Sequence[Arrival]) -> None:
    with db.transaction(role="service_role") as cursor:
        waiting.note_looked(
            cursor, [upload.upload_id for upload in uploads], told=[arrival.upload_id for arrival in arrived]
        )


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Reconcile once per batch: one run makes up for all the minutes that were missed."""
    return queues.process_first(event, context, reconcile)
