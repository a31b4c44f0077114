"""Handles objects that arrive under `incoming/`: verifies each, copies it to `files/`, and settles its upload.

Events arrive at least once, in any order, and may refer to deleted objects. Each upload is settled once. A worker
verifies under a lease, so that reconciliation gives what a killed worker had to another. It also makes hosted images
(hosting/), which need what verifying needs.
"""

from __future__ import annotations

from functools import partial
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any
from uuid import UUID

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError

from ddp import db, queues
from ddp.errors import NotFound, Transient
from ddp.observability import logger
from ddp.providers import s3
from ddp.providers.s3_streams import Version
from ddp.queries import heartbeats, leases
from ddp.queries.files import arrivals as waiting
from ddp.queries.files import uploads
from functions.uploads import arrivals, content
from functions.uploads.arrivals import Arrival
from functions.uploads.content import Rejected
from functions.uploads.content_types import THUMBNAIL_WIDTHS
from functions.uploads.hosting import making

if TYPE_CHECKING:
    from functions.uploads.images import Picture

CHUNK = 1024 * 1024

# S3's error codes for an object that was deleted or replaced. A replacement sends its own event.
GONE = {"NoSuchKey", "404", "PreconditionFailed", "412"}

# States in which an upload stays, and never has a file.
WITHOUT_FILE = {"rejected", "aborted"}


def process(record: SQSRecord) -> None:
    """Settle the upload that one event is about. Raises only if a retry may succeed."""
    if token := making.asked_for(record.body):
        making.make(token)
        return
    arrival = arrivals.parse(record.body)
    if arrival is None:
        logger.warning("dropped an event that is not about an upload", body=record.body)
        return
    logger.append_keys(upload_id=str(arrival.upload_id))
    upload = _find(arrival.upload_id)
    if upload is None:
        logger.warning("no such upload")
    elif upload.state == "pending":
        leased = waiting.leased(arrival.etag, arrival.verdict)
        with leases.held(leased, upload.upload_id, partial(queues.pause, record)) as lost:
            if lost is None:
                logger.info("another worker verifies it")
            else:
                _settle(arrival, upload, lost)
    else:
        logger.info("already settled", state=upload.state)
        _remove_unused(upload, upload.state)


def _find(upload_id: UUID) -> uploads.Upload | None:
    try:
        with db.transaction(role="service_role") as cursor:
            return uploads.get(cursor, upload_id)
    except NotFound:
        return None


def _settle(arrival: Arrival, upload: uploads.Upload, lost_leases: int) -> None:
    try:
        _require_that_workers_survive(lost_leases)
        _require_clean(arrival.verdict)
        picture = _verify(arrival, upload)
        metadata = _metadata(arrival, upload, lost_leases)
        _publish(arrival, upload, picture, metadata)
    except Rejected as rejection:
        with db.transaction(role="service_role") as cursor:
            uploads.settle_rejected(cursor, upload.upload_id, code=rejection.code, reason=rejection.reason)
        logger.info("rejected", code=rejection.code)
    except ClientError as error:
        if s3.code(error) not in GONE:
            raise
        logger.warning("the object is gone: the upload stays pending and expires", s3=s3.code(error))
        with db.transaction(role="service_role") as cursor:
            waiting.forget(cursor, upload.upload_id, etag=arrival.etag)


def _require_that_workers_survive(lost_leases: int) -> None:
    if lost_leases >= leases.LOST_AT_MOST:
        raise Rejected(
            "not-verifiable",
            f"Checking the file ended unexpectedly {lost_leases} times. It may be damaged: export it again, and upload"
            " it as a new file.",
        )


def _require_clean(verdict: str | None) -> None:
    """Raise Rejected for malware and for files that cannot be scanned.

    Raises Transient if the scan itself failed: the message is retried and then kept in the dead-letter queue.
    """
    match verdict:
        case None | "NO_THREATS_FOUND":
            return
        case "THREATS_FOUND":
            raise Rejected("malware", "The file contains malware.")
        case "UNSUPPORTED":
            raise Rejected("scan-impossible", "The file cannot be scanned for malware. It may be encrypted.")
        case _:
            raise Transient(f"the malware scan did not finish: {verdict}")


def _verify(arrival: Arrival, upload: uploads.Upload) -> Picture | None:
    body = s3.read(s3.incoming_key(upload.upload_id), etag=arrival.etag)
    with body, TemporaryFile() as spool:
        return content.verify(body.iter_chunks(CHUNK), upload, spool)


def _metadata(arrival: Arrival, upload: uploads.Upload, lost_leases: int) -> dict[str, Any]:
    """What a video is made of; nothing for other files.

    If workers died at this upload, it is not read: the file itself may be good. If the parser does not start at all,
    an alarm goes off, and uploads-reconcile reads it later.
    """
    if upload.file_type != "video":
        return {}
    if lost_leases:
        return {"video": {"unknown": "interrupted"}}
    from functions.uploads.videos import reader  # imported only for videos

    incoming = Version(key=s3.incoming_key(upload.upload_id), size=upload.file_size, etag=f'"{arrival.etag}"')
    try:
        return {"video": reader.read(incoming.size, incoming.piece)}
    except reader.NotStarted:
        logger.exception("videos cannot be read")
        return {}


def _publish(
    arrival: Arrival, upload: uploads.Upload, picture: Picture | None, metadata: dict[str, Any]
) -> None:
    """Copy exactly the bytes that were verified (the ETag pins them) and make the file live."""
    thumbnails = picture.thumbnails if picture else {}
    key = s3.file_key(upload.file_id)
    s3.copy(s3.incoming_key(upload.upload_id), key, etag=arrival.etag, content_type=upload.content_type)
    for width, webp in thumbnails.items():
        s3.put(s3.thumbnail_key(upload.file_id, width), webp, content_type="image/webp")
    with db.transaction(role="service_role") as cursor:
        state = uploads.settle_live(
            cursor,
            upload.upload_id,
            file_path=key,
            image_width=picture.width if picture else None,
            image_height=picture.height if picture else None,
            thumbnail_widths=sorted(thumbnails),
            metadata=metadata,
        )
    logger.info("settled", state=state)
    _remove_unused(upload, state)


def _remove_unused(upload: uploads.Upload, state: str) -> None:
    """Delete what was copied for a file that will never exist: a duplicate's, or of an upload aborted meanwhile.

    Only after the refusal is committed, because until then another worker may make the same copy live. If this fails,
    the message comes again and finds the upload settled.
    """
    if state not in WITHOUT_FILE:
        return
    s3.delete(s3.file_key(upload.file_id))
    if upload.file_type == "image":
        for width in THUMBNAIL_WIDTHS:
            s3.delete(s3.thumbnail_key(upload.file_id, width))


@logger.inject_lambda_context(clear_state=True)
@heartbeats.of_worker
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Settle the uploads of a batch of events. Events that may succeed later are reported as failed."""
    return queues.process(event, context, process)
